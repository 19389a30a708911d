"""Serial disease markers: which series exist, which governs, baseline, confirmed nadir (P04, P07–P10).

A `Point` is one assessment day of one analyte in canonical units (g/L, mg/24 h, mg/L). Comparators follow P03: `<x` is zero,
`>x` is a lower bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from fhir_mappings.history.clone import clone_of
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import LabValue, PatientRecord, QualitativeResult

Analyte = Literal["serum", "urine", "dflc", "marrow", "circulating"]
_CONCEPTS: dict[str, Analyte] = {
    "m_protein_serum": "serum",
    "m_protein_urine_24h": "urine",
    "plasma_cells_marrow_percent": "marrow",
    "plasma_cells_blood_count": "circulating",
}
UNITS: dict[Analyte, tuple[str, str]] = {
    "serum": ("M-protein", "g/L"),
    "urine": ("urine M-protein", "mg/24 h"),
    "dflc": ("dFLC", "mg/L"),
    "marrow": ("marrow plasma cells", "%"),
    "circulating": ("circulating plasma cells", "10*9/L"),
}
_ASSAYS = (
    ("mass spectrometry", re.compile(r"mass[- ]?spec|maldi|mass-?fix|mass fix|exent", re.IGNORECASE)),
    ("N Latex", re.compile(r"n[- ]?latex|siemens", re.IGNORECASE)),
    ("Freelite", re.compile(r"freelite|binding site|optilite|spaplus", re.IGNORECASE)),
    ("Sebia FLC", re.compile(r"sebia flc|flc elisa", re.IGNORECASE)),
    ("electrophoresis", re.compile(r"electrophor|spep|capillary|densitometr", re.IGNORECASE)),
)


_ANTIBODIES = frozenset({"daratumumab", "isatuximab", "elotuzumab"})


class Point(Struct, frozen=True):
    """One value of a series on one day. `ratio_abnormal` and `involved` only for free light chains."""

    day: date
    value: float
    evidence: tuple[str, ...]
    bound: Literal["<", ">"] | None = None
    ratio_abnormal: bool | None = None
    involved: float | None = None
    exact: bool = True
    assay: str | None = None
    """The family of the assay where the result names one (P05)."""


class Markers(Struct, frozen=True):
    """All series of a patient, in order of time, with the chain of the clone."""

    serum: tuple[Point, ...]
    urine: tuple[Point, ...]
    dflc: tuple[Point, ...]
    marrow: tuple[Point, ...]
    involved_chain: Literal["kappa", "lambda"] | None
    immunofixation: tuple[QualitativeResult, ...]
    circulating: tuple[Point, ...] = ()
    antibody: tuple[tuple[date, date], ...] = ()
    """When a therapeutic IgG-kappa antibody may show as a band: from its first dose to six months after its last (P06)."""
    heavy_chain: str | None = None
    """The heavy chain of the clone, such as `iga`; `None` where the record does not tell (P06)."""
    clonality: tuple[QualitativeResult, ...] = ()
    """Tests for clonal plasma cells in the marrow: stringent complete response and MRD (P11, P16)."""

    def series(self, analyte: Analyte) -> tuple[Point, ...]:
        """Return one series by name."""
        found: tuple[Point, ...] = getattr(self, analyte)
        return found

    @property
    def assessment_days(self) -> tuple[date, ...]:
        """Return every day with a disease measurement."""
        return tuple(
            sorted(
                {
                    point.day
                    for points in (self.serum, self.urine, self.dflc, self.marrow, self.circulating)
                    for point in points
                }
            )
        )

    def on_antibody(self, day: date) -> bool:
        """Tell whether a therapeutic antibody may be seen in serum on a day (P06)."""
        return any(start <= day <= end for start, end in self.antibody)


def build_markers(record: PatientRecord, parameters: Parameters) -> Markers:
    """Collect the series; values flagged `unit_suspect` are not used (P02)."""
    usable = [lab for lab in record.labs if "unit_suspect" not in lab.flags]
    by_analyte: dict[Analyte, list[Point]] = {"serum": [], "urine": [], "marrow": [], "circulating": []}
    for lab in usable:
        analyte = _CONCEPTS.get(lab.concept)
        if analyte:
            by_analyte[analyte].append(_point(lab))
    antibody = _antibody(record, parameters)
    clone = clone_of(record, usable, antibody, parameters)
    return Markers(
        serum=_sorted(by_analyte["serum"]),
        urine=_sorted(by_analyte["urine"]),
        marrow=_sorted(by_analyte["marrow"]),
        dflc=_dflc(usable, clone.light, parameters),
        involved_chain=clone.light,
        heavy_chain=clone.heavy,
        circulating=_sorted(by_analyte["circulating"]),
        immunofixation=tuple(r for r in record.qualitative if r.concept.startswith("immunofixation")),
        antibody=antibody,
        clonality=tuple(r for r in record.qualitative if r.concept in {"mrd", "clonal_plasma_cells_marrow"}),
    )


def _antibody(record: PatientRecord, parameters: Parameters) -> tuple[tuple[date, date], ...]:
    """P06: intervals of daratumumab, isatuximab and elotuzumab with the months in which they are still found."""
    found = []
    for drug in record.drugs:
        if drug.agent in _ANTIBODIES and drug.taken in {"taken", "unclear", "ordered"} and drug.start:
            last = date.max if drug.ongoing else (drug.end or drug.start).latest
            reach = last if last == date.max else last + timedelta(days=parameters.antibody_months_days)
            found.append((drug.start.earliest, reach))
    return tuple(sorted(found))


def assay_of(method: str | None) -> str | None:
    """Return the family of an assay; `None` for a method that names none that is known (P05)."""
    return next((name for name, pattern in _ASSAYS if method and pattern.search(method)), None)


def comparable(one: Point, two: Point) -> bool:
    """Tell whether two values may be compared: not when both name an assay and the assays differ (P05)."""
    return one.assay is None or two.assay is None or one.assay == two.assay


def of_the_same_assay(points: Sequence[Point], index: int) -> list[Point]:
    """Return the values before one of a series that it may be compared with (P05).

    A value that names no assay is taken to be of the one that was named last. What came before a change of assay and
    names none is not compared with what comes after it.
    """
    value, earlier = points[index], list(points[:index])
    named = [point.assay for point in earlier if point.assay]
    if not named:
        return earlier
    own = value.assay or named[-1]
    change = max((n for n, point in enumerate(earlier) if point.assay not in {None, own}), default=-1)
    return [point for n, point in enumerate(earlier) if point.assay == own or (point.assay is None and n > change)]


def assay_changes(markers: Markers) -> tuple[tuple[str, str, str, Point], ...]:
    """Return every change of assay: analyte, assay before, assay after, first value after it (P05)."""
    found = []
    for analyte in ("serum", "dflc"):
        known = [p for p in markers.series(analyte) if p.assay]
        found += [
            (UNITS[analyte][0], str(one.assay), str(two.assay), two)
            for one, two in pairwise(known)
            if one.assay != two.assay
        ]
    return tuple(found)


def _point(lab: LabValue) -> Point:
    value = 0.0 if lab.comparator == "<" else lab.value
    assay = assay_of(lab.method)
    return Point(lab.date.earliest, value, (lab.ref,), bound=lab.comparator, exact=lab.date.exact, assay=assay)


def _sorted(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(sorted(points, key=lambda point: (point.day, point.value, point.evidence)))


def _dflc(labs: Sequence[LabValue], chain: str | None, parameters: Parameters) -> tuple[Point, ...]:
    """Involved minus uninvolved chain of one day, in mg/L; the sign of "involved" is fixed for the history (P04)."""
    if chain is None:
        return ()
    kappa = {lab.date.earliest: lab for lab in labs if lab.concept == "flc_kappa_serum"}
    lamda = {lab.date.earliest: lab for lab in labs if lab.concept == "flc_lambda_serum"}
    ranges = {
        lab.date.earliest: (lab.lower_normal, lab.upper_normal) for lab in labs if lab.concept == "flc_ratio_serum"
    }
    points = []
    for day in kappa.keys() & lamda.keys():
        pair = kappa[day], lamda[day]
        involved, other = pair if chain == "kappa" else (pair[1], pair[0])
        ratio = kappa[day].value / lamda[day].value if lamda[day].value else None
        low, high = ranges.get(day, (None, None))  # the laboratory's own range wins
        low, high = low or parameters.flc_ratio_low, high or parameters.flc_ratio_high
        abnormal = None if ratio is None else not low <= ratio <= high
        points.append(
            Point(
                day,
                involved.value - other.value,
                tuple(sorted((involved.ref, other.ref))),
                ratio_abnormal=abnormal,
                involved=involved.value,
                exact=involved.date.exact,
                assay=assay_of(involved.method),
            )
        )
    return _sorted(points)


def baseline(
    points: Sequence[Point], start: date, parameters: Parameters, not_before: date | None = None
) -> Point | None:
    """Return the last value in the window before a line's start, else the first shortly after it (P09)."""
    if not points:
        return None
    oldest = start - timedelta(days=parameters.baseline_before_days)
    if not_before is not None:
        oldest = max(oldest, not_before)
    before = [point for point in points if oldest <= point.day <= start]
    if before:
        return before[-1]
    latest = start + timedelta(days=parameters.baseline_after_days)
    return next((point for point in points if start < point.day <= latest), None)


