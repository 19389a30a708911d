"""The entry of one patient in `truth.json`: what is true, and what may be said where the record cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_service.synthetic.days import iso
from cds_service.synthetic.record.shown import Shown
from cds_service.synthetic.record.styles import Blemishes
from cds_service.synthetic.story.model import Line, Story
from cds_service.synthetic.truth.composite import by_class, class_status, composites, criteria
from cds_service.synthetic.truth.known import Facts, latent, recorded, unconfirmed
from cds_service.synthetic.truth.lines import Count, best_response, count, line_agents, prior, progressing
from cds_service.synthetic.truth.status import WINDOW, AgentTruth, agents
from fhir_mappings.terminology.agents import AGENTS
from fhir_mappings.terminology.regimens import regimen_name

IN_SCOPE = frozenset({"multiple-myeloma", "plasma-cell-leukemia"})


def truth_entry(story: Story, shown: Shown, blemishes: Blemishes, patient: str) -> dict[str, Any]:
    """Return the truth about one patient as JSON-ready values."""
    entry: dict[str, Any] = {
        "patient": f"Patient/{patient}",
        "asOf": iso(story.until),
        "diagnosis": {
            "state": story.disease,
            "since": iso(story.diagnosis),
            "isotype": story.isotype,
            "lightChain": story.chain,
        },
        "death": iso(story.death) if story.death is not None else None,
        "features": shown.features,
    }
    if story.disease not in IN_SCOPE:
        return entry | {
            "lines": None,
            "lineCount": None,
            "agents": None,
            "classes": None,
            "summary": None,
            "criteriaSets": None,
            "progressions": [],
            "accepted": {},
        }
    facts = latent(story)
    seen = recorded(story, shown, blemishes.lost_lines + 1)
    truth, reads = _answers(facts, story), [_answers(seen, story)]
    if any(g.reason == "other" and n in shown.reasons for n, g in enumerate(story.given)):
        reads.append(_answers(recorded(story, shown, blemishes.lost_lines + 1, failures=True), story))
    return entry | {
        "lines": [_line(line, facts) for line in facts.lines],
        "lineCount": _count(truth["count"]) | {"prior": _count(truth["prior"]), "stated": story.stated_line},
        "agents": {agent: _agent(found) for agent, found in truth["agents"].items()},
        "classes": {key: {"status": status} for key, status in truth["classes"].items()},
        "summary": truth["summary"],
        "criteriaSets": truth["criteria"],
        "progressions": [
            {
                "date": iso(p.day),
                "crossed": iso(p.crossed),
                "line": line.number,
                "by": p.by,
                "onRecord": p.day in _visible_days(seen, line),
            }
            for line in facts.lines
            for p in line.progressions
        ],
        "accepted": _accepted(story, shown, blemishes, truth, reads, unconfirmed(seen)),
    }


def _visible_days(seen: Facts, line: Line) -> set[int]:
    """Return the true progressions of a line that the record shows in one way or another."""
    shown = [day for day, number in seen.progressions if number == line.number]
    return {p.day for p in line.progressions if any(abs(day - p.day) <= 120 for day in shown)}


def _answers(facts: Facts, story: Story) -> dict[str, Any]:
    """Return everything that is derived from one view of the story."""
    statuses = agents(facts)
    plain = {agent: found.status for agent, found in statuses.items()}
    current = frozenset(agent for agent, found in statuses.items() if found.ongoing and found.status != "refractory")
    ordered = frozenset(g.agent for g in facts.given if g.only_ordered) - {
        g.agent for g in facts.given if not g.only_ordered
    }
    before = prior(facts, statuses)
    classes = by_class(plain)
    summary = composites(plain, classes, current, ordered)
    last = facts.lines[: before.imwg][-1:]
    progressed = (
        "yes"
        if last and any(number == last[0].number for _, number in facts.progressions)
        else "unknown"
        if last
        else "no"
    )
    return {
        "agents": statuses,
        "classes": class_status(classes),
        "count": count(facts),
        "prior": before,
        "criteria": criteria(classes, before, summary, progressed, ordered),
        "summary": summary | _more(facts, story, statuses),
    }


def _more(facts: Facts, story: Story, statuses: Mapping[str, AgentTruth]) -> dict[str, str]:
    genes = story.genomics | {gain.name: True for gain in story.gained}
    moved = any(genes.get(name) for name in ("t(4;14)", "t(14;16)", "t(14;20)"))
    high = (
        genes.get("del(17p)")
        or genes.get("TP53 mutation")
        or (moved and (genes.get("gain(1q)") or genes.get("del(1p32)")))
        or (genes.get("gain(1q)") and genes.get("del(1p32)"))
        or (story.b2m >= 5.5 and story.creatinine < 1.2)
    )
    return {
        "progressing": "yes" if progressing(facts, dict(statuses)) else "no",
        "onTherapy": "yes" if any(g.ongoing and g.line for g in facts.given) else "no",
        "priorTransplant": "yes" if any("transplant" in e.kind for e in story.events) else "no",
        "priorCarT": "yes" if any(e.kind == "car-t" for e in story.events) else "no",
        "cytogeneticRisk": "high" if high else "not-high",
    }


def _count(found: Count) -> dict[str, int | None]:
    return {"imwg": found.imwg, "min": found.minimum, "max": found.maximum}


def _agent(found: AgentTruth) -> dict[str, Any]:
    return {
        "status": found.status,
        "since": iso(found.since) if found.since is not None else None,
        "firstExposure": iso(found.first),
        "lastExposure": iso(found.last),
        "ongoing": found.ongoing,
        "lines": list(found.lines),
        "why": found.why,
    }


def _line(line: Line, facts: Facts) -> dict[str, Any]:
    own = [g for g in facts.given if g.line == line.number and g.role != "mobilization"]
    ongoing = any(g.ongoing for g in own)
    names = line_agents(line, facts)
    first = {g.agent for g in own if g.phase == own[0].phase} if own else set()
    return {
        "number": line.number,
        "start": iso(line.start),
        "end": None if ongoing else iso(max((g.last for g in own), default=line.start)),
        "ongoing": ongoing,
        "regimen": regimen_name(first),
        "agents": list(names),
        "phases": [
            {"kind": p.kind, "start": iso(p.start), "end": iso(p.end), "agents": list(p.agents)} for p in line.phases
        ],
        "begunFor": line.begun_for,
        "bestResponse": best_response(line, facts),
        "progressions": [iso(p.day) for p in line.progressions],
        "endReason": None if ongoing else line.end_reason,
    }


# --- what may be said where the record cannot tell ----------------------------------------------------------------------


def _accepted(
    story: Story,
    shown: Shown,
    blemishes: Blemishes,
    truth: dict[str, Any],
    reads: list[dict[str, Any]],
    possible: int | None,
) -> dict[str, Any]:
    """Return the accepted answers. `reads` are what may be read off the record, `possible` the day of an unconfirmed progression."""
    incomplete = bool(blemishes.lost_lines) or _silent(story)
    statuses = {
        agent: _statuses(agent, found, [read["agents"].get(agent) for read in reads], story, shown, blemishes, possible)
        for agent, found in truth["agents"].items()
    }
    open_ = any(len(found) > 1 for found in statuses.values())
    return {
        "agents": statuses,
        "lineCount": _counts(truth["count"], reads[0]["count"], blemishes),
        "criteriaSets": {
            key: _either(
                truth["criteria"][key],
                *(read["criteria"][key] for read in reads),
                more=_more_criteria(key, blemishes, open_=open_ or incomplete),
            )
            for key in truth["criteria"]
        },
        "summary": {
            key: _either(
                truth["summary"][key],
                *(read["summary"][key] for read in reads),
                more=_more_answers(key, story, open_=open_, incomplete=incomplete),
            )
            for key in truth["summary"]
        },
    }


def _silent(story: Story) -> bool:
    """Tell whether a progression was followed by more than a year without a word: treatment may be missing (L23)."""
    days = [p.day for p in story.lines[-1].progressions] if story.lines else []
    return bool(days) and story.death is None and story.last_seen < story.until and story.until - story.last_seen > 300


def _more_criteria(key: str, blemishes: Blemishes, *, open_: bool) -> tuple[str, ...]:
    """A last line without an end may still go on: then the line before it decides whether the last one failed (E05, E06)."""
    found = ("unknown",) if open_ else ()
    return (*found, "met") if key == "C3" and blemishes.no_end else found


def _more_answers(key: str, story: Story, *, open_: bool, incomplete: bool) -> tuple[str, ...]:
    if key == "progressing":
        return ("unknown", "possible")
    if key == "cytogeneticRisk":
        return ("unknown",) if all(gain.tested for gain in story.gained) else ("unknown", "not-high")
    if incomplete:
        return ("unknown", "possible")
    return ("possible",) if open_ and key != "priorTransplant" else ()


def _either(*values: str, more: tuple[str, ...] = ()) -> list[str]:
    return sorted({*values, *more})


def _counts(truth: Count, read: Count, blemishes: Blemishes) -> list[int]:
    if blemishes.lost_lines:
        return sorted({truth.imwg, read.imwg, truth.imwg - blemishes.lost_lines})
    return [truth.imwg]


def _statuses(
    agent: str,
    truth: AgentTruth,
    reads: list[AgentTruth | None],
    story: Story,
    shown: Shown,
    blemishes: Blemishes,
    possible: int | None,
) -> list[str]:
    """Return every status that an honest reader of the record may give a drug."""
    read = reads[0]
    if read is None:
        return sorted({truth.status, "not-recorded"})
    found: set[str] = {truth.status, *(one.status for one in reads if one is not None)}
    if possible is not None and (truth.ongoing or possible - truth.last <= WINDOW) and truth.first < possible:
        found.add("exposed-unknown")  # one value past the limit, and none after it (T4)
    if read.why.startswith("no progression within 60 days"):
        found.add("exposed-unknown")  # a change of treatment without a stated reason may stand for progression (T5)
    if story.marker == "none" and truth.why.startswith("no response"):
        found |= {"exposed-unknown", "exposed-not-refractory"}  # nothing that is measured shows the response (P07, E11)
    own = [n for n, g in enumerate(story.given) if g.agent == agent and g.role in {"systemic", "car-t", "conditioning"}]
    blurred = any(n not in shown.exact_end and not story.given[n].ongoing for n in own)
    lost = any(n not in shown.drugs for n in own)
    unsure = story.lost is not None and truth.ongoing
    if (
        agent in AGENTS
        and not AGENTS[agent].is_steroid
        and (blurred or lost or unsure or blemishes.month_dates or truth.status != read.status)
    ):
        found.add("exposed-unknown")
    return sorted(found)
