"""Which courses are therapy for active myeloma and which are not (L06; E14, E33, E35)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.diagnosis import Disorders, before_active_disease
from fhir_mappings.parameters import Parameters


class Sorted(Struct, frozen=True):
    """Courses that can form lines, those that cannot, and what that means for the counts."""

    counted: tuple[Course, ...]
    outside: tuple[Course, ...]
    smoldering: tuple[Course, ...]
    max_add: int
    unclear_starts: frozenset[date]
    """Starts of courses whose indication is AL amyloidosis or not clear while active myeloma is present (E35)."""
    flags: tuple[str, ...]


def sort_by_indication(courses: Sequence[Course], disorders: Disorders, parameters: Parameters) -> Sorted:
    """Set apart what was given for another disease or before active disease; it is exposure, never silently a line."""
    counted: list[Course] = []
    outside: list[Course] = []
    smoldering: list[Course] = []
    unclear: set[date] = set()
    flags: set[str] = set()
    uncoded: set[str] = set()
    for course in courses:
        kind = _kind(course, disorders, parameters)
        if kind == "counted":
            counted.append(course)
        elif kind == "unclear":
            counted.append(course)
            flags.add("indication_unclear")
            unclear.add(course.first_day)
        else:
            outside.append(course)
            if kind in {"smoldering", "smoldering-uncoded"}:
                smoldering.append(course)
            if kind.endswith("-uncoded") and not is_steroid(course.agent):
                uncoded.add(kind)
            if kind == "other":
                flags.add("other_indication")
    return Sorted(
        tuple(counted), tuple(outside), tuple(smoldering), len(uncoded), frozenset(unclear), tuple(sorted(flags))
    )


def _kind(course: Course, disorders: Disorders, parameters: Parameters) -> str:
    before = before_active_disease(course.first_day, disorders, parameters.diagnosis_lead_days)
    if course.indication == "myeloma":
        return "counted"
    if course.indication == "other":
        return "other"
    if course.indication == "smoldering":
        return "smoldering"
    if course.indication == "al-amyloidosis":
        return "al" if before or disorders.active_since is None else "unclear"
    if before and _on_record(disorders.smoldering_on_record, disorders.smoldering_since, course):
        return "smoldering-uncoded"
    if disorders.al_on_record and _on_record(True, disorders.al_since, course):
        return "al-uncoded" if before else "unclear"
    return "counted"


def _on_record(present: bool, since: object, course: Course) -> bool:
    """Tell whether a disorder was on record when the course began; without a date it may have been."""
    if not present:
        return False
    earliest = getattr(since, "earliest", None)
    return earliest is None or earliest <= course.first_day