def measurable(analyte: Analyte, point: Point | None, parameters: Parameters) -> bool | None:
    """Tell whether disease is measurable by an analyte at the baseline (P07); `None` without a value."""
    if point is None:
        return None
    if analyte == "serum":
        return point.value >= parameters.measurable_serum_g_l
    if analyte == "urine":
        return point.value >= parameters.measurable_urine_mg_24h
    if analyte == "dflc":
        return (point.involved or 0) >= parameters.measurable_flc_mg_l and bool(point.ratio_abnormal)
    return point.value >= 30 if analyte == "marrow" else point.value >= parameters.pd_circulating_10e9_l


def confirmed_nadir(points: Sequence[Point]) -> tuple[float, tuple[str, ...], bool]:
    """Return the lowest confirmed value, its evidence, and whether it is confirmed (P10).

    The nadir is the minimum over consecutive pairs of the larger value of the pair; a single value stands, unconfirmed.
    """
    if not points:
        raise ValueError("a nadir needs at least one value")
    if len(points) == 1:
        return points[0].value, points[0].evidence, False
    first, second = min(pairwise(points), key=lambda pair: max(pair[0].value, pair[1].value))
    return max(first.value, second.value), first.evidence + second.evidence, True


def lowest_single(points: Sequence[Point]) -> tuple[float, tuple[str, ...], bool]:
    """Return the lowest value, its evidence, and that it needs no second one: the nadir of the marrow (P10, section 2.4)."""
    low = min(points, key=lambda point: point.value)
    return low.value, low.evidence, True


def within(points: Iterable[Point], start: date, end: date) -> tuple[Point, ...]:
    """Return the points from `start` to `end`, both included."""
    return tuple(point for point in points if start <= point.day <= end)


def window_before(day: date, days: int) -> date:
    """Return the day `days` before another."""
    return day - timedelta(days=days)
