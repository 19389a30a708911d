"""The parts of FHIR R4 that are read, as slim typed structures. Unknown fields are skipped by the decoder.

These are the only description of FHIR below the service: readers see these types, whatever shape the chart had.
"""

from __future__ import annotations

from msgspec import Struct, field


class Part(Struct, rename="camel", gc=False, eq=True):
    """A data type of FHIR."""


class Sign(Part):
    """The code of a sign that a coding carries."""

    code: str | None = None


class CodingExtension(Part):
    """An extension of a coding: the sign of certainty of ICD-10-GM."""

    url: str | None = None
    value_coding: Sign | None = None
    value_code: str | None = None


class Coding(Part):
    """A code with its system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    extension: list[CodingExtension] | None = None


class Concept(Part):
    """A CodeableConcept."""

    coding: list[Coding] = field(default_factory=list)
    text: str | None = None


class Identifier(Part):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Reference(Part):
    """A reference to another resource."""

    reference: str | None = None
    type: str | None = None
    display: str | None = None
    identifier: Identifier | None = None


class CodeableReference(Part):
    """R5: a concept, a reference, or both."""

    concept: Concept | None = None
    reference: Reference | None = None


class Adherence(Part):
    """R5: whether a drug is taken, and why not."""

    code: Concept | None = None
    reason: Concept | None = None


class Quantity(Part):
    """A measured amount; also Duration, Age and SimpleQuantity."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Period(Part):
    """A time from start to end."""

    start: str | None = None
    end: str | None = None


class Range(Part):
    """Low to high."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Part):
    """Numerator over denominator."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Extension(Part):
    """An extension; nested ones are read."""

    url: str | None = None
    value_codeable_concept: Concept | None = None
    value_coding: Coding | None = None
    value_code: str | None = None
    value_string: str | None = None
    value_integer: int | None = None
    value_positive_int: int | None = None
    value_decimal: float | None = None
    value_date_time: str | None = None
    value_date: str | None = None
    value_quantity: Quantity | None = None
    extension: list[Extension] = field(default_factory=list)


class Narrative(Part):
    """That a resource has a narrative; what it says is not read."""

    status: str | None = None


class Attachment(Part):
    """That a resource has a document; what it says is not read."""

    content_type: str | None = None


class Annotation(Part):
    """A note."""

    text: str | None = None
    time: str | None = None


class Meta(Part):
    """Version of a resource."""

    version_id: str | None = None
    last_updated: str | None = None


class Repeat(Part):
    """When a dose is repeated."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None


class Timing(Part):
    """A schedule."""

    event: list[str] = field(default_factory=list)
    repeat: Repeat | None = None


class DoseAndRate(Part):
    """An amount per dose."""

    dose_quantity: Quantity | None = None


class Dosage(Part):
    """How a drug is taken."""

    text: str | None = None
    timing: Timing | None = None
    route: Concept | None = None
    site: Concept | None = None
    dose_and_rate: list[DoseAndRate] = field(default_factory=list)
    dose: Quantity | None = None
    """MedicationAdministration only."""


class Ingredient(Part):
    """A part of a Medication."""

    item_codeable_concept: Concept | None = None
    item_reference: Reference | None = None
    item: CodeableReference | None = None
    """R5."""


class DispenseRequest(Part):
    """What a MedicationRequest asks to be dispensed."""

    validity_period: Period | None = None
    number_of_repeats_allowed: int | None = None
    expected_supply_duration: Quantity | None = None


class ReferenceRange(Part):
    """The normal values of a laboratory."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str | None = None


class Component(Part):
    """A part of an Observation."""

    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    data_absent_reason: Concept | None = None
    interpretation: list[Concept] = field(default_factory=list)
    reference_range: list[ReferenceRange] = field(default_factory=list)


class Stage(Part):
    """A stage of a Condition."""

    summary: Concept | None = None
    type: Concept | None = None


class Manifestation(Part):
    """A sign: a concept (R4), or a concept inside a CodeableReference (R5)."""

    coding: list[Coding] = field(default_factory=list)
    text: str | None = None
    concept: Concept | None = None

    @property
    def what(self) -> Concept:
        """Return the sign as a concept."""
        return self.concept if self.concept is not None else Concept(self.coding, self.text)


class AllergicReaction(Part):
    """What happened in an AllergyIntolerance."""

    substance: Concept | None = None
    manifestation: list[Manifestation] = field(default_factory=list)
    description: str | None = None
    onset: str | None = None
    severity: str | None = None


class SuspectEntity(Part):
    """What is suspected to have caused an AdverseEvent."""

    instance: Reference | None = None
    instance_reference: Reference | None = None
    """R5, as the next."""
    instance_codeable_concept: Concept | None = None


class PlanDetail(Part):
    """An activity inside a CarePlan."""

    kind: str | None = None
    status: str | None = None
    code: Concept | None = None
    product_codeable_concept: Concept | None = None
    product_reference: Reference | None = None
    description: str | None = None
    scheduled_period: Period | None = None
    scheduled_string: str | None = None
    scheduled_timing: Timing | None = None


class PlanActivity(Part):
    """An activity of a CarePlan."""

    detail: PlanDetail | None = None
    reference: Reference | None = None


class RequestAction(Part):
    """An action of a RequestGroup."""

    title: str | None = None
    description: str | None = None
    resource: Reference | None = None
    action: list[RequestAction] = field(default_factory=list)
