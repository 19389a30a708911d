"""A piece of input as it travels from the protocol to the reader: decoded once, with its bytes at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from fhir_mappings.read import Entries, entries_of


@dataclass(frozen=True, slots=True)
class Part:
    """What one prefetch value, page or body holds. `raw` is looked at again in strict mode only."""

    entries: Entries
    raw: bytes = field(repr=False)

    @classmethod
    def of(cls, raw: bytes) -> Part:
        """Decode bytes."""
        return cls(entries_of(raw), raw)
