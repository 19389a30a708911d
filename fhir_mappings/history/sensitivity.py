"""What an exposure shows when it is not refractory: sensitive by a response or by follow-up, else unknown (F06, F07, F07b; E11)."""

from __future__ import annotations

from datetime import timedelta

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.model import Progression, ResponseCategory
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import assessed_between, at_least_minimal
from fhir_mappings.history.setting import Setting, Verdict


def not_refractory(course: Course, setting: Setting, best: tuple[ResponseCategory | None, tuple[str, ...]]) -> Verdict:
    """F06, F07, F07b, E11: a response makes it sensitive; without one, follow-up decides; else unknown."""
    if course.stop_reason == "no-response" and course.end is not None and not course.ongoing:
        return _stopped_without_response(course, best)
    return _by_what_followed(course, setting, best)


def _stopped_without_response(course: Course, best: tuple[ResponseCategory | None, tuple[str, ...]]) -> Verdict:
    """F04, E13: a stated want of response after too little of the drug is neither proof of it nor an unknown response (E11)."""
    contrary = at_least_minimal(best[0])
    why = f"although {best[0]} is on record" if contrary else "after too little of the drug to call it refractory"
    return Verdict(
        "exposed-unknown",
        "low",
        f"stopped for want of response, {why}",
        basis=("F02", "F04", "E13"),
        evidence=tuple(sorted({*course.evidence, *course.stop_evidence, *best[1]})),
        flags=("conflict",) if contrary else (),
    )


def _by_what_followed(
    course: Course, setting: Setting, best: tuple[ResponseCategory | None, tuple[str, ...]]
) -> Verdict:
    category, refs = best
    evidence = tuple(sorted({*course.evidence, *refs}))
    flags: set[str] = set()
    if course.start is None:
        return Verdict(
            "exposed-unknown", "low", "given, but no date is on record", basis=("L03", "F01"), evidence=evidence
        )
    if course.ongoing:
        flags.add("current")
        if at_least_minimal(category):
            return Verdict(
                "exposed-not-refractory",
                "moderate",
                f"being given; best response {category}",
                basis=("F07b",),
                evidence=evidence,
                flags=("current",),
            )
        return Verdict(
            "exposed-unknown",
            "low",
            "being given; no response on record yet",
            basis=("F07b",),
            evidence=evidence,
            flags=("current",),
        )
    if course.end is None:
        return Verdict(
            "exposed-unknown",
            "low",
            "given, but the last dose is not on record",
            basis=("L03", "F14"),
            evidence=evidence,
            flags=("end_imputed",),
        )
    later = _first_progression_after(course, setting)
    if later is not None:
        gap = days_between(course.end.latest, later.date)
        if setting.parameters.refractory_window_days < gap <= setting.parameters.borderline_days:
            flags.add("borderline_60d")
        evidence = tuple(sorted({*evidence, *later.evidence}))
    if course.end_imputed:
        flags.add("end_imputed")
    if at_least_minimal(category):
        tail = f"; progression {days_between(course.end.latest, later.date)} days after its last dose" if later else ""
        basis = ("F02", "F03", "F07") if course.stop_reason != "toxicity" else ("F02", "F03", "F06")
        return Verdict(
            "exposed-not-refractory",
            "moderate",
            f"best response {category}{tail}",
            basis=basis,
            evidence=evidence,
            flags=tuple(sorted(flags)),
        )
    # Known, and no proof either way: no response, but too little of the drug to call it non-response.
    if category == "SD":
        return Verdict(
            "exposed-unknown",
            "low",
            "best response SD, which is neither a response nor, after so little of the drug, non-response",
            basis=("F04", "E13"),
            evidence=evidence,
            flags=tuple(sorted(flags)),
        )
    flags.add("response_unknown")
    if course.stop_reason == "toxicity":
        return Verdict(
            "exposed-unknown",
            "low",
            "stopped for toxicity; response not on record",
            basis=("F06",),
            evidence=evidence,
            flags=tuple(sorted(flags)),
        )
    if _followed_up(course, setting):
        return Verdict(
            "exposed-not-refractory",
            "low",
            "no progression within 60 days of its last dose; response not on record",
            basis=("F07", "E11"),
            evidence=evidence,
            flags=tuple(sorted(flags)),
        )
    return Verdict(
        "exposed-unknown",
        "low",
        "neither a response nor enough follow-up is on record",
        basis=("F07", "E11"),
        evidence=evidence,
        flags=tuple(sorted(flags)),
    )


def _first_progression_after(course: Course, setting: Setting) -> Progression | None:
    last = course.last_day(setting.as_of)
    return next((e for e in setting.events if is_progression(e) and last is not None and e.date > last), None)


def _followed_up(course: Course, setting: Setting) -> bool:
    """E11: a later assessment, line or progression more than 60 days after the last dose."""
    last = course.last_day(setting.as_of)
    if last is None:
        return False
    since = last + timedelta(days=setting.parameters.follow_up_days + 1)
    if since > setting.as_of:
        return False
    later = any(record.line.start >= since for record in setting.records)
    later = later or any(is_progression(event) and event.date >= since for event in setting.events)
    return later or assessed_between(setting.disease.markers, setting.disease.statements, since, setting.as_of)
