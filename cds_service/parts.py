"""A piece of input as it travels from the protocol to the reader: decoded once, with its bytes at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from fhir_mappings.read import Entries, entries_of

Sent = bytes | msgspec.Raw
"""JSON as it arrived: bytes of its own, or a view into a body that is known to be sound UTF-8."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one prefetch value, page or body holds.

    `raw` is looked at again in strict mode only; it is empty when the value was decoded together with its request.
    """

    entries: Entries
    raw: Sent = field(repr=False)

    @classmethod
    def of(cls, raw: Sent) -> Part:
        """Decode what was sent, a view where it lies."""
        return cls(entries_of(raw, sound=isinstance(raw, msgspec.Raw)), raw)
