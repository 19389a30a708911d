"""Every threshold of regimens B.4: just below, at, just above, and missing; look-backs; ages and grades."""

from datetime import timedelta
from pathlib import Path

import pytest

from cards.advise.case import Case
from cards.advise.cautions import Cautions, cautions_for
from cards.advise.model import CautionFound
from cards.advise.parameters import AdviceParameters
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Jurisdiction
from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding, TreatmentHistory
from tests.advise.histories import AS_OF, history, problem

KNOWLEDGE = load_knowledge()
LINES = Path(__file__).with_name("thresholds.txt").read_text(encoding="utf-8").splitlines()
ROWS = [tuple(text.split()) for text in LINES if text and not text.startswith("#")]


def found(patient: TreatmentHistory, regimen: str, place: str = "US") -> Cautions:
    where: Jurisdiction = "EU" if place == "EU" else "US"
    case = Case(patient, KNOWLEDGE, where, "unknown", AdviceParameters())
    return cautions_for(KNOWLEDGE.regimens[regimen], case)


def present(patient: TreatmentHistory, regimen: str, key: str, place: str = "US") -> list[CautionFound]:
    return [item for item in found(patient, regimen, place).found if item.id == key and item.state == "present"]


def unknown(patient: TreatmentHistory, regimen: str, key: str, place: str = "US") -> list[CautionFound]:
    return [item for item in found(patient, regimen, place).found if item.id == key and item.state == "unknown"]


def value(number: float, unit: str, days: int = 7) -> Finding:
    when = ChartDate.of(AS_OF - timedelta(days=days))
    return Finding(number, None if unit == "-" else unit, when, ("Observation/x",), upper_normal=1.0)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join((*row[:4], row[5])))
def test_threshold(row: tuple[str, ...]) -> None:
    key, regimen, place, name, unit, threshold, step, *expected, missing = row
    limit, delta = float(threshold), float(step)
    for number, wanted in zip((limit - delta, limit, limit + delta), expected, strict=True):
        patient = history(findings={name: value(round(number, 3), unit)})
        assert bool(present(patient, regimen, key, place)) == (wanted == "yes"), (name, number)
    open_ = unknown(history(), regimen, key, place)
    assert bool(open_) == (missing == "ask")
    assert all((item.severity, item.effect) == ("ASK", "inform") for item in open_)
    assert not present(history(), regimen, key, place)


def test_every_threshold_of_the_knowledge_stands_in_the_table() -> None:
    tested = {(row[0], row[3], float(row[5])) for row in ROWS}
    for caution in KNOWLEDGE.cautions:
        for test in (test for tests in caution.when for test in tests):
            bounds = (test.below, test.at_most, test.above, test.at_least, test.above_uln)
            for bound in (bound for bound in bounds if bound is not None):
                if test.kind == "finding" and (caution.id, test.name, bound) not in _ELSEWHERE:
                    assert (caution.id, test.name, bound) in tested, (caution.id, test.name, bound)


_ELSEWHERE = {
    ("K-IGG-2", "igg", 0.0),
    ("K-AL-1", "nt_probnp", 0.0),
    ("K-AL-1", "troponin", 0.0),
}
"""No clinical threshold: any value answers the question."""


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row[8:9] == ("yes",) and row[-1] == "ask"], ids=lambda row: "-".join(row[:4])
)
def test_a_value_older_than_its_look_back_is_missing(row: tuple[str, ...]) -> None:
    key, regimen, place, name, unit, threshold, *_ = row
    old = history(findings={name: value(float(threshold), unit, days=1000)})
    assert not present(old, regimen, key, place)
    assert unknown(old, regimen, key, place)


@pytest.mark.parametrize(("age", "expected"), [(74, False), (75, True), (76, True), (None, False)])
def test_age_from_75_for_carfilzomib(age: int | None, expected: bool) -> None:
    assert bool(present(history(age=age), "Kd", "K-CARD-3")) == expected


@pytest.mark.parametrize(
    ("regimen", "age", "expected"),
    [("IsaPd", 74, False), ("IsaPd", 75, True), ("Pd", 75, False), ("Pd", 76, True), ("Pd", None, False)],
)
def test_age_for_dexamethasone(regimen: str, age: int | None, expected: bool) -> None:
    assert bool(present(history(age=age), regimen, "K-STER-1")) == expected


@pytest.mark.parametrize(
    ("grade", "painful", "key"),
    [
        (1, False, None),
        (1, True, "K-NEURO-1"),
        (2, False, "K-NEURO-1"),
        (2, True, "K-NEURO-2"),
        (3, False, "K-NEURO-2"),
        (3, True, "K-NEURO-2"),
        (4, False, "K-NEURO-3"),
        (None, False, "K-NEURO-4"),
    ],
)
def test_neuropathy_by_grade_and_pain(grade: int | None, painful: bool, key: str | None) -> None:
    patient = history(problems=(problem("peripheral_neuropathy", grade=grade, painful=painful),))
    keys = {
        item.id for item in found(patient, "SVd").found if item.id.startswith("K-NEURO") and item.state == "present"
    }
    assert keys == ({key} if key else set())


@pytest.mark.parametrize(
    ("grade", "state", "effect"), [(2, None, None), (3, "present", "exclude"), (None, "unknown", "inform")]
)
@pytest.mark.parametrize("concept", ["heart_failure", "atrial_fibrillation", "arrhythmia"])
def test_k_card_1_by_grade(concept: str, grade: int | None, state: str | None, effect: str | None) -> None:
    """Atrial fibrillation without a grade is asked about, never taken as a reason to exclude (K-CARD-1)."""
    patient = history(problems=(problem(concept, grade=grade),))
    items = [(item.state, item.effect) for item in found(patient, "Kd").found if item.id == "K-CARD-1"]
    assert items == ([(state, effect)] if state else [])


@pytest.mark.parametrize("text", ["Atrial fibrillation, rate-controlled", "Complete heart block, pacemaker in place"])
def test_k_card_1_a_controlled_arrhythmia_does_not_exclude(text: str) -> None:
    patient = history(problems=(problem("atrial_fibrillation", grade=3, text=text),))
    assert not present(patient, "Kd", "K-CARD-1")


def test_a_programme_that_configuration_declares_ended_is_not_named() -> None:
    regimen = KNOWLEDGE.regimens["tec_mono"]
    for lifted, expected in (
        (frozenset(), True),
        (frozenset({"bispecific"}), False),
        (frozenset({"belantamab"}), True),
    ):
        case = Case(history(), KNOWLEDGE, "US", "unknown", AdviceParameters(lifted_programmes=lifted))
        assert any("REMS" in item.text for item in cautions_for(regimen, case).found) == expected
