"""Whose a line is: every form of a reference, nested members that mislead, damage, bundles."""

import orjson
import pytest

from cds_service.cohort.owner import key_of, sort_line

UUID = "0A1B2C3D-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("reference", "key"),
    [
        ("Patient/p1", "p1"),
        ("https://fhir.example.org/r4/Patient/p1", "p1"),
        ("https://fhir.example.org/r4/Patient/p1/_history/3", "p1"),
        ("p1", "p1"),
        (f"urn:uuid:{UUID}", UUID.lower()),
        (f"Patient/{UUID}", UUID.lower()),
        ("urn:oid:1.2.3", "1.2.3"),
        ("Group/g1", None),
        ("Patient?identifier=x|1", None),
        ("#contained", None),
    ],
)
def test_key_of(reference: str, key: str | None) -> None:
    assert key_of(reference) == key


def one(resource: object) -> tuple[str, str]:
    (found,) = sort_line(resource if isinstance(resource, bytes) else orjson.dumps(resource))
    return found.place, found.key


@pytest.mark.parametrize("member", ["subject", "patient", "individual"])
def test_members_that_name_the_patient(member: str) -> None:
    assert one({"resourceType": "Flag", member: {"reference": "Patient/p1"}}) == ("patient", "p1")


def test_contained_resources_and_words_do_not_mislead() -> None:
    line = {
        "contained": [{"resourceType": "Patient", "id": "no", "subject": {"reference": "Patient/no"}}],
        "note": [{"text": '"subject": {"reference": "Patient/no"}'}],
        "resourceType": "Condition",
        "subject": {"reference": "Patient/yes"},
    }
    assert one(line) == ("patient", "yes")


@pytest.mark.parametrize(
    "line",
    [
        b'{"resourceType":"Condition","code":{"text":"caf\xe9"},"subject":{"reference":"Patient/p1"}}',
        b'{"resourceType":"Condition","id":7,"subject":{"reference":"Patient/p1"}}',
        b'{"resourceType":"Condition","subject":[{"reference":"Patient/p1"}]}',
        b'{"resourceType":"Condition","subject":"Patient/p1"}',
        b'{"resourceType":"Condition","extension":'
        + b"[" * 3000
        + b"]" * 3000
        + b',"subject":{"reference":"Patient/p1"}}',
    ],
    ids=["latin-1", "numeric id", "list", "text", "deep"],
)
def test_damaged_lines_still_find_their_patient(line: bytes) -> None:
    assert one(line) == ("patient", "p1")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"resourceType":"Condition"', "not well-formed JSON"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"hook":"patient-view"}', "no resource type"),
        (b'{"resourceType":"Condition","id":"c1"}', "names no patient"),
        (b'{"resourceType":"Patient"}', "Patient without id"),
        (b'{"resourceType":"Condition","subject":{"reference":"Group/g"}}', "about a Group"),
        (b'{"resourceType":"Condition","subject":{"reference":"#p"}}', "does not name a patient"),
    ],
)
def test_what_cannot_be_used_says_why_and_keeps_its_text(line: bytes, reason: str) -> None:
    (found,) = sort_line(line)
    assert found.place == "error"
    assert reason in found.key
    assert found.entry == line


def test_products_and_types_that_nobody_reads() -> None:
    assert one({"resourceType": "Medication", "id": "m1"}) == ("shared", "m1")
    assert one({"resourceType": "Practitioner", "id": "x"}) == ("ignored", "Practitioner")


def test_a_bundle_of_one_patient_stays_whole_and_another_is_taken_apart() -> None:
    def bundle(*ids: str) -> dict[str, object]:
        entries: list[dict[str, object]] = []
        for ident in ids:
            entries += [
                {"fullUrl": f"urn:uuid:f-{ident}", "resource": {"resourceType": "Patient", "id": ident}},
                {"resource": {"resourceType": "Flag", "subject": {"reference": f"urn:uuid:f-{ident}"}}},
            ]
        return {"resourceType": "Bundle", "entry": entries}

    assert one(bundle("p1")) == ("patient", "p1")
    assert [found.key for found in sort_line(orjson.dumps(bundle("p1", "p2")))] == ["p1", "p1", "p2", "p2"]
