"""What every resource has."""

from __future__ import annotations

from msgspec import Raw, field

from fhir_mappings.read.elements import Meta, Part, Reference


class Resource(Part, tag_field="resourceType", tag=True, kw_only=True):
    """What every resource may have."""

    id: str | None = None
    meta: Meta | None = None
    contained: list[Raw] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Return the resource type."""
        return type(self).__name__

    @property
    def about(self) -> Reference | None:
        """Return whom the resource is about."""
        return getattr(self, "subject", None) or getattr(self, "patient", None) or getattr(self, "individual", None)
