"""Progression computed from marker series: +25 % and the absolute rise over the confirmed nadir, confirmed (P10, P18, P23; E03, E04)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import days_between
from fhir_mappings.history.markers import (
    UNITS,
    Analyte,
    Markers,
    Point,
    baseline,
    comparable,
    confirmed_nadir,
    lowest_single,
    measurable,
    of_the_same_assay,
)
from fhir_mappings.history.model import Trust
from fhir_mappings.parameters import Parameters

PROGRESSION: frozenset[Trust] = frozenset({"T1", "T2", "T3"})
TRUST_ORDER: dict[Trust, int] = {"T1": 1, "T2": 2, "T3": 3, "T4": 4, "T5": 5, "T6": 6}


class Stretch(Struct, frozen=True):
    """Where to look: values count from `baseline_day` (E04 may carry it from an earlier line), events in (`start`, `until`].

    `next_start` is the first day of the next line if there is one.
    """

    start: date
    baseline_day: date
    until: date
    next_start: date | None = None
    course_starts: tuple[date, ...] = ()
    """Restarts of treatment in the stretch; after a progression each opens a new course (E03)."""


class Candidate(Struct, frozen=True):
    """One piece of evidence for progression before it is joined with others (E10)."""

    date: date
    trust: Trust
    evidence: tuple[str, ...]
    basis: tuple[str, ...]
    kind: str
    imwg: bool = False
    confirmed_nadir: bool = True
    significant: bool | None = None
    agents: frozenset[str] = frozenset()
    detail: str = ""
    sanctuary: bool = False
    latest: dt.date | None = None
    """The latest possible day, where the date is known only to the month or the year."""


def computed_progressions(markers: Markers, stretch: Stretch, parameters: Parameters) -> list[Candidate]:
    """P18 over the courses of a stretch: after a progression, the next restart of treatment opens a new course (E03)."""
    found: list[Candidate] = []
    begin = stretch.baseline_day
    starts = [day for day in stretch.course_starts if day > stretch.start]
    while True:
        event = _first_computed(
            markers, replace(stretch, baseline_day=begin, start=max(begin, stretch.start)), parameters
        )
        if event is None:
            return found
        found.append(event)
        if event.trust == "T4":
            return found
        restarts = [day for day in starts if day > event.date]
        if not restarts:
            return found
        begin = course_baseline(markers, event.date, restarts[0])
        starts = [day for day in starts if day > restarts[0]]
        stretch = replace(stretch, start=restarts[0])


def course_baseline(markers: Markers, progressed: date, restart: date) -> date:
    """Return the day whose values are the baseline of a course that answers a progression (E03).

    These are the values at that progression: the last ones before treatment begins again, so that a marker which rose until then
    and falls afterwards is not taken for another progression.
    """
    return max((day for day in markers.assessment_days if progressed <= day <= restart), default=progressed)


def _first_computed(markers: Markers, stretch: Stretch, parameters: Parameters) -> Candidate | None:
    first_serum = _series_baseline(markers.serum, stretch, parameters)
    first_urine = _series_baseline(markers.urine, stretch, parameters)
    serum_or_urine = measurable("serum", first_serum, parameters) or measurable("urine", first_urine, parameters)
    candidates = [
        _scan("serum", markers.serum, stretch, parameters),
        _scan("urine", markers.urine, stretch, parameters),
    ]
    if not serum_or_urine:
        candidates.append(_scan("dflc", markers.dflc, stretch, parameters))
        first_dflc = _series_baseline(markers.dflc, stretch, parameters)
        if not measurable("dflc", first_dflc, parameters):
            candidates.append(_scan("marrow", markers.marrow, stretch, parameters))
            first_marrow = _series_baseline(markers.marrow, stretch, parameters)
            if not measurable("marrow", first_marrow, parameters):
                candidates.append(_scan("circulating", markers.circulating, stretch, parameters))
    real = [candidate for candidate in candidates if candidate is not None]
    strong = [candidate for candidate in real if candidate.trust in PROGRESSION]
    return min(strong or real, key=lambda c: (c.date, TRUST_ORDER[c.trust], c.evidence), default=None)


def light_chain_escape(markers: Markers, stretch: Stretch, parameters: Parameters) -> tuple[str, ...]:
    """P08: evidence of a confirmed rise of free light chains alone while M-protein is measurable; never progression."""
    serum = _series_baseline(markers.serum, stretch, parameters)
    urine = _series_baseline(markers.urine, stretch, parameters)
    if not (measurable("serum", serum, parameters) or measurable("urine", urine, parameters)):
        return ()
    rise = _scan("dflc", markers.dflc, stretch, parameters)
    return rise.evidence if rise is not None and rise.trust == "T2" else ()


def _series_baseline(points: Sequence[Point], stretch: Stretch, parameters: Parameters) -> Point | None:
    return baseline(points, stretch.baseline_day, parameters)


def _points_of(points: Sequence[Point], stretch: Stretch, parameters: Parameters) -> list[Point]:
    """Baseline and everything after it up to the end of the stretch."""
    first = _series_baseline(points, stretch, parameters)
    return [
        point for point in points if (point.day > stretch.baseline_day or point is first) and point.day <= stretch.until
    ]


def _scan(analyte: Analyte, points: Sequence[Point], stretch: Stretch, parameters: Parameters) -> Candidate | None:
    """Find the first value that meets the threshold against the confirmed nadir and is confirmed by the next one (P10, P18)."""
    if not points:
        return None
    own = _points_of(points, stretch, parameters)
    single: Candidate | None = None
    least = _least_rise(analyte, parameters)
    lowest = own[0].value if own else 0.0
    for index in range(1, len(own)):
        value = own[index]
        # A nadir is never below the lowest value so far: what does not rise enough above that rises above no nadir.
        rise, lowest = value.value - lowest, min(lowest, value.value)
        if value.day <= stretch.start or rise < least:
            continue
        before = of_the_same_assay(own, index)
        if not before:
            continue  # a new assay begins with a baseline of its own (P05)
        one_is_enough = analyte == "marrow"
        nadir, evidence, confirmed = lowest_single(before) if one_is_enough else confirmed_nadir(before)
        if not exceeds(analyte, value, nadir, parameters):
            continue
        since = [value, *(point for point in own[index + 1 :] if comparable(point, value))]
        following = since[1] if len(since) > 1 else None
        if following is not None and not exceeds(analyte, following, nadir, parameters) and not one_is_enough:
            continue
        trust: Trust
        if following is not None or one_is_enough:
            trust, refs = "T2", value.evidence + (following.evidence if following else ())
        elif stretch.next_start and 0 <= days_between(value.day, stretch.next_start) <= parameters.t3_window_days:
            trust, refs = "T3", value.evidence
        else:
            trust, refs = "T4", value.evidence
        candidate = Candidate(
            value.day,
            trust,
            evidence + refs,
            ("P10", "P18", "P20"),
            "marker",
            confirmed_nadir=confirmed,
            significant=_significant(analyte, before, since, nadir, parameters),
            detail=_detail(analyte, nadir, value, following if trust == "T2" and not one_is_enough else None),
        )
        if trust in PROGRESSION:
            return candidate
        single = single or candidate
    return single


CRITERION: Mapping[Analyte, str] = {
    "serum": "P18.1",
    "urine": "P18.2",
    "dflc": "P18.3",
    "marrow": "P18.4",
    "circulating": "P18.6",
}
"""Which of the criteria of P18 an analyte can meet."""


def _detail(analyte: Analyte, nadir: float, value: Point, confirming: Point | None) -> str:
    name, unit = UNITS[analyte]
    text = f"{name} {nadir:g} -> {value.value:g} {unit} on {value.day.isoformat()}, +{value.value - nadir:.4g}"
    if confirming:
        text += f", confirmed {confirming.day.isoformat()} ({confirming.value:g})"
    return f"{text}, {CRITERION[analyte]}"


def _least_rise(analyte: Analyte, parameters: Parameters) -> float:
    """Return the absolute rise without which no value of an analyte is progression, whatever the nadir."""
    rises: dict[Analyte, float] = {
        "serum": min(parameters.pd_serum_g_l, parameters.pd_serum_high_nadir_rise_g_l),
        "urine": parameters.pd_urine_mg_24h,
        "dflc": parameters.pd_dflc_mg_l,
        "marrow": parameters.pd_marrow_points,
        "circulating": 0.0,
    }
    return rises[analyte] - 1e-6


def exceeds(analyte: Analyte, value: Point, nadir: float, parameters: Parameters) -> bool:
    """Tell whether a value meets the limits of P18 against a nadir: +25 % and the absolute rise of its analyte."""
    if value.bound == "<":
        return False
    rise = round(value.value - nadir, 6)
    relative = rise >= parameters.pd_relative * nadir - 1e-9  # for a nadir of 0 or less the absolute limit governs
    if analyte == "serum":
        if nadir >= parameters.pd_serum_high_nadir_g_l:
            return rise >= parameters.pd_serum_high_nadir_rise_g_l
        return relative and rise >= parameters.pd_serum_g_l
    if analyte == "urine":
        return relative and rise >= parameters.pd_urine_mg_24h
    if analyte == "dflc":
        return relative and rise > parameters.pd_dflc_mg_l and value.ratio_abnormal is not False
    if analyte == "circulating":
        large = value.value >= parameters.pd_circulating_10e9_l
        return large and rise >= parameters.pd_circulating_relative * nadir - 1e-9
    return relative and rise >= parameters.pd_marrow_points


def _significant(
    analyte: Analyte, before: Sequence[Point], since: Sequence[Point], nadir: float, parameters: Parameters
) -> bool | None:
    """P23 (E38): tell whether a biochemical relapse is significant by what was measured since: a doubling, or the larger rises.

    Two consecutive values must show it; `None` while the newest one does and nothing confirms it yet.
    """
    if analyte in {"marrow", "circulating"}:
        return None
    low = nadir
    if analyte == "dflc":
        before, since = _involved(before), _involved(since)
        low = confirmed_nadir(before)[0]
    large = [_large_rise(analyte, point, low, parameters) for point in since]
    doubled = analyte == "serum" and any(_doubled(before, since, later, parameters) for later in since)
    if any(one and two for one, two in pairwise(large)) or (doubled and len(since) > 1):
        return True
    return None if large[-1] or doubled else False


def _involved(points: Sequence[Point]) -> list[Point]:
    return [replace(point, value=point.involved or 0.0) for point in points]


def _large_rise(analyte: Analyte, point: Point, low: float, parameters: Parameters) -> bool:
    limit = {
        "serum": parameters.significant_serum_g_l,
        "urine": parameters.significant_urine_mg_24h,
        "dflc": parameters.significant_flc_mg_l,
    }[analyte]
    rise = round(point.value - low, 6)
    return rise >= limit and rise >= parameters.pd_relative * low - 1e-9 and point.ratio_abnormal is not False


def _doubled(before: Sequence[Point], since: Sequence[Point], later: Point, parameters: Parameters) -> bool:
    return any(
        0 < days_between(earlier.day, later.day) <= parameters.significant_doubling_days
        and 0 < 2 * earlier.value <= later.value
        and round(later.value - earlier.value, 6) >= parameters.pd_serum_g_l
        for earlier in [*before, *since]
    )
