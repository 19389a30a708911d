"""A disease status counts for the disease that it is linked to (P20, T1)."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_mappings.read import read_record

MYELOMA = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C90.00"}]}
PROSTATE = {
    "coding": [
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C61", "display": "Malignant neoplasm of prostate"}
    ]
}


def _chart(focus: list[dict[str, str]] | None) -> list[dict[str, Any]]:
    status: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "s",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "97509-4"}]},
        "effectiveDateTime": "2022-05-01",
        "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "271299001"}]},
    }
    if focus is not None:
        status["focus"] = focus
    conditions = [
        {"resourceType": "Condition", "id": name, "subject": {"reference": "Patient/p"}, "code": code}
        for name, code in (("mm", MYELOMA), ("pc", PROSTATE))
    ]
    return [{"resourceType": "Patient", "id": "p"}, *conditions, status]


@pytest.mark.parametrize(
    ("focus", "counts"),
    [
        (None, True),
        ([{"reference": "Condition/mm"}], True),
        ([{"reference": "Condition/gone"}], True),
        ([{"display": "Multiple myeloma"}], True),
        ([{"reference": "Condition/pc"}], False),
        ([{"display": "Prostate cancer"}], False),
        ([{"reference": "Condition/pc"}, {"reference": "Condition/mm"}], True),
    ],
)
def test_focus(focus: list[dict[str, str]] | None, counts: bool) -> None:
    record = read_record(_chart(focus))
    assert bool(record.statements) == counts
    assert any("another disease" in item.reason for item in record.excluded) != counts
