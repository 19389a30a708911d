"""Progression events in a stretch of treatment: computed, stated, inferred, and combined (P18–P22, E03, E04, E10, E18, E38).

A stretch is one course of a line: from its baseline day to the start of the next line (or `as_of`). Levels of trust are those of
P20; T1 to T3 are progression, T4 to T6 only raise the question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import days_between
from fhir_mappings.history.computed_progression import (
    PROGRESSION,
    TRUST_ORDER,
    Candidate,
    Stretch,
    computed_progressions,
)
from fhir_mappings.history.course import Course
from fhir_mappings.history.lesions import Lesion, in_sanctuary
from fhir_mappings.history.markers import Markers
from fhir_mappings.history.model import Progression
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import ConfidenceLevel, LabValue, StatedStatus

_RESPONSES = frozenset({"sCR", "CR", "VGPR", "PR", "MR", "SD"})


class Disease(Struct, frozen=True):
    """What bears on progression: marker series, dated statements, laboratory values for clinical relapse."""

    markers: Markers
    statements: tuple[StatedStatus, ...]
    labs: tuple[LabValue, ...]
    lesions: tuple[Lesion, ...] = ()


CLINICAL = frozenset({"calcium_total", "calcium_total_corrected", "albumin", "hemoglobin", "creatinine"})
"""The laboratory tests that speak for clinical relapse (P19)."""


def progressions(
    disease: Disease, stretch: Stretch, courses: Iterable[Course], parameters: Parameters
) -> tuple[Progression, ...]:
    """Return every progression event of a stretch with its trust, in order of time."""
    computed = computed_progressions(disease.markers, stretch, parameters)
    stated = _stated(disease.statements, stretch) + _reasons_to_stop(courses, stretch, parameters)
    stated += _new_lesions(disease.lesions, stretch, parameters)
    return _combine(computed, stated, disease, stretch, parameters)


def _stated(statements: Iterable[StatedStatus], stretch: Stretch) -> list[Candidate]:
    found = []
    for statement in statements:
        if statement.value not in {"progression", "relapse"} or statement.date is None:
            continue
        day = statement.date.earliest
        if stretch.start < day <= stretch.until:
            sanctuary = in_sanctuary(statement)
            rules = ("P18", "P20", "P22") if statement.kind == "imaging" or sanctuary else ("P20",)
            said = statement.text or ("progression by imaging" if statement.kind == "imaging" else statement.value)
            found.append(
                Candidate(
                    day,
                    "T1",
                    (statement.ref,),
                    rules,
                    "imaging" if sanctuary else statement.kind,
                    imwg=statement.imwg,
                    detail=f"stated on {day.isoformat()}: {said}",
                    sanctuary=sanctuary,
                    latest=None if statement.date.exact else statement.date.latest,
                )
            )
    return found


def _new_lesions(lesions: Iterable[Lesion], stretch: Stretch, parameters: Parameters) -> list[Candidate]:
    """P18.5, P22, L18: a new lesion is progression, whatever serum shows; what is found with the start of a line is not new."""
    return [
        Candidate(
            lesion.day,
            "T1",
            (lesion.ref,),
            ("P18", "P20", "P22"),
            "imaging",
            detail=f"new on {lesion.day.isoformat()}: {lesion.text}, P18.5",
            sanctuary=lesion.sanctuary,
        )
        for lesion in lesions
        if stretch.start + timedelta(days=parameters.regimen_window_days) < lesion.day <= stretch.until
    ]


_WHY = {"progression": "progression", "no-response": "want of response"}


def _reasons_to_stop(courses: Iterable[Course], stretch: Stretch, parameters: Parameters) -> list[Candidate]:
    """A drug stopped for progression is a dated clinician's statement; its date is the drug's stop date (P20, T1).

    So is one stopped for want of response after enough of it (F02, F04); after less it says nothing of the disease.
    """
    found = []
    for course in courses:
        if course.end is None or course.end_imputed or not course.failed(parameters.nonresponse_min_exposure_days):
            continue
        day = course.end.latest
        if stretch.next_start and stretch.next_start < day <= stretch.next_start + timedelta(days=14):
            day = stretch.next_start
        if stretch.start < day <= stretch.until:
            found.append(
                Candidate(
                    day,
                    "T1",
                    course.stop_evidence,
                    ("P20", "F04") if course.stop_reason == "no-response" else ("P20",),
                    "reason",
                    agents=frozenset({course.agent}),
                    detail=f"{course.agent} stopped for {_WHY[course.stop_reason or 'other']} on {day.isoformat()}",
                )
            )
    return found


def _combine(
    computed: list[Candidate], stated: list[Candidate], disease: Disease, stretch: Stretch, parameters: Parameters
) -> tuple[Progression, ...]:
    """One event per progression: laboratory date first, statements corroborate (E10)."""
    events: list[list[Candidate]] = []
    for candidate in sorted(computed, key=lambda c: c.date) + sorted(stated, key=lambda c: (c.date, c.evidence)):
        for group in events:
            near = any(abs(days_between(c.date, candidate.date)) <= parameters.combine_window_days for c in group)
            same_course = not any(
                min(group[0].date, candidate.date) < restart <= max(group[0].date, candidate.date)
                for restart in stretch.course_starts
            )
            if near and (
                same_course or abs(days_between(group[0].date, candidate.date)) <= parameters.combine_window_days
            ):
                group.append(candidate)
                break
        else:
            if known := _already_known(candidate, events, stretch):
                known.append(candidate)
            else:
                events.append([candidate])
    made = [_event(group, disease, stretch, parameters) for group in events]
    return tuple(sorted(made, key=lambda event: (event.date, event.trust)))


def _already_known(candidate: Candidate, events: list[list[Candidate]], stretch: Stretch) -> list[Candidate] | None:
    """Return the progression for which a drug was stopped, however long it was watched: the stop is not another progression (E10)."""
    if candidate.kind != "reason":
        return None
    before = [
        group
        for group in events
        if group[0].date < candidate.date
        and any(c.trust in PROGRESSION for c in group)
        and not any(group[0].date < restart <= candidate.date for restart in stretch.course_starts)
    ]
    return before[-1] if before else None


def _event(group: list[Candidate], disease: Disease, stretch: Stretch, parameters: Parameters) -> Progression:
    real = [c for c in group if c.trust in PROGRESSION] or group
    best = min(real, key=lambda c: TRUST_ORDER[c.trust])
    markers = [c for c in group if c.kind == "marker"]
    stated = [c for c in group if c.kind != "marker"]
    # A single unconfirmed value (T4) gains its meaning from the statement beside it; the date is still the laboratory's (E10).
    day = min((c.date for c in markers), default=best.date)
    flags: set[str] = set()
    confidence = _confidence(real, markers)
    conflict = _contradicting(disease.statements, day, parameters) if markers and not stated else ()
    if conflict:
        flags.add("conflict")
        confidence = "low"
    if stated and not markers and _assessed(disease.markers, day, stretch):
        flags.add("explicit_only")
    if any(c.sanctuary for c in group):
        flags.add("sanctuary_site")
    # Another piece of evidence with an exact day near by settles what a month leaves open.
    open_dates = [c.latest for c in real if c.latest is not None]
    latest: dt.date | None = max(open_dates) if len(open_dates) == len(real) else None
    if latest is not None:
        flags.add("date_imprecise")
    clinical = any(c.kind in {"clinical", "imaging"} for c in stated)
    suspected = _clinical_relapse(disease.labs, stretch, day)
    if suspected:
        flags.add("clinical_relapse_suspected")
    biochemical = (bool(markers) or any(c.kind == "biochemical" for c in stated)) and not clinical and not suspected
    if biochemical:
        flags.add("biochemical_only")
    basis = {rule for c in group for rule in c.basis} | ({"E10"} if markers and stated else set())
    significant = next((c.significant for c in markers if c.significant is not None), None)
    return Progression(
        date=day,
        trust=best.trust,
        biochemical_only=biochemical,
        confidence=confidence,
        significant=significant if biochemical else None,
        reason_for=frozenset(agent for c in group for agent in c.agents),
        other_dates=tuple(
            sorted({c.date for c in real if abs(days_between(day, c.date)) <= parameters.combine_window_days} - {day})
        ),
        latest_date=latest,
        want_of_response=all(c.kind == "reason" and "F04" in c.basis for c in group),
        detail="; ".join(dict.fromkeys(c.detail for c in [*markers, *stated] if c.detail)),
        basis=tuple(sorted(basis)),
        evidence=tuple(sorted({ref for c in group for ref in c.evidence} | set(conflict))),
        flags=tuple(sorted(flags)),
    )


def _confidence(real: list[Candidate], markers: list[Candidate]) -> ConfidenceLevel:
    """P20, "Combination"."""
    trusts = {c.trust for c in real}
    independent = len({("T1",) if c.trust == "T1" else (c.trust, c.kind) for c in real if c.trust in PROGRESSION})
    if not trusts & PROGRESSION:
        return "low"
    if independent >= 2 or any(c.imwg for c in real):
        return "high"
    if trusts == {"T2"} and not all(c.confirmed_nadir for c in markers):
        return "low"
    return "moderate"


def _contradicting(statements: Iterable[StatedStatus], day: date, parameters: Parameters) -> tuple[str, ...]:
    return tuple(
        s.ref
        for s in statements
        if s.value in _RESPONSES
        and s.date
        and abs(days_between(s.date.earliest, day)) <= parameters.explicit_conflict_days
    )


def _assessed(markers: Markers, day: date, stretch: Stretch) -> bool:
    """Two or more marker values around a stated progression that did not show it."""
    return sum(1 for d in markers.assessment_days if stretch.start <= d <= day + timedelta(days=30)) >= 2


def _clinical_relapse(labs: Sequence[LabValue], stretch: Stretch, day: date) -> tuple[str, ...]:
    """P19: calcium above 11 mg/dL, haemoglobin down by 2 g/dL or creatinine up by 2 mg/dL around the progression."""
    first, last = day - timedelta(days=45), day + timedelta(days=45)
    oldest = stretch.baseline_day - timedelta(days=42)
    near = [lab for lab in labs if first <= lab.date.earliest <= last]
    if not near:
        return ()
    found: list[str] = [lab.ref for lab in near if lab.concept == "calcium_total_corrected" and lab.value > 11]
    found += [lab.ref for lab in near if lab.concept == "calcium_total" and _corrected(lab, near) > 11]
    for concept, sign in (("hemoglobin", -1), ("creatinine", 1)):
        before = [lab for lab in labs if lab.concept == concept and oldest <= lab.date.earliest < first]
        if before:
            reference = before[-1].value
            found += [lab.ref for lab in near if lab.concept == concept and sign * (lab.value - reference) >= 2]
    return tuple(found)


def _corrected(calcium: LabValue, near: Iterable[LabValue]) -> float:
    """Calcium corrected for albumin of the same day: Ca + 0.8 x (4.0 - albumin in g/dL) (P19)."""
    albumin = [lab.value for lab in near if lab.concept == "albumin" and lab.date == calcium.date]
    return calcium.value + 0.8 * (4.0 - albumin[0]) if albumin else calcium.value


def suspected_relapse(disease: Disease, stretch: Stretch, day: date) -> tuple[str, ...]:
    """P19: calcium, haemoglobin or creatinine near a day that raise the question, without progression; never refractory."""
    return _clinical_relapse(disease.labs, stretch, day)


def is_progression(event: Progression) -> bool:
    """Tell whether an event is progression (T1 to T3) rather than a suspicion (T4 to T6)."""
    return event.trust in PROGRESSION


def significant_events(events: Iterable[Progression]) -> tuple[Progression, ...]:
    """Return the events that count as progression."""
    return tuple(event for event in events if is_progression(event))
