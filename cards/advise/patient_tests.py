"""One computable test of a caution against the patient's findings, problems and drugs (regimens B.4).

A finding that is missing or older than its look-back is undecided, never normal (invariant 13). A problem that is not
on the problem list is absent, unless the problem list could not be read. Dates known only as spans are judged by both
ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from msgspec import Struct

from cards.advise.case import Case
from cards.advise.tri import Tri, all_of, any_of, negated
from cards.knowledge.model import Test
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding
from fhir_mappings.record import Problem


class Outcome(Struct, frozen=True):
    """Whether a test holds, and the resources that say so."""

    value: Tri
    evidence: tuple[str, ...] = ()


_NOT_THERE = Outcome(False)
_UNREAD = Outcome(None)


def evaluate(test: Test, case: Case) -> Outcome:
    """Evaluate one test."""
    outcome = _KINDS[test.kind](test, case)
    if not test.negate:
        return outcome
    return Outcome(negated(outcome.value), outcome.evidence)


def since(when: ChartDate | None, day: date, days: int) -> Tri:
    """Tell whether a date lies within so many days before `day`."""
    if when is None:
        return None
    first = day - timedelta(days=days)
    if when.earliest >= first:
        return True
    return False if when.latest < first else None


def recent_finding(case: Case, name: str, days: int | None) -> Finding | None:
    """Return a finding that is recent enough and has a value; otherwise `None`."""
    finding = case.history.findings.get(name)
    if finding is None or finding.value == "unknown":
        return None
    if days is not None and since(finding.date, case.as_of, days) is not True:
        return None
    return finding


def recent_number(case: Case, name: str, days: int | None) -> float | None:
    """Return a recent numeric finding without a comparator."""
    finding = recent_finding(case, name, days)
    if finding is None or isinstance(finding.value, str) or finding.comparator:
        return None
    return float(finding.value)


def problems_read(case: Case) -> bool:
    """Tell whether the problem list could be read."""
    return not case.history.gaps or not any("condition" in gap.key.lower() for gap in case.history.gaps)


def active_problem(case: Case, concept: str) -> Problem | None:
    """Return an active problem of a concept, if any."""
    return next(
        (problem for problem in case.history.problems if problem.concept == concept and is_active(problem, case.as_of)),
        None,
    )


def is_active(problem: Problem, day: date) -> bool:
    """Tell whether a problem must be taken as present: it is unless the record says that it ended."""
    ended = problem.abatement is not None and problem.abatement.latest <= day
    return problem.active is not False and not ended and "history_of" not in problem.flags


def _finding(test: Test, case: Case) -> Outcome:
    finding = recent_finding(case, test.name or "", test.within_days)
    if finding is None and test.instead is not None:
        finding = recent_finding(case, test.instead, test.within_days)
    if finding is None:
        return Outcome(None)
    if test.is_value is not None:
        if test.absence_days is not None and finding.value == "absent" and not _lasts(finding, test.absence_days, case):
            return Outcome(None, finding.evidence)
        return Outcome(_same(finding.value, test.is_value), finding.evidence)
    if isinstance(finding.value, str) or (test.unit and finding.unit and finding.unit != test.unit):
        return Outcome(None, finding.evidence)
    return Outcome(all_of(_bounds(test, finding, float(finding.value))), finding.evidence)


def _lasts(finding: Finding, days: int, case: Case) -> bool:
    return since(finding.date, case.as_of, days) is True


def _same(value: str | float, wanted: str) -> bool:
    if isinstance(value, str):
        return value.casefold() == wanted.casefold()
    return wanted == "present"


def _bounds(test: Test, finding: Finding, value: float) -> list[Tri]:
    answers: list[Tri] = []
    if test.below is not None:
        answers.append(_less(finding, value, test.below, strictly=True))
    if test.at_most is not None:
        answers.append(_less(finding, value, test.at_most, strictly=False))
    if test.above is not None:
        answers.append(negated(_less(finding, value, test.above, strictly=False)))
    if test.at_least is not None:
        answers.append(negated(_less(finding, value, test.at_least, strictly=True)))
    if test.above_uln is not None:
        limit = finding.upper_normal
        answers.append(
            None if limit is None else negated(_less(finding, value, round(test.above_uln * limit, 9), strictly=False))
        )
    return answers or [True]


def _less(finding: Finding, value: float, limit: float, *, strictly: bool) -> Tri:
    """Compare with a limit; a value that is itself a bound (`<25`) may leave the answer open."""
    if finding.comparator in {"<", "<="}:
        return True if value <= limit else None
    if finding.comparator in {">", ">="}:
        return False if value >= limit else None
    return value < limit if strictly else value <= limit


def _problem(test: Test, case: Case) -> Outcome:
    found = _problems(case).get(test.name or "", ())
    if not found:
        return _NOT_THERE if problems_read(case) else _UNREAD
    answers = [_problem_fits(problem, test, case) for problem in found]
    evidence = tuple(problem.ref for problem, answer in zip(found, answers, strict=True) if answer is not False)
    value = any_of(answers)
    return Outcome(None if value is False and not problems_read(case) else value, evidence)


def matching_problems(test: Test, case: Case) -> tuple[Problem, ...]:
    """Return the problems that a test certainly finds."""
    found = _problems(case).get(test.name or "", ())
    return tuple(problem for problem in found if _problem_fits(problem, test, case) is True)


def supportive_named(test: Test, case: Case) -> tuple[str, ...]:
    """Return the supportive drugs of a test that are on record."""
    return tuple(sorted(name for name in case.history.supportive_agents if name.casefold() in _names(test.name or "")))


def _problems(case: Case) -> dict[str, tuple[Problem, ...]]:
    """Return the problems by concept, sorted out once per case."""
    return case.once("problems", "", lambda: _by_concept(case.history.problems))


def _by_concept(problems: tuple[Problem, ...]) -> dict[str, tuple[Problem, ...]]:
    found: dict[str, tuple[Problem, ...]] = {}
    for problem in problems:
        found[problem.concept] = (*found.get(problem.concept, ()), problem)
    return found


def _text_fits(problem: Problem, test: Test) -> bool:
    text = problem.text.casefold()
    wanted = not test.text_any or any(word.casefold() in text for word in test.text_any)
    return wanted and not any(word.casefold() in text for word in test.text_none)


def _happened(problem: Problem) -> ChartDate | None:
    """When a problem began; the day on which a past one was written down says nothing about it."""
    return problem.onset or (None if "history_of" in problem.flags else problem.recorded)


def _problem_fits(problem: Problem, test: Test, case: Case) -> Tri:
    answers: list[Tri] = [_text_fits(problem, test)]
    if test.flags_none:
        answers.append(not set(test.flags_none) & set(problem.flags))
    if test.active_only:
        answers.append(is_active(problem, case.as_of))
    if test.within_days is not None:
        answers.append(since(_happened(problem), case.as_of, test.within_days))
    if test.grade_missing:
        answers.append(problem.grade is None)
    if test.min_grade is not None:
        answers.append(None if problem.grade is None else problem.grade >= test.min_grade)
    if test.max_grade is not None:
        answers.append(None if problem.grade is None else problem.grade <= test.max_grade)
    if test.painful is not None:
        answers.append(problem.painful is test.painful)
    return all_of(answers)


def _age(test: Test, case: Case) -> Outcome:
    age = case.history.age
    if age is None:
        return Outcome(None)
    finding = Finding(age, "a", None, ())
    return Outcome(all_of(_bounds(test, finding, float(age))))


def _exposed(test: Test, case: Case) -> Outcome:
    name = test.name or ""
    answer = case.exposed(name)
    if test.within_days is None or answer.value is not True:
        return Outcome(answer.value, answer.evidence)
    agents = [
        agent
        for agent in (case.history.agents or {}).values()
        if name == agent.agent or name in case.classes_of(agent.agent)
    ]
    value = any_of(since(agent.last_exposure, case.as_of, test.within_days) for agent in agents)
    return Outcome(value if agents else None, answer.evidence)


def _refractory(test: Test, case: Case) -> Outcome:
    answer = case.refractory(test.name or "")
    return Outcome(answer.value, answer.evidence)


def _supportive(test: Test, case: Case) -> Outcome:
    known = case.once("supportive", "", lambda: frozenset(name.casefold() for name in case.history.supportive_agents))
    if not known.isdisjoint(_names(test.name or "")):
        return Outcome(True)
    return _NOT_THERE if case.history.drug_data_read else _UNREAD


@lru_cache(maxsize=512)
def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip().casefold() for name in text.replace("|", ",").split(","))


def _sex(test: Test, case: Case) -> Outcome:
    wanted = test.is_value or test.name
    if wanted == "not-male":
        return Outcome(case.history.sex != "male")
    return Outcome(None if case.history.sex == "unknown" else case.history.sex == wanted)


def _always(_test: Test, _case: Case) -> Outcome:
    return Outcome(True)


_KINDS: Mapping[str, Callable[[Test, Case], Outcome]] = {
    "finding": _finding,
    "problem": _problem,
    "age": _age,
    "exposed": _exposed,
    "refractory": _refractory,
    "supportive": _supportive,
    "sex": _sex,
    "always": _always,
}
