"""Tell a story step by step: lines begin, drugs start and stop, visits pass, progression is documented when the marker says so.

The random model and the named scenarios use the same few steps. A progression is documented on the first visit at which the marker,
without measurement error, has risen over the lowest value by what P18 asks for; nothing here reads a record.
"""

from __future__ import annotations

from collections.abc import Iterable

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.story.curve import needed_rise, relapse, value_at
from cds_service.synthetic.story.model import Event, Given, Line, Phase, Progress, Reason, Role, Segment, Story
from cds_service.synthetic.story.regimens import DOSES

FAR = 9_999_999
"""The end of what has not ended yet."""
REMAINING = {
    "CR": (0.0, 0.0),
    "VGPR": (0.012, 0.06),
    "PR": (0.13, 0.40),
    "MR": (0.57, 0.68),
    "SD": (0.84, 0.97),
    "PD": (0.97, 1.0),
}
"""Nadir as a share of the baseline by depth of response; the gaps keep depths apart from each other."""

_COUNTED = frozenset({"systemic", "car-t", "conditioning"})


class Teller:
    """Builds one story. `day` is the latest day told."""

    def __init__(self, story: Story, chance: Chance) -> None:
        self.story = story
        self.chance = chance
        self.open: dict[str, Given] = {}
        self._documented = False
        self._from_baseline(FAR * 1.0)

    def _from_baseline(self, value: float) -> None:
        """Count rises from a baseline: it is the lowest value until a pair of values confirms another (P10)."""
        self._lowest = self._previous = value
        self._only_baseline = True

    # --- disease -----------------------------------------------------------------------------------------------------

    def onset(self, level: float) -> None:
        """Begin the marker at diagnosis."""
        self.story.segments.append(Segment(self.story.diagnosis - 200, level, level, 20.0, most=self.story.most))
        self.visit(self.story.diagnosis)

    def respond(self, start: int, depth: str, half_life: float) -> Segment:
        """Let the marker fall from its level on a day to a nadir of this depth of response."""
        level = value_at(self.story.segments, start)
        low, high = REMAINING[depth]
        nadir = level * self.chance.between(low, high)
        segment = Segment(start, level, nadir, half_life, most=self.story.most)
        self.story.segments.append(segment)
        return segment

    def relapse_at(self, crossing: int, doubling: float) -> None:
        """Let the marker cross the limit of progression on a day."""
        segment = self.story.segments[-1]
        relapse(segment, crossing, doubling, needed_rise(self.story, segment.nadir))

    # --- visits ------------------------------------------------------------------------------------------------------

    def visit(self, day: int) -> bool:
        """Measure the marker on a day and tell whether progression is documented by it."""
        story = self.story
        if story.visits and day <= story.visits[-1]:
            return False
        if day > story.last_seen:
            return False
        value = value_at(story.segments, day)
        story.visits.append(day)
        story.values.append(value)
        if story.marker == "none" or not story.lines:
            return False
        met = not self._documented and value >= self._lowest + needed_rise(story, self._lowest)
        if met:
            self.progress(day)
        confirmed = max(self._previous, value)
        self._lowest = confirmed if self._only_baseline else min(self._lowest, confirmed)
        self._previous, self._only_baseline = value, False
        return met

    def visits(self, until: int, every: int) -> int | None:
        """Let regular visits pass up to a day; return the day of a progression that one of them documents."""
        until = min(until, self.story.last_seen)
        while True:
            day = self.story.visits[-1] + every + self.chance.days(-2, 2)
            if day > until:
                return None
            if self.visit(day):
                return day

    def progress(self, day: int, by: str = "marker") -> None:
        """Document a progression on a day."""
        crossed = day
        if by == "marker":
            limit = self._lowest + needed_rise(self.story, self._lowest)
            before = self.story.visits[-2] if len(self.story.visits) > 1 else day
            while crossed > before + 1 and value_at(self.story.segments, crossed - 1) >= limit:
                crossed -= 1
        self._documented = True
        line = self.story.lines[-1]
        line.progressions.append(Progress(day, crossed, line.number, by))  # type: ignore[arg-type]

    # --- treatment ---------------------------------------------------------------------------------------------------

    def begin_line(self, start: int, begun_for: str, *, drops_from_min: bool = False) -> Line:
        """Begin the next line. After progression (or as the first) responses count from a new baseline."""
        story = self.story
        fresh = begun_for in {"first", "progression"} or not story.lines
        if story.visits[-1] < start - 3:
            self.visit(start - self.chance.days(0, 3))
        baseline = max((v for v in story.visits if v <= start), default=start) if fresh else story.lines[-1].baseline
        line = Line(len(story.lines) + 1, start, baseline, begun_for=begun_for, drops_from_min=drops_from_min)
        story.lines.append(line)
        if fresh:
            self._from_baseline(story.values[story.visits.index(baseline)] if baseline in story.visits else FAR * 1.0)
            self._documented = False
        return line

    def new_course(self, start: int) -> None:
        """Begin a second course of the line's own regimen after a progression off therapy (L17, E03)."""
        story = self.story
        if story.visits[-1] < start - 3:
            self.visit(start - self.chance.days(0, 3))
        story.lines[-1].courses.append(start)
        self._from_baseline(story.values[-1])
        self._documented = False

    def give(
        self,
        agents: Iterable[str],
        start: int,
        phase: str = "treatment",
        *,
        role: Role = "systemic",
        dose: float | None = None,
    ) -> None:
        """Start drugs that are not being given already."""
        line = self.story.lines[-1].number
        for agent in agents:
            if agent not in self.open:
                amount = dose if dose is not None and agent == "lenalidomide" else DOSES.get(agent)
                given = Given(agent, start, FAR, None, role, amount, line, phase)
                self.open[agent] = given
                self.story.given.append(given)

    def once(self, agent: str, day: int, phase: str, role: Role, *, days: int = 0) -> None:
        """Give a drug on one day, or on a few days in a row."""
        line = self.story.lines[-1].number
        self.story.given.append(
            Given(agent, day, day + days, "planned-completion", role, DOSES.get(agent), line, phase)
        )

    def stop(self, agent: str, last: int, reason: Reason, toxicity: tuple[str, int] | None = None) -> None:
        """Give the last dose of one drug."""
        given = self.open.pop(agent, None)
        if given is not None:
            given.last, given.reason, given.toxicity = max(last, given.start), reason, toxicity

    def stop_all(self, last: int, reason: Reason, spread: int = 6) -> None:
        """Give the last dose of every drug, within a few days of each other."""
        for agent in list(self.open):
            self.stop(agent, last - self.chance.days(0, spread), reason)

    def phase(self, kind: str, start: int, end: int, agents: Iterable[str]) -> None:
        """Note a part of the current line."""
        self.story.lines[-1].phases.append(Phase(kind, start, end, tuple(sorted(set(agents)))))

    def event(self, kind: str, day: int, text: str = "", end: int | None = None) -> None:
        """Note a procedure or another event."""
        number = self.story.lines[-1].number if self.story.lines else 0
        self.story.events.append(Event(kind, day, text, number, end))

    def end_line(self, reason: Reason) -> None:
        """Say why the line ended."""
        self.story.lines[-1].end_reason = reason

    # --- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> Story:
        """Cut the story at its last day: what would come later never happened."""
        story = self.story
        last = story.last_seen
        story.given = [g for g in story.given if g.start <= last]
        for given in story.given:
            if given.last > last:
                given.last = last
                given.reason = "death" if story.death is not None and last == story.death else None
                given.toxicity = None
        story.events = [e for e in story.events if e.day <= last]
        story.findings = [f for f in story.findings if f.day <= last]
        counted = {g.line for g in story.given if g.role in _COUNTED and not g.only_ordered}
        story.lines = [line for line in story.lines if line.start <= last and line.number in counted]
        for line in story.lines:
            line.phases = [p for p in line.phases if p.start <= last]
            for phase in line.phases:
                phase.end = min(phase.end, last)
            line.progressions = [p for p in line.progressions if p.day <= last]
            line.courses = [day for day in line.courses if day <= last]
        for number, visit in enumerate(story.visits):
            if visit > last:
                del story.visits[number:], story.values[number:]
                break
        story.given.sort(key=lambda g: (g.start, g.agent, g.last))
        return story
