"""Requirement against history: each criterion met, not met or unknown, in words and with its evidence.

Line-dependent criteria are judged with the smallest and the largest number of prior lines; where they differ the
criterion is unknown and says so (invariant 35). A definite failure beats an unknown (E25).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cards.advise.case import Case
from cards.advise.facts import (
    Answer,
    at_least,
    evidence_of,
    prior_lines,
    progression_on_last,
    refractory_count,
    retreatment,
    transplant_interval,
)
from cards.advise.model import Criterion, CriterionState
from cards.advise.tri import Tri, all_of, any_of, negated
from cards.advise.words import lines, listed, one, several
from cards.knowledge.model import Requirement

DEPENDS_ON_LINES = "depends on line count"


def state_of(value: Tri) -> CriterionState:
    """Name a three-valued answer."""
    return "unknown" if value is None else "met" if value else "not-met"


def value_of(state: CriterionState) -> Tri:
    """Read a named answer back."""
    return None if state == "unknown" else state == "met"


def judge(requirement: Requirement, case: Case) -> tuple[Criterion, ...]:
    """Return every criterion of a requirement as it stands for the patient; one that many labels share is judged once."""
    known = case.judged.get(id(requirement))
    if known is None:
        # The requirement stays beside its answer, so that its id cannot pass to another one.
        known = case.judged[id(requirement)] = requirement, tuple(_criteria(requirement, case))
    return known[1]


def overall(criteria: Sequence[Criterion]) -> CriterionState:
    """Combine criteria that must all hold; a definite failure beats an unknown (E25)."""
    return state_of(all_of(value_of(criterion.state) for criterion in criteria))


def meets(requirement: Requirement, case: Case) -> Tri:
    """Tell whether a whole requirement is met."""
    return value_of(overall(judge(requirement, case)))


def _criteria(requirement: Requirement, case: Case) -> Iterator[Criterion]:
    yield from _line_criteria(requirement, case)
    for name in requirement.exposed:
        yield _exposed(name, case)
    for name in requirement.refractory:
        yield _refractory(name, case)
    for name, count in sorted((requirement.refractory_counts or {}).items()):
        yield _count_criterion(name, count, case)
    for name in requirement.not_refractory:
        yield _criterion(f"disease not refractory to {one(name)}", _inverse(case.refractory(name)))
    for name in requirement.not_exposed:
        yield _criterion(f"no earlier treatment with {one(name)}", _inverse(case.exposed(name)))
    yield from _progression_criteria(requirement, case)
    for name, months in sorted((requirement.retreatment_months or {}).items()):
        text = f"no earlier {name}, or a response to it and relapse at least {months} months after it"
        yield _criterion(text, retreatment(case.history, name, months))
    if requirement.transplant_to_progression_months is not None:
        months = requirement.transplant_to_progression_months
        text = f"at least {months} months from a transplant to progression"
        yield _criterion(text, transplant_interval(case.history, months))
    if requirement.either:
        yield _either(requirement.either, case)


def _exposed(name: str, case: Case) -> Criterion:
    return case.once("criterion exposed", name, lambda: _criterion(f"treatment with {one(name)}", case.exposed(name)))


def _refractory(name: str, case: Case) -> Criterion:
    return case.once(
        "criterion refractory", name, lambda: _criterion(f"disease refractory to {one(name)}", case.refractory(name))
    )


def _criterion(text: str, answer: Answer) -> Criterion:
    return Criterion(text, state_of(answer.value), answer.evidence, answer.flags)


def _inverse(answer: Answer) -> Answer:
    return Answer(negated(answer.value), answer.evidence, answer.flags)


def _line_evidence(case: Case) -> tuple[str, ...]:
    refs = (ref for line in case.history.lines or () for ref in line.evidence)
    return case.once("line evidence", "", lambda: tuple(sorted(set(refs))))


def _line_criteria(requirement: Requirement, case: Case) -> Iterator[Criterion]:
    low, high = prior_lines(case.history)
    if requirement.min_lines is not None:
        yield _by_lines(f"at least {lines(requirement.min_lines)}", at_least(requirement.min_lines, low, high), case)
    if requirement.max_lines is not None:
        text = f"no more than {lines(requirement.max_lines)}"
        yield _by_lines(text, negated(at_least(requirement.max_lines + 1, low, high)), case)


def _by_lines(text: str, value: Tri, case: Case) -> Criterion:
    return Criterion(text, state_of(value), _line_evidence(case), (DEPENDS_ON_LINES,) if value is None else ())


def _count_criterion(name: str, count: int, case: Case) -> Criterion:
    low, high = refractory_count(case.history, name)
    asked = f"at least {count} {several(name)}" if count > 1 else one(name)
    text = f"disease refractory to {asked}"
    return Criterion(text, state_of(at_least(count, low, high)), evidence_of(case.history, name))


def _progression_criteria(requirement: Requirement, case: Case) -> Iterator[Criterion]:
    if requirement.progression_on_last is not None:
        literal = requirement.progression_on_last == "within-60-days"
        answer = progression_on_last(case.history, case.parameters.refractory_window_days if literal else None)
        text = (
            "progression on the last therapy or within 60 days of it"
            if literal
            else "progression on or after the last therapy"
        )
        yield _criterion(text, answer)
    if requirement.refractory_if_one_line:
        yield _refractory_if_one_line(requirement.refractory_if_one_line, case)
    if requirement.progression_on_last_from_lines is not None:
        yield _progression_from_lines(requirement.progression_on_last_from_lines, case)


def _refractory_if_one_line(names: Sequence[str], case: Case) -> Criterion:
    several_lines = at_least(2, *prior_lines(case.history))
    refractory = all_of(case.is_refractory(name) for name in names)
    value = any_of((several_lines, refractory))
    evidence = tuple(ref for name in names for ref in evidence_of(case.history, name))
    text = f"disease refractory to {listed([one(name) for name in names])} if only 1 prior line"
    return Criterion(text, state_of(value), evidence, _by_count(value, several_lines, refractory))


def _progression_from_lines(least: int, case: Case) -> Criterion:
    fewer = negated(at_least(least, *prior_lines(case.history)))
    answer = progression_on_last(case.history)
    value = any_of((fewer, answer.value))
    flags = (*answer.flags, *_by_count(value, fewer, answer.value))
    text = f"progression on or after the last therapy if {least} or more prior lines"
    return Criterion(text, state_of(value), answer.evidence, flags)


def _by_count(value: Tri, exempt: Tri, asked: Tri) -> tuple[str, ...]:
    """Flag a criterion that only the number of lines leaves open."""
    return (DEPENDS_ON_LINES,) if value is None and exempt is None and asked is False else ()


def _either(alternatives: Sequence[Requirement], case: Case) -> Criterion:
    judged = [judge(alternative, case) for alternative in alternatives]
    value = any_of(value_of(overall(criteria)) for criteria in judged)
    text = "either " + ", or ".join(listed([criterion.text for criterion in criteria]) for criteria in judged)
    every = [criterion for criteria in judged for criterion in criteria]
    evidence = tuple(sorted({ref for criterion in every for ref in criterion.evidence}))
    flags = sorted({flag for criterion in every for flag in criterion.flags}) if value is None else []
    return Criterion(text, state_of(value), evidence, tuple(flags))
