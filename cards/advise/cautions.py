"""Cautions of a regimen for this patient (regimens B.4): present, or unknown with the question that would settle it.

What is absent is left out. `K-REFR` (resistance) and `K-INTOL` (intolerance on record, invariant 12) are computed
here; all others come from the knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cards.advise.case import Case
from cards.advise.model import CautionFound
from cards.advise.patient_tests import Outcome, evaluate
from cards.advise.tri import Tri, all_of, any_of
from cards.advise.words import listed, one
from cards.knowledge.model import Caution, Knowledge, Regimen, Test


@dataclass(frozen=True, slots=True)
class Cautions:
    """A regimen's cautions, its dose notes, and whether a number must be known before it may start."""

    found: tuple[CautionFound, ...]
    dose_notes: tuple[str, ...]
    count_needed: bool
    asked: tuple[str, ...] = ()
    """Names of the findings that are missing."""


def cautions_for(regimen: Regimen, case: Case) -> Cautions:
    """Return the cautions of a regimen as they stand for the patient."""
    found: list[CautionFound] = []
    notes: list[str] = []
    asked: list[str] = []
    count_needed = False
    for caution in cautions_about(case.knowledge, regimen.id, regimen.agents):
        if not applies(caution, case):
            continue
        outcome = holds(caution, case)
        emitted = emit(caution, outcome)
        if emitted is not None:
            found.append(emitted)
        if outcome.value is True and caution.dose_note:
            notes.append(caution.dose_note)
        if outcome.value is None:
            count_needed = count_needed or (caution.severity == "BLOCK" and _must_be_known(caution, case))
            asked += _missing_findings(caution, case) if caution.ask else []
    found += resistance_cautions(regimen, case) + intolerances(regimen, case)
    return Cautions(tuple(found), tuple(dict.fromkeys(notes)), count_needed, tuple(dict.fromkeys(asked)))


def applies(caution: Caution, case: Case) -> bool:
    """Tell whether a caution holds here and on this day."""
    if caution.jurisdiction not in {None, case.jurisdiction}:
        return False
    if caution.valid_from is not None and case.as_of < caution.valid_from:
        return False
    return caution.valid_to is None or case.as_of < caution.valid_to


@lru_cache(maxsize=1024)
def cautions_about(knowledge: Knowledge, regimen_id: str, agents: tuple[str, ...]) -> tuple[Caution, ...]:
    """Return the cautions that are about a regimen, whatever the patient; `K-REFR` is computed, not read."""
    return tuple(c for c in knowledge.cautions if c.id != "K-REFR" and _is_about(c, regimen_id, agents, knowledge))


def _is_about(caution: Caution, regimen_id: str, agents: tuple[str, ...], knowledge: Knowledge) -> bool:
    if regimen_id in caution.except_regimens:
        return False
    if not (caution.agents or caution.classes or caution.regimens or caution.modalities):
        return True
    drugs = [knowledge.drugs[agent] for agent in agents if agent in knowledge.drugs]
    return bool(
        set(caution.agents) & set(agents)
        or set(caution.classes) & {key for drug in drugs for key in drug.classes}
        or regimen_id in caution.regimens
        or set(caution.modalities) & {drug.modality for drug in drugs if "STEROID" not in drug.classes}
    )


def holds(caution: Caution, case: Case) -> Outcome:
    """Evaluate the caution's disjunction of conjunctions, once per case."""
    return case.once("holds", f"{caution.id}/{caution.part}", lambda: _holds(caution, case))


def _holds(caution: Caution, case: Case) -> Outcome:
    answers: list[Tri] = []
    evidence: list[str] = []
    for conjunction in caution.when:
        outcomes = [evaluate(test, case) for test in conjunction]
        answer = all_of(outcome.value for outcome in outcomes)
        answers.append(answer)
        if answer is True:
            evidence += [ref for outcome in outcomes for ref in outcome.evidence]
    return Outcome(any_of(answers), tuple(sorted(set(evidence))))


