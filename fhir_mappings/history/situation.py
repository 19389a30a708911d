"""What is known where a batch of drugs starts, and the shape of the decision about it (L24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec import Struct

from fhir_mappings.dates import days_between
from fhir_mappings.history.course import Course
from fhir_mappings.history.drafts import Batch, Draft, Means
from fhir_mappings.history.model import Progression
from fhir_mappings.history.plans import Plans
from fhir_mappings.history.progression import Disease
from fhir_mappings.history.response import grades
from fhir_mappings.parameters import Parameters
from fhir_mappings.terminology.agents import classes_of

_TOLERANCE = frozenset({"toxicity", "access"})


class Decision(Struct, frozen=True):
    """Join the line under way (as a phase) or begin a new one, with the rules, flags and bounds that follow."""

    joins: bool
    rule: str
    phase: str = "treatment"
    basis: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    old_flags: tuple[str, ...] = ()
    max_add: int = 0
    min_drop: int = 0
    means: Means | None = None
    evidence: tuple[str, ...] = ()
    reason: str = ""


class Situation(Struct, frozen=True):
    """What is known at the start of a batch."""

    line: Draft
    batch: Batch
    events: tuple[Progression, ...]
    steroid_begins: bool
    disease: Disease
    parameters: Parameters
    plans: Plans

    @property
    def day(self) -> date:
        """Return the day on which the batch starts."""
        return self.batch.day

    @property
    def active(self) -> list[Course]:
        """Return what goes on from before."""
        return self.line.active(self.day)

    @property
    def regimen(self) -> frozenset[str]:
        """Return what is given from this day on."""
        return self.batch.agents | {course.agent for course in self.active}

    @property
    def progressed(self) -> bool:
        """Tell whether there was progression at T1 to T3."""
        return any(event.trust in {"T1", "T2", "T3"} for event in self.events)

    @property
    def proven(self) -> bool:
        """Tell whether there was progression at T1 or T2: what can break a planned sequence (L20)."""
        return any(event.trust in {"T1", "T2"} for event in self.events)

    @property
    def planned(self) -> tuple[str, ...]:
        """Return the plans that name this batch as part of the line's sequence, made before it started (L09, way 1)."""
        since = self.line.start - timedelta(days=self.parameters.plan_lead_days)
        return self.plans.naming(self.batch.agents, self.line.agents, since, self.day)

    def dropped(self, within: int) -> list[Course]:
        """Return the drugs of the line that ended lately and are not part of what is given from here on."""
        return [c for c in self.line.ended(self.day, within) if c.agent not in self.regimen]

    def stopped_for(self, reasons: frozenset[str] = _TOLERANCE) -> list[Course]:
        """Return the dropped drugs that were stopped for one of some reasons."""
        return [c for c in self.dropped(90) if c.stop_reason in reasons]


def reason_flags(s: Situation) -> tuple[str, ...]:
    """Return `toxicity_substitution` and `access_substitution` as the stop reasons of dropped drugs say (L16, E29)."""
    reasons = {c.stop_reason for c in s.stopped_for()}
    return tuple(f"{reason}_substitution" for reason in ("toxicity", "access") if reason in reasons)


def same_class(dropped: Sequence[Course], begun: Sequence[Course]) -> bool:
    """Tell whether a drug was replaced by another of its class (E29)."""
    before = {key for course in dropped for key in classes_of(course.agent)[:1]}
    return bool(before & {key for course in begun for key in classes_of(course.agent)[:1]})


def assessed_stable(s: Situation) -> bool:
    """E15: an assessment of response or stable disease in the 60 days before the boundary."""
    since = s.day - timedelta(days=s.parameters.t5_window_days)
    recent = grades(
        s.disease.markers,
        s.disease.statements,
        s.line.baseline_for(s.day),
        since - timedelta(days=1),
        s.day,
        s.parameters,
    )
    return any(grade.newest >= since for grade in recent)


def ended_early(course: Course, day: date, min_days: int) -> bool:
    """Tell whether a drug was given for less than a cycle and had stopped before a day (L07)."""
    return (
        course.end is not None
        and not course.ongoing
        and course.end.latest < day
        and days_between(course.first_day, course.end.latest) + 1 < min_days
    )
