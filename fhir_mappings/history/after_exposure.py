"""What is told of a drug beside its status: rechallenge, relapse after CAR-T, target, loss of the antigen (F10, F11; E29)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from fhir_mappings.dates import months_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.model import AgentStatus, Rechallenge, ResponseCategory
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import DEPTH, Grade, at_least_minimal, grades
from fhir_mappings.history.setting import Setting, Verdict
from fhir_mappings.record import Fact
from fhir_mappings.terminology.agents import agent_of, classes_of

_MODALITY = {"ADC": "antibody-drug conjugate", "CART": "CAR-T", "BSAB": "bispecific"}
_ABSENT = frozenset({"absent", "negative", "lost", "no"})


def rechallenge_of(
    ordered: Sequence[tuple[Course, Verdict]], since: date | None, setting: Setting
) -> Rechallenge | None:
    """F11: the first response to a later exposure of a drug that was refractory, with its partners.

    A later exposure is a course of its own, or a record with which the drug begins again in a later line although the pause was
    short enough to be one course (L03).
    """
    if since is None:
        return None
    for course, verdict in ordered:
        if course.start is None:
            continue
        if course.first_day >= since:
            record, begun, best = setting.record_of(course), course.first_day, verdict.best
            if record is not None and best is not None and at_least_minimal(best):
                days = [grade.day for grade in _grades_from(begun, course, record, setting)]
                return _rechallenge(min(days, default=begun), best, course, record)
            continue
        for part in course.parts:
            record = _later_line(part, course, since, setting)
            found = _grades_from(part, course, record, setting) if record is not None else []
            if record is not None and found:
                deepest = max(found, key=lambda grade: DEPTH[grade.category]).category
                return _rechallenge(min(grade.day for grade in found), deepest, course, record)
    return None


def _later_line(part: date, course: Course, since: date, setting: Setting) -> LineRecord | None:
    """Return the line that a record of a drug begins with, if both begin after the proof that the drug had failed."""
    if part <= since:
        return None
    window = timedelta(days=setting.parameters.regimen_window_days)
    lines = [r for r in setting.records if r.line.start <= part and course.agent in r.line.agents]
    return lines[-1] if lines and since < lines[-1].line.start and part - lines[-1].line.start <= window else None


def _grades_from(begun: date, course: Course, record: LineRecord, setting: Setting) -> list[Grade]:
    """Return the responses of a line to a drug from one day to the end of its window."""
    last = course.last_day(setting.as_of) or setting.as_of
    found = grades(
        setting.disease.markers,
        setting.disease.statements,
        record.draft.baseline_for(begun),
        begun,
        min(last + timedelta(days=setting.parameters.refractory_window_days), record.until),
        setting.parameters,
    )
    return [grade for grade in found if at_least_minimal(grade.category)]


def _rechallenge(day: date, best: ResponseCategory, course: Course, record: LineRecord) -> Rechallenge:
    partners = {c.agent for c in record.draft.courses if c.active_on(day)}
    return Rechallenge(day, best, tuple(sorted(partners - {course.agent})))


def refractory_at_last_exposure(ordered: Sequence[tuple[Course, Verdict]]) -> bool | None:
    """F11: the verdict of the latest exposure alone."""
    dated = [verdict.status for course, verdict in ordered if course.start is not None]
    if not dated or dated[-1] == "exposed-unknown":
        return None
    return dated[-1] == "refractory"


def target_of(agent: str) -> tuple[str | None, str | None]:
    """F10: target and modality of a drug directed at BCMA, GPRC5D or FcRH5."""
    for key in classes_of(agent):
        target, _, kind = key.rpartition("_")
        if kind in _MODALITY:
            return target, _MODALITY[kind]
    return None, None


def with_relapse_after_car_t(status: AgentStatus, courses: Iterable[Course], setting: Setting) -> AgentStatus:
    """F10, E29: progression after the infusion is flagged whatever the status, with product and months."""
    if not agent_of(status.agent).is_car_t:
        return status
    days = sorted(course.first_day for course in courses if course.start is not None)
    for day in days:
        following = [e for e in setting.events if is_progression(e) and e.date > day]
        if following:
            months = months_between(day, following[0].date)
            return replace(
                status,
                flags=tuple(sorted({*status.flags, "relapsed_after_car_t"})),
                basis=tuple(sorted({*status.basis, "F10", "E29"})),
                reason=f"{status.reason}; relapse {months:g} months after {status.agent}",
            )
    return status


def with_antigen_loss(found: dict[str, AgentStatus], facts: Iterable[Fact]) -> dict[str, AgentStatus]:
    """F10: documented loss of the antigen makes the drugs given against that target refractory."""
    lost: dict[str, Fact] = {}
    for fact in sorted(facts, key=lambda f: (str(f.date or ""), f.ref)):
        target, _, kind = fact.name.partition("_")
        if kind == "expression":
            key = target.upper()
            if fact.value in _ABSENT:
                lost.setdefault(key, fact)
            else:
                lost.pop(key, None)
    changed = dict(found)
    for agent, status in found.items():
        loss = lost.get(status.target or "")
        if loss is None or status.status == "refractory" or status.status in {"naive", "not-recorded"}:
            continue
        day = loss.date.latest if loss.date else None
        first = status.first_exposure
        if day is not None and first is not None and day < first.earliest:
            continue
        changed[agent] = replace(
            status,
            status="refractory",
            since=day,
            confidence="moderate" if day else "low",
            reason=f"the record says that {status.target} is lost",
            basis=tuple(sorted({*status.basis, "F10"})),
            evidence=tuple(sorted({*status.evidence, loss.ref})),
        )
    return changed
