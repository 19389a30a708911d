"""Turn a chart into the two shipped files: a collection Bundle and a CDS Hooks patient-view request."""

import json
import uuid

from .chart import Chart, Json

AS_OF = "2026-11-01"
BASE = "https://ehr.example.org/fhir"

# Prefetch key to resource type; the keys above the gap are in every request, those below only when there is something.
_KEYS = {
    "conditions": "Condition",
    "medicationStatements": "MedicationStatement",
    "medicationRequests": "MedicationRequest",
    "medicationAdministrations": "MedicationAdministration",
    "observations": "Observation",
    "procedures": "Procedure",
    "allergies": "AllergyIntolerance",
}
_OPTIONAL_KEYS = {
    "medicationDispenses": "MedicationDispense",
    "diagnosticReports": "DiagnosticReport",
    "flags": "Flag",
}


def _entry(resource: Json, mode: str | None = None) -> Json:
    entry: Json = {"fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}", "resource": resource}
    return entry | ({"search": {"mode": mode}} if mode else {})


def collection(chart: Chart) -> Json:
    """Return all resources of the chart as a collection Bundle."""
    return {
        "resourceType": "Bundle",
        "id": chart.patient_id,
        "type": "collection",
        "entry": [_entry(resource) for resource in chart.resources],
    }


def searchset(chart: Chart, kind: str) -> Json | None:
    """Return the search result for one resource type with the Medications that it refers to; null if there is none."""
    matches = [resource for resource in chart.resources if resource["resourceType"] == kind]
    if not matches:
        return None
    wanted = {match.get("medicationReference", {}).get("reference") for match in matches}
    included = [
        resource
        for resource in chart.resources
        if resource["resourceType"] == "Medication" and f"Medication/{resource['id']}" in wanted
    ]
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(matches),
        "entry": [_entry(match, "match") for match in matches] + [_entry(drug, "include") for drug in included],
    }


def request(chart: Chart) -> Json:
    """Return the complete body of a patient-view call for the chart."""
    prefetch: Json = {"patient": chart.resources[0]}
    prefetch |= {key: searchset(chart, kind) for key, kind in _KEYS.items()}
    optional = {key: searchset(chart, kind) for key, kind in _OPTIONAL_KEYS.items()}
    prefetch |= {key: bundle for key, bundle in optional.items() if bundle}
    prefetch |= chart.prefetch_changes
    for key in chart.prefetch_missing:
        del prefetch[key]
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:myeloma-cds:demo:{chart.patient_id}")),
        "context": {"userId": "Practitioner/demo", "patientId": chart.patient_id},
        "prefetch": prefetch,
        "extension": {"org.myeloma-cds.options": {"asOf": AS_OF}},
    }


def as_json(document: Json) -> str:
    """Return the text of the file for a document."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
