"""Best response of a stretch of treatment, computed from markers or stated by a clinician (P11–P17, E04).

Every category needs two consecutive assessments. A computed grade without urine is flagged and stops at VGPR (P17); without
measurable disease the answer is `not-assessable`, never a remission (P07).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from msgspec import Struct

from fhir_mappings.dates import days_between
from fhir_mappings.history.complete_response import complete_response, without_antibody
from fhir_mappings.history.complete_response import stringent_response as _stringent
from fhir_mappings.history.markers import UNITS, Analyte, Markers, Point, baseline, comparable, measurable
from fhir_mappings.history.model import Response, ResponseCategory
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import StatedStatus

DEPTH: dict[str, int] = {"PD": 0, "SD": 1, "SD_or_MR": 2, "MR": 3, "PR": 4, "VGPR": 5, "CR": 6, "sCR": 7}
_STATED: dict[str, ResponseCategory] = {"sCR": "sCR", "CR": "CR", "VGPR": "VGPR", "PR": "PR", "MR": "MR", "SD": "SD"}


class Grade(Struct, frozen=True):
    """A response category at one confirmed assessment."""

    day: date
    category: ResponseCategory
    evidence: tuple[str, ...]
    source: str
    flags: tuple[str, ...] = ()
    until: date | None = None
    """The assessment that confirms it."""
    values: tuple[Analyte, Point, Point, Point] | None = None
    """What a computed grade compares: the baseline and two assessments."""

    @property
    def detail(self) -> str:
        """Return the values behind it in words; only the grade that counts in the end is worded."""
        if self.values is None:
            return f"stated on {self.day.isoformat()}"
        analyte, first, one, two = self.values
        name, unit = UNITS[analyte]
        fall = _fall(first, one, two)
        return f"{name} {first.value:g} {unit} on {first.day.isoformat()}, then {one.value:g} and {two.value:g}: {-100 * fall:+.0f} %"

    @property
    def newest(self) -> date:
        """Return the day of the newest assessment behind it."""
        return self.until or self.day


def at_least_minimal(category: str | None) -> bool:
    """Tell whether a category is MR or better (F02, F05). `SD_or_MR` is not proof of MR."""
    return category is not None and DEPTH.get(category, -1) >= DEPTH["MR"]


def grades(
    markers: Markers,
    statements: Iterable[StatedStatus],
    baseline_day: date,
    start: date,
    end: date,
    parameters: Parameters,
) -> tuple[Grade, ...]:
    """Return every response grade between two days, judged against the baseline of the stretch."""
    found = [
        Grade(s.date.earliest, _STATED[s.value], (s.ref,), "stated")
        for s in statements
        if s.value in _STATED and s.date and start < s.date.earliest <= end
    ]
    governing = _governing(markers, baseline_day, parameters)
    if governing is not None:
        analyte, first = governing
        points = [p for p in markers.series(analyte) if first.day < p.day <= end and comparable(p, first)]
        # Marrow needs one assessment, every other measure two in a row (P11).
        pairs = ((p, p) for p in points) if analyte == "marrow" else pairwise(points)
        for one, two in pairs:
            if two.day > start:
                found.append(_grade(analyte, first, one, two, markers, baseline_day, parameters))
    return tuple(sorted(found, key=lambda grade: (grade.day, grade.category)))


def any_fall(markers: Markers, baseline_day: date, start: date, end: date, parameters: Parameters) -> bool:
    """Tell whether a single assessment after a day shows minimal response: confirmed or not, it speaks against non-response (F02)."""
    governing = _governing(markers, baseline_day, parameters)
    if governing is None:
        return False
    analyte, first = governing
    return any(start < p.day <= end and p.value <= 0.75 * first.value for p in markers.series(analyte))


def _governing(markers: Markers, baseline_day: date, parameters: Parameters) -> tuple[Analyte, Point] | None:
    """Serum or urine if measurable, free light chains only if neither is, marrow of 30 % or more last (P07, P08, P13)."""
    order: tuple[Analyte, ...] = ("serum", "urine", "dflc", "marrow")
    for analyte in order:
        first = baseline(markers.series(analyte), baseline_day, parameters)
        if first is not None and measurable(analyte, first, parameters):
            return analyte, first
    return None


def _grade(
    analyte: Analyte, first: Point, one: Point, two: Point, markers: Markers, baseline_day: date, parameters: Parameters
) -> Grade:
    fall = _fall(first, one, two)
    evidence = first.evidence + one.evidence + two.evidence
    category: ResponseCategory
    if analyte == "marrow":
        category = "PR" if fall >= 0.5 else "SD"
    elif analyte == "dflc":
        category = "VGPR" if fall >= 0.9 else "PR" if fall >= 0.5 else "SD_or_MR"
    elif analyte == "urine":
        category = _by_urine(fall, max(one.value, two.value))
    else:
        category = "VGPR" if fall >= 0.9 else "PR" if fall >= 0.5 else "MR" if fall >= 0.25 else "SD"
    flags: tuple[str, ...] = ()
    if analyte == "serum":
        category, flags = _limited_by_urine(category, markers, baseline_day, one.day, two.day, parameters)
    refs, band = complete_response(analyte, one, two, markers, parameters) if category == "VGPR" else ((), False)
    if refs:
        category, evidence = "CR", evidence + refs
        if stringent := _stringent(markers, one.day, two.day):
            category, evidence = "sCR", evidence + stringent
    if band:
        flags = (*flags, "antibody_interference")
    return Grade(one.day, category, evidence, "computed", flags, two.day, (analyte, first, one, two))


def _by_urine(fall: float, worst: float) -> ResponseCategory:
    """Grade urine alone by its own limits, in mg/24 h: below 100 for VGPR, 90 % or below 200 for PR, 50 % for MR (P12–P14)."""
    if fall >= 0.9 and worst < 100:
        return "VGPR"
    if fall >= 0.9 or worst < 200:
        return "PR"
    return "MR" if fall >= 0.5 else "SD"


def _fall(first: Point, one: Point, two: Point) -> float:
    """Return the fall from the baseline as a fraction, by the higher of two assessments."""
    return (first.value - max(one.value, two.value)) / first.value if first.value > 0 else 0.0


def _limited_by_urine(
    category: ResponseCategory, markers: Markers, baseline_day: date, one: date, two: date, parameters: Parameters
) -> tuple[ResponseCategory, tuple[str, ...]]:
    """Urine that was measurable must agree; otherwise one category down per missed criterion (P12–P14, S4).

    Where it was measurable and was not measured again, the grade rests on serum and says so (P17).
    """
    first = baseline(markers.urine, baseline_day, parameters)
    if not measurable("urine", first, parameters) or first is None:
        return category, ()
    near = [p.value for p in markers.urine if one - timedelta(days=30) <= p.day <= two + timedelta(days=30)]
    if not near:
        return category, ("urine_missing",)
    worst = max(near)
    fall = (first.value - worst) / first.value
    if category == "VGPR" and worst >= 100:
        category = "PR"
    if category == "PR" and fall < 0.9 and worst >= 200:
        category = "MR"
    if category == "MR" and fall < 0.5:
        category = "SD"
    return category, ()


def best_response(
    markers: Markers,
    statements: Iterable[StatedStatus],
    baseline_day: date,
    start: date,
    end: date,
    parameters: Parameters,
    progressed: bool,
) -> Response | None:
    """Return the deepest response of a stretch; `PD` when there was progression and nothing better than stable disease.

    `None` without any disease data; `not-assessable` when there are data but no measurable baseline.
    """
    found = grades(markers, statements, baseline_day, start, end, parameters)
    if not found:
        assessed = [day for day in markers.assessment_days if start <= day <= end]
        if not assessed:
            return None
        return Response("not-assessable", None, "computed", basis=("P07",))
    best = max(found, key=lambda grade: (DEPTH[grade.category], grade.source == "stated", -grade.day.toordinal()))
    urine = measurable("urine", baseline(markers.urine, baseline_day, parameters), parameters)
    flags = best.flags + (("urine_missing",) if best.source == "computed" and not urine else ())
    if best.category == "SD" and progressed:
        return Response(
            "PD", None, "computed", basis=("P15", "P18"), evidence=_refs(best), flags=flags, detail=best.detail
        )
    basis = (
        ("P20",)
        if best.source == "stated"
        else ("P08", "P09", *_rule_of(best.category), *(("P17",) if "urine_missing" in flags else ()))
    )
    return Response(
        best.category,
        best.day,
        "stated" if best.source == "stated" else "computed",
        basis=basis,
        evidence=_refs(best),
        flags=flags,
        detail=best.detail,
    )


def _refs(grade: Grade) -> tuple[str, ...]:
    return tuple(sorted(set(grade.evidence)))


def _rule_of(category: str) -> tuple[str, ...]:
    return {
        "CR": ("P11",),
        "sCR": ("P11",),
        "VGPR": ("P12",),
        "PR": ("P13",),
        "MR": ("P14",),
        "SD_or_MR": ("P14",),
        "SD": ("P15",),
    }.get(category, ())


def rising_off_therapy(markers: Markers, since: date, until: date, parameters: Parameters) -> tuple[str, ...]:
    """Evidence of a marker that rose twice in a row in an interval without treatment (L11, counter-rule); empty if none.

    The rise may stay below the limits of progression; its size is a parameter.
    """
    limits: Sequence[tuple[Sequence[Point], float]] = (
        (without_antibody(markers, parameters), parameters.rising_serum_g_l),
        (markers.dflc, parameters.rising_dflc_mg_l),
    )
    for points, limit in limits:
        own = [p for p in points if since <= p.day <= until]
        if len(own) < 3:
            continue
        one, two, three = own[-3:]
        if one.value < two.value < three.value and three.value - one.value >= limit:
            return one.evidence + two.evidence + three.evidence
    return ()


def assessed_between(markers: Markers, statements: Iterable[StatedStatus], start: date, end: date) -> bool:
    """Tell whether any disease assessment, measured or stated, lies between two days (both included)."""
    if any(start <= day <= end for day in markers.assessment_days):
        return True
    return any(s.date is not None and start <= s.date.earliest <= end for s in statements)


def assessments_on(markers: Markers, statements: Iterable[StatedStatus], start: date, end: date) -> int:
    """Count the days with a marker value or a stated response between two days (both included)."""
    stated = {s.date.earliest for s in statements if s.value in _STATED and s.date is not None}
    return sum(1 for day in {*markers.assessment_days, *stated} if start <= day <= end)


def last_assessment(markers: Markers, statements: Iterable[StatedStatus], until: date) -> date | None:
    """Return the newest day with a disease assessment up to a day."""
    days = [day for day in markers.assessment_days if day <= until]
    days += [s.date.earliest for s in statements if s.date and days_between(s.date.earliest, until) >= 0]
    return max(days, default=None)
