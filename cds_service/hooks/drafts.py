"""Draft orders and selections as clients send them (order-select 1.0, order-sign 1.0), read as agents."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from cards.orders import Drafts
from cds_service.refusals import bad_request
from fhir_mappings.read import entries_of
from fhir_mappings.read.elements import Concept
from fhir_mappings.read.entries import Entry
from fhir_mappings.read.facts import Facts, codes_of, texts_of
from fhir_mappings.read.medications import drugs_named_by
from fhir_mappings.read.references import References, normal_reference, reference_of
from fhir_mappings.read.resources import DrugResource
from fhir_mappings.terminology.lookup import Drugs, drugs_of

_GONE = frozenset({"cancelled", "entered-in-error", "stopped", "completed", "not-taken", "revoked"})
_BY_CODE = frozenset({"ServiceRequest", "Procedure", "DeviceRequest"})
Named = list[tuple[str, Drugs]]


def read_drafts(context: dict[str, Any], patient_id: str, *, selecting: bool) -> Drafts:
    """Return the agents of the drafts; with `selecting`, those selected are asked about and the rest stands beside."""
    raw = context.get("draftOrders")
    if raw is None:
        raise bad_request(
            "context.draftOrders is missing; CDS Hooks requires it. Please send a Bundle of the orders.", "required"
        )
    if not isinstance(raw, dict) or raw.get("resourceType", "Bundle") != "Bundle":
        raise bad_request("context.draftOrders has to be a Bundle.", "structure")
    selections = _selections(context) if selecting else frozenset()
    named = [*_drugs(raw, patient_id), *_by_code(raw, patient_id)]
    chosen = [drugs for ref, drugs in named if _is_selected(ref, selections)]
    others = [drugs for ref, drugs in named if not _is_selected(ref, selections)]
    if not chosen:
        chosen, others = others, []
    agents = _agents(chosen)
    return Drafts(
        agents=agents,
        beside=tuple(agent for agent in _agents(others) if agent not in agents),
        supportive=tuple(sorted({name for _, drugs in named for name in drugs.supportive})),
    )


def _selections(context: dict[str, Any]) -> frozenset[str]:
    given = context.get("selections")
    if given is None:
        raise bad_request(
            "context.selections is missing; CDS Hooks requires it. Please send an array of references such as "
            "MedicationRequest/1.",
            "required",
        )
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise bad_request(
            "context.selections has to be an array of references such as MedicationRequest/1.", "structure"
        )
    return frozenset(normal_reference(one) for one in given)


def _is_selected(ref: str, selections: frozenset[str]) -> bool:
    """Compare references in one spelling; a bare id is understood."""
    return normal_reference(ref) in selections or ref.rpartition("/")[2] in selections


def _agents(found: Iterable[Drugs]) -> tuple[str, ...]:
    return tuple(sorted({agent for drugs in found if not drugs.local_form for agent in drugs.agents}))


def _drugs(bundle: dict[str, Any], patient_id: str) -> Named:
    try:
        entries = entries_of(json.dumps(bundle).encode()).entries
    except RecursionError:
        raise bad_request("context.draftOrders is nested too deeply.", "structure") from None
    facts = Facts(References.of(entries))
    return [
        (reference_of(entry), drugs_named_by(entry.resource, facts))
        for entry in entries
        if isinstance(entry.resource, DrugResource) and _counts(entry, patient_id)
    ]


def _counts(entry: Entry, patient_id: str) -> bool:
    """Leave out what is no longer wanted, an order not to give something, and another patient's order (R43)."""
    resource = entry.resource
    if not isinstance(resource, DrugResource) or (resource.status or "").lower() in _GONE:
        return False
    if getattr(resource, "do_not_perform", None):
        return False
    return _is_of(resource.subject.reference if resource.subject else None, patient_id)


def _is_of(subject: object, patient_id: str) -> bool:
    if not isinstance(subject, str) or not subject:
        return True
    name = normal_reference(subject)
    return not name.startswith("Patient/") or name == f"Patient/{patient_id}"


def _by_code(bundle: dict[str, Any], patient_id: str) -> Named:
    """Read orders that name a drug in their code, such as a ServiceRequest for CAR-T therapy."""
    entries = bundle.get("entry")
    found: Named = []
    for entry in entries if isinstance(entries, list) else [entries]:
        resource = entry.get("resource", entry) if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or str(resource.get("resourceType")) not in _BY_CODE:
            continue
        subject = resource.get("subject")
        if str(resource.get("status")) in _GONE or resource.get("doNotPerform") is True:
            continue
        if not _is_of(subject.get("reference") if isinstance(subject, dict) else None, patient_id):
            continue
        try:
            concept = msgspec.convert(resource.get("code"), Concept | None, strict=False)
        except msgspec.ValidationError:
            continue
        ref = f"{resource['resourceType']}/{resource.get('id')}"
        found.append((ref, drugs_of(codes_of(concept), texts_of(concept))))
    return found