def emit(caution: Caution, outcome: Outcome) -> CautionFound | None:
    """Return what is said: the caution when present, its question when unknown, nothing otherwise."""
    unverified = caution.tag != "verified"
    if outcome.value is True:
        return CautionFound(
            caution.id,
            caution.severity,
            caution.effect,
            "present",
            caution.text,
            outcome.evidence,
            caution.sources,
            unverified,
        )
    if outcome.value is None and caution.blocks_when_unknown:
        text = caution.ask or caution.text
        return CautionFound(
            caution.id, caution.severity, caution.effect, "unknown", text, (), caution.sources, unverified
        )
    if outcome.value is None and caution.ask:
        return CautionFound(caution.id, "ASK", "inform", "unknown", caution.ask, (), caution.sources, unverified)
    return None


def _undecided_tests(caution: Caution, case: Case) -> tuple[Test, ...]:
    return case.once("undecided", f"{caution.id}/{caution.part}", lambda: tuple(_undecided(caution, case)))


def _undecided(caution: Caution, case: Case) -> Iterable[Test]:
    for conjunction in caution.when:
        values = [(test, evaluate(test, case).value) for test in conjunction]
        if not any(value is False for _, value in values):
            yield from (test for test, value in values if value is None)


def _missing_findings(caution: Caution, case: Case) -> list[str]:
    return [test.name for test in _undecided_tests(caution, case) if test.name and test.kind in {"finding", "problem"}]


def _must_be_known(caution: Caution, case: Case) -> bool:
    """Tell whether a number, or the grade of a recorded problem, is missing that decides a block."""
    return any(
        (test.kind == "finding" and test.is_value is None) or test.kind == "problem"
        for test in _undecided_tests(caution, case)
    )


def refractory_agents(regimen: Regimen, case: Case) -> tuple[str, ...]:
    """Return the active agents that are refractory themselves (drug level)."""
    return tuple(agent for agent in case.active_agents(regimen) if case.history.status_of(agent) == "refractory")


def resistance_cautions(regimen: Regimen, case: Case) -> list[CautionFound]:
    """K-REFR: a component is refractory, or of a class that is; all components refractory forbids the regimen."""
    active = case.active_agents(regimen)
    own = refractory_agents(regimen, case)
    mates = [
        agent
        for agent in active
        if agent not in own and any(case.is_refractory(key) is True for key in case.classes_of(agent))
    ]
    if not own and not mates:
        return []
    parts = [f"the disease is refractory to {listed(own)}"] if own else []
    behind = list(own)
    for agent in mates:
        key = next(key for key in case.classes_of(agent) if case.is_refractory(key) is True)
        behind.append(key)
        parts.append(f"{agent} is of a class that has failed ({one(key).partition(' ')[2]})")
    evidence = tuple(sorted({ref for name in behind for ref in case.refractory(name).evidence}))
    text = _sentence("; ".join(parts))
    if own and len(own) == len(active):
        return [CautionFound("K-REFR", "BLOCK", "exclude", "present", text, evidence)]
    return [CautionFound("K-REFR", "WARN", "inform", "present", text, evidence)]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def intolerances(regimen: Regimen, case: Case) -> list[CautionFound]:
    """Intolerance on record of a component travels with the regimen (invariant 12, F06)."""
    found = []
    for agent in case.active_agents(regimen):
        known = case.history.agent(agent)
        if known is None or known.intolerance is None:
            continue
        about = known.intolerance
        grade = f" grade {about.grade}" if about.grade is not None else ""
        when = f" ({about.date})" if about.date is not None else ""
        later = {"yes": "resolved", "no": "not resolved", "unknown": "whether it resolved is not on record"}[
            about.resolved
        ]
        again = "; given again later" if about.rechallenged == "yes" else ""
        text = f"Earlier intolerance of {agent}: {about.reaction}{grade}{when}, {later}{again}."
        found.append(CautionFound("K-INTOL", "WARN", "inform", "present", text, about.evidence))
    return found
