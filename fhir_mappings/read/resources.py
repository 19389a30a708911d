"""The resource types that are read. Every other type is skipped by name and counts for nothing."""

from __future__ import annotations

from msgspec import field

from fhir_mappings.read.elements import (
    Adherence,
    AllergicReaction,
    Annotation,
    Attachment,
    CodeableReference,
    Concept,
    DispenseRequest,
    Dosage,
    Extension,
    Identifier,
    Ingredient,
    Narrative,
    Period,
    Quantity,
    Reference,
    Stage,
    SuspectEntity,
    Timing,
)
from fhir_mappings.read.plan_types import (
    CarePlan,
    EpisodeOfCare,
    Flag,
    RequestGroup,
    RequestOrchestration,
    ResearchSubject,
)
from fhir_mappings.read.resource_base import Resource


class Patient(Resource):
    """The patient."""

    identifier: list[Identifier] | Identifier | None = None
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Condition(Resource):
    """A diagnosis or problem."""

    extension: list[Extension] = field(default_factory=list)
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    category: list[Concept] = field(default_factory=list)
    severity: Concept | None = None
    code: Concept | None = None
    body_site: list[Concept] = field(default_factory=list)
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    onset_age: Quantity | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    abatement_boolean: bool | None = None
    abatement_string: str | None = None
    abatement_age: Quantity | None = None
    recorded_date: str | None = None
    stage: list[Stage] = field(default_factory=list)
    note: list[Annotation] = field(default_factory=list)


class Medication(Resource):
    """A drug product."""

    code: Concept | None = None
    form: Concept | None = None
    dose_form: Concept | None = None
    """R5."""
    ingredient: list[Ingredient] = field(default_factory=list)


class DrugResource(Resource):
    """What the four kinds of drug record share."""

    extension: list[Extension] = field(default_factory=list)
    status: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    medication: CodeableReference | None = None
    """R5: instead of the two above."""
    subject: Reference | None = None
    reason_code: list[Concept] = field(default_factory=list)
    reason_reference: list[Reference] = field(default_factory=list)
    reason: list[CodeableReference] = field(default_factory=list)
    """R5: instead of the two above."""
    category: list[Concept] | Concept | None = None
    note: list[Annotation] = field(default_factory=list)
    part_of: list[Reference] = field(default_factory=list)


class MedicationStatement(DrugResource):
    """A drug that is said to be taken."""

    status_reason: list[Concept] = field(default_factory=list)
    adherence: Adherence | None = None
    """R5: whether it is taken, where `status` only says that it was recorded."""
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_timing: Timing | None = None
    date_asserted: str | None = None
    dosage: list[Dosage] = field(default_factory=list)


class MedicationRequest(DrugResource):
    """An order."""

    intent: str | None = None
    status_reason: Concept | None = None
    do_not_perform: bool | None = None
    authored_on: str | None = None
    course_of_therapy_type: Concept | None = None
    group_identifier: Identifier | None = None
    effective_dose_period: Period | None = None
    """R5."""
    dosage_instruction: list[Dosage] = field(default_factory=list)
    dispense_request: DispenseRequest | None = None


class MedicationAdministration(DrugResource):
    """A dose given."""

    status_reason: list[Concept] = field(default_factory=list)
    effective_date_time: str | None = None
    effective_period: Period | None = None
    occurence_date_time: str | None = None
    """R5, in its own spelling; builds before and after it write it correctly."""
    occurence_period: Period | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    dosage: Dosage | None = None


class MedicationDispense(DrugResource):
    """A supply handed out."""

    status_reason_codeable_concept: Concept | None = None
    not_performed_reason: CodeableReference | None = None
    """R5."""
    days_supply: Quantity | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: list[Dosage] = field(default_factory=list)


class Procedure(Resource):
    """Something done."""

    extension: list[Extension] = field(default_factory=list)
    status: str | None = None
    status_reason: Concept | None = None
    category: list[Concept] | Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    occurrence_date_time: str | None = None
    """R5."""
    occurrence_period: Period | None = None
    occurrence_string: str | None = None
    recorded: str | None = None
    reason_code: list[Concept] = field(default_factory=list)
    reason_reference: list[Reference] = field(default_factory=list)
    body_site: list[Concept] = field(default_factory=list)
    outcome: Concept | None = None
    note: list[Annotation] = field(default_factory=list)
    used_code: list[Concept] = field(default_factory=list)
    used: list[CodeableReference] = field(default_factory=list)
    """R5."""
    reason: list[CodeableReference] = field(default_factory=list)
    part_of: list[Reference] = field(default_factory=list)


class AllergyIntolerance(Resource):
    """An allergy or intolerance."""

    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    patient: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    last_occurrence: str | None = None
    note: list[Annotation] = field(default_factory=list)
    reaction: list[AllergicReaction] = field(default_factory=list)


class AdverseEvent(Resource):
    """Harm that may come from a drug."""

    status: str | None = None
    actuality: str | None = None
    event: Concept | None = None
    code: Concept | None = None
    """R5: what R4 calls event."""
    subject: Reference | None = None
    date: str | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    detected: str | None = None
    recorded_date: str | None = None
    seriousness: Concept | None = None
    severity: Concept | None = None
    outcome: list[Concept] | Concept | None = None
    suspect_entity: list[SuspectEntity] = field(default_factory=list)


class DiagnosticReport(Resource):
    """A report with a conclusion in words."""

    status: str | None = None
    category: list[Concept] = field(default_factory=list)
    code: Concept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    conclusion: str | None = None
    conclusion_code: list[Concept] = field(default_factory=list)
    result: list[Reference] = field(default_factory=list)
    text: Narrative | None = None
    presented_form: list[Attachment] = field(default_factory=list)


class MedicationUsage(MedicationStatement):
    """The name of MedicationStatement in the builds before R5."""


DRUG_TYPES: tuple[type[DrugResource], ...] = (
    MedicationStatement,
    MedicationUsage,
    MedicationRequest,
    MedicationAdministration,
    MedicationDispense,
)

READ: tuple[type[Resource], ...] = (
    Patient,
    Condition,
    Medication,
    *DRUG_TYPES,
    Procedure,
    AllergyIntolerance,
    AdverseEvent,
    DiagnosticReport,
    Flag,
    CarePlan,
    RequestGroup,
    RequestOrchestration,
    EpisodeOfCare,
    ResearchSubject,
)
"""Every type that is read, but for Observation, which arrives undecoded (`observation_types`)."""
