"""From resources to one `PatientRecord`: whose each resource is, one fact per thing, always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from fhir_mappings.read.allergies import read_adverse_event, read_allergy
from fhir_mappings.read.conditions import read_condition
from fhir_mappings.read.decode import entries_of
from fhir_mappings.read.entries import Entries, Entry
from fhir_mappings.read.facts import Facts, first_date
from fhir_mappings.read.medications import read_drug, stopped_for_harm
from fhir_mappings.read.merging import day_key, in_order, one_value_each
from fhir_mappings.read.observation_types import SentObservation
from fhir_mappings.read.observations import could_matter, read_sent
from fhir_mappings.read.plan_types import (
    CarePlan,
    EpisodeOfCare,
    Flag,
    RequestGroup,
    RequestOrchestration,
    ResearchSubject,
)
from fhir_mappings.read.plans import (
    read_care_plan,
    read_episode,
    read_flag,
    read_report,
    read_request_group,
    read_research_subject,
)
from fhir_mappings.read.procedures import procedure_names, read_procedure
from fhir_mappings.read.references import References, reference_of
from fhir_mappings.read.resource_base import Resource
from fhir_mappings.read.resources import (
    DRUG_TYPES,
    AdverseEvent,
    AllergyIntolerance,
    Condition,
    DiagnosticReport,
    Medication,
    Patient,
    Procedure,
)
from fhir_mappings.read.selection import Owners, Pool, mine, others_of, wanted_patient
from fhir_mappings.record import PatientRecord, QualityNote

UNKNOWN_PATIENT = "Patient/unknown"


class Reading(Struct, frozen=True):
    """A patient's record, and what the reading of it left behind.

    `dropped` counts resources of another subject; `types` are the resource types that were read for this patient.
    """

    record: PatientRecord
    dropped: int = 0
    types: frozenset[str] = frozenset()


def read_record(
    resources: object,
    subject: str | None = None,
    *,
    included: object = None,
    drugs_looked_for: bool = False,
) -> PatientRecord:
    """Return the record of one patient; see `read_chart`."""
    return read_chart(resources, subject, included=included, drugs_looked_for=drugs_looked_for).record


def read_chart(
    resources: object,
    subject: str | None = None,
    *,
    included: object = None,
    drugs_looked_for: bool = False,
) -> Reading:
    """Read everything about one patient.

    `resources` is what `entries_of` accepts or gives, or an iterable of these. `subject` is the patient (`p1` or `Patient/p1`): resources
    of anyone else are dropped and counted. Without it the patient is the one that has a Patient resource, else the one that most
    resources are about. `included` are resources that may be referred to (medications). `drugs_looked_for`: an empty search for drugs
    was made, so that having none means something.
    """
    bodies = _gather(resources)
    extra = _gather(included) if included is not None else []
    pool = Pool.of(entry for body in bodies for entry in body.entries)
    support = Pool.of(entry for body in extra for entry in body.entries)
    references = References.of([*pool.others.values(), *support.others.values()])
    owners = Owners.of(pool, references)
    counts = owners.patients(references)
    wanted = wanted_patient(subject, counts, references)
    alone, same = others_of(wanted, counts, references)
    notes = tuple(note for body in bodies for note in body.notes)
    looked = drugs_looked_for or any(body.drugs_looked_for for body in bodies)
    return _read(wanted or UNKNOWN_PATIENT, mine(owners, wanted, alone, same), references, notes, looked)


def read_bundles(body: object) -> dict[str, PatientRecord]:
    """Return the record of every patient in a body (or in several), by patient reference, in order."""
    bodies = _gather(body)
    pool = Pool.of(entry for one in bodies for entry in one.entries)
    references = References.of(pool.others.values())
    owners = Owners.of(pool, references)
    counts = owners.patients(references)
    wanted = wanted_patient(None, counts, references)
    alone, same = others_of(wanted, counts, references)
    names = sorted(({*counts} - same) | {wanted} if wanted else counts)
    if not names and (pool.others or pool.observations):
        names = [UNKNOWN_PATIENT]
    notes = tuple(note for one in bodies for note in one.notes)
    looked = any(one.drugs_looked_for for one in bodies)
    records: dict[str, PatientRecord] = {}
    for name in names:
        key = name if counts else None
        alone, same = others_of(key, counts, references)
        found = mine(owners, key, alone, same if key == wanted else frozenset())
        records[name] = _read(name, found, references, notes, looked and len(names) == 1, dropped=False).record
    return records


def _gather(value: object) -> list[Entries]:
    """Return the bodies of a value: one body, entries, or an iterable of either."""
    if isinstance(value, Entries):
        return [value]
    if value is None or isinstance(value, (bytes, bytearray, str, memoryview, msgspec.Raw, Mapping)):
        return [entries_of(value)]
    if isinstance(value, Entry):
        return [Entries((value,), seen=frozenset({value.resource.kind}))]
    if isinstance(value, (Resource, SentObservation)):
        return [Entries((Entry(value),), seen=frozenset({value.kind}))]
    if isinstance(value, Iterable):
        return [body for one in value for body in _gather(one)]
    return [entries_of(value)]


_READERS: dict[type, Callable[[Any, str, Facts], None]] = {
    Condition: read_condition,
    **dict.fromkeys(DRUG_TYPES, read_drug),
    AllergyIntolerance: read_allergy,
    AdverseEvent: read_adverse_event,
    DiagnosticReport: read_report,
    Flag: read_flag,
    CarePlan: read_care_plan,
    RequestGroup: read_request_group,
    RequestOrchestration: read_request_group,
    EpisodeOfCare: read_episode,
    ResearchSubject: read_research_subject,
}


def _read(
    name: str,
    found: tuple[list[Entry], list[Entry], int],
    references: References,
    notes: tuple[QualityNote, ...],
    looked: bool,
    *,
    dropped: bool = True,
) -> Reading:
    entries, observations, foreign = found
    facts = Facts(references)
    facts.quality.extend(notes)
    patients = [entry.resource for entry in entries if isinstance(entry.resource, Patient)]
    for entry in entries:
        ref = reference_of(entry)
        for note in entry.notes:
            facts.warn(ref, note)
        if reader := _READERS.get(type(entry.resource)):
            reader(entry.resource, ref, facts)
    # Regimens that come as procedures: after the drugs that are part of them.
    for entry in entries:
        if isinstance(entry.resource, Procedure):
            ref = reference_of(entry)
            read_procedure(entry.resource, ref, procedure_names(ref, entry.full_url), facts)
    stopped_for_harm(facts)
    for entry in observations:
        if type(entry.resource) is SentObservation and could_matter(entry.resource):
            read_sent(entry.resource, reference_of(entry), facts)
    if foreign and dropped:
        facts.quality.append(
            QualityNote(
                "warning", "Bundle", f"{foreign} resource{'s' if foreign > 1 else ''} of another subject not used"
            )
        )
    kinds = {entry.resource.kind for entry in entries if not isinstance(entry.resource, Medication)}
    seen = looked or any(isinstance(entry.resource, DRUG_TYPES) for entry in entries)
    return Reading(
        _record(name, patients, facts, seen),
        foreign if dropped else 0,
        frozenset(kinds | ({"Observation"} if observations else set())),
    )


def _record(name: str, patients: list[Patient], facts: Facts, seen: bool) -> PatientRecord:
    birth = first_date(*sorted(patient.birth_date for patient in patients if patient.birth_date))
    return PatientRecord(
        patient=name,
        birth_date=birth,
        sex=_sex(patients),
        deceased=any(patient.deceased_boolean or patient.deceased_date_time for patient in patients),
        death=first_date(*sorted(patient.deceased_date_time for patient in patients if patient.deceased_date_time)),
        drugs=in_order(facts.drugs, lambda one: (day_key(one.start), one.agent, one.ref)),
        events=in_order(facts.events, lambda one: (day_key(one.date), one.kind, one.ref)),
        labs=one_value_each(facts.labs, facts.steps),
        qualitative=in_order(facts.qualitative, lambda one: (day_key(one.date), one.concept, one.ref)),
        genomics=in_order(facts.genomics, lambda one: (day_key(one.date), one.name, one.ref)),
        statements=in_order(facts.statements, lambda one: (day_key(one.date), one.value, one.ref)),
        refractory_statements=in_order(
            facts.refractory_statements, lambda one: (day_key(one.date), one.target, one.ref)
        ),
        stated_lines=in_order(facts.stated_lines, lambda one: (day_key(one.date), one.number, one.ref)),
        problems=in_order(facts.problems, lambda one: (day_key(one.onset), one.concept, one.ref)),
        reactions=in_order(facts.reactions, lambda one: (day_key(one.date), one.agent, one.ref)),
        supportive=in_order(facts.supportive, lambda one: (day_key(one.start), one.agent, one.ref)),
        facts=in_order(facts.facts, lambda one: (day_key(one.date), one.name, one.ref)),
        excluded=in_order(facts.excluded, lambda one: (one.resource, one.reason, one.about or "")),
        quality=in_order(facts.quality, lambda one: (one.resource, one.severity, one.issue)),
        drug_resources_seen=seen,
    )


def _sex(patients: list[Patient]) -> Literal["female", "male", "other", "unknown"]:
    for word in sorted((patient.gender or "").strip().lower() for patient in patients):
        if word in {"female", "male", "other"}:
            return word  # type: ignore[return-value]
    return "unknown"
