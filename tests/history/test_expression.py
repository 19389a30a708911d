"""BCL2 expression is that of the latest result; an aberration, once shown, stays."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.findings import findings_of
from fhir_mappings.record import GenomicResult, PatientRecord

Value = Literal["present", "absent", "unknown"]


def _value(name: str, *results: tuple[str, Value]) -> object:
    genomics = tuple(
        GenomicResult(f"Observation/{i}", name, value, ChartDate.parse(day)) for i, (day, value) in enumerate(results)
    )
    return findings_of(PatientRecord(patient="Patient/e", genomics=genomics), date(2024, 6, 1))[name].value


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((("2023-01-01", "present"), ("2024-01-01", "absent")), "absent"),
        ((("2023-01-01", "absent"), ("2024-01-01", "present")), "present"),
        ((("2024-01-01", "absent"), ("2024-01-01", "present")), "unknown"),
        ((("2024-01-01", "unknown"), ("2024-01-01", "present")), "present"),
        ((("2023-01-01", "present"), ("2024-01-01", "unknown")), "unknown"),
        ((("", "present"), ("2024-01-01", "absent")), "absent"),
        ((("", "present"),), "present"),
    ],
)
def test_the_latest_expression_counts(results: tuple[tuple[str, Value], ...], expected: str) -> None:
    assert _value("bcl2_expression_high", *results) == expected


def test_an_aberration_stays() -> None:
    assert _value("t(11;14)", ("2023-01-01", "present"), ("2024-01-01", "absent")) == "present"
