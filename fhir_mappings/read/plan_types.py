"""Plans, episodes, flags and studies, as far as they are read."""

from __future__ import annotations

from msgspec import field

from fhir_mappings.read.elements import Annotation, Concept, Extension, Period, PlanActivity, Reference, RequestAction
from fhir_mappings.read.resource_base import Resource


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


class RequestOrchestration(RequestGroup):
    """R5: what R4 calls RequestGroup."""


class EpisodeOfCare(Resource):
    """A time of care, in some registries a line of therapy."""

    extension: list[Extension] = field(default_factory=list)
    status: str | None = None
    type: list[Concept] = field(default_factory=list)
    patient: Reference | None = None
    subject: Reference | None = None
    period: Period | None = None


class ResearchSubject(Resource):
    """Part in a study."""

    status: str | None = None
    individual: Reference | None = None
    subject: Reference | None = None
    period: Period | None = None
    assigned_arm: str | None = None
    actual_arm: str | None = None
