"""A running service completes from a running FHIR server that misbehaves (R33, R38 to R42, R05)."""

from __future__ import annotations

import copy
import io
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.service.fhir_stub import FAULTS, Stub, running_stub
from tests.service.live import Live, running_service

SERVICE = "/cds-services/myeloma-patient-view"
RELAPSE = "dvrd-asct-dr-relapse"
TOKEN = "token-of-one-call"  # noqa: S105 - not a secret
BUDGET = 1.5
ANSWERED = {"429", "503"}
Body = dict[str, Any]


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with running_stub(RELAPSE) as server:
        yield server


@pytest.fixture(scope="module")
def live(stub: Stub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("faults")
    settings = {"fhir_servers": stub.root, "time_budget_s": str(BUDGET), "max_body_mb": "4"}
    with running_service(folder, "--workers", "2", **settings) as service:
        yield service


@pytest.fixture
def alone(hook_request: Body) -> Body:
    del hook_request["prefetch"]
    return hook_request


def at(request: Body, base: str) -> Body:
    authorization = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"}
    return {**copy.deepcopy(request), "fhirServer": base, "fhirAuthorization": authorization}


def topics(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [card["source"]["topic"]["code"] for card in answer.json()["cards"]]


def test_R39_the_server_alone_is_enough(live: Live, stub: Stub, alone: Body, hook_request: Body) -> None:
    stub.asked()
    found = topics(live.post(SERVICE, at(alone, stub.ok)))
    assert found[:2] == ["mm-history", "mm-options"]
    asked = stub.asked()
    assert {token for _, token in asked} == {f"Bearer {TOKEN}"}
    assert any("_page=1" in path for path, _ in asked), "pages are followed"


@pytest.mark.parametrize("fault", FAULTS)
def test_R33_R42_a_fault_of_an_essential_search(live: Live, stub: Stub, alone: Body, fault: str) -> None:
    started = time.monotonic()
    answer = live.post(SERVICE, at(alone, stub.broken(fault, "Condition")))
    assert time.monotonic() - started < BUDGET + 1
    if fault in ANSWERED or fault == "401-midway":  # the conditions fit on one page
        assert topics(answer)[0] == "mm-history"
        return
    if fault == "foreign-next":
        assert answer.status_code == 412
        return
    assert answer.status_code == 412, answer.text
    issue = answer.json()["issue"][0]
    assert issue["code"] == "required"
    assert "conditions" in issue["diagnostics"]
    assert "see to it that the FHIR server" in issue["diagnostics"]
    assert "MYELOMA_CDS_FHIR_SERVERS" not in issue["diagnostics"]  # the server is there already
    assert stub.root not in answer.text
    assert TOKEN not in answer.text


@pytest.mark.parametrize("fault", FAULTS)
def test_R37_R38_a_fault_of_another_search_is_named(live: Live, stub: Stub, alone: Body, fault: str) -> None:
    started = time.monotonic()
    answer = live.post(SERVICE, at(alone, stub.broken(fault, "Observation")))
    assert time.monotonic() - started < BUDGET + 1
    found = topics(answer)
    if fault in ANSWERED:
        assert "mm-data" not in found or "observations" not in answer.text
    else:
        assert "mm-data" in found
        card = next(one for one in answer.json()["cards"] if one["source"]["topic"]["code"] == "mm-data")
        assert "observation" in (card["summary"] + card["detail"]).lower()


def test_R34_only_what_is_missing_is_asked_for(live: Live, stub: Stub, hook_request: Body) -> None:
    del hook_request["prefetch"]["procedures"]
    stub.asked()
    topics(live.post(SERVICE, at(hook_request, stub.ok)))
    assert [path.partition("?")[0] for path, _ in stub.asked()] == ["/ok/Procedure"]


@pytest.mark.parametrize("base", ["http://127.0.0.1:9/fhir", "http://169.254.169.254/latest", "file:///etc/passwd"])
def test_R42_another_server_is_not_contacted(live: Live, alone: Body, base: str) -> None:
    assert live.post(SERVICE, at(alone, base)).status_code == 412


def test_R40_the_token_is_nowhere_in_the_log(live: Live, stub: Stub, alone: Body) -> None:
    live.post(SERVICE, at(alone, stub.ok))
    logged = "".join(live.lines)
    assert '"route": "/cds-services/myeloma-patient-view"' in logged
    assert TOKEN not in logged
    assert alone["context"]["patientId"] not in logged


def test_R05_the_service_still_answers_at_once(live: Live, hook_request: Body) -> None:
    started = time.monotonic()
    assert topics(live.post(SERVICE, hook_request))
    assert time.monotonic() - started < 0.5
    assert live.get("/healthz").status_code == 200


def test_a_log_that_cannot_be_written_costs_no_answer(
    make_app: Callable[..., Flask], hook_request: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    client = make_app(log_level="info").test_client()
    gone.close()
    assert client.post("/cds-services/myeloma-patient-view", json=hook_request).status_code == 200
