"""A resource that is damaged in any way never breaks the reading, and never changes a fact of another resource.

Every variant is one resource of the case files with one to three fields replaced by null, a wrong type, garbage, deep nesting or a long
string, between healthy neighbours. The seed of a variant is its number: a failure names it.
"""

from __future__ import annotations

import copy
import os
from random import Random
from typing import Any

import msgspec
import pytest

from fhir_mappings.read import read_record
from fhir_mappings.record import PatientRecord
from tests.read.support import PATIENT, cases, resources_of

DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
VARIANTS = 20_000 * DEEP
CHUNKS = 20

_ABOUT = {"reference": PATIENT}
NEIGHBOURS: list[dict[str, Any]] = [
    {"resourceType": "Patient", "id": "p1", "birthDate": "1957-03-01", "gender": "female"},
    {"resourceType": "Condition", "id": "n1", "subject": _ABOUT, "code": {"text": "Multiple myeloma"}, "onsetDateTime": "1999"},
    {"resourceType": "Medication", "id": "n2", "code": {"text": "Lenalidomide"}},
    {"resourceType": "MedicationStatement", "id": "n3", "subject": _ABOUT, "status": "completed",
     "medicationReference": {"reference": "Medication/n2"}, "reasonReference": [{"reference": "Condition/n1"}],
     "effectivePeriod": {"start": "1999-02-01", "end": "1999-08-01"}},
    {"resourceType": "MedicationRequest", "id": "n4", "subject": _ABOUT, "status": "active", "intent": "order",
     "medicationCodeableConcept": {"text": "Aciclovir"}, "authoredOn": "1999-02-01"},
    {"resourceType": "Observation", "id": "n5", "subject": _ABOUT, "status": "final", "code": {"text": "Serum M-protein"},
     "effectiveDateTime": "1999-02-01", "valueQuantity": {"value": 21, "unit": "g/L"}},
    {"resourceType": "Procedure", "id": "n6", "subject": _ABOUT, "status": "completed", "code": {"text": "ASCT"},
     "performedDateTime": "1999-09-01"},
    {"resourceType": "DiagnosticReport", "id": "n7", "subject": _ABOUT, "status": "final", "code": {"text": "FISH"},
     "effectiveDateTime": "1999-02-01", "conclusion": "t(11;14) detected in 42%"},
    {"resourceType": "AllergyIntolerance", "id": "n8", "patient": _ABOUT, "code": {"text": "Bortezomib"},
     "reaction": [{"manifestation": [{"text": "Rash"}]}]},
]  # fmt: skip

_HOLE = "@@hole@@"
_DAMAGE: tuple[bytes, ...] = (
    b"[" * 3000 + b"]" * 3000,
    b'{"extension":' * 400 + b"null" + b"}" * 400,
    b'{"coding":[' * 70 + b"1" + b"]}" * 70,
    b'"' + b"myeloma " * 6000 + b'"',
    b'"' + b"x" * 60_000 + b'"',
    b'"' + b"refractory to " * 1500 + b'"',
    b'"\\ud800"',
    b'"\xff\xfe"',
    b'"\\u0000"',
    b"1e400",
    b"-1e-400",
    b"123456789012345678901234567890",
)
_SCRAPS: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 3.5, 1e15, "", " ", "x", "2024-13-45", "9999-99-99", "0001-01-01", "2024-02-30T25:61:61Z", "#", "#x",
    "Patient/", "urn:uuid:", "<html>", "NaN", "refractory to lenalidomide", "del(17p)", [], {}, [[]], [None], [{}], {"coding": None},
    {"coding": [None]}, {"coding": [{"code": 5}]}, {"coding": {"code": "C90.00"}}, {"text": 5}, {"text": ["a"]}, {"value": "1,5"},
    {"value": None}, {"value": {}}, {"start": 5}, {"start": "2024", "end": "1990"}, {"reference": 5}, {"reference": "#"},
    {"reference": {"reference": {}}}, {"concept": {"text": "Lenalidomide"}}, {"display": 3}, {"resourceType": "Bundle"}, "entered-in-error",
)  # fmt: skip


def _sample() -> list[dict[str, Any]]:
    found = [one for _, case in cases() for one in resources_of(case) if isinstance(one, dict)]
    return [{**one, "id": "broken"} for one in found if one["resourceType"] not in {"Patient", "Wormhole"}]


SAMPLE = _sample()
_QUIET = [msgspec.json.encode({"resource": one}) for one in NEIGHBOURS]


def _paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [prefix] if prefix else []
    if isinstance(value, dict):
        for key, one in value.items():
            if prefix or key not in {"resourceType", "id"}:
                found += _paths(one, (*prefix, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            found += _paths(one, (*prefix, index))
    return found


def _mutated(random: Random) -> tuple[str, bytes]:
    """Return the name of a resource and the resource with some fields replaced."""
    broken = copy.deepcopy(random.choice(SAMPLE))
    holes: list[bytes] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        paths = _paths(broken)
        path = random.choice(paths)
        target: Any = broken
        for step in path[:-1]:
            target = target[step]
        if random.random() < 0.15:
            target[path[-1]] = _HOLE
            holes.append(random.choice(_DAMAGE))
        elif random.random() < 0.2:
            target[path[-1]] = [target[path[-1]], copy.deepcopy(random.choice(_SCRAPS))]
        else:
            target[path[-1]] = copy.deepcopy(random.choice(_SCRAPS))
    if random.random() < 0.1:
        broken[random.choice(("contained", "extension", "meta", "text", "component", "note", "medication"))] = (
            copy.deepcopy(random.choice(_SCRAPS))
        )
    body = msgspec.json.encode(broken)
    for damage in holes:
        body = body.replace(f'"{_HOLE}"'.encode(), damage, 1)
    return f"{broken['resourceType']}/broken", body


def _others(record: PatientRecord, ref: str) -> dict[str, Any]:
    """Return the facts of a record that do not come from one resource."""
    facts: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple):
            value = [one for one in value if ref not in {getattr(one, "ref", None), getattr(one, "resource", None)}]
            if name == "quality":
                value = [note for note in value if note.resource not in {"Bundle", ref.partition("/")[0]}]
        facts[name] = value
    return facts


def _read(entries: list[bytes]) -> PatientRecord:
    return read_record(b'{"resourceType":"Bundle","entry":[' + b",".join(entries) + b"]}", PATIENT)


ALONE = _others(_read(_QUIET), "")


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_broken_resource_changes_no_other_fact(chunk: int) -> None:
    for seed in range(chunk, VARIANTS, CHUNKS):
        random = Random(seed)
        ref, body = _mutated(random)
        entry = b'{"resource":' + body + b"}" if random.random() < 0.8 else body
        entries = [*_QUIET]
        entries.insert(random.randrange(len(entries) + 1), entry)
        facts = _others(_read(entries), ref)
        assert facts == ALONE, f"seed {seed}: {body[:500]!r}"


def test_every_kind_of_damage_costs_only_its_resource() -> None:
    for damage in _DAMAGE:
        for field in ("status", "subject", "code", "valueQuantity", "text"):
            body = b'{"resourceType":"Observation","id":"broken","%s":%s}' % (field.encode(), damage)
            record = _read([*_QUIET, b'{"resource":' + body + b"}"])
            assert _others(record, "Observation/broken") == ALONE, (field, damage[:20])
