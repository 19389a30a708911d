"""Requests that cannot be answered: each gets its status and an OperationOutcome (R06 to R08, R30 to R32)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cds_service.context import PIPELINE
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings

SERVICE = "/cds-services/myeloma-patient-view"
SECRET = "Zebrowski-4711"  # noqa: S105 - not a secret
Body = dict[str, Any]
Call = Callable[..., Any]


def refused(answer: Any, status: int, *words: str) -> str:
    """Check the shape of a refusal and return its diagnostics."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/json"
    body = answer.get_json()
    assert body["resourceType"] == "OperationOutcome"
    (issue,) = body["issue"]
    assert issue["severity"] == "error"
    assert issue["code"]
    text: str = issue["diagnostics"]
    for word in words:
        assert word in text
    assert "Traceback" not in answer.get_data(as_text=True)
    assert SECRET not in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return text


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   ", b"{", b'{"hook": "patient-view",}', b"not json", b"[]", b'"text"', b"null", b"12", b"\xff\xfe{}",
        b"<html></html>", b'{"hook": NaN}', b"{} {}", b'{"a":' * 5000, b"[" * 100_000,
    ],
)  # fmt: skip
def test_R08_what_is_not_one_json_object_is_400(client: FlaskClient, body: bytes) -> None:
    refused(client.post(SERVICE, data=body, content_type="application/json"), 400)


