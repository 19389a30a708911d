"""STRICT mode: every resource that is used is validated with fhir.resources (R4B models); what fails is not used.

This costs about a millisecond per resource and most of a second of imports, so nothing of it is loaded otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from cds_service.parts import Part
from fhir_mappings.read.references import reference_of
from fhir_mappings.record import PatientRecord, QualityNote

ISSUE = "not valid FHIR R4; not used (STRICT)"


def without_invalid(parts: Sequence[Part], records: Iterable[PatientRecord]) -> list[Part] | None:
    """Return the parts without those resources that the records use and that are not valid; `None` when all are."""
    used = {ref for record in records for ref in used_references(record)}
    invalid = {
        ref
        for part in parts
        for ref, resource in _resources(bytes(part.raw))
        if ref in used and not _is_valid(resource)
    }
    return [_drop(part, invalid) for part in parts] if invalid else None


def used_references(record: PatientRecord) -> Iterator[str]:
    """Yield the resource of every fact of a record; what was left out or only noted is not used."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple):
            yield from (fact.ref for fact in value if isinstance(fact, Struct) and hasattr(fact, "ref"))


def _resources(raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every resource in a body with its reference, however bundles and lists are nested."""
    try:
        waiting = [orjson.loads(raw)]
    except orjson.JSONDecodeError:
        waiting = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend((value.get("entry"), value.get("resource")))
            if isinstance(value.get("resourceType"), str) and value.get("id"):
                yield f"{value['resourceType']}/{value['id']}", value


def _is_valid(resource: dict[str, Any]) -> bool:
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (ValidationError, KeyError, LookupError, ValueError):
        return False
    return True


def _drop(part: Part, invalid: set[str]) -> Part:
    found = part.entries
    kept = tuple(entry for entry in found.entries if reference_of(entry) not in invalid)
    dropped = sorted({reference_of(entry) for entry in found.entries} & invalid)
    notes = tuple(QualityNote("warning", ref, ISSUE) for ref in dropped)
    return Part(replace(found, entries=kept, notes=(*found.notes, *notes)), part.raw)
