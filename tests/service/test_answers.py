"""Cards as a client gets them, headers, CORS, options (R02, R09, R16, R50 to R70, R99)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service import demo
from cds_service.identifiers import card_uuid, topic_of

SERVICE = "/cds-services/myeloma-patient-view"
SANDBOX = "https://sandbox.cds-hooks.org"
OPTIONS = "org.myeloma-cds.options"
ASSESSMENT = "org.myeloma-cds.assessment"
Body = dict[str, Any]
Call = Callable[..., Any]


def empties(value: Any, path: str = "$") -> Iterator[str]:
    """Yield the path of everything null or empty."""
    if value is None or value in ("", [], {}):
        yield path
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from empties(member, f"{path}.{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from empties(member, f"{path}[{index}]")


@pytest.fixture(params=demo.patient_ids())
def answer(request: pytest.FixtureRequest, client: FlaskClient) -> Any:
    return client.post(SERVICE, data=demo.load_request(request.param), content_type="application/json")


def test_R02_R50_to_R65_every_shipped_request_gets_sound_cards(answer: Any) -> None:
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert set(body) == {"cards"}
    assert len(body["cards"]) <= 4
    assert not list(empties(body["cards"])) or body["cards"] == []
    for card in body["cards"]:
        assert 0 < len(card["summary"]) < 140
        assert "\n" not in card["summary"]
        assert card["indicator"] in {"info", "warning", "critical"}
        assert card["source"]["label"]
        topic = card["source"]["topic"]
        assert topic["code"] in {"mm-history", "mm-options", "mm-safety", "mm-data"}
        assert topic["system"]
        assert not re.search(r"<[a-zA-Z/!]", card.get("detail", ""))
        assert topic_of(card["uuid"]) == topic["code"]
        if "suggestions" in card:
            assert card["selectionBehavior"] in {"any", "at-most-one"}
        for link in card.get("links", []):
            assert link["type"] in {"absolute", "smart"}
            assert link["label"]
            assert link["url"].startswith(("http://", "https://"))


def test_R09_answers_are_not_kept(answer: Any) -> None:
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_R51_nothing_to_say_is_an_empty_list(client: FlaskClient) -> None:
    body = demo.load_request("no-plasma-cell-disorder")
    answer = client.post(SERVICE, data=body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.get_json() == {"cards": []}


def test_the_history_card_carries_the_assessment(call: Call, hook_request: Body) -> None:
    first, *others = call(hook_request).get_json()["cards"]
    assert first["source"]["topic"]["code"] == "mm-history"
    assert first["extension"][ASSESSMENT]["patient"] == f"Patient/{hook_request['context']['patientId']}"
    assert not [card for card in others if ASSESSMENT in card.get("extension", {})]


def test_R67_card_ids_are_new_at_every_call(call: Call, hook_request: Body) -> None:
    ids = [card["uuid"] for _ in range(2) for card in call(hook_request).get_json()["cards"]]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(one).version for one in ids} == {8}


@pytest.mark.parametrize("topic", ["mm-history", "mm-options", "mm-safety", "mm-data"])
def test_R67_card_ids_carry_their_topic(topic: str) -> None:
    for _ in range(50):
        made = card_uuid(topic)
        assert uuid.UUID(made).version == 8
        assert uuid.UUID(made).variant == uuid.RFC_4122
        assert topic_of(made) == topic


@pytest.mark.parametrize("other", ["", "epic-1", "3f0c7c1e-5d0b-4c8e-9a52-6f1d2b7a9e40", str(uuid.UUID(int=0))])
def test_other_ids_have_no_topic(other: str) -> None:
    assert topic_of(other) is None


def test_R70_the_same_input_gives_the_same_advice(call: Call, hook_request: Body) -> None:
    first, second = (call(hook_request).get_json()["cards"] for _ in range(2))
    for card in (*first, *second):
        del card["uuid"]
        for suggestion in card.get("suggestions", []):
            del suggestion["uuid"]
    assert first == second


def test_topic_codes_without_hyphen(make_app: Callable[..., Flask], hook_request: Body) -> None:
    client = make_app(topic_codes="alnum").test_client()
    cards = client.post(SERVICE, json=hook_request).get_json()["cards"]
    assert cards
    assert all(card["source"]["topic"]["code"].isalnum() for card in cards)


def test_options_of_a_request_count(call: Call, hook_request: Body) -> None:
    hook_request["extension"] = {OPTIONS: {"asOf": "2026-10-15", "jurisdiction": "EU", "policy": "current"}}
    assessment = call(hook_request).get_json()["cards"][0]["extension"][ASSESSMENT]
    assert assessment["asOf"] == "2026-10-15"
    assert assessment["jurisdiction"] == "EU"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("asOf", "yesterday"), ("asOf", "2026-13-01"), ("asOf", "2026-02-30"), ("asOf", "20261101"), ("asOf", 20261101),
        ("asOf", "2026-11"), ("asOf", "2026-11-01T00:00:00Z"), ("asOf", ""), ("asOf", "1066-10-14"),
        ("jurisdiction", "us"), ("jurisdiction", "UK"), ("jurisdiction", ["US"]), ("policy", "newest"), ("policy", 5),
        ("carTAccess", "maybe"), ("carTAccess", True),
    ],
)  # fmt: skip
def test_a_wrong_option_is_400(call: Call, hook_request: Body, name: str, value: Any) -> None:
    hook_request["extension"] = {OPTIONS: {name: value}}
    answer = call(hook_request)
    assert answer.status_code == 400
    assert name in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("value", ["text", 5, [], True])
def test_options_are_an_object(call: Call, hook_request: Body, value: Any) -> None:
    hook_request["extension"] = {OPTIONS: value}
    assert call(hook_request).status_code == 400


@pytest.mark.parametrize("extension", [None, {}, "text", {OPTIONS: None}, {OPTIONS: {"asOf": None}}])
def test_R32_no_options_are_fine(call: Call, hook_request: Body, extension: Any) -> None:
    assert call({**hook_request, "extension": extension}).status_code == 200


def test_request_options_can_be_turned_off(make_app: Callable[..., Flask], hook_request: Body) -> None:
    client = make_app(allow_request_options=False, jurisdiction="EU").test_client()
    hook_request["extension"] = {OPTIONS: {"asOf": "nonsense", "jurisdiction": "US"}}
    answer = client.post(SERVICE, json=hook_request)
    assert answer.status_code == 200
    assessment = answer.get_json()["cards"][0]["extension"][ASSESSMENT]
    assert assessment["jurisdiction"] == "EU"
    assert assessment["asOf"] != "2026-11-01"


@pytest.mark.parametrize(("path", "body", "status"), [(SERVICE, {}, 400), ("/nowhere", {}, 404)])
def test_R99_cors_on_errors(client: FlaskClient, path: str, body: Body, status: int) -> None:
    answer = client.post(path, json=body, headers={"Origin": SANDBOX})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX


def test_R99_cors_on_success(client: FlaskClient, hook_request: Body) -> None:
    for answer in (
        client.get("/cds-services", headers={"Origin": SANDBOX}),
        client.post(SERVICE, json=hook_request, headers={"Origin": SANDBOX}),
    ):
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX
        assert "Origin" in answer.headers["Vary"]


def test_R99_preflight_needs_no_token(client: FlaskClient) -> None:
    answer = client.options(
        SERVICE,
        headers={
            "Origin": SANDBOX,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.status_code in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == SANDBOX
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed


@pytest.mark.parametrize(
    "origin", ["https://evil.example.net", "null", f"{SANDBOX}.evil.example.net", "http://sandbox.cds-hooks.org"]
)
def test_R99_foreign_origins_are_not_reflected(client: FlaskClient, origin: str) -> None:
    answer = client.get("/cds-services", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_R99_no_origin_when_none_is_set(make_app: Callable[..., Flask]) -> None:
    answer = make_app(cors_origins=()).test_client().get("/cds-services", headers={"Origin": SANDBOX})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_request_id_comes_back(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"] != "a b\tc"
