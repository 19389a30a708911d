"""What must hold for any chart: order, copies, ways of referring and wrapping change nothing; a broken resource breaks nothing else."""

from __future__ import annotations

import copy
import os
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhir_mappings.read import entries_of, prepare, read_bundles, read_chart, read_record
from fhir_mappings.record import PatientRecord
from tests.read.support import PATIENT, bundle_of, cases, resources_of

DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
SETTINGS = settings(max_examples=40 * DEEP, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _chart() -> list[Any]:
    """Return one large chart: every case together, ids made unique."""
    found: list[Any] = [{"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1957-03-01"}]
    for position, (_, case) in enumerate(cases()):
        renamed: dict[str, str] = {}
        for one in resources_of(case):
            if isinstance(one, dict) and one["resourceType"] not in {"Patient", "Wormhole"}:
                renamed[f"{one['resourceType']}/{one['id']}"] = f"{one['resourceType']}/{position}-{one['id']}"
                found.append({**copy.deepcopy(one), "id": f"{position}-{one['id']}"})
        for resource in found:
            _rename(resource, renamed)
    return found


def _rename(value: Any, renamed: dict[str, str]) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            value["reference"] = renamed.get(value["reference"], value["reference"])
        for one in value.values():
            _rename(one, renamed)
    elif isinstance(value, list):
        for one in value:
            _rename(one, renamed)


CHART = _chart()


def _read(resources: list[Any], kind: str = "collection") -> PatientRecord:
    return read_bundles(msgspec.json.encode(bundle_of(resources, kind)))[PATIENT]


EXPECTED = _read(CHART)


@SETTINGS
@given(st.permutations(range(len(CHART))))
def test_order_changes_nothing(order: list[int]) -> None:
    assert _read([CHART[position] for position in order]) == EXPECTED


@SETTINGS
@given(st.lists(st.sampled_from(range(len(CHART))), min_size=1, max_size=30))
def test_copies_change_nothing(again: list[int]) -> None:
    assert _read([*CHART, *(CHART[position] for position in again)]) == EXPECTED


@SETTINGS
@given(st.sampled_from(["searchset", "transaction", "batch", "document", "history"]), st.integers(1, 9))
def test_wrapping_changes_nothing(kind: str, parts: int) -> None:
    inner = [bundle_of(CHART[start::parts], kind) for start in range(parts)]
    assert read_bundles(msgspec.json.encode(inner))[PATIENT] == EXPECTED
    assert (
        read_bundles(msgspec.json.encode({"resourceType": "Bundle", "entry": [{"resource": one} for one in inner]}))[
            PATIENT
        ]
        == EXPECTED
    )
    assert read_bundles([entries_of(one) for one in inner])[PATIENT] == EXPECTED
    assert read_bundles(b"\n".join(msgspec.json.encode(one) for one in CHART))[PATIENT] == EXPECTED


@pytest.mark.parametrize("base", ["https://ehr.example/fhir/", "http://other.example/r4/"])
def test_absolute_references_read_like_relative_ones(base: str) -> None:
    moved = copy.deepcopy(CHART)

    def absolute(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("reference"), str) and not value["reference"].startswith(("#", "http", "urn:")):
                value["reference"] = base + value["reference"] + "/_history/3"
            for one in value.values():
                absolute(one)
        elif isinstance(value, list):
            for one in value:
                absolute(one)

    absolute(moved)
    assert _read(moved) == EXPECTED


def test_urn_references_to_resources_without_id() -> None:
    patient = {"fullUrl": "urn:uuid:0F", "resource": {"resourceType": "Patient", "gender": "male"}}
    drug = {
        "fullUrl": "urn:uuid:0e",
        "resource": {
            "resourceType": "MedicationStatement",
            "status": "active",
            "subject": {"reference": "urn:uuid:0f"},
            "medicationReference": {"reference": "urn:uuid:0d"},
        },
    }
    product = {"fullUrl": "urn:uuid:0d", "resource": {"resourceType": "Medication", "code": {"text": "Velcade"}}}
    records = read_bundles({"resourceType": "Bundle", "entry": [drug, product, patient]})
    (record,) = records.values()
    assert record.patient == "urn:uuid:0F"
    assert [(one.ref, one.agent) for one in record.drugs] == [("urn:uuid:0e", "bortezomib")]


_SCRAP = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["coding", "text", "value", "start", "reference", "code", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def _paths(value: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [prefix] if prefix else []
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in {"resourceType", "id"}:
                found += _paths(one, (*prefix, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            found += _paths(one, (*prefix, index))
    return found


def _without(record: PatientRecord, ref: str) -> dict[str, Any]:
    """Return the facts of a record that do not come from one resource."""
    facts: dict[str, Any] = {}
    for name in record.__slots__:
        value = getattr(record, name)
        if isinstance(value, tuple):
            facts[name] = [
                one for one in value if ref not in {getattr(one, "ref", None), getattr(one, "resource", None)}
            ]
    return facts


@settings(max_examples=300 * DEEP, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_broken_resource_changes_no_other_fact(data: st.DataObject) -> None:
    sample = CHART[1:]
    position = data.draw(st.sampled_from(range(len(sample))))
    broken = copy.deepcopy(sample[position])
    path = data.draw(st.sampled_from(_paths(broken)))
    target = broken
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = data.draw(_SCRAP)
    ref = f"{broken['resourceType']}/{broken['id']}"
    # What others say about this resource (a drug's indication, an event's cause) may change; a neighbourhood that nobody refers to may not.
    others = [
        one for one in sample if one is not sample[position] and broken["id"] not in msgspec.json.encode(one).decode()
    ]
    # Values of one day are compared with each other, and a regimen leaves out the drugs that are recorded as its parts.
    related = {"Observation": "Observation", "MedicationStatement": "Procedure"}.get(broken["resourceType"])
    quiet = [one for one in others if one["resourceType"] != related]
    with_broken = read_record(bundle_of([CHART[0], *quiet, broken]), PATIENT)
    alone = read_record(bundle_of([CHART[0], *quiet]), PATIENT)
    left, right = _without(with_broken, ref), _without(alone, ref)
    for one in (left, right):
        one["quality"] = [note for note in one["quality"] if note.resource not in {"Bundle", broken["resourceType"]}]
    assert left == right


@SETTINGS
@given(st.binary(max_size=200) | st.text(max_size=200) | _SCRAP)
def test_no_body_crashes(body: Any) -> None:
    found = entries_of(body)
    assert isinstance(found.entries, tuple)
    read_bundles(body)


def test_cut_bodies_fail_softly() -> None:
    body = msgspec.json.encode(bundle_of(CHART))
    for end in range(0, len(body), 997):
        found = entries_of(body[:end])
        assert found.failed
        assert not found.entries


def test_resources_of_another_subject_are_dropped_and_counted() -> None:
    named = [one for one in CHART if "reference" in one.get("subject", {"reference": ""})]
    other = {
        "resourceType": "Condition",
        "id": "z",
        "subject": {"reference": "Patient/other"},
        "code": {"text": "Myeloma"},
    }
    reading = read_chart(bundle_of([*named, other]), "p1")
    expected = _read(named)
    assert reading.dropped == 1
    assert replace(reading.record, quality=expected.quality) == expected
    stranger = read_chart(bundle_of(named), "12345")
    unreadable = 1
    assert stranger.dropped == len([one for one in named if one["resourceType"] != "Medication"]) - unreadable
    assert not stranger.record.drugs


def test_several_patients() -> None:
    two = [
        {
            "resourceType": "Condition",
            "id": "a",
            "subject": {"reference": "Patient/b"},
            "code": {"text": "Multiple myeloma"},
        },
        {"resourceType": "Condition", "id": "b", "subject": {"reference": "Patient/a"}, "code": {"text": "MGUS"}},
    ]
    records = read_bundles(bundle_of(two))
    assert list(records) == ["Patient/a", "Patient/b"]
    assert [problem.concept for problem in records["Patient/a"].problems] == ["mgus"]


def test_failed_searches_and_empty_ones() -> None:
    warning = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}
    error = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    nothing = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": warning, "search": {"mode": "outcome"}}],
    }
    links = [
        {"relation": "self", "url": "https://ehr.example/fhir/MedicationStatement?patient=1"},
        {"relation": "next", "url": "https://ehr.example/fhir?page=2"},
    ]
    assert entries_of(error).failed
    assert entries_of(nothing).failed is None
    assert entries_of(nothing).entries == ()
    assert entries_of("<html>Please log in</html>").failed
    paged = entries_of({"resourceType": "Bundle", "type": "searchset", "link": links})
    assert paged.truncated
    assert paged.drugs_looked_for
    assert entries_of(None).failed is None


def test_drug_resources_seen() -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": PATIENT},
        "code": {"text": "Multiple myeloma"},
    }
    metformin = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "active",
        "subject": {"reference": PATIENT},
        "medicationCodeableConcept": {"text": "metformin"},
    }
    assert not read_record(bundle_of([condition])).drug_resources_seen
    assert read_record(bundle_of([condition]), drugs_looked_for=True).drug_resources_seen
    assert read_record(bundle_of([condition, metformin])).drug_resources_seen


def test_newest_version_counts() -> None:
    old = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "meta": {"lastUpdated": "2023-01-01T00:00:00Z"},
        "status": "active",
        "subject": {"reference": PATIENT},
        "medicationCodeableConcept": {"text": "bortezomib"},
    }
    new = {**old, "meta": {"lastUpdated": "2024-01-01T00:00:00Z"}, "status": "entered-in-error"}
    for order in ([old, new], [new, old]):
        assert not read_record(bundle_of(order)).drugs


def test_prepare_builds_the_tables_and_changes_nothing() -> None:
    prepare()
    assert _read(CHART) == EXPECTED
