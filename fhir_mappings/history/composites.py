"""Composite terms and named criteria sets, computed from drug and class status (F13, F16; E21, E23, E25, E27)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fhir_mappings.history.model import AgentStatus, Answer, ClassStatus, CriteriaState, Range
from fhir_mappings.terminology.agents import classes_of

_DEFAULT_PENTA = {"PI": ("bortezomib", "carfilzomib"), "IMID": ("lenalidomide", "pomalidomide")}
_WEAKEST_FIRST: tuple[Answer, ...] = ("no", "unknown", "possible")
_STRONGEST_FIRST: tuple[Answer, ...] = ("yes", "possible", "unknown")


class Known(Struct, frozen=True):
    """Status of drugs and classes, and whether what is not on record can be taken as not given."""

    agents: Mapping[str, AgentStatus]
    classes: Mapping[str, ClassStatus]
    complete: bool

    def of_class(self, key: str) -> list[AgentStatus]:
        """Return the drugs of a class that are on record."""
        return [status for agent, status in self.agents.items() if key in classes_of(agent)]


def all_of(answers: Sequence[Answer]) -> Answer:
    """Return `no` as soon as one part is `no`; then `unknown`, then `possible`; `yes` only if every part is (E27)."""
    return next((answer for answer in _WEAKEST_FIRST if answer in answers), "yes")


def any_of(answers: Sequence[Answer]) -> Answer:
    """Return `yes` as soon as one part is `yes`; then `possible`, then `unknown`, then `no`."""
    return next((answer for answer in _STRONGEST_FIRST if answer in answers), "no")


def class_exposed(known: Known, key: str) -> Answer:
    """Tell whether a class was given; a single order only makes it possible (E19), an incomplete history leaves it open (E23)."""
    own = known.of_class(key)
    if any("order_only" not in s.flags or s.status != "exposed-unknown" for s in own):
        return "yes"
    if own:
        return "possible"
    return "no" if known.complete else "unknown"


def class_refractory(known: Known, key: str) -> Answer:
    """Tell whether the disease is refractory to a drug of the class; a current drug without progression is not (E27)."""
    own = known.of_class(key)
    if any(s.status == "refractory" for s in own):
        return "yes"
    if any(s.status == "exposed-unknown" and "current" not in s.flags for s in own):
        return "possible"
    if own:
        return "no"
    return "no" if known.complete else "unknown"


def agent_refractory(known: Known, agent: str) -> Answer:
    """Tell whether the disease is refractory to a drug."""
    status = known.agents.get(agent)
    if status is None:
        return "no" if known.complete else "unknown"
    if status.status == "refractory":
        return "yes"
    return "no" if status.status == "exposed-not-refractory" else "possible"


def triple_class_exposed(known: Known) -> Answer:
    """F13: a PI, an IMiD and an anti-CD38 antibody were given."""
    return all_of([class_exposed(known, key) for key in ("PI", "IMID", "CD38")])


def triple_class_refractory(known: Known) -> Answer:
    """F13: refractory in all three classes."""
    return all_of([class_refractory(known, key) for key in ("PI", "IMID", "CD38")])


def double_refractory(known: Known) -> Answer:
    """F13: refractory to a PI and an IMiD."""
    return all_of([class_refractory(known, key) for key in ("PI", "IMID")])


def penta_refractory(known: Known) -> tuple[Answer, tuple[str, ...]]:
    """F13: two PIs, two IMiDs and an anti-CD38 antibody; a flag when ixazomib or thalidomide is the second drug (E21)."""
    parts = [_two_of(known, "PI"), _two_of(known, "IMID"), class_refractory(known, "CD38")]
    answer = all_of(parts)
    if answer != "yes":
        return answer, ()
    second = any(
        not all(known.agents.get(a) and known.agents[a].status == "refractory" for a in pair)
        for pair in _DEFAULT_PENTA.values()
    )
    return answer, ("penta_by_second_agent",) if second else ()


def _two_of(known: Known, key: str) -> Answer:
    own = known.of_class(key)
    refractory = sum(1 for s in own if s.status == "refractory")
    unsettled = sum(1 for s in own if s.status == "exposed-unknown" and "current" not in s.flags)
    if refractory >= 2:
        return "yes"
    if refractory + unsettled >= 2:
        return "possible"
    if known.complete:
        return "no"
    settled = [known.agents[a] for a in _DEFAULT_PENTA[key] if a in known.agents]
    return "no" if any(s.status == "exposed-not-refractory" or "current" in s.flags for s in settled) else "unknown"


def criteria_sets(known: Known, prior: Range, last_ended_in_progression: Answer) -> dict[str, CriteriaState]:
    """F16: named patterns of labels, judged with the minimum and the maximum count of prior lines (E25)."""
    exposed = [class_exposed(known, key) for key in ("PI", "IMID")]
    triple = triple_class_exposed(known)
    return {
        "C1": _criteria(prior, 1, [*exposed, agent_refractory(known, "lenalidomide")]),
        "C2": _criteria(prior, 2, [triple]),
        "C3": _criteria(prior, 3, [triple, last_ended_in_progression]),
        "C4": _criteria(prior, 4, [triple]),
    }


def _criteria(prior: Range, minimum: int, facts: Sequence[Answer]) -> CriteriaState:
    """A definite failure beats an unknown (E25); a line that is merely not on record leaves the answer open (E23)."""
    fact = all_of(list(facts))
    enough_for_certain = prior.min >= minimum
    enough_at_best = prior.max is None or prior.max >= minimum
    if fact == "no" or not enough_at_best:
        return "not-met"
    if fact in {"possible", "unknown"}:
        return "unknown"
    if enough_for_certain:
        return "met"
    return "unknown" if prior.max is None else "depends-on-line-count"
