"""Cautions of a regimen for this patient (regimens B.4): present, or unknown with the question that would settle it.

What is absent is left out. `K-REFR` (resistance) and `K-INTOL` (intolerance on record, invariant 12) are computed in
`components`; all others come from the knowledge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache

from msgspec import Struct

from cards.advise.case import Case
from cards.advise.components import intolerances, resistance_cautions
from cards.advise.model import CautionFound
from cards.advise.patient_tests import Outcome, evaluate, problems_read
from cards.advise.patient_words import found_for
from cards.advise.tri import Tri, all_of, any_of
from cards.advise.words import UNVERIFIED_MARK, marked
from cards.knowledge.model import Caution, Jurisdiction, Knowledge, Regimen, Test


class Cautions(Struct, frozen=True):
    """A regimen's cautions, its dose notes, and whether a number must be known before it may start."""

    found: tuple[CautionFound, ...]
    dose_notes: tuple[str, ...]
    count_needed: bool
    asked: tuple[str, ...] = ()
    """Names of the findings that are missing."""
    needed: frozenset[str] = frozenset()
    """Those among them that decide whether the regimen may start."""


def cautions_for(regimen: Regimen, case: Case) -> Cautions:
    """Return the cautions of a regimen as they stand for the patient."""
    return case.once("cautions", regimen.id, lambda: _cautions_for(regimen, case))


def _cautions_for(regimen: Regimen, case: Case) -> Cautions:
    standings = _standings(case)
    standing = [found for place in _places(regimen, case) if (found := standings[place]) is not None]
    emitted = [item.emitted for item in standing if item.emitted is not None]
    emitted += resistance_cautions(regimen, case) + intolerances(regimen, case)
    asking = [item for item in standing if item.asked]
    return Cautions(
        tuple(emitted),
        _notes([item.note for item in standing if item.note]),
        any(item.count_needed for item in standing),
        tuple(dict.fromkeys([name for item in asking for name in item.asked])),
        frozenset([name for item in asking if item.count_needed for name in item.asked]),
    )


def _notes(notes: Sequence[str]) -> tuple[str, ...]:
    """Return dose notes once each; an unverified one gives way to the same note with a source."""
    if not notes:
        return ()
    every = dict.fromkeys(notes)
    known = {note.rstrip(".") for note in every if not note.endswith(f"{UNVERIFIED_MARK}.")}
    return tuple(note for note in every if note.removesuffix(f"{UNVERIFIED_MARK}.") not in known)


class _Standing(Struct, frozen=True):
    """How one caution stands for the patient, whichever regimen asks."""

    emitted: CautionFound | None
    note: str | None = None
    count_needed: bool = False
    asked: tuple[str, ...] = ()


def _standings(case: Case) -> list[_Standing | None]:
    """Judge every caution that applies here once per case, in their order; `None` where it is absent."""
    return case.once("standings", "", lambda: [_standing(caution, case) for caution in _applicable(case).cautions])


def excluding_caution(regimen: Regimen, case: Case) -> CautionFound | None:
    """Return the first caution that takes a regimen out, resistance aside."""
    excluding = case.once("excluding", "", lambda: _excluding(case))
    if not excluding:
        return None
    return next((excluding[place] for place in _places(regimen, case) if place in excluding), None)


def _excluding(case: Case) -> dict[int, CautionFound]:
    emitted = ((place, item.emitted) for place, item in enumerate(_standings(case)) if item is not None)
    return {place: found for place, found in emitted if found is not None and found.effect == "exclude"}


def _standing(caution: Caution, case: Case) -> _Standing | None:
    outcome, undecided = _judged(caution, case)
    if outcome.value is False:
        return None
    emitted = emit(caution, outcome, case) or _not_ruled_out(caution, case)
    if outcome.value is True:
        note = caution.dose_note and marked(caution.dose_note, unverified=caution.tag != "verified")
        return _Standing(emitted, note, asked=_asked_by_standing(caution) if caution.severity == "ASK" else ())
    must = caution.severity == "BLOCK" and any(_decides(test) for test in undecided)
    asked = [test.name or test.kind for test in undecided if test.kind in {"finding", "problem", "age"}]
    return _Standing(emitted, None, must, tuple(dict.fromkeys(asked)) if caution.ask else ())


def _asked_by_standing(caution: Caution) -> tuple[str, ...]:
    """Return what a standing question asks for: what it looked for, or, where that is no finding, the question itself."""
    looked_for = [test.name for tests in caution.when for test in tests if test.kind == "finding" and test.name]
    return tuple(dict.fromkeys(looked_for)) if caution.ask else (f"{caution.id}/{caution.part}",)


