"""`POST /assess`, health, schema and start page."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import jsonschema
import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service import demo

Body = dict[str, Any]
AS_OF = "/assess?asOf=2026-11-01"
PAIR = ("dvrd-asct-dr-relapse", "mgus")


def ndjson(*patients: str) -> bytes:
    lines = []
    for patient in patients:
        lines += [orjson.dumps(entry["resource"]) for entry in orjson.loads(demo.load_patient(patient))["entry"]]
    return b"\n".join(reversed(lines)) + b"\n"


@pytest.mark.parametrize("patient", demo.patient_ids())
def test_every_shipped_patient_gives_a_valid_document(client: FlaskClient, patient: str) -> None:
    answer = client.post(AS_OF, data=demo.load_patient(patient), content_type="application/fhir+json")
    assert answer.status_code == 200
    document = answer.get_json()
    assert document["patient"] == f"Patient/{patient}"
    schema = json.loads(files("cards").joinpath("schemas", "assessment.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)


@pytest.mark.parametrize("kind", ["collection", "searchset", "transaction", "batch", "document", None])
def test_a_bundle_of_any_type(client: FlaskClient, bundle: Body, kind: str | None) -> None:
    expected = client.post(AS_OF, json=bundle).get_json()
    bundle["type"] = kind
    if kind is None:
        del bundle["type"]
    assert client.post(AS_OF, json=bundle).get_json() == expected


def test_ndjson_and_lists_are_grouped_by_patient(client: FlaskClient) -> None:
    answer = client.post(AS_OF, data=ndjson(*PAIR), content_type="application/x-ndjson")
    assert answer.status_code == 200
    assert [document["patient"] for document in answer.get_json()] == [f"Patient/{name}" for name in PAIR]
    bundles = [orjson.loads(demo.load_patient(name)) for name in reversed(PAIR)]
    assert client.post(AS_OF, json=bundles).get_json() == answer.get_json()


def test_ndjson_of_one_patient_is_one_object(client: FlaskClient, bundle: Body) -> None:
    expected = client.post(AS_OF, json=bundle).get_json()
    answer = client.post(AS_OF, data=ndjson(PAIR[0]), content_type="application/x-ndjson")
    assert answer.get_json() == expected


def test_a_hook_request_is_assessed_as_of_its_own_day(client: FlaskClient, hook_request: Body) -> None:
    document = client.post("/assess", json=hook_request).get_json()
    assert document["asOf"] == "2026-11-01"
    assert client.post("/assess?asOf=2026-10-01", json=hook_request).get_json()["asOf"] == "2026-10-01"


def test_both_jurisdictions(client: FlaskClient, bundle: Body) -> None:
    document = client.post(f"{AS_OF}&jurisdiction=both", json=bundle).get_json()
    assert set(document["recommendations"]) == {"US", "EU"}
    assert set(document["labels"]) == {"US", "EU"}


@pytest.mark.parametrize(
    "query",
    ["asOf=x", "asOf=2026-99-01", "jurisdiction=UK", "policy=x", "as_of=2026-11-01", "asOf=2026-11-01&asOf=2026-11-02"],
)
def test_a_wrong_query_is_400(client: FlaskClient, bundle: Body, query: str) -> None:
    answer = client.post(f"/assess?{query}", json=bundle)
    assert answer.status_code == 400
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"null", b"5", b"{", b'{"a": 1}', b'{"resourceType": "Bundle"}', b'{"resourceType": "Bundle", "entry": []}',
        b'{"resourceType": "Bundle"}\nnonsense\n', b"<html/>", b"[1, 2]", b'{"resourceType": "Organization", "id": "x"}',
    ],
)  # fmt: skip
def test_what_holds_no_patient_is_400(client: FlaskClient, body: bytes) -> None:
    answer = client.post(AS_OF, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["diagnostics"]


def test_415_and_413(client: FlaskClient, make_app: Callable[..., Flask]) -> None:
    assert client.post("/assess", data=b"{}", content_type="text/csv").status_code == 415
    small = make_app(max_body_mb=0.001).test_client()
    answer = small.post("/assess", data=b"x" * 2000, content_type="application/json")
    assert answer.status_code == 413
    assert answer.get_json()["issue"][0]["code"] == "too-long"


def test_health_and_readiness(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["knowledgeVersion"]


def test_without_knowledge_it_is_not_ready(make_app: Callable[..., Flask]) -> None:
    from cds_service.context import PIPELINE
    from cds_service.pipeline import Pipeline

    class Broken(Pipeline):
        def knowledge_version(self) -> str:
            raise ValueError("drugs.yaml, line 3: unknown key")

    app = make_app()
    app.extensions[PIPELINE] = Broken()
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_the_schema_is_published(client: FlaskClient) -> None:
    schema = json.loads(client.get("/schemas/assessment.json").data)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_start_page_can_be_turned_off(make_app: Callable[..., Flask]) -> None:
    assert make_app(demo=False).test_client().get("/").status_code == 404


def test_where_a_token_is_needed_the_start_page_has_to_be_asked_for(make_app: Callable[..., Flask]) -> None:
    guarded: dict[str, Any] = {
        "auth": "required",
        "trusted_issuers": '[{"iss": "https://ehr.example.org", "jku": "https://ehr.example.org/keys"}]',
    }
    refused = make_app(**guarded).test_client().get("/")
    assert refused.status_code == 404
    assert refused.get_json()["resourceType"] == "OperationOutcome"
    assert make_app(**guarded, demo=True).test_client().get("/").status_code == 200
