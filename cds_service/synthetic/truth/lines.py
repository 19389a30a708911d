"""Line counts and what they rest on, by definition (E05, E14, E15), and the response of each line (P11-P15)."""

from __future__ import annotations

from dataclasses import dataclass

from cds_service.synthetic.story.model import Line
from cds_service.synthetic.truth.known import Facts
from cds_service.synthetic.truth.status import AgentTruth, _baseline


@dataclass(frozen=True, slots=True)
class Count:
    """Number of lines with its bounds; `maximum` is `None` without an upper limit."""

    imwg: int
    minimum: int
    maximum: int | None


def line_agents(line: Line, facts: Facts) -> tuple[str, ...]:
    """Return the drugs of a line: everything but lymphodepletion and mobilization (E07)."""
    own = {
        g.agent
        for g in facts.given
        if g.line == line.number and g.role not in {"lymphodepletion", "mobilization"} and not g.only_ordered
    }
    own |= {agent for p in line.phases if p.kind not in {"lymphodepletion", "mobilization"} for agent in p.agents}
    return tuple(sorted(own))


def count(facts: Facts) -> Count:
    """Return all lines."""
    return _bounds(facts, len(facts.lines))


def prior(facts: Facts, statuses: dict[str, AgentTruth]) -> Count:
    """Return the prior lines (E05)."""
    number = len(facts.lines)
    if number and not _is_prior(facts.lines[-1], facts, statuses):
        number -= 1
    return _bounds(facts, number)


def _bounds(facts: Facts, number: int) -> Count:
    drops = sum(line.drops_from_min for line in facts.lines)
    adds = sum(line.adds_to_max for line in facts.lines)
    return Count(number, max(number - drops, 0), number + adds)


def no_response_to(line: Line, facts: Facts, statuses: dict[str, AgentTruth]) -> bool:
    """Tell whether a drug begun in the line is refractory for want of a response (F02)."""
    begun = {g.agent for g in facts.given if g.line == line.number}
    return any(
        statuses[a].why.startswith("no response to it") and line.start <= (statuses[a].since or 0)
        for a in begun
        if a in statuses
    )


def _is_prior(line: Line, facts: Facts, statuses: dict[str, AgentTruth]) -> bool:
    if any(number == line.number for _, number in facts.progressions) or no_response_to(line, facts, statuses):
        return True
    own = [
        g
        for g in facts.given
        if g.role != "mobilization" and (g.line == line.number or (g.ongoing and g.line < line.number))
    ]
    if any(g.ongoing for g in own) or not own:
        return False
    kinds = {p.kind for p in line.phases}
    window = 180 if kinds & {"transplant", "consolidation", "car-t"} else 90
    return facts.story.until - max(g.last for g in own) > window


def progressing(facts: Facts, statuses: dict[str, AgentTruth]) -> bool:
    """E32: progression, or no response, in the last line with nothing begun since."""
    if not facts.lines:
        return False
    last = facts.lines[-1]
    begun = [g.start for g in facts.given if g.line == last.number and g.role in {"systemic", "car-t", "conditioning"}]
    days = [day for day, number in facts.progressions if number == last.number]
    return (bool(days) and not any(start > days[-1] for start in begun)) or no_response_to(last, facts, statuses)


def best_response(line: Line, facts: Facts) -> str:
    """Return the deepest category that two consecutive assessments confirm; complete response by the marker alone."""
    base = _baseline(line.baseline, facts)
    if base is None:
        return "not-assessable"
    end = min([facts.until(line.number), *[day for day, number in facts.progressions if number == line.number]])
    inside = [n for n, (day, _) in enumerate(facts.assessments) if line.start < day <= end]
    pairs = [
        max(facts.assessments[n][1], facts.assessments[n + 1][1]) for n in inside if n + 1 < len(facts.assessments)
    ]
    if not pairs:
        return "not-assessable"
    share = min(pairs) / base
    limits = ((0.004, "CR"), (0.10, "VGPR"), (0.50, "PR"), (0.75, "MR"))
    return next((name for limit, name in limits if share <= limit), "SD")