def test_R08_a_byte_order_mark_is_understood(client: FlaskClient, hook_request: Body) -> None:
    import orjson

    body = b"\xef\xbb\xbf" + orjson.dumps(hook_request)
    assert client.post(SERVICE, data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("hook", ["order-select", "order-sign", "patient-View", "", 7, None, ["patient-view"]])
def test_R08_the_wrong_hook_is_400(call: Call, hook_request: Body, hook: Any) -> None:
    refused(call({**hook_request, "hook": hook}), 400, "hook", "patient-view")


@pytest.mark.parametrize(
    ("member", "wanted"), [("hook", '"patient-view"'), ("hookInstance", "a UUID"), ("context", "userId and patientId")]
)
def test_R30_a_missing_member_is_400_and_named(call: Call, hook_request: Body, member: str, wanted: str) -> None:
    del hook_request[member]
    refused(call(hook_request), 400, f"{member} is missing", "Please send", wanted)


@pytest.mark.parametrize("value", [None, "", 3, {}])
def test_R30_hook_instance_is_a_text(call: Call, hook_request: Body, value: Any) -> None:
    refused(call({**hook_request, "hookInstance": value}), 400, "hookInstance")


def test_R30_hook_instance_may_be_another_text_than_a_uuid(call: Call, hook_request: Body) -> None:
    assert call({**hook_request, "hookInstance": "epic-1234"}).status_code == 200


@pytest.mark.parametrize("value", [None, "x", [], 5])
def test_R30_context_is_an_object(call: Call, hook_request: Body, value: Any) -> None:
    refused(call({**hook_request, "context": value}), 400, "context")


@pytest.mark.parametrize("member", ["userId", "patientId"])
@pytest.mark.parametrize("value", ["absent", None, "", "  ", 17, {"reference": "Patient/x"}])
def test_R31_context_needs_user_and_patient(call: Call, hook_request: Body, member: str, value: Any) -> None:
    if value == "absent":
        del hook_request["context"][member]
    else:
        hook_request["context"][member] = value
    example = {"userId": '"Practitioner/123"', "patientId": '"123"'}[member]
    refused(call(hook_request), 400, f"context.{member}", example)


@pytest.mark.parametrize("value", ["../Patient/1", "a/b", "Patient/", "a\nb"])
def test_R31_patient_id_is_a_bare_id(call: Call, hook_request: Body, value: str) -> None:
    hook_request["context"]["patientId"] = value
    refused(call(hook_request), 400, "context.patientId")


def test_R31_patient_id_with_its_type_is_understood(call: Call, hook_request: Body) -> None:
    hook_request["context"]["patientId"] = f"Patient/{hook_request['context']['patientId']}"
    assert call(hook_request).get_json()["cards"]


@pytest.mark.parametrize("value", [5, [], "x"])
def test_R30_authorization_is_an_object_with_a_token(call: Call, hook_request: Body, value: Any) -> None:
    request = {**hook_request, "fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": value}
    refused(call(request), 400, "fhirAuthorization")


@pytest.mark.parametrize("token", [None, "", 5, "a\r\nX-Evil: 1", "ä"])
def test_R30_the_token_is_printable(call: Call, hook_request: Body, token: Any) -> None:
    request = {
        **hook_request, "fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": {"access_token": token},
    }  # fmt: skip
    refused(call(request), 400, "access_token")


def test_R30_authorization_needs_a_server(call: Call, hook_request: Body) -> None:
    refused(call({**hook_request, "fhirAuthorization": {"access_token": SECRET}}), 400, "fhirServer")


@pytest.mark.parametrize("value", [[], "text", 5])
def test_R08_prefetch_is_an_object(call: Call, hook_request: Body, value: Any) -> None:
    refused(call({**hook_request, "prefetch": value}), 400, "prefetch")


def test_R32_unknown_members_are_ignored(call: Call, hook_request: Body) -> None:
    plain = call(hook_request)
    hook_request["somethingNew"] = {"deep": [None, {}]}
    hook_request["context"]["encounterId"] = None
    hook_request["context"]["fromTheFuture"] = [1]
    hook_request["extension"]["com.epic.cdshooks.request.bpa-trigger-action"] = "23"
    hook_request["prefetch"]["-user"] = {"resourceType": "Practitioner", "id": "p"}
    hook_request["prefetch"]["odd"] = "<html>"
    answer = call(hook_request)
    assert answer.status_code == 200
    assert [card["summary"] for card in answer.get_json()["cards"]] == [
        card["summary"] for card in plain.get_json()["cards"]
    ]


@pytest.mark.parametrize(
    "path",
    ["/cds-services/no-such-service", "/cds-services/no-such-service/feedback", "/nowhere", f"{SERVICE}/x/feedback"],
)
def test_R08_an_unknown_service_is_404(client: FlaskClient, path: str) -> None:
    refused(client.post(path, json={"hook": "patient-view"}), 404, "/cds-services")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SERVICE, "POST"), ("PUT", SERVICE, "POST"), ("DELETE", SERVICE, "POST"), ("POST", "/cds-services", "GET"),
        ("GET", "/assess", "POST"), ("POST", "/healthz", "GET"), ("PATCH", "/schemas/assessment.json", "GET"),
    ],
)  # fmt: skip
def test_R08_the_wrong_method_is_405_with_allow(client: FlaskClient, method: str, path: str, allowed: str) -> None:
    answer = client.open(path, method=method)
    refused(answer, 405)
    assert allowed in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/html"]
)
def test_R08_the_wrong_media_type_is_415(client: FlaskClient, media: str) -> None:
    refused(client.post(SERVICE, data=b"{}", content_type=media), 415, "application/json")


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "application/fhir+json", None])
def test_R08_json_media_types_are_taken(client: FlaskClient, media: str | None) -> None:
    refused(client.post(SERVICE, data=b"{}", content_type=media), 400)


def test_R08_other_encodings_are_415(client: FlaskClient) -> None:
    refused(client.post(SERVICE, data=b"{}", content_type="application/json; charset=utf-16"), 415)
    headers = {"Content-Encoding": "gzip"}
    refused(client.post(SERVICE, data=b"{}", content_type="application/json", headers=headers), 415)


def test_R08_too_large_is_413(make_app: Callable[..., Flask]) -> None:
    client = make_app(max_body_mb=0.01).test_client()
    refused(client.post(SERVICE, data=b" " * 20_000, content_type="application/json"), 413, "0.01 MB")


def test_a_body_of_19_mb_passes_by_default() -> None:
    assert Settings().max_body_bytes > 19_170_537


def test_R08_a_failure_of_ours_is_500_without_a_trace(
    make_app: Callable[..., Flask], hook_request: Body, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken(Pipeline):
        def assess(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError(SECRET)

    app = make_app()
    app.extensions[PIPELINE] = Broken()
    refused(app.test_client().post(SERVICE, json=hook_request), 500, "X-Request-ID")
    logged = capsys.readouterr().err
    assert "RuntimeError" in logged
    assert SECRET not in logged
