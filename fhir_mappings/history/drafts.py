"""A line while it is being walked: what belongs to it so far and what has been decided about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct, field

from fhir_mappings.history.computed_progression import Stretch
from fhir_mappings.history.course import Course
from fhir_mappings.history.model import Progression
from fhir_mappings.history.procedures import Infusion, Transplant
from fhir_mappings.record import Intent

Means = Literal["plan", "coded", "heuristic"]


class Batch(Struct):
    """Courses that start together: a regimen as it is begun (L08)."""

    day: date
    courses: list[Course]

    @property
    def agents(self) -> frozenset[str]:
        """Return the drugs that are begun."""
        return frozenset(course.agent for course in self.courses)

    def coded(self, *intents: Intent) -> bool:
        """Tell whether the record itself names one of these purposes (L09, way 2)."""
        return any(intent in course.intents for course in self.courses for intent in intents)

    @property
    def shortest(self) -> int:
        """Return the days of the shortest course; open ends count as long."""
        return min(
            999 if course.ongoing or course.end is None else (course.end.latest - course.first_day).days + 1
            for course in self.courses
        )


def _last(course: Course) -> date:
    """Return the last dose as it bears on a switch: drugs that end and begin in one month follow each other."""
    if course.end is None:
        return date.max
    return course.end.latest if course.end_imputed else course.end.earliest


class Segment(Struct):
    """A stretch of one purpose inside a line; becomes a phase."""

    kind: str
    batch: Batch
    rule: str


class Draft(Struct):
    """One line being built. `min_drop` and `max_add` are what the strict and the lenient reading would change (E14, E15)."""

    start: date
    baseline_day: date
    boundary: str
    kind: str = "systemic"
    segments: list[Segment] = field(default_factory=list)
    carried: list[Course] = field(default_factory=list)
    transplants: list[Transplant] = field(default_factory=list)
    infusion: Infusion | None = None
    steroids: list[Course] = field(default_factory=list)
    basis: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    min_drop: int = 0
    max_add: int = 0
    restarts: list[date] = field(default_factory=list)
    course_baselines: list[tuple[date, date]] = field(default_factory=list)
    """Restarts after progression, each with the day whose values are the new baseline (E03)."""
    means: set[Means] = field(default_factory=set)
    reason: str = ""
    possible: list[Progression] = field(default_factory=list)
    next_start: date | None = None

    @property
    def courses(self) -> list[Course]:
        """Return every course of the line, carried ones first."""
        return self.carried + [course for segment in self.segments for course in segment.batch.courses]

    @property
    def agents(self) -> frozenset[str]:
        """Return the counted drugs so far (without conditioning)."""
        return frozenset(course.agent for course in self.courses)

    def baseline_for(self, day: date) -> date:
        """Return the day whose values are the baseline for what starts on a day (P09, E03, E04); holding has its own (E37)."""
        own = [baseline for restart, baseline in self.course_baselines if restart <= day]
        return own[-1] if own else min(self.baseline_day, day)

    def active(self, day: date, slack_days: int = 14) -> list[Course]:
        """Return the courses that go on after a day (an overlap of two weeks is a switch, not a combination)."""
        return [
            course
            for course in self.courses
            if course.first_day < day
            and (course.ongoing or course.end is None or _last(course) >= day + timedelta(days=slack_days))
        ]

    def ended(self, day: date, within: int) -> list[Course]:
        """Return the courses whose last dose lies up to `within` days before a day (or shortly after it)."""
        return [
            course
            for course in self.courses
            if course.end is not None
            and not course.ongoing
            and day - timedelta(days=within) <= course.end.latest
            and _last(course) < day + timedelta(days=14)
        ]

    def last_therapy_day(self, day: date) -> date:
        """Return the last day of treatment before a day: dose, transplant or infusion."""
        ends = [min(c.end.latest, day) for c in self.courses if c.end is not None and c.first_day <= day]
        ends += [c.first_day for c in self.courses if c.first_day <= day]
        ends += [transplant.day for transplant in self.transplants if transplant.day <= day]
        if self.infusion:
            ends.append(self.infusion.day)
        return max(ends, default=self.start)

    def last_regimen(self, day: date) -> frozenset[str]:
        """Return the drugs that were being given when treatment last ran before a day."""
        last = max((c.end.latest if c.end else c.first_day for c in self.courses if c.first_day < day), default=day)
        edge = last - timedelta(days=45)
        return frozenset(
            c.agent for c in self.courses if c.first_day < day and (c.ongoing or c.end is None or c.end.latest >= edge)
        )

    def stretch(self, until: date, next_start: date | None) -> Stretch:
        """Return the stretch in which this line's progressions are looked for."""
        return Stretch(self.start, self.baseline_day, until, next_start, tuple(sorted(self.restarts)))

    def note(self, *rules: str, flags: tuple[str, ...] = ()) -> None:
        """Record the rules and flags of a decision."""
        self.basis.update(rules)
        self.flags.update(flags)
