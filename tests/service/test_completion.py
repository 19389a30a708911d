"""Completing the prefetch from an allowed FHIR server (R33, R34, R38 to R42)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
import responses
from flask import Flask

from cds_service.addresses import allowed_base
from cds_service.hooks.prefetch import OPTIONAL_TEMPLATES, TYPES

SERVICE = "/cds-services/myeloma-patient-view"
BASE = "https://ehr.example.org/fhir"
TOKEN = "token-of-one-call"  # noqa: S105 - not a secret
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
Body = dict[str, Any]


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def post(make_app: Callable[..., Flask]) -> Callable[..., Any]:
    def call(body: Body, **settings: Any) -> Any:
        app = make_app(**{"fhir_servers": (BASE,), "time_budget_s": 3, **settings})
        return app.test_client().post(SERVICE, json=body)

    return call


@pytest.fixture
def alone(hook_request: Body) -> Body:
    """Return a request that brings no prefetch and names its server."""
    return with_server({name: value for name, value in hook_request.items() if name != "prefetch"})


def with_server(request: Body, base: str = BASE) -> Body:
    return {
        **request,
        "fhirServer": base,
        "fhirAuthorization": {
            "access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read", "subject": "x",
        },
    }  # fmt: skip


def serve(server: responses.RequestsMock, prefetch: Body, *, leave_out: tuple[str, ...] = ()) -> None:
    """Answer every search with what the shipped request holds under its key."""
    for key, kind in TYPES.items():
        if key in leave_out:
            continue
        content = prefetch.get(key)
        if key == "patient":
            server.get(f"{BASE}/Patient/{content['id'] if content else 'x'}", json=content)
        else:
            server.get(f"{BASE}/{kind}", json=content or EMPTY)
    for template in OPTIONAL_TEMPLATES.values():
        server.get(f"{BASE}/{template.partition('?')[0]}", json=EMPTY)


def searched(server: responses.RequestsMock) -> list[str]:
    return [urlsplit(str(item.request.url)).path.rpartition("/")[2] for item in server.calls]


def summaries(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [card["summary"] for card in answer.get_json()["cards"]]


def test_R39_works_from_the_server_alone(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body, hook_request: Body
) -> None:
    expected = summaries(post(hook_request))
    serve(server, hook_request["prefetch"])
    assert summaries(post(alone)) == expected
    for item in server.calls:
        assert item.request.headers["Authorization"] == f"Bearer {TOKEN}"
        assert item.request.headers["Accept"].startswith("application/fhir+json")


def test_R34_fetches_only_what_is_absent(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    full = dict(hook_request["prefetch"])
    expected = summaries(post(hook_request))
    del hook_request["prefetch"]["observations"], hook_request["prefetch"]["medicationStatements"]
    serve(server, full)
    assert summaries(post(with_server(hook_request))) == expected
    assert sorted(searched(server)) == ["MedicationStatement", "Observation"]


def test_R35_null_is_not_fetched_again(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    hook_request["prefetch"]["allergies"] = None
    assert summaries(post(with_server(hook_request)))
    assert not server.calls


def test_R36_a_failed_search_is_tried_again(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    full = dict(hook_request["prefetch"])
    hook_request["prefetch"]["conditions"] = {
        "resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}],
    }  # fmt: skip
    serve(server, full)
    assert summaries(post(with_server(hook_request)))
    assert searched(server) == ["Condition"]


@pytest.mark.parametrize(
    "base",
    [
        "https://evil.example.net/fhir", "http://ehr.example.org/fhir", "https://ehr.example.org:8443/fhir",
        "https://ehr.example.org/other", "https://ehr.example.org/fhirious", "https://ehr.example.org/fhir/../admin",
        "https://ehr.example.org/fhir/%2e%2e/admin", "https://user@ehr.example.org/fhir", "http://169.254.169.254/latest",
        "http://127.0.0.1:9/fhir", "file:///etc/passwd", "https://ehr.example.org@evil.example.net/fhir", "nonsense",
        "https://ehr.example.org.evil.example.net/fhir", "https://ehr.example.org/fhir?x=", "https://[::1/fhir",
        "https://ehr.example.org/fhir#@evil.example.net/", "https://ehr.example.org\\@evil.example.net/fhir",
    ],
)  # fmt: skip
def test_R42_other_servers_are_never_contacted(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body, base: str
) -> None:
    answer = post({**alone, "fhirServer": base})
    assert answer.status_code == 412
    assert not server.calls


def test_R42_no_server_is_allowed_by_default(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body
) -> None:
    assert post(alone, fhir_servers=()).status_code == 412
    assert not server.calls


@pytest.mark.parametrize(
    "base", [BASE, f"{BASE}/", "https://EHR.example.org:443/fhir", f"{BASE}/tenant-7", "HTTPS://ehr.example.org/fhir"]
)
def test_R42_spellings_of_an_allowed_server(base: str) -> None:
    assert allowed_base(base, [BASE]) == base.rstrip("/")


def test_R40_R41_the_token_stays_with_the_allowed_origin(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body, hook_request: Body
) -> None:
    elsewhere = "https://evil.example.net/fhir?page=2"
    serve(server, hook_request["prefetch"], leave_out=("observations", "procedures"))
    page = {**hook_request["prefetch"]["observations"], "link": [{"relation": "next", "url": elsewhere}]}
    server.get(f"{BASE}/Observation", json=page)
    server.get(f"{BASE}/Procedure", status=302, headers={"Location": "https://evil.example.net/fhir/Procedure"})
    server.get("https://evil.example.net/fhir", json=EMPTY)
    server.get("https://evil.example.net/fhir/Procedure", json=EMPTY)
    answer = post(alone)
    assert answer.status_code == 200
    assert "mm-data" in [card["source"]["topic"]["code"] for card in answer.get_json()["cards"]]
    assert not [item for item in server.calls if "evil" in str(item.request.url)]


def test_R38_pages_of_the_server_are_followed(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body, hook_request: Body
) -> None:
    expected = summaries(post(hook_request))
    serve(server, hook_request["prefetch"], leave_out=("observations",))
    entries = hook_request["prefetch"]["observations"]["entry"]
    middle = len(entries) // 2
    first = {
        "resourceType": "Bundle", "total": len(entries), "entry": entries[:middle],
        "link": [{"relation": "next", "url": "?_getpages=abc"}],
    }  # fmt: skip

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        second = {"resourceType": "Bundle", "total": len(entries), "entry": entries[middle:]}
        content = second if "_getpages" in parse_qs(urlsplit(request.url).query) else first
        return 200, {}, orjson.dumps(content)

    server.add_callback(responses.GET, f"{BASE}/Observation", callback=answer)
    assert summaries(post(alone)) == expected


def test_R38_pages_of_the_prefetch_are_followed_with_the_token(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    expected = summaries(post(hook_request))
    page = hook_request["prefetch"]["observations"]
    rest = {"resourceType": "Bundle", "entry": page["entry"][40:]}
    page["entry"] = page["entry"][:40]
    page["link"] = [{"relation": "next", "url": f"{BASE}?page=2"}]
    server.get(BASE, json=rest)
    assert summaries(post(with_server(hook_request))) == expected
    assert server.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_R38_pages_that_go_in_a_circle_end(
    server: responses.RequestsMock, post: Callable[..., Any], alone: Body, hook_request: Body
) -> None:
    serve(server, hook_request["prefetch"], leave_out=("allergies",))
    circle = {**EMPTY, "link": [{"relation": "next", "url": f"{BASE}/AllergyIntolerance?page=2"}]}
    server.get(f"{BASE}/AllergyIntolerance", json=circle)
    assert post(alone).status_code == 200


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body, status: int
) -> None:
    full = hook_request["prefetch"].pop("conditions")
    server.get(f"{BASE}/Condition", status=status, headers={"Retry-After": "0"})
    server.get(f"{BASE}/Condition", json=full)
    assert summaries(post(with_server(hook_request)))
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        ({"status": 401, "body": "token expired"}, "401"),
        ({"status": 403}, "403"),
        ({"status": 404}, "404"),
        ({"status": 500}, "500"),
        ({"body": "<html>", "status": 200}, "not FHIR JSON"),
        ({"body": '{"resourceType": "Bundle", "entry": [', "status": 200}, "not FHIR JSON"),
        ({"body": ConnectionError("reset"), "status": 200}, "could not be reached"),
        ({"json": {"resourceType": "OperationOutcome"}}, "error"),
        ({"status": 307, "headers": {"Location": f"{BASE}/Patient"}}, "redirected"),
    ],
)
def test_R33_a_server_that_does_not_give_the_conditions_is_412(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body, reply: Body, word: str
) -> None:
    del hook_request["prefetch"]["conditions"]
    server.get(f"{BASE}/Condition", **reply)
    answer = post(with_server(hook_request))
    assert answer.status_code == 412
    text = answer.get_json()["issue"][0]["diagnostics"]
    assert "conditions" in text
    assert word in text
    assert TOKEN not in answer.get_data(as_text=True)


def test_an_answer_that_is_too_large_is_not_read(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    del hook_request["prefetch"]["conditions"]
    server.get(f"{BASE}/Condition", body=b" " * 3_000_000)
    answer = post(with_server(hook_request), max_body_mb=2)
    assert "larger" in answer.get_json()["issue"][0]["diagnostics"]


def test_what_else_cannot_be_fetched_is_named_in_a_card(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    del hook_request["prefetch"]["observations"]
    server.get(f"{BASE}/Observation", status=500)
    answer = post(with_server(hook_request))
    assert "mm-data" in [card["source"]["topic"]["code"] for card in answer.get_json()["cards"]]


def test_some_servers_want_the_type_in_front_of_the_id(
    server: responses.RequestsMock, post: Callable[..., Any], hook_request: Body
) -> None:
    full = hook_request["prefetch"].pop("medicationStatements")
    patient = hook_request["context"]["patientId"]

    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        query = parse_qs(urlsplit(request.url).query)
        if query["patient"] != [f"Patient/{patient}"] or "_include" in query:
            return 400, {}, b"{}"
        return 200, {}, orjson.dumps(full)

    server.add_callback(responses.GET, f"{BASE}/MedicationStatement", callback=answer)
    assert summaries(post(with_server(hook_request)))


def test_R40_the_token_is_not_logged(
    server: responses.RequestsMock,
    post: Callable[..., Any],
    alone: Body,
    hook_request: Body,
    capsys: pytest.CaptureFixture[str],
) -> None:
    serve(server, hook_request["prefetch"])
    post(alone, log_level="debug")
    logged = capsys.readouterr().err
    assert '"status": 200' in logged
    assert TOKEN not in logged
    assert hook_request["context"]["patientId"] not in logged
