"""Steroids beside lines: which line they belong to, and when they begin one (L04, L05, L16; E07, E14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.drafts import Draft
from fhir_mappings.parameters import Parameters
from fhir_mappings.terminology.agents import classes_of


def steroid_additions(steroids: Iterable[Course], counted: Sequence[Course], parameters: Parameters) -> list[Course]:
    """Return steroids that begin by themselves, for a cycle or more: candidates for "R to Rd" (L16); short courses never (L04)."""
    return [
        steroid
        for steroid in steroids
        if (
            steroid.ongoing
            or steroid.end is None
            or days_between(steroid.first_day, steroid.end.latest) + 1 >= parameters.min_cycle_days
        )
        and all(abs(days_between(c.first_day, steroid.first_day)) > parameters.regimen_window_days for c in counted)
    ]


def steroid_begins(steroids: Iterable[Course], day: date, parameters: Parameters) -> bool:
    """Tell whether a regimen that begins on a day has a steroid of its own: begun anew with it, or given on for a cycle (E02)."""
    return any(
        abs(days_between(day, steroid.first_day)) <= parameters.regimen_window_days
        or _anew(steroid, day, parameters)
        or _goes_on(steroid, day, parameters)
        for steroid in steroids
    )


def _anew(steroid: Course, day: date, parameters: Parameters) -> bool:
    """Tell whether a record of its own begins with the regimen; an infusion day's premedication does not count (L04)."""
    if "administration" in steroid.sources:
        return False
    return any(-7 <= days_between(day, part) <= parameters.regimen_window_days for part in steroid.parts)


def _goes_on(steroid: Course, day: date, parameters: Parameters) -> bool:
    end = steroid.end
    if end is None or steroid.end_imputed or steroid.first_day > day:
        return False
    return days_between(day, end.earliest) >= parameters.min_cycle_days


def added_to_maintenance(line: Draft, steroid: Course, steroids: Iterable[Course], parameters: Parameters) -> bool:
    """Tell whether a steroid is added to immunomodulator maintenance that ran without one (L16)."""
    day = steroid.first_day
    active = line.active(day)
    if not active or not _maintained(line, active, day) or any("IMID" not in classes_of(c.agent) for c in active):
        return False
    lately = [
        s
        for s in steroids
        if s is not steroid and s.first_day < day and s.active_on(day, parameters.regimen_window_days)
    ]
    return not lately


def _maintained(line: Draft, active: Sequence[Course], day: date) -> bool:
    """Tell whether what is left of a regimen is maintenance: begun as such, or gone on with after a transplant or the partner drugs."""
    if not line.segments:
        return False
    dropped = any(c.first_day < day and all(c.agent != left.agent for left in active) for c in line.courses)
    transplanted = any(transplant.day < day for transplant in line.transplants)
    return line.segments[-1].kind == "maintenance" or dropped or transplanted


def deliberate(steroid: Course, as_of: date, parameters: Parameters) -> bool:
    """L05: a steroid alone for myeloma over two cycles or more may be a line: it counts in `max` only (E14)."""
    last = steroid.last_day(as_of)
    length = days_between(steroid.first_day, last) + 1 if last else 0
    return steroid.indication == "myeloma" and length >= 2 * parameters.min_cycle_days


def belongs(steroid: Course, draft: Draft, end: date, as_of: date, parameters: Parameters) -> bool:
    """A steroid belongs to a line whose treatment it overlaps; around T-cell infusions only with bridging (L04, L05)."""
    if draft.kind == "car-t" and not draft.segments:
        return False
    last = steroid.last_day(as_of) or steroid.first_day
    limit = min(end, draft.infusion.day) if draft.infusion else end
    first = min(
        [draft.start, *(segment.batch.day for segment in draft.segments)]
    )  # holding begins before the line (E08, E37)
    begins = first - timedelta(days=parameters.steroid_merge_days)
    therapy = [c for c in draft.courses if not is_steroid(c.agent)]
    until = max([(c.last_day(as_of) or c.first_day) for c in therapy], default=draft.start)
    overlap = days_between(max(begins, steroid.first_day), min(limit, last, until))
    starts_inside = begins <= steroid.first_day < limit
    goes_on = steroid.first_day < begins and days_between(first, min(last, limit)) >= 14
    return overlap >= 0 and (starts_inside or goes_on)


def line_before(steroid: Course, drafts: Sequence[Draft]) -> Draft | None:
    """L05: a stretch of steroids alone joins the line before it."""
    before = [draft for draft in drafts if draft.start <= steroid.first_day and draft.kind != "car-t"]
    return before[-1] if before else None
