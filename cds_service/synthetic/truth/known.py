"""What a judge knows: drugs with their dates, progressions, assessments. Of the story itself, or of what its record shows."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from itertools import pairwise

from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.story.curve import needed_rise
from cds_service.synthetic.story.model import Given, Line, Story


class Facts:
    """One view of one story. `progressions` are day and line; `assessments` are day and marker, in order."""

    __slots__ = ("_by_number", "assessments", "days", "given", "lines", "progressions", "story")

    def __init__(
        self,
        story: Story,
        given: list[Given],
        lines: list[Line],
        progressions: list[tuple[int, int]],
        assessments: list[tuple[int, float]],
    ) -> None:
        self.story, self.given, self.lines = story, given, lines
        self.progressions, self.assessments = progressions, assessments
        self.days = [day for day, _ in assessments]
        self._by_number = {line.number: line for line in lines}

    def line(self, number: int) -> Line | None:
        """Return a line by its number."""
        return self._by_number.get(number)

    def until(self, number: int) -> int:
        """Return the day before the next line begins, or the last day."""
        following = self._by_number.get(number + 1)
        return following.start - 1 if following else self.story.until


def latent(story: Story) -> Facts:
    """Return what truly happened."""
    progressions = _became_active(story) + [(p.day, line.number) for line in story.lines for p in line.progressions]
    return Facts(story, story.given, story.lines, progressions, list(zip(story.visits, story.values, strict=True)))


def _became_active(story: Story) -> list[tuple[int, int]]:
    """E33: active myeloma after treatment of smoldering disease is progression for what was given then."""
    treated = any(given.indication == "smoldering" for given in story.given)
    return [(story.diagnosis, 0)] if treated and story.disease == "multiple-myeloma" else []


def recorded(story: Story, shown: Shown, first_line: int, *, failures: bool = False) -> Facts:
    """Return what can be read off the record at best: its drugs, its measurements, and the progressions that they or words show.

    With `failures` a drug that the record says did not work counts as stopped for progression.
    """
    given = [_as_recorded(g, known=n in shown.reasons) for n, g in enumerate(story.given) if n in shown.drugs]
    lines = [line for line in story.lines if line.number >= first_line]
    facts = Facts(story, given, lines, [], shown.labs)
    visible = _became_active(story) + _visible(facts, shown, {"progression", "other"} if failures else {"progression"})
    lines = [_as_told(line, story, shown) for line in lines]
    return Facts(story, given, _with_carried_baselines(lines, {number for _, number in visible}), visible, shown.labs)


def _as_told(line: Line, story: Story, shown: Shown) -> Line:
    """Return a line that nobody would join to the one before, when the record says that the one before did not work."""
    failed = any(
        n in shown.reasons and g.reason == "other" and g.line == line.number - 1 for n, g in enumerate(story.given)
    )
    return replace(line, drops_from_min=False) if failed else line


def _as_recorded(given: Given, *, known: bool) -> Given:
    """Return an exposure without the reason for its end, if nobody wrote that down."""
    if known or given.reason is None or given.reason == "other":
        return given
    unexplained = copy(given)
    unexplained.reason = "other"
    return unexplained


def _with_carried_baselines(lines: list[Line], progressed: set[int]) -> list[Line]:
    """E04: where the record shows no progression before a line, its baseline is that of the line before."""
    found: list[Line] = []
    for number, original in enumerate(lines):
        fresh = original.begun_for in {"first", "progression"} or not number
        line = replace(original, baseline=original.start) if fresh else original
        if found and line.begun_for == "progression" and found[-1].number not in progressed:
            line = replace(line, baseline=found[-1].baseline, begun_for="choice")
        found.append(line)
    return found


def _visible(facts: Facts, shown: Shown, telling: set[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    reasons = {
        (g.line, g.last)
        for number, g in enumerate(facts.story.given)
        if number in shown.reasons and number in shown.exact_end and g.reason in telling
    }
    for line in facts.lines:
        until = facts.until(line.number)
        starts = [line.start, *line.courses]
        for position, start in enumerate(starts):
            end = starts[position + 1] - 1 if position + 1 < len(starts) else until
            computed = measured_progression(facts, start, end, until)
            said = [shown.stated[p.day] for p in line.progressions if p.day in shown.stated and start < p.day <= end]
            said += [last for number, last in reasons if number == line.number and start < last <= end]
            days = [] if computed is None else [computed]
            days += [day for day in sorted(said) if computed is None or abs(day - computed) > 60]
            found += [(day, line.number) for day in days[:1]]
    return found


def unconfirmed(facts: Facts) -> int | None:
    """Return the day of the newest measurement if it is past the limit and nothing confirms it: a reader may call it possible (T4)."""
    if not facts.lines or not facts.assessments:
        return None
    last = facts.lines[-1]
    day, value = facts.assessments[-1]
    before = [v for d, v in facts.assessments[:-1] if d >= max([last.start, *last.courses]) - 42]
    if len(before) < 2 or any(number == last.number for _, number in facts.progressions):
        return None
    lowest = min(max(pair) for pair in pairwise(before))
    rounding = 0.1 if facts.story.marker == "serum" else 1.0
    return day if value >= lowest + needed_rise(facts.story, lowest) - rounding else None


def measured_progression(facts: Facts, start: int, end: int, line_end: int) -> int | None:
    """Return the first of two consecutive measurements that are past the limit over the lowest pair before them (P10, P18)."""
    story = facts.story
    points = [(day, value) for day, value in facts.assessments if start - 42 <= day]
    before = [p for p in points if p[0] <= start]
    points = before[-1:] + [p for p in points if p[0] > start]
    if len(points) < 2:
        return None
    lowest = points[0][1]
    for number, (day, value) in enumerate(points[1:], start=1):
        if day > end:
            return None
        rise = needed_rise(story, lowest)
        if value >= lowest + rise:
            following = points[number + 1] if number + 1 < len(points) else None
            if following is not None and following[1] >= lowest + rise:
                return day
            if line_end < story.until and line_end + 1 - day <= 60:
                return day  # T3: the next line came before a second value
        pair = max(points[number - 1][1], value)
        lowest = pair if number == 1 else min(lowest, pair)
    return None
