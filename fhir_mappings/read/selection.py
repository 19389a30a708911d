"""Whose each resource is, which version of it counts, and which Observations can hold a fact at all."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct, field

from fhir_mappings.read.damage import untyped
from fhir_mappings.read.entries import Entry
from fhir_mappings.read.lenient import UnreadableError
from fhir_mappings.read.observation_types import SentObservation, subject_in
from fhir_mappings.read.references import BY_IDENTIFIER, References, normal_reference, reference_of
from fhir_mappings.read.resources import Medication, Patient

UNREADABLE = "?"
"""Stands for a subject that cannot be read: nobody's, and named as unreadable where the result would have mattered."""


class Pool(Struct, frozen=True):
    """The newest version of every resource by its name: Observations apart and by id, as there are so many and nothing refers to them."""

    others: dict[str, Entry]
    observations: dict[str, Entry]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Pool:
        """Return one entry per resource: of several versions the newest, of equal ones any."""
        others: dict[str, Entry] = {}
        observations: dict[str, Entry] = {}
        for entry in entries:
            resource = entry.resource
            if type(resource) is SentObservation:
                found, name = observations, resource.id or normal_reference(reference_of(entry))
            else:
                found, name = others, normal_reference(reference_of(entry))
            known = found.get(name)
            if known is None or _newer(entry, known):
                found[name] = entry
        return cls({name: others[name] for name in sorted(others)}, observations)


def _newer(entry: Entry, other: Entry) -> bool:
    return other.resource != entry.resource and _version(entry) > _version(other)


def _version(entry: Entry) -> tuple[str, int, bytes]:
    resource = entry.resource
    if isinstance(resource, SentObservation):
        value = untyped(bytes(resource.meta) or b"null")
        given = value if isinstance(value, dict) else {}
        updated, number, body = given.get("lastUpdated"), given.get("versionId"), resource.body()
    else:
        meta = resource.meta
        updated, number = (meta.last_updated, meta.version_id) if meta else (None, None)
        body = msgspec.json.encode(resource)
    return (
        updated if isinstance(updated, str) else "",
        int(number) if isinstance(number, str) and number.isdecimal() and len(number) < 20 else 0,
        body,
    )


class Owners(Struct):
    """Who the resources of a chart are about: by patient, in the spelling of facts; `None` stands for resources that do not say."""

    others: dict[str | None, list[Entry]] = field(default_factory=dict)
    observations: dict[str | None, list[Entry]] = field(default_factory=dict)
    products: list[Entry] = field(default_factory=list)

    @classmethod
    def of(cls, pool: Pool, references: References) -> Owners:
        """Sort the resources of a pool by whom they are about; products (Medication) are everybody's."""
        owners = cls()
        known: dict[tuple[str | None, str | None], str | None] = {}
        for entry in pool.others.values():
            resource = entry.resource
            if isinstance(resource, Medication):
                owners.products.append(entry)
                continue
            if isinstance(resource, Patient):
                key: str | None = references.known_patient(normal_reference(reference_of(entry)))
            else:
                about = resource.about
                name = (about.reference, about.type) if about is not None else (None, None)
                if name not in known or name[0] is None:
                    known[name] = references.patient_of(about)
                key = known[name]
            owners.others.setdefault(key, []).append(entry)
        for raw, entries in _by_subject(pool.observations.values()).items():
            owners.observations.setdefault(_of_subject(raw, references), []).extend(entries)
        return owners

    def patients(self, references: References) -> dict[str, int]:
        """Return every patient that resources are about, with their number; a group or device is none."""
        counts: dict[str, int] = dict.fromkeys(sorted(references.patients), 0)
        for owned in (self.others, self.observations):
            for key, entries in owned.items():
                if key and not key.endswith("/") and key != UNREADABLE:
                    counts[key] = counts.get(key, 0) + len(entries)
        for key in counts.keys() & self.others.keys():
            counts[key] -= sum(isinstance(entry.resource, Patient) for entry in self.others[key])
        return counts


def _by_subject(observations: Iterable[Entry]) -> dict[bytes, list[Entry]]:
    """Return Observations by their subject as sent; neighbours mostly have the same."""
    subjects: dict[bytes, list[Entry]] = {}
    last: bytes | None = None
    found: list[Entry] = []
    for entry in observations:
        raw = bytes(entry.resource.subject)  # type: ignore[union-attr]
        if raw != last:
            last, found = raw, subjects.setdefault(raw, [])
        found.append(entry)
    return subjects


def _of_subject(raw: bytes, references: References) -> str | None:
    try:
        return references.patient_of(subject_in(raw))
    except UnreadableError:
        return UNREADABLE


def mine(owners: Owners, wanted: str | None, alone: bool, same: frozenset[str]) -> tuple[list[Entry], list[Entry], int]:
    """Return the patient's resources and Observations, and how many are somebody else's."""
    theirs = {wanted, *same, *((None,) if alone else ())}
    others = [entry for key, entries in owners.others.items() if key in theirs for entry in entries]
    foreign = sum(len(entries) for key, entries in owners.others.items() if key not in theirs)
    theirs.add(UNREADABLE)
    observations = [entry for key, entries in owners.observations.items() if key in theirs for entry in entries]
    foreign += sum(len(entries) for key, entries in owners.observations.items() if key not in theirs)
    return [*owners.products, *others], observations, foreign


def wanted_patient(subject: str | None, counts: dict[str, int], references: References) -> str | None:
    """Return the patient to read: the one asked for, else one that has a Patient resource, else whom most resources are about."""
    if subject:
        name = normal_reference(subject)
        if "/" not in name and not name.startswith("urn:"):
            name = f"Patient/{name}"
        return references.known_patient(name)
    if references.patients:
        counts = {name: number for name, number in counts.items() if name in references.patients}
    return min(counts, key=lambda name: (-counts[name], name.startswith(BY_IDENTIFIER), name), default=None)


def others_of(wanted: str | None, counts: dict[str, int], references: References) -> tuple[bool, frozenset[str]]:
    """Tell whether a resource without a readable subject can only be the wanted patient's, and which other names are theirs too.

    It can when the only Patient resource is theirs; without any, when nobody else is referred to. An identifier is the same person's as
    a reference when the chart knows no second of either.
    """
    if references.patients:
        return references.patients == {wanted}, frozenset()
    named = {name for name in counts if not name.startswith(BY_IDENTIFIER)}
    identified = {name for name in counts if name.startswith(BY_IDENTIFIER)}
    if len(identified) == 1 and len(named | ({wanted} - identified - {None})) <= 1:
        return True, frozenset(identified | named)
    return set(counts) <= {wanted}, frozenset()
