"""Discovery and prefetch templates (protocol page, 1.2 and 1.3)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient

from cds_service.hooks.prefetch import TEMPLATES

KEYS = {
    "patient", "conditions", "medicationStatements", "medicationRequests", "medicationAdministrations", "observations",
    "procedures", "allergies",
}  # fmt: skip
ALLOWED_PARAMETERS = {"patient", "_count", "_sort"}


@pytest.fixture
def services(client: FlaskClient) -> list[dict[str, Any]]:
    answer = client.get("/cds-services")
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    found = answer.get_json()["services"]
    assert isinstance(found, list)
    return found


def test_R10_discovery_lists_services(services: list[dict[str, Any]]) -> None:
    assert [service["id"] for service in services] == [
        "myeloma-patient-view", "myeloma-order-select", "myeloma-order-sign",
    ]  # fmt: skip


def test_R10_a_trailing_slash_is_the_same_place(client: FlaskClient) -> None:
    assert client.get("/cds-services/").status_code == 200


def test_R11_required_and_recommended_members(services: list[dict[str, Any]]) -> None:
    for service in services:
        for name in ("hook", "id", "title", "description", "usageRequirements"):
            assert isinstance(service[name], str)
            assert service[name].strip()


def test_R12_the_id_is_where_the_service_answers(services: list[dict[str, Any]], client: FlaskClient) -> None:
    for service in services:
        assert client.post(f"/cds-services/{service['id']}", json={}).status_code == 400


def test_R13_a_pair_of_id_and_hook_is_there_once(services: list[dict[str, Any]]) -> None:
    pairs = [(service["id"], service["hook"]) for service in services]
    assert len(pairs) == len(set(pairs))


def test_R14_prefetch_has_the_promised_keys(services: list[dict[str, Any]]) -> None:
    assert all(set(service["prefetch"]) == KEYS for service in services)


def test_R15_R16_nothing_of_our_own_outside_extension(services: list[dict[str, Any]]) -> None:
    known = {
        "hook",
        "title",
        "description",
        "id",
        "prefetch",
        "usageRequirements",
        "extension",
        "version",
        "hookVersion",
    }
    for service in services:
        assert set(service) <= known
        assert re.fullmatch(r"\d+\.\d+\.\d+", service.get("version", "2.0.1"))


def test_R17_discovery_is_stable(client: FlaskClient) -> None:
    assert client.get("/cds-services").data == client.get("/cds-services").data


@pytest.mark.parametrize(("key", "template"), TEMPLATES.items())
def test_R20_R26_templates_are_plain_searches_of_one_patient(key: str, template: str) -> None:
    assert set(re.findall(r"\{\{(.*?)\}\}", template)) == {"context.patientId"}
    path, _, query = template.partition("?")
    if key == "patient":
        assert template == "Patient/{{context.patientId}}"
        return
    assert re.fullmatch(r"[A-Z][A-Za-z]+", path)
    parameters = parse_qsl(query, strict_parsing=True)
    assert ("patient", "{{context.patientId}}") in parameters
    assert {name for name, _ in parameters} <= ALLOWED_PARAMETERS
    assert len({name for name, _ in parameters}) == len(parameters)


def test_R02_no_empty_member_in_discovery(services: list[dict[str, Any]]) -> None:
    assert all(value for service in services for value in service.values())
