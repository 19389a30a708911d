"""Problems that stand elsewhere than on the problem list (K-CARD-1, K-CART-4, K-POM-1)."""

from __future__ import annotations

from datetime import date

import pytest

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.recorded_problems import all_problems
from fhir_mappings.record import Fact, PatientRecord, Problem

AS_OF = date(2026, 11, 1)


def _found(record: PatientRecord, concept: str) -> list[Problem]:
    return [problem for problem in all_problems(record, AS_OF) if problem.concept == concept]


def test_the_newest_nyha_class_is_heart_failure_of_that_class() -> None:
    facts = (
        Fact("Observation/1", "nyha", 2.0, ChartDate.of(date(2025, 1, 1))),
        Fact("Observation/2", "nyha", 3.0, ChartDate.of(date(2026, 9, 1))),
    )
    found = _found(PatientRecord("Patient/p", facts=facts), "heart_failure")
    assert [(problem.ref, problem.grade) for problem in found] == [("Observation/2", 3)]


@pytest.mark.parametrize(
    ("day", "present"), [(date(2026, 10, 28), True), (date(2026, 9, 2), True), (date(2026, 9, 1), False)]
)
def test_a_recent_dialysis_is_dialysis(day: date, present: bool) -> None:
    record = PatientRecord("Patient/p", facts=(Fact("Procedure/1", "dialysis", "done", ChartDate.of(day)),))
    assert bool(_found(record, "dialysis")) == present


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("End stage renal disease on dialysis", True),
        ("Dialysis-dependent kidney disease", True),
        ("End stage renal disease, not on dialysis", False),
        ("End stage renal disease", False),
    ],
)
def test_dialysis_in_the_words_of_a_kidney_disease(text: str, present: bool) -> None:
    kidney = Problem("Condition/1", "ckd_5_esrd", "comorbidity", None, text=text)
    assert bool(_found(PatientRecord("Patient/p", problems=(kidney,)), "dialysis")) == present
