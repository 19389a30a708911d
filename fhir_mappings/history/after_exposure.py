"""What is told of a drug beside its status: rechallenge, relapse after CAR-T, target, loss of the antigen (F10, F11; E29)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from fhir_mappings.dates import months_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.model import AgentStatus, Rechallenge
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import DEPTH, at_least_minimal, grades
from fhir_mappings.history.setting import Setting, Verdict
from fhir_mappings.record import Fact
from fhir_mappings.terminology.agents import agent_of, classes_of

_MODALITY = {"ADC": "antibody-drug conjugate", "CART": "CAR-T", "BSAB": "bispecific"}
_ABSENT = frozenset({"absent", "negative", "lost", "no"})


def rechallenge_of(
    ordered: Sequence[tuple[Course, Verdict]], since: date | None, setting: Setting
) -> Rechallenge | None:
    """F11: the first response to a later exposure of a drug that was refractory, with its partners."""
    for course, verdict in ordered:
        if since is None or course.start is None or course.first_day < since or not at_least_minimal(verdict.best):
            continue
        record = setting.record_of(course)
        if record is None or verdict.best is None:
            continue
        last = course.last_day(setting.as_of) or setting.as_of
        found = grades(
            setting.disease.markers,
            setting.disease.statements,
            record.draft.baseline_for(course.first_day),
            course.first_day,
            last + timedelta(days=setting.parameters.refractory_window_days),
            setting.parameters,
        )
        days = [grade.day for grade in found if DEPTH[grade.category] >= DEPTH["MR"]]
        partners = {c.agent for c in record.draft.courses if c.active_on(min(days, default=course.first_day))}
        return Rechallenge(min(days, default=course.first_day), verdict.best, tuple(sorted(partners - {course.agent})))
    return None


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
