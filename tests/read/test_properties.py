"""What must hold for any chart: order, copies, ways of referring and wrapping change nothing; a broken resource breaks nothing else."""

from __future__ import annotations

import os
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fhir_mappings.read import entries_of, prepare, read_bundles, read_chart, read_record
from fhir_mappings.record import PatientRecord
from tests.read.charts import CHART, EXPECTED, read, with_references
from tests.read.support import PATIENT, bundle_of, cases, resources_of

DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
SETTINGS = settings(max_examples=40 * DEEP, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(st.permutations(range(len(CHART))))
def test_order_changes_nothing(order: list[int]) -> None:
    assert read([CHART[position] for position in order]) == EXPECTED


@SETTINGS
@given(st.lists(st.sampled_from(range(len(CHART))), min_size=1, max_size=30))
def test_copies_change_nothing(again: list[int]) -> None:
    assert read([*CHART, *(CHART[position] for position in again)]) == EXPECTED


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
    def absolute(text: str) -> str:
        return text if text.startswith(("#", "http", "urn:")) else f"{base}{text}/_history/3"

    assert read(with_references(CHART, absolute)) == EXPECTED


def test_urn_references_read_like_relative_ones() -> None:
    urns = {f"{one['resourceType']}/{one['id']}": f"urn:uuid:{number:032X}" for number, one in enumerate(CHART)}
    moved = with_references(CHART, lambda text: urns.get(text, text))
    entries = [
        {"fullUrl": urns[f"{one['resourceType']}/{one['id']}"].lower(), "resource": changed}
        for one, changed in zip(CHART, moved, strict=True)
    ]
    assert read_bundles({"resourceType": "Bundle", "type": "transaction", "entry": entries})[PATIENT] == EXPECTED


@SETTINGS
@given(st.integers(1, 12), st.sampled_from(["searchset", "batch", "collection"]))
def test_pages_read_like_one_bundle(size: int, kind: str) -> None:
    step = max(1, len(CHART) // size)
    pages = [bundle_of(CHART[start : start + step], kind) for start in range(0, len(CHART), step)]
    assert read_bundles([msgspec.json.encode(page) for page in pages])[PATIENT] == EXPECTED
    # A page with a bad entry is read entry by entry.
    broken = [{**page, "entry": [*page["entry"], None, {"resource": {"resourceType": "Nonsense"}}]} for page in pages]
    assert read_bundles([msgspec.json.encode(page) for page in broken])[PATIENT] == EXPECTED


def test_a_bare_list_reads_like_a_bundle() -> None:
    assert read_bundles(msgspec.json.encode(CHART))[PATIENT] == EXPECTED
    assert read_bundles(msgspec.json.encode([{"resource": one} for one in CHART]))[PATIENT] == EXPECTED


def _anonymous(record: PatientRecord) -> dict[str, Any]:
    """Return the facts of a record without the names of their resources, in an order of their own."""
    found: dict[str, Any] = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if isinstance(value, tuple):
            named = [replace(one, **{key: "" for key in ("ref", "resource") if hasattr(one, key)}) for one in value]
            found[name] = sorted(named, key=repr)
        else:
            found[name] = value
    return found


@SETTINGS
@given(st.randoms(use_true_random=False))
def test_other_ids_change_only_references(random: Random) -> None:
    ids = list(range(len(CHART)))
    random.shuffle(ids)
    names = {
        f"{one['resourceType']}/{one['id']}": f"{one['resourceType']}/n{ids[number]}"
        for number, one in enumerate(CHART)
        if one["resourceType"] != "Patient"
    }
    renamed = [
        {**one, "id": names.get(f"{one['resourceType']}/{one['id']}", f"/{one['id']}").partition("/")[2]}
        for one in CHART
    ]
    assert _anonymous(read(with_references(renamed, lambda text: names.get(text, text)))) == _anonymous(EXPECTED)


SMALL = [
    (name, position)
    for name, case in cases()
    for position, one in enumerate(case["given"])
    if isinstance(one, dict) and len([other for other in case["given"] if isinstance(other, dict)]) > 1
]
CASES = dict(cases())


@pytest.mark.parametrize(("name", "position"), SMALL)
def test_a_deleted_resource_adds_no_fact(name: str, position: int) -> None:
    """Unless it negated, ended, corrected or repeated another, or said what another is about."""
    resources = resources_of(CASES[name])
    gone = resources[position]
    rest = [one for one in resources if one is not gone]
    patient = [] if any(isinstance(one, dict) and one["resourceType"] == "Patient" for one in rest) else [CHART[0]]
    if _speaks_of_others(gone, rest):
        return
    before, after = _anonymous(read([*resources, *patient])), _anonymous(read([*rest, *patient]))
    for collection, facts in after.items():
        if isinstance(facts, list) and collection not in {"quality", "excluded"}:
            left = list(before[collection])
            for fact in facts:
                assert fact in left, f"{collection}: {fact} is new"
                left.remove(fact)


def _speaks_of_others(gone: dict[str, Any], rest: list[Any]) -> bool:
    others = [one for one in rest if isinstance(one, dict)]
    referred = any(f"{gone['resourceType']}/{gone['id']}" in msgspec.json.encode(one).decode() for one in others)
    # The same result again, a band, a correction: values of one day are read together.
    together = gone["resourceType"] == "Observation" and any(one["resourceType"] == "Observation" for one in others)
    return (
        referred
        or together
        or gone["resourceType"] in {"Patient", "AdverseEvent"}
        or bool(gone.get("partOf"))
        or any(one.get("id") == gone["id"] and one["resourceType"] == gone["resourceType"] for one in others)
    )


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
    expected = read(named)
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
    assert read(CHART) == EXPECTED


def test_patients_by_identifier_only_are_kept_apart() -> None:
    def condition(number: str, text: str) -> dict[str, Any]:
        subject = {"identifier": {"system": "urn:registry", "value": number}}
        return {"resourceType": "Condition", "id": f"c{number}", "subject": subject, "code": {"text": text}}

    both = read_bundles(bundle_of([condition("1", "Multiple myeloma"), condition("2", "MGUS")]))
    assert [[problem.concept for problem in record.problems] for record in both.values()] == [
        ["multiple_myeloma"],
        ["mgus"],
    ]
    one = read_bundles(bundle_of([condition("1", "Multiple myeloma"), {**condition("1", "MGUS"), "id": "c3"}]))
    assert [len(record.problems) for record in one.values()] == [2]
    masked = {"resourceType": "Condition", "id": "c4", "subject": {"display": "masked"}, "code": {"text": "MGUS"}}
    assert not any(
        problem.ref == "Condition/c4"
        for record in read_bundles(
            bundle_of([condition("1", "Multiple myeloma"), condition("2", "MGUS"), masked])
        ).values()
        for problem in record.problems
    )


def test_an_identifier_and_a_reference_can_be_one_person() -> None:
    named = {
        "resourceType": "Condition",
        "id": "a",
        "subject": {"reference": PATIENT},
        "code": {"text": "Multiple myeloma"},
    }
    other = {
        "resourceType": "Condition",
        "id": "b",
        "subject": {"identifier": {"value": "7"}},
        "code": {"text": "MGUS"},
    }
    assert len(read_record(bundle_of([named, other]), PATIENT).problems) == 2
    patient = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:mrn", "value": "8"}]}
    foreign = {**other, "subject": {"identifier": {"system": "urn:mrn", "value": "7"}}}
    assert len(read_record(bundle_of([patient, named, foreign]), PATIENT).problems) == 1


def test_an_observation_without_a_readable_subject_is_named_when_it_would_have_mattered() -> None:
    quantity = {"value": 21, "unit": "g/L"}
    result = {"resourceType": "Observation", "id": "o", "status": "final", "subject": 5, "effectiveDateTime": "2024-01-01",
              "code": {"text": "Serum M-protein"}, "valueQuantity": quantity}  # fmt: skip
    record = read_record(bundle_of([CHART[0], result]), PATIENT)
    assert not record.labs
    assert [(note.resource, note.severity) for note in record.quality] == [("Observation/o", "error")]
    quiet = read_record(bundle_of([CHART[0], {**result, "code": {"text": "Potassium"}}]), PATIENT)
    assert quiet.quality == ()


def test_a_newer_version_of_a_result_counts_whatever_its_code() -> None:
    old = {"resourceType": "Observation", "id": "o", "meta": {"versionId": "1"}, "status": "final", "subject": {"reference": PATIENT},
           "effectiveDateTime": "2024-01-01", "code": {"text": "Hemoglobin"}, "valueQuantity": {"value": 11, "unit": "g/dL"}}  # fmt: skip
    new = {**old, "meta": {"versionId": "2"}, "code": {"text": "Potassium"}}
    for order in ([old, new], [new, old]):
        assert not read_record(bundle_of(order), PATIENT).labs
