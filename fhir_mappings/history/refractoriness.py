"""Refractoriness per drug from its own last dose (F01–F12, F14, F14x, F07b; E04, E10–E13, E33).

Each exposure to a drug is judged alone: progression on it or at most 60 days after its own last dose, or no response to it. Where
an imputed or partial date would decide the answer, the answer is `exposed-unknown`. Nothing is carried from the regimen to a drug
that had stopped before (F03), and a verdict never goes back (F11).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.model import Progression, ResponseCategory
from fhir_mappings.history.non_response import by_non_response, one_shot
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import DEPTH, at_least_minimal, grades
from fhir_mappings.history.sensitivity import not_refractory
from fhir_mappings.history.setting import Setting, Verdict
from fhir_mappings.record import ConfidenceLevel, StatedRefractory
from fhir_mappings.terminology.agents import agent_of

_MAINTENANCE_DOSES = frozenset({"lenalidomide", "ixazomib", "bortezomib", "daratumumab"})


def judge(course: Course, setting: Setting) -> Verdict:
    """Return the verdict on one exposure."""
    if course.blinded:
        return Verdict(
            "exposed-unknown",
            "low",
            "blinded study drug",
            basis=("L21", "F01"),
            evidence=course.evidence,
            flags=("blinded",),
        )
    best = _best_on(course, setting)
    progressed = _by_progression(course, setting, best)
    if progressed is not None and progressed.status == "refractory":
        return replace(progressed, best=best[0])
    # A value that nobody confirmed does not outweigh a proven want of response (F02).
    verdict = by_non_response(course, setting, best) or _earlier_non_response(course, setting)
    verdict = verdict or progressed or not_refractory(course, setting, best)
    return replace(verdict, best=best[0])


def _earlier_non_response(course: Course, setting: Setting) -> Verdict | None:
    """F02, F11: no response in a line that the drug outlived; what a later line brought does not undo it.

    Where the drug simply went on, nobody found that it had failed: hence the longer exposure (E13).
    """
    if course.start is None or one_shot(course):
        return None
    for record, following in pairwise(setting.records):
        begun = max(course.first_day, record.line.start)
        before = following.line.start - timedelta(days=1)
        spans = [(min(last, before), reason, last < before) for first, last, reason in course.spans if first <= before]
        last, reason, stopped = max(spans, key=lambda span: span[0], default=(begun, None, False))
        if course.agent not in record.line.agents or last <= begun:
            continue
        start = course.start if course.first_day == begun else ChartDate.of(begun)
        if not stopped and days_between(start.latest, last) < setting.parameters.nonresponse_stopped_min_days:
            continue
        part = replace(
            course,
            start=start,
            end=ChartDate.of(last),
            ongoing=False,
            end_imputed=False,
            stop_reason=reason if stopped else None,
        )
        verdict = by_non_response(part, setting, _best_on(part, setting, record), record)
        if verdict is not None:
            return verdict
    return None


def _best_on(
    course: Course, setting: Setting, within: LineRecord | None = None
) -> tuple[ResponseCategory | None, tuple[str, ...]]:
    """Best response while on the drug or up to 60 days after its own last dose (E13), before any progression.

    The assessment that confirms a response may come later, at any time before new therapy (section 2.4); want of response is shown
    by what lies inside.
    """
    record = within or setting.record_of(course)
    if record is None or course.start is None:
        return None, ()
    p = setting.parameters
    last = course.last_day(setting.as_of) or setting.as_of
    until = min(last + timedelta(days=p.refractory_window_days), setting.as_of)
    until = min(until, max(last, record.until))  # what comes after new treatment begins is the new treatment's (S3)
    if one_shot(course):  # what is given once goes on acting: until the next line begins (F09, F10)
        until = record.until
    until = min([until, *(e.date for e in setting.events if is_progression(e) and course.first_day < e.date)])
    draft = record.draft
    baseline = draft.baseline_for(course.first_day)
    confirmed = max(until, record.until)
    seen = grades(setting.disease.markers, setting.disease.statements, baseline, course.first_day, confirmed, p)
    found = [
        grade
        for grade in seen
        if grade.day <= until and (at_least_minimal(grade.category) or (grade.until or grade.day) <= until)
    ]
    best = max(found, key=lambda grade: (DEPTH[grade.category], -grade.day.toordinal()), default=None)
    return (best.category, tuple(sorted(set(best.evidence)))) if best else (None, ())


def _by_progression(
    course: Course, setting: Setting, best: tuple[ResponseCategory | None, tuple[str, ...]]
) -> Verdict | None:
    """F02–F04: progression on the drug or at most 60 days after its own last dose, after enough of it."""
    uncertain: Verdict | None = None
    for event in setting.events:
        inferred_only = event.trust == "T5" and at_least_minimal(best[0])
        if course.start is None or event.date <= course.first_day or inferred_only:
            continue  # E18: a mere inference does not outweigh a recorded response to the drug
        relation = _relation(course, event.date, setting)
        if event.latest_date is not None and _relation(course, event.latest_date, setting) != relation:
            relation = "open"  # the reading that is worse for certainty
        others = {_relation(course, day, setting) for day in event.other_dates if day > course.first_day}
        borderline = "inside" in {relation, *others} and "outside" in {relation, *others}
        if relation == "outside" and not borderline:
            continue
        verdict = _verdict_of(course, event, "inside" if borderline else relation, setting)
        if borderline and verdict.status == "refractory":
            return replace(
                verdict,
                confidence="low",
                flags=tuple(sorted({*verdict.flags, "borderline_60d"})),
                basis=tuple(sorted({*verdict.basis, "E10"})),
            )
        if verdict.status == "refractory":
            return verdict
        uncertain = uncertain or verdict
    return uncertain


def _relation(course: Course, day: date, setting: Setting) -> str:
    """Return `inside`, `outside` or `open` (a date that is not known decides), for day 60 in and day 61 out (F02)."""
    window = setting.parameters.refractory_window_days
    paused = next((before for before, after in course.pauses if before < day < after), None)
    if paused is not None:
        return "inside" if days_between(paused, day) <= window else "outside"
    if course.ongoing:
        return "inside"
    if course.end is None:
        return "open"
    if one_shot(course):
        first = last = course.end.latest
    else:
        first, last = course.end.earliest, course.end.latest
    inside_early = days_between(first, day) <= window
    inside_late = days_between(last, day) <= window
    if inside_early and inside_late:
        return "inside"
    return "open" if inside_late else "outside"


def _verdict_of(course: Course, event: Progression, relation: str, setting: Setting) -> Verdict:
    p = setting.parameters
    evidence = tuple(sorted({*course.evidence, *event.evidence}))
    if not is_progression(event):
        text = (
            "progression is only inferred from a change of treatment"
            if event.trust == "T5"
            else "a single value suggests progression and is not confirmed"
        )
        return Verdict("exposed-unknown", "low", text, basis=("F01", "P20"), evidence=evidence)
    days = _days_since(course, event.date)
    when = f"{_kind(event)} on {event.date.isoformat()}"
    if relation == "open":
        return Verdict(
            "exposed-unknown",
            "low",
            f"{when}, but the date of the last dose is not certain",
            basis=("F03", "F14"),
            evidence=evidence,
            flags=("end_imputed",) if course.end_imputed else ("date_imprecise",),
        )
    exposure = _exposure_days(course, event.date)
    told = _stated_for(course.agent, setting.stated)
    enough = p.nonresponse_min_exposure_days if event.want_of_response else p.pd_min_exposure_days
    if not one_shot(course) and exposure < enough:
        if told:
            return Verdict(
                "refractory",
                "moderate",
                f"{when} after {exposure} days of the drug; stated as refractory",
                event.date,
                ("F02", "F04", "F14x"),
                tuple(sorted({*evidence, *told})),
                ("short_exposure_pd",),
            )
        return Verdict(
            "exposed-unknown",
            "low",
            f"{when} after only {exposure} days of the drug",
            basis=("F04", "E12"),
            evidence=evidence,
            flags=("short_exposure_pd",),
        )
    flags = set(_low_dose(course, event, setting)) | (set(event.flags) & {"biochemical_only", "conflict"})
    basis = {"F02", "F03", *event.basis} | ({"F08"} if "low_dose_refractory" in flags else set())
    basis |= {"F10"} if agent_of(course.agent).is_car_t else {"F09"} if course.role == "conditioning" else set()
    if "low_dose_refractory" in flags and not p.low_dose_counts:
        return Verdict(
            "exposed-unknown",
            "low",
            f"{when} on a maintenance dose",
            basis=("F08",),
            evidence=evidence,
            flags=tuple(sorted(flags)),
        )
    confidence = _confidence(course, event, setting)
    if course.stop_reason == "toxicity" and days > 0:
        flags.add("stopped_for_toxicity")
        basis.add("F06")
        confidence = "low" if confidence == "low" else "moderate"
    where = "while on the drug" if days <= 0 else f"{days} days after its last dose"
    return Verdict(
        "refractory", confidence, f"{when}, {where}", event.date, tuple(sorted(basis)), evidence, tuple(sorted(flags))
    )


def _kind(event: Progression) -> str:
    if event.want_of_response:
        return "want of response"
    return "biochemical progression" if event.biochemical_only else "progression"


def _days_since(course: Course, day: date) -> int:
    """Return days from the last dose to a day; zero or less while on the drug."""
    return 0 if course.ongoing or course.end is None else max(days_between(course.end.latest, day), 0)


def _exposure_days(course: Course, day: date) -> int:
    """Return how many days of the drug lie before a day in this course (E12)."""
    last = day if course.ongoing or course.end is None else min(course.end.latest, day)
    first = course.start.latest if course.start is not None else course.first_day  # of a month, the worse reading
    return max(days_between(first, last), 0)


def _stated_for(agent: str, stated: Iterable[StatedRefractory]) -> tuple[str, ...]:
    return tuple(s.ref for s in stated if s.target == agent)


def _low_dose(course: Course, event: Progression, setting: Setting) -> tuple[str, ...]:
    """F08: progression on a maintenance dose is flagged."""
    if course.agent not in _MAINTENANCE_DOSES:
        return ()
    if course.agent == "lenalidomide" and course.dose_mg is not None:
        low = course.dose_mg <= setting.parameters.low_dose_lenalidomide_mg
        return ("low_dose_refractory",) if low else ()
    maintenance = any(
        phase.kind == "maintenance"
        and course.agent in phase.agents
        and phase.start <= event.date
        and (phase.end is None or days_between(phase.end, event.date) <= setting.parameters.refractory_window_days)
        for record in setting.records
        for phase in record.line.phases
    )
    return ("low_dose_refractory",) if maintenance else ()


def _confidence(course: Course, event: Progression, setting: Setting) -> ConfidenceLevel:
    """F14: an inferred stop date counts against it only where the edge of the window is near."""
    if course.order_only or course.unclear or "conflict" in course.flags or event.confidence == "low":
        return "low"
    if event.trust == "T3":
        return "low" if course.end_imputed or course.stop_reason is None else "moderate"
    if course.end_imputed and _near_edge(course, event, setting):
        return "moderate"
    return "high" if event.confidence == "high" and course.administered else "moderate"


def _near_edge(course: Course, event: Progression, setting: Setting) -> bool:
    """Tell whether the earliest possible last dose lies within 14 days of the edge of the window (F14)."""
    if course.end is None:
        return True
    p = setting.parameters
    slack = p.refractory_window_days - days_between(course.end.earliest, event.date)
    return slack <= p.stop_date_near_window_days
