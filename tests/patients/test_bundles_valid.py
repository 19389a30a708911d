"""The shipped patients are valid FHIR R4, belong together, and are what the builder writes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from fhir.resources.R4B import get_fhir_model_class

from cds_service import demo

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
RESOURCE_KEYS = {
    "conditions": "Condition",
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "medicationAdministrations": "MedicationAdministration",
    "medicationDispenses": "MedicationDispense",
    "observations": "Observation",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
    "diagnosticReports": "DiagnosticReport",
    "flags": "Flag",
}


def chart(patient_id: str) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(demo.load_patient(patient_id))
    return bundle


def request_body(patient_id: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(demo.load_request(patient_id))
    return body


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for member in value.values() for found in references(member)]
    if isinstance(value, list):
        return [found for member in value for found in references(member)]
    return []


@pytest.mark.parametrize("patient_id", demo.patient_ids())
def test_every_resource_is_valid_r4(patient_id: str) -> None:
    bundle = chart(patient_id)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert bundle["type"] == "collection"


@pytest.mark.parametrize("patient_id", demo.patient_ids())
def test_prefetched_bundles_are_valid_r4(patient_id: str) -> None:
    for value in request_body(patient_id)["prefetch"].values():
        if value is not None:
            get_fhir_model_class(value["resourceType"]).model_validate(value)


@pytest.mark.parametrize("patient_id", demo.patient_ids())
def test_one_subject_and_no_dangling_reference(patient_id: str) -> None:
    resources = [entry["resource"] for entry in chart(patient_id)["entry"]]
    known = {f"{resource['resourceType']}/{resource['id']}" for resource in resources}
    assert len(known) == len(resources)
    for resource in resources:
        subject = resource.get("subject") or resource.get("patient")
        if resource["resourceType"] not in {"Patient", "Medication"}:
            assert subject == {"reference": f"Patient/{patient_id}"}
        assert {found for found in references(resource) if not found.startswith("#")} <= known


@pytest.mark.parametrize("patient_id", demo.patient_ids())
def test_request_and_chart_hold_the_same(patient_id: str) -> None:
    body = request_body(patient_id)
    assert body["hook"] == "patient-view"
    assert body["context"] == {"userId": "Practitioner/demo", "patientId": patient_id}
    assert body["extension"] == {"org.myeloma-cds.options": {"asOf": "2026-11-01"}}
    resources = [entry["resource"] for entry in chart(patient_id)["entry"]]
    for key, value in body["prefetch"].items():
        if value is not None and value["resourceType"] == "Bundle":
            matches = [entry["resource"] for entry in value["entry"] if entry["search"]["mode"] == "match"]
            assert matches == [found for found in resources if found["resourceType"] == RESOURCE_KEYS[key]]
            assert value["total"] == len(matches)


def test_the_failed_searches_are_there() -> None:
    prefetch = request_body("failed-searches-missing-data")["prefetch"]
    assert prefetch["observations"]["resourceType"] == "OperationOutcome"
    assert "medicationAdministrations" not in prefetch
    assert prefetch["medicationStatements"]["total"] > 0


@pytest.mark.skipif(not (ROOT / "scripts" / "demo_patients").is_dir(), reason="the builder is not in this distribution")
def test_the_builder_writes_these_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.demo_patients", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own module
    for patient_id in demo.patient_ids():
        name = f"{patient_id}.json"
        assert (tmp_path / "patients" / name).read_bytes() == demo.load_patient(patient_id)
        assert (tmp_path / "requests" / name).read_bytes() == demo.load_request(patient_id)
    assert len(list((tmp_path / "patients").iterdir())) == len(demo.patient_ids())


def test_every_patient_has_an_expectation() -> None:
    assert {path.stem for path in HERE.glob("*.yaml")} == set(demo.patient_ids())
    for path in HERE.glob("*.yaml"):
        expected = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert expected["patient"] == path.stem
        assert str(expected["as_of"]) == "2026-11-01"
        for line in expected["assessment"].get("linesOfTherapy") or []:
            assert line["agents"] == sorted(line["agents"])


def test_an_unknown_id_names_the_known_ones() -> None:
    with pytest.raises(demo.UnknownDemoPatientError, match="cd38-naive-relapse") as caught:
        demo.load_patient("../secrets")
    assert str(caught.value).startswith("No demo patient '../secrets'")
