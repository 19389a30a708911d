"""The hooks order-select and order-sign over HTTP: drafts as clients send them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

from cds_service.identifiers import subject_number, subject_of, topic_of
from cds_service.schemas import message_schema

SELECT, SIGN = "/cds-services/myeloma-order-select", "/cds-services/myeloma-order-sign"
Body = dict[str, Any]
Post = Callable[..., Any]


def draft(number: int, drug: Any, **more: Any) -> Body:
    medication = drug if isinstance(drug, dict) else {"medicationCodeableConcept": {"text": drug}}
    return {
        "resourceType": "MedicationRequest", "id": f"draft-{number}", "status": "draft", "intent": "order", **medication, **more,
    }  # fmt: skip


def pad(*drugs: Any, **more: Any) -> Body:
    entries = [{"resource": drug if "resourceType" in drug else draft(n, drug, **more)} for n, drug in enumerate(drugs)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


@pytest.fixture
def order(client: FlaskClient, hook_request: Body) -> Post:
    def post(orders: Any, *, selections: Any = None, path: str | None = None, **members: Any) -> Any:
        body = copy.deepcopy(hook_request)
        where = path or (SIGN if selections is None else SELECT)
        body["hook"] = where.rpartition("myeloma-")[2]
        body["context"]["draftOrders"] = orders
        if selections is not None:
            body["context"]["selections"] = selections
        return client.post(where, json={**body, **members})

    return post


def cards(answer: Any) -> list[Body]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    jsonschema.validate(answer.get_json(), message_schema("response"))
    found: list[Body] = answer.get_json()["cards"]
    return found


def test_a_refractory_drug_is_critical(order: Post) -> None:
    (card,) = cards(order(pad("Lenalidomide 25 mg capsule")))
    assert card["indicator"] == "critical"
    assert "lenalidomide" in card["summary"]
    assert card["overrideReasons"]
    assert "suggestions" not in card
    assert topic_of(card["uuid"]) == "mm-safety"
    assert subject_of(card["uuid"]) in {subject_number("Rd"), subject_number("lenalidomide")}


@pytest.mark.parametrize(
    "orders",
    [
        pad("Carfilzomib 60 mg", "dexamethasone 40 mg"), pad("amoxicillin 500 mg"), pad("dexamethasone eye drops"), pad(),
        {"resourceType": "Bundle"}, {}, {"resourceType": "Bundle", "entry": None},
        pad("lenalidomide", doNotPerform=True), pad("lenalidomide", status="cancelled"),
        pad("lenalidomide", subject={"reference": "Patient/somebody-else"}),
        {"resourceType": "Bundle", "entry": [None, 5, {}, {"resource": None}, {"resource": {"resourceType": "Nothing"}}]},
    ],
)  # fmt: skip
def test_R51_silent_when_there_is_nothing_to_say(order: Post, orders: Body) -> None:
    assert cards(order(orders)) == []
    assert cards(order(orders, selections=["MedicationRequest/draft-0"])) == []


def test_only_what_is_selected_is_asked_about(order: Post) -> None:
    orders = pad("carfilzomib", "lenalidomide")
    assert not any(
        "Draft order of lenalidomide" in card["summary"]
        for card in cards(order(orders, selections=["MedicationRequest/draft-0"]))
    )
    (card,) = cards(order(pad("daratumumab", "isatuximab"), selections=["MedicationRequest/draft-1"]))
    assert "isatuximab" in card["summary"]
    assert "two anti-CD38 antibodies" in card["detail"]


@pytest.mark.parametrize(
    "selection",
    ["MedicationRequest/draft-0", "https://ehr.example.org/fhir/MedicationRequest/draft-0", "draft-0", "Other/9", ""],
)
def test_selections_as_clients_write_them(order: Post, selection: str) -> None:
    (card,) = cards(order(pad("lenalidomide"), selections=[selection]))
    assert card["indicator"] == "critical"


@pytest.mark.parametrize(
    "drug",
    [
        {
            "medicationCodeableConcept": {
                "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "342369"}]
            }
        },
        {"medicationCodeableConcept": {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.88", "code": "342369"}]}},
        {"medicationReference": {"display": "LENALIDOMIDE 25 MG PO CAPS"}},
        {
            "medicationReference": {"reference": "#m"},
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "Revlimid"}}],
        },
    ],
)
def test_drugs_as_clients_name_them(order: Post, drug: Body) -> None:
    (card,) = cards(order(pad(drug)))
    assert "lenalidomide" in card["summary"]


def test_a_service_request_names_a_drug_too(order: Post) -> None:
    request = {
        "resourceType": "ServiceRequest", "id": "s", "status": "draft", "intent": "order",
        "code": {"text": "Ciltacabtagene autoleucel infusion"},
    }  # fmt: skip
    (card,) = cards(order(pad(request, "teclistamab")))
    assert "two BCMA-directed" in card["detail"]


@pytest.mark.parametrize(
    ("path", "change", "word"),
    [
        (SIGN, {"draftOrders": None}, "draftOrders"), (SIGN, {"draftOrders": []}, "draftOrders"),
        (SIGN, {"draftOrders": {"resourceType": "Patient"}}, "draftOrders"),
        (SIGN, {"draftOrders": "x"}, "draftOrders"), (SELECT, {"draftOrders": pad("lenalidomide")}, "selections"),
        (SELECT, {"draftOrders": pad(), "selections": "x"}, "selections"),
        (SELECT, {"draftOrders": pad(), "selections": [5]}, "selections"),
    ],
)  # fmt: skip
def test_R30_the_context_of_order_hooks(
    client: FlaskClient, hook_request: Body, path: str, change: Body, word: str
) -> None:
    hook_request["hook"] = path.rpartition("myeloma-")[2]
    hook_request["context"] |= change
    answer = client.post(path, json=hook_request)
    assert answer.status_code == 400
    assert word in answer.get_json()["issue"][0]["diagnostics"]


def test_R08_the_hook_has_to_fit_the_service(order: Post) -> None:
    assert order(pad("lenalidomide"), hook="patient-view").status_code == 400


def test_R33_a_myeloma_order_needs_the_chart(order: Post) -> None:
    assert order(pad("lenalidomide"), prefetch={}).status_code == 412
    assert cards(order(pad("amoxicillin"), prefetch={})) == []


def test_R70_the_same_order_gets_the_same_card(order: Post) -> None:
    first, second = (cards(order(pad("lenalidomide", "daratumumab"))) for _ in range(2))
    third = cards(order(pad("daratumumab", "lenalidomide")))
    for card in (*first, *second, *third):
        del card["uuid"]
    assert first == second == third


def test_R02_chart_text_of_a_draft_is_not_repeated(order: Post) -> None:
    answer = order(pad("lenalidomide <script>alert(1)</script> for Zebrowski"))
    assert "Zebrowski" not in answer.get_data(as_text=True)
