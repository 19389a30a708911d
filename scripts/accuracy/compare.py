"""One patient: the truth beside the assessment document."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .disagreements import Disagreement

Json = dict[str, Any]
STEROIDS = frozenset({"dexamethasone", "prednisone", "prednisolone", "methylprednisolone"})
SUMMARY = (
    "tripleClassExposed",
    "tripleClassRefractory",
    "doubleRefractory",
    "pentaRefractory",
    "lenalidomideRefractory",
    "bcmaExposed",
    "gprc5dExposed",
    "priorTransplant",
    "priorCarT",
    "progressing",
)
LOSSES = frozenset({"lost-end", "lost-lines", "month-dates", "no-early-labs", "no-units"})
"""Features that mean missing data."""


@dataclass(frozen=True)
class AgentResult:
    """One drug: its true status, the answers that may be given, and the answer."""

    agent: str
    true: str
    accepted: tuple[str, ...]
    answer: str
    recorded: bool
    why: str = ""

    @property
    def exact(self) -> bool:
        """Tell whether the answer is the truth."""
        return self.true == self.answer

    @property
    def accepted_answer(self) -> bool:
        """Tell whether an honest reader may answer so."""
        return self.answer in self.accepted


@dataclass
class Result:
    """What the comparison of one patient found."""

    patient: str
    style: str
    features: tuple[str, ...]
    in_scope: bool
    state_right: bool
    found_active: bool = False
    """Whether the service finds active myeloma or plasma-cell leukemia."""
    diagnosis_error: int | None = None
    """Days from the true diagnosis date to the one that was found."""
    steroid_lines: int = 0
    """Lines that the service names and that hold corticosteroids only."""
    count_true: int = 0
    count: int = 0
    count_accepted: bool = True
    bounds_right: bool = True
    """Whether the range from `min` to `max` contains the true number."""
    ambiguous: bool = False
    """Whether readers may count these lines differently (E14, E15)."""
    comparator: int = 0
    """How many lines the comparator finds, which knows drugs and gaps only."""
    disagreements: list[Disagreement] = field(default_factory=list)
    sides: list[bool] = field(default_factory=list)
    """For each disagreement: does the truth side with the service?"""
    composition: list[bool] = field(default_factory=list)
    start_errors: list[int] = field(default_factory=list)
    progressions: list[tuple[int | None, bool]] = field(default_factory=list)
    """Per true progression: error in days, or `None` when it was not found; and whether the record shows it."""
    crossings: list[int] = field(default_factory=list)
    """Days from the true crossing of the limit to the date that was found, for progressions by the marker."""
    false_progressions: int = 0
    agents: list[AgentResult] = field(default_factory=list)
    facts: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """Name, truth, answer, accepted."""
    responses: list[tuple[str, str]] = field(default_factory=list)

    @property
    def missing_data(self) -> bool:
        """Tell whether something was left out of the record on purpose."""
        return bool(LOSSES & set(self.features))


def compare(truth: Json, document: Json) -> Result:
    """Compare the truth about a patient with the assessment."""
    state = document["diagnosis"]["state"]
    scope = truth["lines"] is not None
    result = Result(
        truth["patient"], truth["style"], tuple(truth["features"]), scope, state == truth["diagnosis"]["state"]
    )
    result.found_active = document["linesOfTherapy"] is not None
    if not scope or document["linesOfTherapy"] is None:
        return result
    if document["diagnosis"]["since"]:
        result.diagnosis_error = _days(truth["diagnosis"]["since"], document["diagnosis"]["since"])
    result.steroid_lines = sum(set(line["agents"]) <= STEROIDS for line in document["linesOfTherapy"] if line["agents"])
    result.count_true, result.count = truth["lineCount"]["imwg"], document["lineCount"]["imwg"]
    result.count_accepted = result.count in truth["accepted"]["lineCount"]
    least, most = document["lineCount"]["min"], document["lineCount"]["max"]
    result.bounds_right = least <= result.count_true and (most is None or result.count_true <= most)
    result.ambiguous = truth["lineCount"]["min"] != truth["lineCount"]["max"]
    _lines(truth, document, result)
    _progressions(truth, document, result)
    result.agents = list(_agents(truth, document))
    result.facts = list(_facts(truth, document))
    return result


def _lines(truth: Json, document: Json, result: Result) -> None:
    if result.count != result.count_true:
        return
    for true, found in zip(truth["lines"], document["linesOfTherapy"], strict=True):
        given = set(true["agents"]) - STEROIDS
        result.composition.append(given == set(found["agents"]) - STEROIDS)
        if found["start"]:
            result.start_errors.append(_days(true["start"], found["start"]))
        best = (found["bestResponse"] or {}).get("category", "not-assessable")
        result.responses.append((true["bestResponse"], best))


def _progressions(truth: Json, document: Json, result: Result) -> None:
    found = [
        p["date"]
        for line in document["linesOfTherapy"]
        for p in line["progressions"]
        if p["trust"] in {"T1", "T2", "T3"}
    ]
    left = list(found)
    for true in truth["progressions"]:
        near = [day for day in left if abs(_days(true["date"], day)) <= 120]
        if near:
            best = min(near, key=lambda day: abs(_days(true["date"], day)))
            left.remove(best)
            result.progressions.append((_days(true["date"], best), true["onRecord"]))
            if true["by"] == "marker":
                result.crossings.append(_days(true["crossed"], best))
        else:
            result.progressions.append((None, true["onRecord"]))
    result.false_progressions = len(left)


def _agents(truth: Json, document: Json) -> Iterator[AgentResult]:
    absent = "naive" if document["summary"]["historyComplete"] == "yes" else "not-recorded"
    given, answered = truth["agents"], document["agents"]
    for agent in sorted({*given, *answered} - STEROIDS):
        answer = answered[agent]["status"] if agent in answered else absent
        if agent in given:
            accepted = tuple(truth["accepted"]["agents"][agent])
            yield AgentResult(
                agent, given[agent]["status"], accepted, answer, "not-recorded" not in accepted, given[agent]["why"]
            )
        else:
            yield AgentResult(agent, "naive", ("naive", "not-recorded"), answer, True)


def _facts(truth: Json, document: Json) -> Iterator[tuple[str, str, str, bool]]:
    for name in SUMMARY:
        answer = document["summary"][name]
        yield name, truth["summary"][name], answer, answer in truth["accepted"]["summary"][name]
    for name, true in truth["criteriaSets"].items():
        answer = document["criteriaSets"][name]
        yield name, true, answer, answer in truth["accepted"]["criteriaSets"][name]


def _days(earlier: str, later: str) -> int:
    """Return days between dates; months and years count from their first day."""
    return (_date(later) - _date(earlier)).days


def _date(text: str) -> date:
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3])
