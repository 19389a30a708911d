"""Status of every drug and class on record (F01, F06, F09, F11, F12, F14x, F15; E19, E33, E39)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.after_exposure import (
    rechallenge_of,
    refractory_at_last_exposure,
    target_of,
    with_antigen_loss,
    with_relapse_after_car_t,
)
from fhir_mappings.history.course import Course, is_steroid
from fhir_mappings.history.model import AgentStatus, ClassStatus, Intolerance, Status
from fhir_mappings.history.refractoriness import judge
from fhir_mappings.history.response import DEPTH
from fhir_mappings.history.setting import Setting, Verdict
from fhir_mappings.record import ConfidenceLevel, Fact, Reaction, StatedRefractory
from fhir_mappings.terminology.agents import CLASSES, classes_of

ALWAYS_LISTED = ("PI", "IMID", "CD38", "BCMA_ADC", "BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB", "XPO1")
_PRECEDENCE: dict[Status, int] = {"refractory": 3, "exposed-unknown": 2, "exposed-not-refractory": 1}
_KEPT_FLAGS = frozenset({"order_only", "conflict", "blinded", "conditioning_inferred", "end_imputed", "date_imprecise"})
_CONFIDENCE = {"high": 2, "moderate": 1, "low": 0}


class Exposed(Struct, frozen=True):
    """Everything that was given of the drugs of a patient, sorted by what may be said of it."""

    courses: Sequence[Course]
    outside: Sequence[Course]
    """Given for another disease or for smoldering disease (L06, E24, E33)."""
    undated: Sequence[Course]
    single_orders: Sequence[Course]


def agent_statuses(
    exposed: Exposed, setting: Setting, reactions: Iterable[Reaction], facts: Iterable[Fact] = ()
) -> dict[str, AgentStatus]:
    """Return the status of every drug that is on record as given (or ordered once, E19), by agent key."""
    by_agent: dict[str, list[tuple[Course, Verdict]]] = defaultdict(list)
    lines_only = replace(setting, extra=())
    for course in exposed.courses:
        by_agent[course.agent].append((course, _verdict(course, lines_only)))
    for course in exposed.outside:
        verdict = _verdict(course, setting)
        flags = {*verdict.flags} | ({"other_indication"} if course.indication in {"other", "al-amyloidosis"} else set())
        by_agent[course.agent].append((course, replace(verdict, flags=tuple(sorted(flags)))))
    for course in exposed.undated:
        by_agent[course.agent].append((course, judge(course, setting)))
    for course in exposed.single_orders:
        by_agent[course.agent].append((course, _ordered_once(course)))
    reported = list(reactions)
    found = {agent: _status(agent, own, setting, reported) for agent, own in by_agent.items()}
    for target, stated in _stated_targets(setting.stated).items():
        found = _with_stated(found, target, stated)
    return dict(sorted(with_antigen_loss(found, facts).items()))


def _verdict(course: Course, setting: Setting) -> Verdict:
    if is_steroid(course.agent):
        return Verdict(
            "exposed-unknown", "low", "corticosteroids are not judged", basis=("F09",), evidence=course.evidence
        )
    return judge(course, setting)


def _ordered_once(course: Course) -> Verdict:
    return Verdict(
        "exposed-unknown",
        "low",
        "ordered once; nothing shows that it was given",
        basis=("E19", "L01"),
        evidence=course.evidence,
        flags=("order_only",),
    )


def _status(
    agent: str, own: Sequence[tuple[Course, Verdict]], setting: Setting, reactions: Sequence[Reaction]
) -> AgentStatus:
    ordered = sorted(own, key=lambda pair: (pair[0].start.earliest if pair[0].start else date.min, pair[1].status))
    status = max((verdict.status for _, verdict in ordered), key=lambda s: _PRECEDENCE[s])
    deciding = [verdict for _, verdict in ordered if verdict.status == status]
    # Refractoriness dates from its first proof (F11); every other status is told by the latest exposure.
    chosen = deciding[0] if status == "refractory" else deciding[-1]
    if status == "refractory" and len(deciding) > 1:
        best_confidence = max(deciding, key=lambda v: _CONFIDENCE[v.confidence]).confidence
        chosen = replace(chosen, confidence=best_confidence)
    flags = {flag for verdict in deciding for flag in verdict.flags}
    flags |= {flag for course, _ in ordered for flag in course.flags if flag in _KEPT_FLAGS}
    if any(verdict.flags and "current" in verdict.flags for _, verdict in ordered):
        flags.add("current")
    if agent.startswith("unnamed:"):
        flags.add("agents_unnamed")
    basis = {"F01", *chosen.basis}
    evidence = {ref for verdict in deciding for ref in verdict.evidence}
    again = rechallenge_of(ordered, chosen.since, setting) if status == "refractory" else None
    if again is not None:
        flags.add("responded_on_rechallenge")
        basis.add("F11")
    target, modality = target_of(agent)
    best = max((v.best for _, v in ordered if v.best), key=lambda b: DEPTH[b], default=None)
    found = AgentStatus(
        agent=agent,
        status=status,
        since=chosen.since,
        confidence=chosen.confidence,
        first_exposure=_first(ordered),
        last_exposure=_last(ordered, setting.as_of),
        lines=tuple(r.line.number for r in setting.records if agent in r.line.agents),
        intolerance=_intolerance(agent, [course for course, _ in ordered], reactions),
        best_response=best,
        reason=chosen.reason,
        rechallenge=again,
        refractory_at_last_exposure=refractory_at_last_exposure(ordered),
        target=target,
        modality=modality,
        basis=tuple(sorted(basis)),
        evidence=tuple(sorted(evidence)),
        flags=tuple(sorted(flags)),
    )
    return with_relapse_after_car_t(found, [course for course, _ in ordered], setting)


def _first(ordered: Sequence[tuple[Course, Verdict]]) -> ChartDate | None:
    return min((course.start for course, _ in ordered if course.start), default=None)


def _last(ordered: Sequence[tuple[Course, Verdict]], as_of: date) -> ChartDate | None:
    if any(course.ongoing for course, _ in ordered):
        return ChartDate.of(as_of)
    latest = ordered[-1][0]
    if latest.start is not None and latest.end is None:
        return None
    return max((course.end for course, _ in ordered if course.end), key=lambda end: end.latest, default=None)


def _intolerance(agent: str, courses: Sequence[Course], reactions: Sequence[Reaction]) -> Intolerance | None:
    """F06: what was not tolerated, the worst of several reactions; resumed later means rechallenged."""
    own = sorted((r for r in reactions if r.agent == agent), key=_worst_first)
    stopped = [course for course in courses if course.stop_reason == "toxicity"]
    held = [(course, last) for course in courses for _, last, why in course.spans if why == "toxicity"]
    if not own and not stopped:
        if not held:
            return None
        course, last = min(held, key=lambda pair: pair[1])  # a hold inside a course that went on
        resumed: Literal["yes", "no"] = "yes" if _again(courses, last) else "no"
        return Intolerance("toxicity", None, ChartDate.of(last), "unknown", resumed, course.evidence)
    when = own[0].date if own else None
    day = when or (stopped[0].end if stopped else None)
    again = day is not None and _again(courses, day.latest)
    if own:
        first = own[0]
        refs = {r.ref for r in own} | {ref for course in stopped for ref in course.stop_evidence}
        return Intolerance(
            first.reaction,
            first.grade,
            first.date or day,
            first.resolved,
            "yes" if again else "no",
            tuple(sorted(refs)),
        )
    course = stopped[0]
    return Intolerance(
        course.stop_text or "toxicity", None, course.end, "unknown", "yes" if again else "no", course.stop_evidence
    )


def _worst_first(reaction: Reaction) -> tuple[int, ChartDate, str]:
    """By grade, downwards, one without a grade last; then by date."""
    return -(reaction.grade or 0), reaction.date or ChartDate.of(date.max), reaction.ref


_HELD_DAYS = 30
"""A pause whose last dose lies this near to a reaction is taken as its consequence (project choice)."""


def _again(courses: Iterable[Course], day: date) -> bool:
    """Tell whether a drug was resumed after a day: as a course of its own, or after a stop for toxicity or a pause inside one."""
    for course in courses:
        if course.start is not None and course.first_day > day:
            return True
        stops = [last for _, last, why in course.spans if why == "toxicity"]
        if any(part > stop >= day for part in course.parts for stop in stops):
            return True
        if any(abs(days_between(last, day)) <= _HELD_DAYS and resumed > day for last, resumed in course.pauses):
            return True
    return False


def _stated_targets(stated: Iterable[StatedRefractory]) -> Mapping[str, list[StatedRefractory]]:
    grouped: dict[str, list[StatedRefractory]] = defaultdict(list)
    for statement in stated:
        grouped[statement.target].append(statement)
    return grouped


def _with_stated(
    found: dict[str, AgentStatus], target: str, stated: Sequence[StatedRefractory]
) -> dict[str, AgentStatus]:
    """F14x: a statement "refractory to X" makes refractory, dated with moderate, undated with low confidence."""
    agent = f"unnamed:{target}" if target in CLASSES else target
    refs = tuple(sorted(s.ref for s in stated))
    dates = sorted((s.date for s in stated if s.date), key=lambda d: d.earliest)
    if target in CLASSES and any(s.status == "refractory" and target in classes_of(s.agent) for s in found.values()):
        return found
    known = found.get(agent)
    if known is not None and known.status == "refractory":
        return found | {
            agent: replace(
                known, evidence=tuple(sorted({*known.evidence, *refs})), basis=tuple(sorted({*known.basis, "F14x"}))
            )
        }
    confidence: ConfidenceLevel = "moderate" if dates else "low"
    day = dates[0].latest if dates else None
    flags = {"agents_unnamed"} if target in CLASSES else set()
    if known is None:
        known = AgentStatus(
            agent=agent,
            status="refractory",
            since=day,
            confidence="low",
            first_exposure=None,
            last_exposure=None,
            lines=(),
        )
    return found | {
        agent: replace(
            known,
            status="refractory",
            since=day,
            confidence=confidence,
            reason="the record states that the disease is refractory to it",
            basis=tuple(sorted({*known.basis, "F14x"})),
            evidence=tuple(sorted({*known.evidence, *refs})),
            flags=tuple(sorted({*known.flags, *flags})),
        )
    }


def class_statuses(agents: Mapping[str, AgentStatus], complete: bool) -> dict[str, ClassStatus]:
    """Return REF > UNK > ENR over the drugs of each class; without exposure naive only if the history is complete (F15)."""
    found: dict[str, ClassStatus] = {}
    for key in CLASSES:
        own = [status for agent, status in agents.items() if key in classes_of(agent)]
        if own:
            status = max((s.status for s in own), key=lambda s: _PRECEDENCE.get(s, 0))
            found[key] = ClassStatus(status, tuple(sorted(s.agent for s in own)))
        elif key in ALWAYS_LISTED:
            found[key] = ClassStatus("naive" if complete else "not-recorded", ())
    return found