def _decides(test: Test) -> bool:
    """Tell whether a test waits for a number, the grade of a recorded problem, or what rules out a pregnancy."""
    return (test.kind == "finding" and test.is_value in {None, "unknown"}) or test.kind in {"problem", "age", "sex"}


class _Applicable(Struct, frozen=True):
    """The cautions of a day and place, and which of them are about a regimen, by their places in the order."""

    cautions: tuple[Caution, ...]
    about: Mapping[str, tuple[int, ...]]


def _applicable(case: Case) -> _Applicable:
    lifted = frozenset(case.parameters.lifted_programmes)
    return _applicable_on(case.knowledge, case.jurisdiction, case.as_of, lifted)


@lru_cache(maxsize=64)
def _applicable_on(
    knowledge: Knowledge, jurisdiction: Jurisdiction, as_of: date, lifted: frozenset[str]
) -> _Applicable:
    cautions = tuple(
        caution
        for caution in knowledge.cautions
        if caution.id != "K-REFR" and _applies(caution, jurisdiction, as_of, lifted)
    )
    about = {name: _about(cautions, regimen, knowledge) for name, regimen in knowledge.regimens.items()}
    return _Applicable(cautions, about)


def _about(cautions: Sequence[Caution], regimen: Regimen, knowledge: Knowledge) -> tuple[int, ...]:
    numbered = enumerate(cautions)
    return tuple(place for place, one in numbered if _is_about(one, regimen.id, regimen.agents, knowledge))


def _places(regimen: Regimen, case: Case) -> tuple[int, ...]:
    found = _applicable(case)
    if case.knowledge.regimens.get(regimen.id) is regimen:
        return found.about[regimen.id]
    return _about(found.cautions, regimen, case.knowledge)


def applies(caution: Caution, case: Case) -> bool:
    """Tell whether a caution holds here and on this day."""
    return _applies(caution, case.jurisdiction, case.as_of, case.parameters.lifted_programmes)


def _applies(caution: Caution, jurisdiction: Jurisdiction, as_of: date, lifted: Collection[str]) -> bool:
    if caution.programme is not None and caution.programme in lifted:
        return False
    if caution.jurisdiction not in {None, jurisdiction}:
        return False
    if caution.valid_from is not None and as_of < caution.valid_from:
        return False
    return caution.valid_to is None or as_of < caution.valid_to


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
    """Evaluate the caution's disjunction of conjunctions."""
    return _judged(caution, case)[0]


def _judged(caution: Caution, case: Case) -> tuple[Outcome, list[Test]]:
    """Evaluate a caution; with it, the tests that leave it open."""
    if len(caution.when) == 1 and len(caution.when[0]) == 1:
        test = caution.when[0][0]
        only = evaluate(test, case)
        if only.value is not True:
            return only, [test] if only.value is None else []
        return Outcome(True, tuple(sorted(set(only.evidence)))), []
    answers: list[Tri] = []
    evidence: list[str] = []
    undecided: list[Test] = []
    for conjunction in caution.when:
        outcomes = [evaluate(test, case) for test in conjunction]
        values = [outcome.value for outcome in outcomes]
        answer = all_of(values)
        answers.append(answer)
        if answer is True:
            evidence += [ref for outcome in outcomes for ref in outcome.evidence]
        elif answer is None:
            undecided += [test for test, value in zip(conjunction, values, strict=True) if value is None]
    return Outcome(any_of(answers), tuple(sorted(set(evidence)))), undecided


def emit(caution: Caution, outcome: Outcome, case: Case) -> CautionFound | None:
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
            found_for(caution, case),
        )
    if outcome.value is None and caution.blocks_when_unknown:
        text = caution.ask or caution.text
        return CautionFound(
            caution.id, caution.severity, caution.effect, "unknown", text, (), caution.sources, unverified
        )
    if outcome.value is None and caution.ask:
        return CautionFound(caution.id, "ASK", "inform", "unknown", caution.ask, (), caution.sources, unverified)
    return None


NOT_RULED_OUT = "The problem list could not be read in full, so this is not ruled out: "


def _not_ruled_out(caution: Caution, case: Case) -> CautionFound | None:
    """Ask about what only an unread problem list leaves open (invariant 13); `emit` has said nothing about it."""
    if problems_read(case) or not any(test.kind == "problem" for tests in caution.when for test in tests):
        return None
    text = f"{NOT_RULED_OUT}{caution.text[:1].lower()}{caution.text[1:]}"
    return CautionFound(caution.id, "ASK", "inform", "unknown", text, (), caution.sources, caution.tag != "verified")
