"""Rows of the protocol against the running server, in the order of docs/protocol.md, as far as no other file has them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from cds_service import demo
from cds_service.hooks.prefetch import OPTIONAL_TEMPLATES, TEMPLATES
from cds_service.schemas import message_schema
from tests.service.live import Live, running_service

ROOT = Path(__file__).parents[2]
SERVICE = "/cds-services/myeloma-patient-view"
SIGN = "/cds-services/myeloma-order-sign"
SANDBOX = "https://sandbox.cds-hooks.org"
TEMPLATE_LIST = [*TEMPLATES.values(), *OPTIONAL_TEMPLATES.values()]
Body = dict[str, Any]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running_service(tmp_path_factory.mktemp("rows"), "--workers", "2") as service:
        yield service


@pytest.fixture(scope="module")
def answers(live: Live) -> list[Body]:
    """Return the answers to every shipped request, and to two orders."""
    found = []
    for name in demo.patient_ids():
        request = orjson.loads(demo.load_request(name))
        found.append(live.post(SERVICE, request))
        request["hook"] = "order-sign"
        drafts = [{"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "lenalidomide"}}]
        request["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": one} for one in drafts]}
        found.append(live.post(SIGN, request))
    assert all(answer.status_code == 200 for answer in found)
    return [answer.json() for answer in found]


@pytest.fixture(scope="module")
def cards(answers: list[Body]) -> list[Body]:
    return [card for answer in answers for card in answer["cards"]]


def test_R01_json_only(live: Live) -> None:
    assert live.get("/cds-services").headers["Content-Type"] == "application/json"
    assert (
        live.post(SERVICE, data=b"a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code
        == 415
    )


def test_R02_R50_answers_fit_the_published_schema(answers: list[Body], live: Live) -> None:
    schema = live.get("/schemas/cds-hooks-2.0/response.json").json()
    for answer in answers:
        jsonschema.validate(answer, schema)
    jsonschema.validate(live.get("/cds-services").json(), live.get("/schemas/cds-hooks-2.0/services.json").json())


def resources(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        if "resource" in value:
            yield value["resource"]
        for member in value.values():
            yield from resources(member)
    elif isinstance(value, list):
        for member in value:
            yield from resources(member)


def test_R03_R61_embedded_fhir_is_a_plain_object(cards: list[Body]) -> None:
    for card in cards:
        for resource in resources(card.get("suggestions", [])):
            assert isinstance(resource, dict)
            assert resource["resourceType"]


def test_R04_R06_what_is_sent_is_plain_json_and_success_is_200(live: Live) -> None:
    answer = live.get("/cds-services")
    assert answer.status_code == 200
    assert json.loads(answer.content) == orjson.loads(answer.content)


def test_R07_R08_refusals_carry_an_operation_outcome(live: Live) -> None:
    schema = message_schema("operation-outcome")
    for method, path, status in (
        ("POST", SERVICE, 400), ("GET", SERVICE, 405), ("POST", "/cds-services/x", 404), ("GET", "/nowhere", 404),
        ("DELETE", "/cds-services", 405), ("POST", "/cds-services/x/feedback", 404),
    ):  # fmt: skip
        answer = live.call(method, path, json={} if method == "POST" else None)
        assert answer.status_code == status
        jsonschema.validate(answer.json(), schema)
        assert answer.headers["Cache-Control"] == "no-store"


def test_R10_R12_discovery_names_where_the_services_answer(live: Live) -> None:
    for service in live.get("/cds-services").json()["services"]:
        assert live.post(f"/cds-services/{service['id']}", {}).status_code == 400


@pytest.mark.parametrize("template", TEMPLATE_LIST)
def test_R21_R22_tokens_are_context_ids(template: str) -> None:
    assert re.findall(r"\{\{(.*?)\}\}", template) == ["context.patientId"]
    assert "Practitioner/{{" not in template


@pytest.mark.parametrize("template", TEMPLATE_LIST)
def test_R23_R24_R25_templates_stay_in_the_subset(template: str) -> None:
    assert not re.search(
        r"_include|_revinclude|_has|:not|:text|today\(|%|resolve|ofType|=(ne|sa|eb|ap)\d|\.[a-z]+=", template
    )
    assert "patientId" in template


def test_R30_R32_a_request_fits_the_published_schema(live: Live) -> None:
    schema = live.get("/schemas/cds-hooks-2.0/request.json").json()
    for name in demo.patient_ids():
        jsonschema.validate(orjson.loads(demo.load_request(name)), schema)


def test_R52_R53_summary_and_indicator(cards: list[Body]) -> None:
    for card in cards:
        assert 0 < len(card["summary"]) < 140
        assert card["indicator"] in {"info", "warning", "critical"}


def test_R54_R55_source_and_topic(cards: list[Body]) -> None:
    for card in cards:
        assert card["source"]["label"] == "myeloma-cds"
        assert set(card["source"]["topic"]) <= {"system", "code", "display"}
        assert re.fullmatch(r"[a-z-]{1,100}", card["source"]["topic"]["code"])


def test_R56_detail_is_markdown_without_html_and_images(cards: list[Body]) -> None:
    for card in cards:
        assert not re.search(r"<[A-Za-z/!]|!\[", card["detail"])
        assert all(url.startswith("http") for url in re.findall(r"(?<!\\)\]\(([^)]*)\)", card["detail"]))


def test_R57_R58_R59_R60_R62_R63_suggestions(cards: list[Body]) -> None:
    for card in cards:
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") == "any"
        for suggestion in card.get("suggestions", []):
            assert suggestion["label"]
            uuid.UUID(suggestion["uuid"])
            assert len(suggestion["actions"]) == 1
            assert "actionSelectionBehavior" not in suggestion
            for action in suggestion["actions"]:
                assert action["type"] in {"create", "update"}
                assert action["description"]
                assert "resourceId" not in action


def test_R64_override_reasons_are_complete(cards: list[Body]) -> None:
    for card in cards:
        for reason in card.get("overrideReasons", []):
            assert set(reason) == {"code", "system", "display"}


def test_R65_R66_links(cards: list[Body]) -> None:
    for card in cards:
        for link in card.get("links", []):
            assert link["type"] in {"absolute", "smart"}
            assert not link.get("autolaunchable")


def test_R67_ids_are_unique(cards: list[Body]) -> None:
    assert len({card["uuid"] for card in cards}) == len(cards)


def test_R68_no_system_actions(answers: list[Body]) -> None:
    assert all(set(answer) == {"cards"} for answer in answers)


def test_R69_proposals_are_drafts_of_this_patient(live: Live) -> None:
    for name in demo.patient_ids():
        for card in live.post(SERVICE, orjson.loads(demo.load_request(name))).json()["cards"]:
            for resource in resources(card.get("suggestions", [])):
                assert resource.get("status", "draft") == "draft"
                assert resource.get("intent", "proposal") in {"proposal", "plan"}
                assert resource["subject"]["reference"] == f"Patient/{name}"
                assert resource["resourceType"] != "MedicationRequest"


def test_R70_parallel_patients_never_mix(live: Live) -> None:
    from concurrent.futures import ThreadPoolExecutor

    names = [name for name in demo.patient_ids() for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        sent = {pool.submit(live.post, SERVICE, orjson.loads(demo.load_request(name))): name for name in names}
    for future, name in sent.items():
        for card in future.result().json()["cards"]:
            assessed = card.get("extension", {}).get("org.myeloma-cds.assessment")
            assert assessed is None or assessed["patient"] == f"Patient/{name}"
        others = [other for other in demo.patient_ids() if other != name and f"/{other}" in future.result().text]
        assert not others


def test_R99_cors_over_the_wire(live: Live) -> None:
    preflight = live.call("OPTIONS", SERVICE, headers={"Origin": SANDBOX, "Access-Control-Request-Method": "POST"})
    assert preflight.headers["Access-Control-Allow-Origin"] == SANDBOX
    assert live.post(SERVICE, {}, headers={"Origin": SANDBOX}).headers["Access-Control-Allow-Origin"] == SANDBOX
    assert (
        "Access-Control-Allow-Origin"
        not in live.get("/cds-services", headers={"Origin": "https://evil.example"}).headers
    )


def test_R100_text_of_the_chart_is_data(live: Live, hook_request: Body) -> None:
    attack = "<script>alert(1)</script> ![x](https://evil.example/x.png) [y](javascript:alert(1)) Multiple myeloma"
    for entry in hook_request["prefetch"]["conditions"]["entry"]:
        entry["resource"]["code"]["text"] = attack
    for entry in hook_request["prefetch"]["medicationStatements"]["entry"]:
        entry["resource"]["note"] = [{"text": attack}]
    answer = live.post(SERVICE, hook_request)
    assert answer.status_code == 200
    for card in answer.json()["cards"]:
        shown = card["summary"] + card["detail"]
        assert "<script" not in shown
        assert "![x]" not in shown
        assert "](javascript" not in shown.replace("\\](", "")


def test_logs_hold_no_patient_data(live: Live, hook_request: Body) -> None:
    planted = ("Zebrowska", "MRN-4711-X", "1961-07-19", "planted-token", "98765.4321")
    patient = hook_request["prefetch"]["patient"]
    patient |= {"name": [{"family": planted[0]}], "identifier": [{"value": planted[1]}], "birthDate": planted[2]}
    entry = hook_request["prefetch"]["observations"]["entry"][0]["resource"]
    entry["valueQuantity"] = {"value": 98765.4321, "unit": planted[0]}
    secured = {"fhirServer": "https://ehr.example.org", "fhirAuthorization": {"access_token": planted[3]}}
    headers = {"Authorization": f"Bearer {planted[3]}"}
    live.post(SERVICE, {**hook_request, **secured}, headers=headers)
    live.post(f"{SERVICE}?name={planted[0]}", {"hook": planted[0]}, headers=headers)
    live.get(f"/cds-services/{planted[1]}/{planted[0]}")
    live.post("/assess", {"resourceType": "Bundle", "entry": [{"resource": patient}]})
    written = "".join(live.lines) + live.get("/metrics").text
    assert '"route"' in written
    assert not [word for word in (*planted, hook_request["context"]["patientId"]) if word in written]


def test_the_api_is_described(live: Live) -> None:
    document = live.get("/openapi.json").json()
    from cds_service.app import create_app
    from cds_service.settings import Settings

    rules = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in create_app(Settings(log_level="error")).url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described <= rules
    assert {path for path, _ in rules - described} <= {"/", "/assets/{name}", "/smart/launch", "/smart/app"} | {
        path for path, _ in rules if path.startswith(("/demo", "/static", "/smart"))
    }
    page = live.get("/docs")
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page.text)
