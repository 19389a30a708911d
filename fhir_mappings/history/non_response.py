"""Non-response as proof of refractoriness: a best response below minimal (F02, F04, F10; E04, E13)."""

from __future__ import annotations

from datetime import timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.model import ResponseCategory
from fhir_mappings.history.response import any_fall, assessed_between, assessments_on, at_least_minimal, grades
from fhir_mappings.history.setting import Setting, Verdict
from fhir_mappings.terminology.agents import agent_of

_OTHER_REASONS = frozenset({"toxicity", "access", "patient-choice", "planned-completion"})


def by_non_response(
    course: Course,
    setting: Setting,
    best: tuple[ResponseCategory | None, tuple[str, ...]],
    within: LineRecord | None = None,
) -> Verdict | None:
    """F02, F04, E04, E13: SD or worse after at least 56 days of the drug and two assessments while on it.

    `within` is the line to judge it in, where that is not the one in which the course began.
    """
    record = within or setting.record_of(course)
    if record is None or course.start is None or best[0] not in {"SD", "PD"}:
        return None
    if course.role == "conditioning" or _unconfirmed_response(course, record, setting):
        return None
    if one_shot(course):
        return _infusion_without_response(course, setting, best)
    if record.draft.baseline_day < record.draft.start and at_least_minimal(_carried_response(record, setting)):
        return None
    p = setting.parameters
    last = course.last_day(setting.as_of)
    if last is None or course.end_imputed:
        return None
    # Of dates known to the month the shorter exposure is the worse reading for certainty.
    surely = last if course.ongoing or course.end is None else course.end.earliest
    length = days_between(course.start.latest, surely)
    if length < p.nonresponse_min_exposure_days:
        return None
    if assessments_on(setting.disease.markers, setting.disease.statements, course.first_day, last) < 2:
        return None
    if course.stop_reason in _OTHER_REASONS and length < p.nonresponse_stopped_min_days:
        return None
    evidence = tuple(sorted({*course.evidence, *best[1]}))
    return Verdict(
        "refractory",
        "moderate",
        f"no response in {length} days on the drug (best response {best[0]})",
        last if not course.ongoing else setting.as_of,
        ("F02", "F04", "E13"),
        evidence,
    )


def _infusion_without_response(
    course: Course, setting: Setting, best: tuple[ResponseCategory | None, tuple[str, ...]]
) -> Verdict | None:
    """F10: a CAR-T whose best response stays below MR; it takes 28 days and an assessment after them."""
    p = setting.parameters
    record = setting.record_of(course)
    since = course.first_day + timedelta(days=p.pd_min_exposure_days)
    if record is None or not assessed_between(setting.disease.markers, setting.disease.statements, since, record.until):
        return None
    return Verdict(
        "refractory",
        "moderate",
        f"no response to the infusion (best response {best[0]})",
        since,
        ("F02", "F10"),
        tuple(sorted({*course.evidence, *best[1]})),
    )


def _unconfirmed_response(course: Course, record: LineRecord, setting: Setting) -> bool:
    """One value that shows a response is not yet a response, and the want of the second is no proof of non-response."""
    p = setting.parameters
    last = course.last_day(setting.as_of) or setting.as_of
    until = record.until if one_shot(course) else min(last + timedelta(days=p.refractory_window_days), record.until)
    baseline = record.draft.baseline_for(course.first_day)
    return any_fall(setting.disease.markers, baseline, course.first_day, max(until, last), p)


def _carried_response(record: LineRecord, setting: Setting) -> str | None:
    """E04: the response that was carried into a line begun without progression."""
    found = grades(
        setting.disease.markers,
        setting.disease.statements,
        record.draft.baseline_day,
        record.draft.baseline_day,
        record.draft.start,
        setting.parameters,
    )
    # It must still hold: what the last assessment before the line showed, not the deepest ever.
    return found[-1].category if found else None


def one_shot(course: Course) -> bool:
    """Tell whether a therapy is given once: CAR-T, conditioning (F09, F10)."""
    return agent_of(course.agent).is_car_t or course.role == "conditioning"
