"""Therapy that never makes a line but is told: radiotherapy, intrathecal therapy, step-up doses, collection without infusion.

L18, L19; E09, E14, E29.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.procedures import Infusion
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import TreatmentEvent

_CNS = re.compile(r"cranio-?spinal|neuraxis|whole[- ]brain|\bbrain\b|\bcns\b|mening|intrathecal", re.IGNORECASE)
_FULL_DOSE_MG = {"teclistamab": 40, "elranatamab": 76, "linvoseltamab": 200, "talquetamab": 15, "cevostamab": 130}
_FULL_DOSE_DAY = {"teclistamab": 7, "elranatamab": 8, "linvoseltamab": 15, "talquetamab": 10, "cevostamab": 8}


def local_cns_episodes(events: Iterable[TreatmentEvent], parameters: Parameters) -> tuple[tuple[date, str], ...]:
    """L18: intrathecal therapy or radiation of the neuraxis, one entry per episode (first day, resource)."""
    found = sorted(
        (event.date.earliest, event.ref)
        for event in events
        if event.date
        and (
            event.kind == "intrathecal"
            or (event.kind == "radiotherapy" and _CNS.search(f"{event.text} {event.body_site or ''}"))
        )
    )
    episodes: list[tuple[date, str]] = []
    last: date | None = None
    for day, ref in found:
        if last is None or days_between(last, day) > parameters.drug_gap_days:
            episodes.append((day, ref))
        last = day
    return tuple(episodes)


def only_step_up(course: Course, as_of: date, parameters: Parameters) -> bool:
    """L19: a bispecific that stopped before its first full dose and within a cycle is an exposure, no line.

    Without doses on record the day of the first full dose in its label's schedule decides.
    """
    full = _FULL_DOSE_MG.get(course.agent)
    last = course.last_day(as_of)
    if full is None or course.ongoing or last is None:
        return False
    length = days_between(course.first_day, last) + 1
    if length >= parameters.min_cycle_days:
        return False
    if course.max_dose_mg is not None:
        return course.max_dose_mg < full
    return length < _FULL_DOSE_DAY[course.agent]


def open_collection(
    events: Iterable[TreatmentEvent], infused: Sequence[Infusion], as_of: date, parameters: Parameters
) -> tuple[date, str, str] | None:
    """E09: cells collected for CAR-T and not infused: the day, the flag (pending, later not infused), the resource."""
    days = [infusion.day for infusion in infused]
    waiting = sorted(
        (e.date.earliest, e.ref)
        for e in events
        if e.kind == "apheresis" and e.date and not any(0 <= days_between(e.date.earliest, day) <= 365 for day in days)
    )
    if not waiting:
        return None
    day, ref = waiting[-1]
    pending = days_between(day, as_of) <= parameters.cart_pending_days
    return day, "cart_pending" if pending else "cart_not_infused", ref
