"""The service against synthetic truth: a floor on accuracy, and errors that must not happen at all.

`docs/accuracy.md` (`make accuracy`) holds the figures of a large cohort; this is the part of it that every change must pass.
"""

import os
from functools import cache

import pytest

from cds_service.synthetic import scenario_names
from scripts.accuracy.compare import AgentResult, Result
from scripts.accuracy.run import assess

PATIENTS = 80 * int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
SEED = 20261101


@cache
def sample() -> tuple[Result, ...]:
    return tuple(assess((SEED, index, None)) for index in range(PATIENTS))


def drugs() -> list[tuple[Result, AgentResult]]:
    return [(result, agent) for result in sample() if result.in_scope for agent in result.agents]


def test_the_state_of_the_disease() -> None:
    assert [result.patient for result in sample() if not result.state_right] == []


def test_status_of_drugs() -> None:
    found = drugs()
    assert len(found) > 4 * PATIENTS
    assert sum(agent.exact for _, agent in found) >= 0.95 * len(found)
    assert sum(agent.accepted_answer for _, agent in found) >= 0.99 * len(found)


def test_number_of_lines() -> None:
    scope = [result for result in sample() if result.in_scope]
    assert sum(result.count_accepted for result in scope) >= 0.97 * len(scope)


def test_missing_data_never_make_refractory() -> None:
    wrong = [
        (result.patient, agent)
        for result, agent in drugs()
        if agent.answer == "refractory" and agent.true in {"exposed-not-refractory", "naive"} and result.missing_data
    ]
    assert wrong == []


def test_a_drug_that_was_given_is_never_naive() -> None:
    assert [(r.patient, a) for r, a in drugs() if a.answer == "naive" and a.true != "naive"] == []


def test_a_drug_that_was_never_given_is_never_exposed() -> None:
    assert [(r.patient, a) for r, a in drugs() if a.true == "naive" and a.answer not in {"naive", "not-recorded"}] == []


@pytest.mark.parametrize("name", scenario_names())
def test_scenarios(name: str) -> None:
    result = assess((1, 0, name))
    assert result.state_right
    if result.in_scope:
        assert result.count_accepted, f"{result.count} lines, and {result.count_true} are true"
        assert [agent for agent in result.agents if not agent.accepted_answer] == []
