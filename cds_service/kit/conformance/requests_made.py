"""Complete requests for the hooks that are known, about a shipped synthetic patient.

The prefetch is filled by the templates that the service advertises, whatever its keys are called.
"""

from __future__ import annotations

import re
import uuid
from functools import cache
from typing import Any

import orjson

from cds_service import demo

PATIENT = "dvrd-asct-dr-relapse"
USER = "Practitioner/conformance"
OPTIONS = {"org.myeloma-cds.options": {"asOf": "2026-11-01"}}
Body = dict[str, Any]

DRAFT: Body = {
    "resourceType": "MedicationRequest", "id": "draft-1", "status": "draft", "intent": "order",
    "subject": {"reference": f"Patient/{PATIENT}"},
    "medicationCodeableConcept": {
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "342369", "display": "lenalidomide"}],
        "text": "lenalidomide 25 mg capsule",
    },
}  # fmt: skip
_DRAFTS: Body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": DRAFT}]}
_WHO: Body = {"userId": USER, "patientId": PATIENT}
_APPOINTMENT: Body = {
    "resourceType": "Appointment", "id": "a1", "status": "proposed",
    "participant": [{"actor": {"reference": f"Patient/{PATIENT}"}, "status": "tentative"}],
}  # fmt: skip
_APPOINTMENTS: Body = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": _APPOINTMENT}]}
_CONTEXTS: dict[str, Body] = {
    "patient-view": _WHO,
    "order-select": {**_WHO, "selections": ["MedicationRequest/draft-1"], "draftOrders": _DRAFTS},
    "order-sign": {**_WHO, "draftOrders": _DRAFTS},
    "order-dispatch": {
        "patientId": PATIENT, "dispatchedOrders": ["MedicationRequest/draft-1"], "performer": "Organization/pharmacy",
    },
    "encounter-start": {**_WHO, "encounterId": "e1"},
    "encounter-discharge": {**_WHO, "encounterId": "e1"},
    "appointment-book": {**_WHO, "appointments": _APPOINTMENTS},
}  # fmt: skip


def is_known(hook: str) -> bool:
    """Tell whether a request for this hook can be made."""
    return hook in _CONTEXTS


@cache
def _chart() -> dict[str, list[Body]]:
    """Return the resources of the synthetic patient by type."""
    found: dict[str, list[Body]] = {}
    for entry in orjson.loads(demo.load_patient(PATIENT))["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def hook_request(service: Body) -> Body:
    """Return a complete request for a service of discovery."""
    templates = service.get("prefetch")
    prefetch = {key: prefetched(one) for key, one in templates.items()} if isinstance(templates, dict) else {}
    request: Body = {
        "hook": service["hook"],
        "hookInstance": str(uuid.uuid4()),
        "context": orjson.loads(orjson.dumps(_CONTEXTS[service["hook"]])),
        "extension": OPTIONS,
    }
    return {**request, "prefetch": prefetch} if prefetch else request


def prefetched(template: object) -> Any:
    """Return what a client would put under a key with this template; `null` for what the patient does not have."""
    text = template if isinstance(template, str) else ""
    kind = re.match(r"[A-Z][A-Za-z]+", text)
    if kind is None:
        return None
    found = _chart().get(kind[0], [])
    if "?" not in text:
        return found[0] if found else None
    entries = [{"resource": one, "search": {"mode": "match"}} for one in found]
    bundle: Body = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return {**bundle, "entry": entries} if entries else bundle
