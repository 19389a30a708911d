"""Where the service and the comparator begin different lines, and why.

Both answers are reduced to the days on which lines begin. Days that lie at most `NEAR` days apart are the same beginning; each one
that is left over is a disagreement with one cause.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from tests.comparator.episodes import PROCEDURE_DRUGS, Line, Regimen

Json = dict[str, Any]
Side = Literal["service", "comparator"]
NEAR = 45

ONLY_SERVICE = (
    "progression without a gap in the drugs",
    "progression, and the next single drug looks like maintenance",
    "progression, and the next drug looks like an early addition",
    "progression between induction and transplant",
    "a drug was replaced because of toxicity or access",
    "another change without progression",
    "a further transplant",
    "a CAR-T infusion",
)
ONLY_COMPARATOR = (
    "a drug was dropped, the others went on",
    "a drug was added as planned",
    "a drug was given again after a pause",
    "the same regimen was given again after a gap",
    "maintenance of two drugs, or outside the comparator's days",
    "consolidation",
    "a transplant, mobilisation or conditioning",
    "bridging, holding therapy or lymphodepletion",
    "cells were collected and not infused",
    "a regimen of less than a cycle",
    "no therapy for active myeloma: another disease, smoldering, step-up doses only, an order alone",
    "the end of a drug is not on record or known to the month only",
    "another reading of the gaps",
)


@dataclass(frozen=True)
class Disagreement:
    """A day on which only one of the two begins a line."""

    day: date
    side: Side
    cause: str
    what: str


def disagreements(found: Sequence[Json], comparator: Sequence[Line], record_gaps: frozenset[str]) -> list[Disagreement]:
    """Compare the lines of an assessment document with those of the comparator.

    `record_gaps` are the drugs of which the record does not tell the end, or tells it to the month only.
    """
    ours = [day_of(line["start"]) for line in found]
    theirs = [line.start for line in comparator]
    pairs = matched(ours, theirs)
    result = [
        Disagreement(ours[i], "service", _why_split(found, i, comparator), found[i]["regimen"])
        for i in range(len(ours))
        if i not in {a for a, _ in pairs}
    ]
    result += [
        Disagreement(
            theirs[j], "comparator", _why_joined(found, comparator[j], record_gaps), _told(comparator[j].first)
        )
        for j in range(len(theirs))
        if j not in {b for _, b in pairs}
    ]
    return sorted(result, key=lambda d: (d.day, d.side))


def matched(ours: Sequence[date], theirs: Sequence[date]) -> list[tuple[int, int]]:
    """Pair the days of two lists that lie close together, closest first."""
    near = sorted(
        (abs((a - b).days), i, j) for i, a in enumerate(ours) for j, b in enumerate(theirs) if abs((a - b).days) <= NEAR
    )
    pairs: list[tuple[int, int]] = []
    for _, i, j in near:
        if all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    return pairs


def _why_split(found: Sequence[Json], index: int, comparator: Sequence[Line]) -> str:
    line, before = found[index], found[index - 1] if index else None
    day = day_of(line["start"])
    if any(phase["kind"] == "car-t" for phase in line["phases"]):
        return ONLY_SERVICE[7]
    progressed = before is not None and any(p["trust"] in {"T1", "T2", "T3"} for p in before["progressions"])
    if progressed:
        joined = _joined_near(comparator, day)
        if joined in {"maintenance", "monotherapy after a transplant"}:
            return ONLY_SERVICE[1]
        if joined == "early addition":
            return ONLY_SERVICE[2]
        if joined in {"transplant", "induction"} or line["boundary"] == "L10":
            return ONLY_SERVICE[3]
        return ONLY_SERVICE[0]
    if line["boundary"] == "L10":
        return ONLY_SERVICE[6]
    if {"toxicity_substitution", "access_substitution"} & set(line["flags"]):
        return ONLY_SERVICE[4]
    return ONLY_SERVICE[5]


def _joined_near(comparator: Sequence[Line], day: date) -> str:
    near = [r for line in comparator for r in line.regimens if r.joined and abs((r.start - day).days) <= NEAR]
    return min(near, key=lambda r: abs((r.start - day).days)).joined if near else ""


def _why_joined(found: Sequence[Json], line: Line, record_gaps: frozenset[str]) -> str:
    first, day = line.first, line.start
    own = next((known for known in reversed(found) if day_of(known["start"]) <= day + timedelta(days=NEAR)), None)
    following = [known for known in found if day < day_of(known["start"])]
    if first.kind == "collection":
        return ONLY_COMPARATOR[7] if line.regimens[1:] else ONLY_COMPARATOR[8]
    if own is None or not first.agents <= {a for known in found for a in known["agents"]} | PROCEDURE_DRUGS:
        return ONLY_COMPARATOR[10]
    phases = {phase["kind"] for phase in own["phases"] if abs((day_of(phase["start"]) - day).days) <= NEAR}
    held = any(p["kind"] in {"bridging", "car-t"} for k in following[:1] for p in k["phases"])
    if phases & {"bridging", "lymphodepletion", "car-t"} or (held and day >= day_of(own["end"] or own["start"])):
        return ONLY_COMPARATOR[7]
    if first.kind == "transplant" or (first.agents <= PROCEDURE_DRUGS and phases & {"transplant", "mobilization"}):
        return ONLY_COMPARATOR[6]
    if "consolidation" in phases:
        return ONLY_COMPARATOR[5]
    if "maintenance" in phases:
        return ONLY_COMPARATOR[4]
    earlier = {
        agent
        for phase in own["phases"]
        if day_of(phase["start"]) < day - timedelta(days=NEAR)
        for agent in phase["agents"]
    }
    return _by_opening(first, own, earlier, record_gaps)


def _by_opening(first: Regimen, own: Json, earlier: set[str], record_gaps: frozenset[str]) -> str:
    if first.agents & record_gaps:
        return ONLY_COMPARATOR[11]
    if "L07" in own["basis"] and {"E14", "E26"} <= set(own["basis"]):
        return ONLY_COMPARATOR[9]
    if first.opened == "dropped":
        return ONLY_COMPARATOR[0]
    if first.opened == "added":
        return ONLY_COMPARATOR[2] if first.agents <= earlier else ONLY_COMPARATOR[1]
    if first.agents <= earlier:
        return ONLY_COMPARATOR[3] if "L17" in own["basis"] else ONLY_COMPARATOR[2]
    return ONLY_COMPARATOR[12]


def _told(regimen: Regimen) -> str:
    return " + ".join(sorted(regimen.agents)) or {"transplant": "transplant", "collection": "cell collection"}.get(
        regimen.kind, regimen.kind
    )


def right(found: Iterable[Disagreement], ours: Sequence[date], truth: Sequence[date]) -> list[bool]:
    """Tell for each disagreement whether the truth sides with the service."""
    pairs = matched(ours, truth)
    kept = {ours[a] for a, _ in pairs}
    missed = [day for j, day in enumerate(truth) if j not in {b for _, b in pairs}]
    return [
        d.day in kept if d.side == "service" else not any(abs((d.day - day).days) <= NEAR for day in missed)
        for d in found
    ]


def day_of(text: str) -> date:
    """Return a date of a document; a month or a year counts from its first day."""
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3])
