"""Status of every drug by definition (F02-F10; E04, E11-E13): progression on it or shortly after it, response to it, follow-up."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

from cds_service.synthetic.story.model import Given
from cds_service.synthetic.truth.known import Facts
from fhir_mappings.terminology.agents import AGENTS

Status = Literal["refractory", "exposed-unknown", "exposed-not-refractory"]
WEIGHT: Final = {"refractory": 3, "exposed-unknown": 2, "exposed-not-refractory": 1}
WINDOW: Final = 60
LEAST_DAYS: Final = 28
"""Refractoriness window and least exposure, in days (F02, F04)."""


@dataclass(slots=True)
class AgentTruth:
    """What must be said of one drug."""

    status: Status
    since: int | None
    first: int
    last: int
    ongoing: bool
    lines: tuple[int, ...]
    why: str


def agents(facts: Facts) -> dict[str, AgentTruth]:
    """Return every drug that was given as treatment or conditioning, by name."""
    by_agent: dict[str, list[Given]] = {}
    for given in facts.given:
        if given.role in {"systemic", "car-t", "conditioning"}:
            by_agent.setdefault(given.agent, []).append(given)
    return {agent: _agent(agent, own, facts) for agent, own in sorted(by_agent.items())}


def _agent(agent: str, own: list[Given], facts: Facts) -> AgentTruth:
    own = sorted(own, key=lambda g: g.start)
    lines = tuple(sorted({line.number for g in own for line in facts.lines if _in_line(g, line.number, facts)}))
    if AGENTS[agent].is_steroid if agent in AGENTS else False:
        verdicts: list[tuple[Status, int | None, str]] = [("exposed-unknown", None, "corticosteroids are not judged")]
    else:
        verdicts = _of_one_exposure(own, [judge(g, _since(own, g), facts) for g in own])
    status, since, why = max(verdicts, key=lambda v: (WEIGHT[v[0]], -(v[1] or 0)))
    return AgentTruth(status, since, own[0].start, max(g.last for g in own), any(g.ongoing for g in own), lines, why)


def _of_one_exposure(
    own: list[Given], verdicts: list[tuple[Status, int | None, str]]
) -> list[tuple[Status, int | None, str]]:
    """A drug that goes on after at most 90 days in the same line has the response of before (L03)."""
    found = list(verdicts)
    for n in range(1, len(own)):
        one = own[n].line == own[n - 1].line and own[n].start - own[n - 1].last <= 90
        if one and found[n][2].startswith("being given, no response yet") and found[n - 1][2].startswith("response"):
            found[n] = found[n - 1]
    return found


def _in_line(given: Given, number: int, facts: Facts) -> bool:
    """Tell whether a drug belongs to a line: begun in it, or carried into it by its phases."""
    if given.line == number:
        return True
    line = facts.line(number)
    return (
        line is not None
        and given.line < number
        and given.last >= line.start
        and any(given.agent in p.agents for p in line.phases)
    )


def _since(own: list[Given], given: Given) -> int:
    """Return the start of the exposure: records of one drug at most 90 days apart are one (L03)."""
    start = given.start
    for other in reversed([g for g in own if g.start < given.start]):
        if start - other.last > 90:
            break
        start = other.start
    return start


def judge(given: Given, since: int, facts: Facts) -> tuple[Status, int | None, str]:
    """Return status, day of proof and reason for one exposure."""
    if given.only_ordered or given.blinded:
        return "exposed-unknown", None, "only ordered" if given.only_ordered else "blinded"
    once = given.role in {"conditioning", "car-t"}
    short: tuple[Status, int | None, str] | None = None
    for day, _ in facts.progressions:
        if given.start < day and (given.ongoing or day - given.last <= WINDOW):
            if once or min(day, given.last) - since >= LEAST_DAYS:
                return (
                    "refractory",
                    day,
                    "progression on it" if day <= given.last else "progression within 60 days of its last dose",
                )
            short = short or ("exposed-unknown", None, "progression after less than 28 days of it")
    response = best_on(given, facts)
    if short is None and response == "none" and (verdict := _no_response(given, facts)) is not None:
        return verdict
    return short or _otherwise(given, response, facts)


def _otherwise(given: Given, response: str, facts: Facts) -> tuple[Status, int | None, str]:
    if response == "response":
        return "exposed-not-refractory", None, "response, no progression in the window"
    if given.ongoing:
        return "exposed-unknown", None, "being given, no response yet"
    if response == "none":  # E13: stable disease is no response, and on so little of the drug no proof of non-response
        return "exposed-unknown", None, "stable disease on too little of it"
    if given.reason == "toxicity":
        return "exposed-unknown", None, "stopped for toxicity without a known response"
    if _followed(given, facts):
        return "exposed-not-refractory", None, "no progression within 60 days, response not known"
    return "exposed-unknown", None, "neither response nor follow-up"


def _followed(given: Given, facts: Facts) -> bool:
    """E11: anything known of the disease more than 60 days after the last dose."""
    since = given.last + WINDOW + 1
    return (
        bool(facts.days and facts.days[-1] >= since)
        or any(line.start >= since for line in facts.lines)
        or any(day >= since for day, _ in facts.progressions)
    )


def _no_response(given: Given, facts: Facts) -> tuple[Status, int | None, str] | None:
    """F02, E04, E13: no response although there was enough of the drug and it was assessed twice while on it."""
    if given.role == "conditioning":
        return None
    if given.role == "car-t":
        seen = any(given.start + LEAST_DAYS <= day <= facts.until(given.line) for day, _ in facts.assessments)
        return ("refractory", given.start + LEAST_DAYS, "no response to the infusion") if seen else None
    if carried_response(given, facts):
        return None
    length = given.last - given.start
    assessed = bisect_right(facts.days, given.last) - bisect_right(facts.days, given.start)
    other = given.reason in {"toxicity", "access", "patient-choice", "planned-completion"}
    if length >= 56 and assessed >= 2 and not (other and length < 112):
        return "refractory", given.last, "no response to it"
    return None


def carried_response(given: Given, facts: Facts) -> bool:
    """E04: a line begun without progression carries a response that holds."""
    line = facts.line(given.line)
    if line is None or line.begun_for in {"first", "progression"}:
        return False
    base = _baseline(line.baseline, facts)
    before = [value for day, value in facts.assessments if line.baseline < day <= line.start]
    limit = 0.5 if facts.story.marker == "flc" else 0.75
    return base is not None and bool(before) and before[-1] <= limit * base


def _baseline(day: int, facts: Facts) -> float | None:
    """Return the marker that responses count from, if the disease was measurable by it (P07, P09)."""
    days = facts.days
    place = bisect_right(days, day)
    value = None
    if place and days[place - 1] >= day - 42:
        value = facts.assessments[place - 1][1]
    elif place < len(days) and days[place] <= day + 14:
        value = facts.assessments[place][1]
    least = 100.0 if facts.story.marker == "flc" else 5.0
    return value if value is not None and value >= least else None


def best_on(given: Given, facts: Facts) -> str:
    """Return `response` (MR or better), `none`, or `unknown`, while on the drug and up to 60 days after its last dose (E13)."""
    line = facts.line(given.line)
    if line is None:
        return "unknown"
    start = max([line.baseline, *[day for day in line.courses if day <= given.start]])
    base = _baseline(start, facts)
    if base is None:
        return "unknown"
    new_therapy = facts.until(line.number)
    end = new_therapy if given.role in {"car-t", "conditioning"} else min(given.last + WINDOW, new_therapy)
    end = min([end, *[day for day, _ in facts.progressions if day > given.start]])
    values = facts.assessments[bisect_right(facts.days, start) : bisect_right(facts.days, new_therapy)]
    inside = [n for n, (day, _) in enumerate(values) if given.start < day <= end]
    if not inside:
        return "unknown"
    # Confirmed by the assessment before or after it, the latter before any new therapy.
    pairs = [max(values[n][1], values[m][1]) for n in inside for m in (n - 1, n + 1) if 0 <= m < len(values)]
    if facts.story.marker == "flc":  # P14: no minimal response is defined, so less than half is not proof of none
        return "response" if pairs and min(pairs) <= 0.5 * base else "unknown"
    if pairs and min(pairs) <= 0.75 * base:
        return "response"
    # One value that shows a response is not yet a response; nor is the want of the second proof that there was none.
    return "unknown" if any(values[n][1] <= 0.75 * base for n in inside) else "none"
