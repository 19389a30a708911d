"""What a body holds once it is decoded: resources with their addresses, and what is known to be missing."""

from __future__ import annotations

from msgspec import Struct

from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.resource_base import Resource
from fhir_mappings.read.resources import DRUG_TYPES
from fhir_mappings.record import QualityNote

_DRUG_NAMES = frozenset(kind.__name__ for kind in DRUG_TYPES)


class Entry(Struct, frozen=True, gc=False):
    """One resource with the address that it has in its bundle."""

    resource: Resource | SentObservation
    full_url: str | None = None
    notes: tuple[str, ...] = ()


class Entries(Struct, frozen=True):
    """What one body or prefetch value holds.

    `failed` says why when the value is not data (an error in place of a bundle, no JSON); `truncated` when a part is
    known to be missing (a search has a next page, bundles are nested too deeply);
    `searched` names the resource types of searches whose own link says so; `seen` every type that was present, read or not.
    `plain`: a bundle of readable resources and nothing else.
    """

    entries: tuple[Entry, ...] = ()
    notes: tuple[QualityNote, ...] = ()
    failed: str | None = None
    truncated: bool = False
    searched: frozenset[str] = frozenset()
    seen: frozenset[str] = frozenset()
    plain: bool = False

    @property
    def drugs_looked_for(self) -> bool:
        """Tell whether drug records were present, or searched for and not found."""
        return bool(_DRUG_NAMES & (self.searched | self.seen))
