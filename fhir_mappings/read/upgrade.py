"""R5 in the terms of R4, recognised by shape and not by a version that nobody sends.

R5 joined concept and reference into one element (`medication`, `reason`, `used`), moved what a statement says about taking from
`status` to `adherence`, and renamed dates. After `upgrade` the readers find both versions in the fields of R4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fhir_mappings.read.elements import CodeableReference, Concept, Reference
from fhir_mappings.read.resources import (
    AdverseEvent,
    DrugResource,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    MedicationUsage,
    Procedure,
)

UPGRADED: Final[frozenset[type]] = frozenset(
    {
        AdverseEvent,
        Medication,
        MedicationAdministration,
        MedicationDispense,
        MedicationRequest,
        MedicationStatement,
        MedicationUsage,
        Procedure,
    }
)
"""Types whose R5 form differs in what is read."""

# What R5 says about taking a drug, as the statuses of R4 (L02).
_ADHERENCE: Final = {
    "taking": "active",
    "taking-as-directed": "active",
    "taking-not-as-directed": "active",
    "not-taking": "not-taken",
    "not-taken": "not-taken",
    "on-hold": "on-hold",
    "on-hold-as-directed": "on-hold",
    "on-hold-not-as-directed": "on-hold",
    "stopped": "stopped",
    "stopped-as-directed": "stopped",
    "stopped-not-as-directed": "stopped",
    "unknown": "unknown",
}


def upgrade(resource: object) -> None:
    """Fill the R4 fields of a resource from its R5 fields, where it has any."""
    if isinstance(resource, DrugResource):
        _drug(resource)
    elif isinstance(resource, Procedure):
        resource.performed_date_time = resource.performed_date_time or resource.occurrence_date_time
        resource.performed_period = resource.performed_period or resource.occurrence_period
        resource.performed_string = resource.performed_string or resource.occurrence_string
        _split(resource.reason, resource.reason_code, resource.reason_reference)
        _split(resource.used, resource.used_code, [])
    elif isinstance(resource, Medication):
        resource.form = resource.form or resource.dose_form
        for ingredient in resource.ingredient:
            if ingredient.item is not None:
                ingredient.item_codeable_concept = ingredient.item_codeable_concept or ingredient.item.concept
                ingredient.item_reference = ingredient.item_reference or ingredient.item.reference
    elif isinstance(resource, AdverseEvent):
        _event(resource)


def _split(both: Iterable[CodeableReference], concepts: list[Concept], references: list[Reference]) -> None:
    """Append the parts of codeable references to concepts and references."""
    for one in both:
        if one.concept is not None and one.concept not in concepts:
            concepts.append(one.concept)
        if one.reference is not None and one.reference not in references:
            references.append(one.reference)


def _drug(resource: DrugResource) -> None:
    if resource.medication is not None:
        resource.medication_codeable_concept = resource.medication_codeable_concept or resource.medication.concept
        resource.medication_reference = resource.medication_reference or resource.medication.reference
    _split(resource.reason, resource.reason_code, resource.reason_reference)
    if isinstance(resource, MedicationStatement):
        _statement(resource)
    elif isinstance(resource, MedicationAdministration):
        resource.effective_date_time = (
            resource.effective_date_time or resource.occurence_date_time or resource.occurrence_date_time
        )
        resource.effective_period = resource.effective_period or resource.occurence_period or resource.occurrence_period
    elif isinstance(resource, MedicationDispense) and resource.not_performed_reason is not None:
        resource.status_reason_codeable_concept = (
            resource.status_reason_codeable_concept or resource.not_performed_reason.concept
        )
    elif isinstance(resource, MedicationRequest) and resource.status and resource.status.strip().lower() == "ended":
        resource.status = "completed"


def _statement(statement: MedicationStatement) -> None:
    """Turn `recorded` with its adherence into a status of R4; without adherence it is exposure as far as it has a time (L02)."""
    adherence = statement.adherence
    if adherence is not None and adherence.reason is not None and adherence.reason not in statement.status_reason:
        statement.status_reason.append(adherence.reason)
    if not statement.status or statement.status.strip().lower() != "recorded":
        return
    period = statement.effective_period
    ended = period is not None and period.end is not None
    codes = (
        [coding.code.strip().lower() for coding in adherence.code.coding if coding.code]
        if adherence and adherence.code
        else []
    )
    said = next((_ADHERENCE[code] for code in codes if code in _ADHERENCE), None)
    if said is None and adherence is not None and adherence.code is not None and adherence.code.text:
        said = _ADHERENCE.get("-".join(adherence.code.text.strip().lower().split()))
    if said is None:
        timed = period is not None or statement.effective_date_time is not None
        said = "completed" if ended or timed else "unknown"
    elif said == "active" and ended:
        said = "completed"
    statement.status = said


def _event(event: AdverseEvent) -> None:
    event.event = event.event or event.code
    period = event.occurrence_period
    event.date = event.date or event.occurrence_date_time or (period.start or period.end if period else None)
    for suspect in event.suspect_entity:
        if suspect.instance is None:
            concept = suspect.instance_codeable_concept
            name = (
                next(filter(None, [concept.text, *(coding.display for coding in concept.coding)]), None)
                if concept
                else None
            )
            suspect.instance = suspect.instance_reference or (Reference(display=name) if name else None)
