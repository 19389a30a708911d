"""Which resource a reference means: relative, absolute, versioned, `urn:uuid`, contained, included."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec
from msgspec import Struct, field

from fhir_mappings.read.decode import decode_contained
from fhir_mappings.read.elements import Identifier, Reference
from fhir_mappings.read.entries import Entry
from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.resource_base import Resource
from fhir_mappings.read.resources import Patient

_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([^/?#|]+)(?:/_history/[^/]+)?/?\Z")


BY_IDENTIFIER = "Patient?identifier="
"""Begins the name of a patient who is known by an identifier only."""


@lru_cache(maxsize=8192)
def normal_reference(text: str) -> str:
    """Return a reference in one spelling: `Type/id` whatever the server, `urn:` in lower case."""
    plain = text.strip()
    if plain[:4].lower() == "urn:":
        return plain.lower()
    if found := _TYPE_AND_ID.search(plain):
        return f"{found[1]}/{found[2]}"
    return plain


def reference_of(entry: Entry) -> str:
    """Return how facts name a resource: `Type/id`, or its full URL without an id, or a digest of its content without either."""
    resource = entry.resource
    if resource.id:
        return f"{resource.kind}/{resource.id}"
    if entry.full_url:
        return entry.full_url
    body = resource.body() if isinstance(resource, SentObservation) else msgspec.json.encode(resource)
    digest = hashlib.sha256(body).hexdigest()[:12]
    return f"{resource.kind}/_{digest}"


class References(Struct):
    """The resources of a chart by everything that a reference may call them."""

    _resources: dict[str, Resource | SentObservation] = field(default_factory=dict)
    _patients: dict[str, str] = field(default_factory=dict)
    _contained: dict[int, dict[str, Resource | SentObservation]] = field(default_factory=dict)
    _identifiers: dict[str, set[str]] = field(default_factory=dict)
    """Values of patients' identifiers by system, to tell another patient's identifier from one that was left out."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> References:
        """Index resources by type and id, and by full URL."""
        index = cls()
        for entry in entries:
            name = reference_of(entry)
            names = {normal_reference(name)}
            if entry.full_url:
                names.add(normal_reference(entry.full_url))
            for one in names:
                index._resources.setdefault(one, entry.resource)
            if isinstance(entry.resource, Patient):
                index._add_patient(entry.resource, name, names)
        return index

    def _add_patient(self, patient: Patient, name: str, names: Iterable[str]) -> None:
        for one in names:
            self._patients.setdefault(one, name)
        identifiers = patient.identifier if isinstance(patient.identifier, list) else [patient.identifier]
        for identifier in identifiers:
            if identifier is not None and identifier.value:
                self._patients.setdefault(f"{BY_IDENTIFIER}{identifier.value}", name)
                self._identifiers.setdefault((identifier.system or "").strip(), set()).add(identifier.value)

    def resolve(self, reference: Reference | None, holder: Resource) -> Resource | SentObservation | None:
        """Return the resource that a reference of `holder` means, if it is here."""
        if reference is None or not reference.reference:
            return None
        if reference.reference.startswith("#"):
            return self._contained_in(holder).get(reference.reference[1:])
        return self._resources.get(normal_reference(reference.reference))

    def known(self, reference: Reference) -> Resource | SentObservation | None:
        """Return the resource of its own that a reference means, if it is here (a contained one is not looked for)."""
        return self._resources.get(normal_reference(reference.reference)) if reference.reference else None

    def _contained_in(self, holder: Resource) -> dict[str, Resource | SentObservation]:
        if not holder.contained:
            return {}
        known = self._contained.get(id(holder))
        if known is None:
            known = {one.id: one for one in decode_contained(holder.contained) if one.id}
            self._contained[id(holder)] = known
        return known

    def patient_of(self, reference: Reference | None) -> str | None:
        """Return the patient that a subject means, in the spelling of facts; `None` when it does not say."""
        if reference is None:
            return None
        if reference.reference and not reference.reference.startswith("#"):
            name = normal_reference(reference.reference)
            if name in self._patients:
                return self._patients[name]
            kind = name.partition("/")[0]
            if reference.type in {"Group", "Device", "Location"} or (kind in {"Group", "Device", "Location"}):
                return f"{kind}/"
            return name if "/" in name or name.startswith("urn:") else f"Patient/{name}"
        if reference.identifier and reference.identifier.value:
            return self._of_identifier(reference.identifier)
        return None

    def _of_identifier(self, identifier: Identifier) -> str | None:
        """Return the patient of an identifier; without any Patient resource the identifier itself stands for one.

        An identifier that no Patient has says nothing, unless a Patient has another one of the same system: then it is somebody else's.
        """
        name = f"{BY_IDENTIFIER}{identifier.value}"
        if name in self._patients:
            return self._patients[name]
        system = (identifier.system or "").strip()
        if not self._patients or (system and system in self._identifiers):
            return name
        return None

    def known_patient(self, name: str) -> str:
        """Return a patient's reference in the spelling of facts."""
        return self._patients.get(name, name)

    @property
    def patients(self) -> frozenset[str]:
        """Return every patient that has a resource here."""
        return frozenset(self._patients.values())
