"""Observations in two steps: as they arrive, undecoded but for the id, and complete once their code or text matters.

Most Observations of a chart are none of our business, and they are most of a chart. Arriving ones keep each field as the bytes that
were sent; `complete` decodes them when a reader has selected the result by its code, its name or its answer.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, field

from fhir_mappings.read.damage import untyped
from fhir_mappings.read.elements import (
    Annotation,
    Component,
    Concept,
    Extension,
    Part,
    Period,
    Quantity,
    Range,
    Reference,
    ReferenceRange,
    Timing,
)
from fhir_mappings.read.lenient import UnreadableError, lenient


class Observation(Part, kw_only=True):
    """A result or finding, complete."""

    id: str | None = None
    extension: list[Extension] = field(default_factory=list)
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
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
    method: Concept | None = None
    reference_range: list[ReferenceRange] = field(default_factory=list)
    component: list[Component] = field(default_factory=list)
    focus: list[Reference] = field(default_factory=list)


class SentObservation(Part, kw_only=True, tag_field="resourceType", tag="Observation", omit_defaults=True):
    """An Observation as it arrived. Every field but the id is what stood in the body, readable or not."""

    id: str | None = None
    meta: Raw = Raw()
    extension: Raw = Raw()
    status: Raw = Raw()
    code: Raw = Raw()
    subject: Raw = Raw()
    effective_date_time: Raw = Raw()
    effective_period: Raw = Raw()
    effective_instant: Raw = Raw()
    effective_timing: Raw = Raw()
    issued: Raw = Raw()
    value_quantity: Raw = Raw()
    value_codeable_concept: Raw = Raw()
    value_string: Raw = Raw()
    value_integer: Raw = Raw()
    value_boolean: Raw = Raw()
    value_range: Raw = Raw()
    value_date_time: Raw = Raw()
    data_absent_reason: Raw = Raw()
    interpretation: Raw = Raw()
    note: Raw = Raw()
    method: Raw = Raw()
    reference_range: Raw = Raw()
    component: Raw = Raw()
    focus: Raw = Raw()

    @property
    def kind(self) -> str:
        """Return the resource type."""
        return "Observation"

    @property
    def about(self) -> Reference | None:
        """Return whom the Observation is about; raises `UnreadableError` when that cannot be read."""
        return subject_in(bytes(self.subject))

    def body(self) -> bytes:
        """Return the fields that are read as one JSON object."""
        parts = [
            b'"%s":%s' % (key, raw)
            for name, key in _RAW_FIELDS
            if (raw := bytes(getattr(self, name))) and raw != b"null"
        ]
        return b"{" + b",".join(parts) + b"}"

    def complete(self) -> tuple[Observation, tuple[str, ...]]:
        """Return the Observation with what of it could not be read; raises `UnreadableError` for a field that decides its meaning."""
        try:
            return _decoder.decode(msgspec.json.encode(self)), ()
        except msgspec.ValidationError:
            body = self.body()  # without the members that are null
        try:
            observation = _decoder.decode(body)
            observation.id = self.id
        except msgspec.ValidationError:
            observation, dropped = lenient({"id": self.id, **untyped(body)}, Observation)
            return observation, tuple(f"{path} could not be read; ignored" for path in dropped)
        return observation, ()


_decoder = msgspec.json.Decoder(Observation)
_RAW_FIELDS = tuple(
    (one.name, one.encode_name.encode())
    for one in msgspec.structs.fields(SentObservation)
    if one.name not in {"id", "meta"}
)
_reference_decoder = msgspec.json.Decoder(Reference | None)


def subject_in(raw: bytes) -> Reference | None:
    """Return a subject as sent; raises `UnreadableError` when it is no reference."""
    if not raw:
        return None
    try:
        found: Reference | None = _reference_decoder.decode(raw)
    except msgspec.ValidationError:
        value = untyped(raw)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            value = {"reference": value}
        if not isinstance(value, dict):
            raise UnreadableError("subject is not readable") from None
        found, _ = lenient(value, Reference)
    return found
