"""The resource types that are read. Every other type is skipped by name and counts for nothing."""

from __future__ import annotations

from msgspec import Raw, field

from fhir_mappings.read.elements import (
    AllergicReaction,
    Annotation,
    Component,
    Concept,
    DispenseRequest,
    Dosage,
    Extension,
    Identifier,
    Ingredient,
    Meta,
    Part,
    Period,
    PlanActivity,
    Quantity,
    Range,
    Reference,
    ReferenceRange,
    RequestAction,
    Stage,
    SuspectEntity,
    Timing,
)


class Resource(Part, tag_field="resourceType", tag=True, kw_only=True):
    """What every resource may have."""

    id: str | None = None
    meta: Meta | None = None
    contained: list[Raw] = field(default_factory=list)
    extension: list[Extension] = field(default_factory=list)
    identifier: list[Identifier] | Identifier | None = None

    @property
    def kind(self) -> str:
        """Return the resource type."""
        return type(self).__name__

    @property
    def about(self) -> Reference | None:
        """Return whom the resource is about."""
        return getattr(self, "subject", None) or getattr(self, "patient", None) or getattr(self, "individual", None)


class Patient(Resource):
    """The patient."""

    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Condition(Resource):
    """A diagnosis or problem."""

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
    ingredient: list[Ingredient] = field(default_factory=list)


class DrugResource(Resource):
    """What the four kinds of drug record share."""

    status: str | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    reason_code: list[Concept] = field(default_factory=list)
    reason_reference: list[Reference] = field(default_factory=list)
    note: list[Annotation] = field(default_factory=list)
    part_of: list[Reference] = field(default_factory=list)


class MedicationStatement(DrugResource):
    """A drug that is said to be taken."""

    status_reason: list[Concept] = field(default_factory=list)
    category: Concept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    date_asserted: str | None = None
    dosage: list[Dosage] = field(default_factory=list)


class MedicationRequest(DrugResource):
    """An order."""

    intent: str | None = None
    status_reason: Concept | None = None
    category: list[Concept] = field(default_factory=list)
    do_not_perform: bool | None = None
    authored_on: str | None = None
    course_of_therapy_type: Concept | None = None
    group_identifier: Identifier | None = None
    dosage_instruction: list[Dosage] = field(default_factory=list)
    dispense_request: DispenseRequest | None = None


class MedicationAdministration(DrugResource):
    """A dose given."""

    status_reason: list[Concept] = field(default_factory=list)
    category: Concept | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    dosage: Dosage | None = None


class MedicationDispense(DrugResource):
    """A supply handed out."""

    status_reason_codeable_concept: Concept | None = None
    category: Concept | None = None
    days_supply: Quantity | None = None
    when_prepared: str | None = None
    when_handed_over: str | None = None
    dosage_instruction: list[Dosage] = field(default_factory=list)


class Observation(Resource):
    """A result or finding."""

    status: str | None = None
    category: list[Concept] = field(default_factory=list)
    code: Concept | None = None
    subject: Reference | None = None
    focus: list[Reference] = field(default_factory=list)
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    effective_timing: Timing | None = None
    issued: str | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_range: Range | None = None
    value_date_time: str | None = None
    data_absent_reason: Concept | None = None
    interpretation: list[Concept] = field(default_factory=list)
    note: list[Annotation] = field(default_factory=list)
    body_site: Concept | None = None
    method: Concept | None = None
    specimen: Reference | None = None
    reference_range: list[ReferenceRange] = field(default_factory=list)
    component: list[Component] = field(default_factory=list)


class Procedure(Resource):
    """Something done."""

    status: str | None = None
    status_reason: Concept | None = None
    category: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    reason_code: list[Concept] = field(default_factory=list)
    reason_reference: list[Reference] = field(default_factory=list)
    body_site: list[Concept] = field(default_factory=list)
    outcome: Concept | None = None
    note: list[Annotation] = field(default_factory=list)
    used_reference: list[Reference] = field(default_factory=list)
    used_code: list[Concept] = field(default_factory=list)


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

    actuality: str | None = None
    event: Concept | None = None
    subject: Reference | None = None
    date: str | None = None
    detected: str | None = None
    recorded_date: str | None = None
    seriousness: Concept | None = None
    severity: Concept | None = None
    outcome: Concept | None = None
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


class Flag(Resource):
    """A warning on a chart."""

    status: str | None = None
    category: list[Concept] = field(default_factory=list)
    code: Concept | None = None
    subject: Reference | None = None
    period: Period | None = None


class CarePlan(Resource):
    """A plan of treatment."""

    status: str | None = None
    intent: str | None = None
    category: list[Concept] = field(default_factory=list)
    title: str | None = None
    description: str | None = None
    subject: Reference | None = None
    period: Period | None = None
    created: str | None = None
    addresses: list[Reference] = field(default_factory=list)
    activity: list[PlanActivity] = field(default_factory=list)
    note: list[Annotation] = field(default_factory=list)


class RequestGroup(Resource):
    """Orders that belong together."""

    status: str | None = None
    intent: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    action: list[RequestAction] = field(default_factory=list)


class EpisodeOfCare(Resource):
    """A time of care, in some registries a line of therapy."""

    status: str | None = None
    type: list[Concept] = field(default_factory=list)
    patient: Reference | None = None
    period: Period | None = None


class ResearchSubject(Resource):
    """Part in a study."""

    status: str | None = None
    individual: Reference | None = None
    period: Period | None = None
    assigned_arm: str | None = None
    actual_arm: str | None = None


DRUG_TYPES = (MedicationStatement, MedicationRequest, MedicationAdministration, MedicationDispense)

READ: tuple[type[Resource], ...] = (
    Patient,
    Condition,
    Medication,
    *DRUG_TYPES,
    Observation,
    Procedure,
    AllergyIntolerance,
    AdverseEvent,
    DiagnosticReport,
    Flag,
    CarePlan,
    RequestGroup,
    EpisodeOfCare,
    ResearchSubject,
)
"""Every type that is read."""

CRITICAL = frozenset(
    {"status", "verification_status", "intent", "do_not_perform", "subject", "patient", "comparator", "clinical_status"}
)
"""Fields that can turn a record into its opposite: where one of them cannot be read, the resource is not used."""
