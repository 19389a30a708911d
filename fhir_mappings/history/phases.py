"""The phases of a line in order of time (L09–L12, L19; E07, E20)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from fhir_mappings.history.course import Course
from fhir_mappings.history.drafts import Draft, Segment
from fhir_mappings.history.model import Phase, PhaseKind

_KINDS: dict[str, PhaseKind] = {
    "induction": "induction",
    "consolidation": "consolidation",
    "maintenance": "maintenance",
    "bridging": "bridging",
    "holding": "treatment",
    "treatment": "treatment",
    "car-t": "car-t",
}
_NOT_IN_AGENTS = frozenset({"lymphodepletion", "mobilization"})


def phases_of(draft: Draft, as_of: date) -> tuple[Phase, ...]:
    """Return the phases; a course that runs into the next line is cut the day before it (its own dates stay with the drug)."""
    limit = draft.next_start - timedelta(days=1) if draft.next_start else None
    found: list[Phase] = []
    if draft.carried:
        found += _carried(draft, as_of, limit)
    for index, segment in enumerate(draft.segments):
        found += _segment_phases(draft, segment, index, as_of, limit)
    for transplant in draft.transplants:
        agents = {course.agent for course in transplant.conditioning} or (
            {"melphalan"} if transplant.inferred else set()
        )
        found.append(Phase("transplant", transplant.day, transplant.day, tuple(sorted(agents))))
        found += [_plain("mobilization", [course], as_of) for course in transplant.mobilization]
    if draft.infusion:
        if draft.infusion.lymphodepletion:
            found.append(_plain("lymphodepletion", draft.infusion.lymphodepletion, as_of))
        found.append(Phase("car-t", draft.infusion.day, draft.infusion.day, (draft.infusion.agent,)))
    return tuple(sorted(found, key=lambda phase: (phase.start, phase.end or date.max, phase.kind)))


def line_agents(draft: Draft, phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the union over the phases except lymphodepletion and mobilisation, steroids included (E07)."""
    agents = {agent for phase in phases if phase.kind not in _NOT_IN_AGENTS for agent in phase.agents}
    return tuple(sorted(agents | {steroid.agent for steroid in draft.steroids}))


def first_systemic_agents(draft: Draft, phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the drugs that name the line: its first systemic phase, or the CAR-T product."""
    if draft.infusion:
        return (draft.infusion.agent,)
    for phase in phases:
        if phase.kind in {"induction", "treatment", "maintenance", "consolidation"}:
            return phase.agents
    return tuple(sorted({agent for phase in phases for agent in phase.agents}))


def _segment_phases(draft: Draft, segment: Segment, index: int, as_of: date, limit: date | None) -> list[Phase]:
    courses = segment.batch.courses
    if segment.kind == "holding":
        return _holding(draft, courses, segment.batch.day, as_of)
    kind = _KINDS[segment.kind]
    planned = any(other.kind in {"maintenance", "consolidation"} for other in draft.segments[index + 1 :])
    before_transplant = any(transplant.day > segment.batch.day for transplant in draft.transplants)
    if kind == "treatment" and (planned or before_transplant):
        kind = "induction"
    if kind == "consolidation":
        return _consolidation(draft, courses, as_of, limit)
    end = _end_of(courses, as_of)
    next_transplant = min((t.day for t in draft.transplants if t.day > segment.batch.day), default=None)
    stop = min(
        (day for day in (limit, next_transplant - timedelta(days=1) if next_transplant else None) if day), default=None
    )
    return [_phase(draft, kind, courses, segment.batch.day, end, stop, as_of)]


def _holding(draft: Draft, courses: list[Course], start: date, as_of: date) -> list[Phase]:
    """Holding therapy is treatment; what of it goes on after the collection is bridging from that day on (L19, E08, E37)."""
    end = _end_of(courses, as_of)
    collected = draft.infusion.apheresis if draft.infusion else None
    going_on = [course for course in courses if collected and course.active_on(collected)]
    if draft.infusion is None or collected is None or not going_on:
        return [_phase(draft, "treatment", courses, start, end, None, as_of)]
    before, last = collected - timedelta(days=1), draft.infusion.day - timedelta(days=1)
    return [
        _phase(draft, "treatment", courses, start, end, before, as_of),
        _phase(draft, "bridging", going_on, collected, _end_of(going_on, as_of), max(last, collected), as_of),
    ]


def _consolidation(draft: Draft, courses: list[Course], as_of: date, limit: date | None) -> list[Phase]:
    """Consolidation whose partner drugs stop while others go on for months turns into maintenance."""
    start = min(course.first_day for course in courses)
    first_end = min(course.last_day(as_of) or course.first_day for course in courses)
    longer = [
        course for course in courses if (course.last_day(as_of) or course.first_day) > first_end + timedelta(days=60)
    ]
    if not longer or len(longer) == len(courses):
        return [_phase(draft, "consolidation", courses, start, _end_of(courses, as_of), limit, as_of)]
    again = [day for course in longer for day in course.parts if day > first_end]
    going_on = min(again, default=first_end + timedelta(days=1))
    return [
        _phase(draft, "consolidation", courses, start, first_end, limit, as_of),
        _phase(draft, "maintenance", longer, going_on, _end_of(longer, as_of), limit, as_of),
    ]


def _carried(draft: Draft, as_of: date, limit: date | None) -> list[Phase]:
    """Drugs that go on from the line before belong to the first phase of this one."""
    if draft.segments:
        return []
    return [_phase(draft, "treatment", draft.carried, draft.start, _end_of(draft.carried, as_of), limit, as_of)]


def _phase(
    draft: Draft, kind: PhaseKind, courses: list[Course], start: date, end: date | None, limit: date | None, as_of: date
) -> Phase:
    stop = end
    if limit is not None and (stop is None or stop > limit):
        stop = limit
    until = stop or as_of
    agents = {course.agent for course in courses}
    first = bool(draft.segments) and any(course in draft.segments[0].batch.courses for course in courses)
    if first:
        agents |= {course.agent for course in draft.carried}
    for steroid in draft.steroids:
        last = steroid.last_day(as_of) or steroid.first_day
        if steroid.first_day <= until and last >= start:
            agents.add(steroid.agent)
    return Phase(kind, start, stop, tuple(sorted(agents)))


def _plain(kind: PhaseKind, courses: Iterable[Course], as_of: date) -> Phase:
    own = list(courses)
    return Phase(kind, min(c.first_day for c in own), _end_of(own, as_of), tuple(sorted({c.agent for c in own})))


def _end_of(courses: Iterable[Course], as_of: date) -> date | None:
    """Return the last day of a group of courses; `None` while one goes on or its end is not known."""
    ends = [None if course.ongoing or course.end is None else course.end.latest for course in courses]
    known = [end for end in ends if end is not None]
    return None if len(known) < len(ends) else max(known, default=as_of)
