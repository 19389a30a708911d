"""Creatinine clearance by Cockcroft-Gault."""

from __future__ import annotations

from datetime import date

import pytest

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import Finding
from fhir_mappings.history.renal import with_clearance

DAY = ChartDate.of(date(2026, 10, 20))
AS_OF = date(2026, 11, 1)


def _findings(creatinine: float = 6.5, weight: float = 70.0) -> dict[str, Finding]:
    return {
        "body_weight": Finding(weight, "kg", DAY, ("Observation/w",)),
        "creatinine": Finding(creatinine, "mg/dL", DAY, ("Observation/c",)),
    }


def test_derived_value_names_both_results() -> None:
    found = with_clearance(_findings(), 66, "male", AS_OF)["creatinine_clearance"]
    assert found.value == pytest.approx(11.1, abs=0.1)
    assert found.evidence == ("Observation/c", "Observation/w")
    assert with_clearance(_findings(), 66, "female", AS_OF)["creatinine_clearance"].value == pytest.approx(9.4, abs=0.1)


@pytest.mark.parametrize(("age", "sex"), [(None, "male"), (66, "unknown"), (66, "other")])
def test_nothing_is_derived_without_age_and_sex(age: int | None, sex: str) -> None:
    assert "creatinine_clearance" not in with_clearance(_findings(), age, sex, AS_OF)


def test_a_measured_clearance_stands_and_an_old_weight_does_not_count() -> None:
    measured = Finding(55.0, "mL/min", DAY, ("Observation/m",))
    assert (
        with_clearance({**_findings(), "creatinine_clearance": measured}, 66, "male", AS_OF)["creatinine_clearance"]
        is measured
    )
    old = _findings() | {"body_weight": Finding(70.0, "kg", ChartDate.of(date(2024, 1, 1)), ("Observation/w",))}
    assert "creatinine_clearance" not in with_clearance(old, 66, "male", AS_OF)
