"""STRICT mode: every resource that is used is validated with fhir.resources (R4B models); what fails is not used.

A resource costs about a third of a millisecond, and most of a second of imports, so nothing of it is loaded otherwise. Verdicts are
remembered by a digest of the resource's bytes: charts are opened again and again, and most of a chart does not change between two calls.
Only digests are kept, no patient data.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import replace

from cds_service.parts import Part
from fhir_mappings.read import entries_of
from fhir_mappings.read.references import reference_of
from fhir_mappings.record import PatientRecord, QualityNote

ISSUE = "not valid FHIR R4; not used (STRICT)"
MOST_VERDICTS = 100_000
"""Verdicts that are remembered; the oldest go first. About 10 MB."""


def without_invalid(parts: Sequence[Part], records: Iterable[PatientRecord]) -> list[Part] | None:
    """Return the parts without those resources that the records use and that are not valid; `None` when all are."""
    used = {ref for record in records for ref in used_references(record)}
    invalid = {ref for part in parts for ref, raw in _resources(part, used) if not _VERDICTS.of(raw)}
    return [_drop(part, invalid) for part in parts] if invalid else None


def used_references(record: PatientRecord) -> Iterator[str]:
    """Yield the resource of every fact of a record; what was left out or only noted is not used."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple):
            yield from (fact.ref for fact in value if isinstance(fact, Struct) and hasattr(fact, "ref"))


class _Sent(Struct, gc=False):
    """An entry of a bundle with its resource as sent."""

    resource: msgspec.Raw


class _Bundle(Struct, gc=False):
    """A bundle with its resources as sent."""

    entry: list[_Sent]


_BUNDLE = msgspec.json.Decoder(_Bundle)


def _resources(part: Part, used: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the used resources of a body by reference, as sent."""
    if not part.entries.plain:
        yield from _nested_resources(bytes(part.raw), used)
        return
    names = [reference_of(entry) for entry in part.entries.entries]
    if not used.isdisjoint(names):
        for name, sent in zip(names, _BUNDLE.decode(part.raw).entry, strict=True):
            if name in used:
                yield name, bytes(sent.resource)


def _nested_resources(raw: bytes, used: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the used resources of a body, however bundles and lists are nested."""
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
            resource = value if "resourceType" in value else value.get("resource")
            if isinstance(resource, dict) and (name := _name(value, resource)) in used:
                yield name, orjson.dumps(resource)


def _name(value: dict[str, Any], resource: dict[str, Any]) -> str:
    """Return how facts name a resource that stands alone or in an entry."""
    if isinstance(resource.get("id"), str):
        return f"{resource.get('resourceType')}/{resource['id']}"
    if resource.get("resourceType") == "Bundle":
        return ""
    found = entries_of({"resourceType": "Bundle", "entry": [value]}).entries
    return reference_of(found[0]) if len(found) == 1 else ""


class _Verdicts:
    """What was found of resources, by digest of their bytes."""

    def __init__(self) -> None:
        self._known: dict[bytes, bool] = {}
        self._lock = threading.Lock()

    def of(self, raw: bytes) -> bool:
        """Tell whether a resource is valid."""
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        known = self._known.get(digest)
        if known is None:
            known = _is_valid(raw)
            with self._lock:
                self._known[digest] = known
                if len(self._known) > MOST_VERDICTS:
                    del self._known[next(iter(self._known))]
        return known


_VERDICTS = _Verdicts()


def _is_valid(raw: bytes) -> bool:
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    try:
        resource: dict[str, Any] = orjson.loads(raw)
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
