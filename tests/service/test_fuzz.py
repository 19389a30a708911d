"""No 5xx, whatever is sent: at least 10,000 generated examples through WSGI and 500 through a socket."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service import demo
from cds_service.app import create_app
from cds_service.pipeline import Pipeline
from cds_service.settings import Settings
from tests.service.live import running_service

DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))
ADDRESSES = (
    "/cds-services/myeloma-patient-view", "/cds-services/myeloma-order-select", "/cds-services/myeloma-order-sign",
    "/cds-services/myeloma-patient-view/feedback", "/assess",
)  # fmt: skip
REQUEST = orjson.loads(demo.load_request("mgus"))
for _bundle in REQUEST["prefetch"].values():  # a small chart: what is drawn matters, and there are many examples
    if isinstance(_bundle, dict) and len(_bundle.get("entry", ())) > 2:
        _bundle |= {"entry": _bundle["entry"][:2], "total": 2}
KEYS = (*REQUEST["prefetch"], "medicationDispenses", "-user", "odd")
TYPES = (
    "Patient",
    "Condition",
    "MedicationRequest",
    "Observation",
    "Bundle",
    "OperationOutcome",
    "Nothing",
    "Procedure",
)
EXAMPLES = 2_020 * DEEP
APP = create_app(Settings(log_level="error", database_url="sqlite://"), Pipeline(), loopback=True)

LEAVES: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["2026-11-01", "Patient/mgus", "active", "lenalidomide", "draft", "C90.00", "http://loinc.org", "accepted"]
    )
)
NAMES = st.sampled_from(
    [
        "resourceType", "id", "status", "code", "coding", "system", "text", "subject", "reference", "entry", "resource",
        "value", "valueQuantity", "effectiveDateTime", "medicationCodeableConcept", "dosage", "link", "total", "contained",
        "card", "outcome", "outcomeTimestamp", "acceptedSuggestions", "overrideReason", "url", "relation", "extension",
    ]
) | st.text(max_size=8)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=8
)
RESOURCE = st.builds(
    lambda kind, members: {**members, "resourceType": kind},
    st.sampled_from(TYPES),
    st.dictionaries(NAMES, ANYTHING, max_size=6),
)
BUNDLE = st.builds(
    lambda entries, more: {"resourceType": "Bundle", "entry": entries, **more},
    st.lists(ANYTHING | RESOURCE | st.builds(lambda one: {"resource": one}, RESOURCE), max_size=4),
    st.dictionaries(st.sampled_from(["total", "link", "type"]), ANYTHING, max_size=2),
)
PREFETCH = st.dictionaries(st.sampled_from(KEYS), st.none() | BUNDLE | RESOURCE | ANYTHING, max_size=3)
HOOKS = st.sampled_from(["patient-view", "order-select", "order-sign"])


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """Draw a hook request that is nearly right, or feedback, or anything at all."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(ANYTHING)
    if kind == 1:
        return {"feedback": draw(st.lists(ANYTHING | st.dictionaries(NAMES, ANYTHING, max_size=6), max_size=4))}
    body = {**REQUEST, "hook": draw(HOOKS), "context": {**REQUEST["context"]}}
    body["prefetch"] = {**REQUEST["prefetch"], **draw(PREFETCH)} if kind < 7 else draw(PREFETCH)
    body["context"] |= {"draftOrders": draw(BUNDLE), "selections": draw(st.lists(st.text(max_size=9), max_size=2))}
    if kind == 3:
        body[draw(st.sampled_from([*body, "fhirServer", "fhirAuthorization", "extension"]))] = draw(ANYTHING)
    if kind == 4:
        name = draw(st.sampled_from(["userId", "patientId", "encounterId", "draftOrders", "selections"]))
        body["context"][name] = draw(ANYTHING)
    return body


def address_of(body: Any, drawn: str) -> str:
    """Send most hook requests to the service of their hook, so that they get beyond the door."""
    if isinstance(body, dict) and "feedback" not in body and drawn != "/assess" and isinstance(body.get("hook"), str):
        return (
            f"/cds-services/myeloma-{body['hook']}"
            if body["hook"] in {"patient-view", "order-select", "order-sign"}
            else drawn
        )
    return drawn


def judge(status: int, content: bytes) -> None:
    assert status < 500, content
    if status != 200:
        assert orjson.loads(content)["resourceType"] == "OperationOutcome"


def wire(body: Any) -> bytes:
    return json.dumps(body).encode()


COMMON: dict[str, Any] = {
    "deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": DEEP == 1, "database": None,
    "report_multiple_bugs": False, "print_blob": True,
}  # fmt: skip
"""The same examples in every ordinary run, others in every deep one; a failure prints how to repeat it."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_5xx_through_wsgi(address: str) -> None:
    client: FlaskClient = APP.test_client()
    seen = 0

    @settings(max_examples=EXAMPLES, **COMMON)
    @given(body=bodies())
    def run(body: Any) -> None:
        nonlocal seen
        seen += 1
        answer = client.post(address_of(body, address), data=wire(body), content_type="application/json")
        judge(answer.status_code, answer.data)

    run()
    assert seen >= EXAMPLES * 0.9


@pytest.mark.slow
def test_no_5xx_for_bytes() -> None:
    client: FlaskClient = APP.test_client()

    @settings(max_examples=500 * DEEP, **COMMON)
    @given(body=st.binary(max_size=200), media=st.sampled_from([None, "application/json", "application/x-ndjson", "x/y"]),
           address=st.sampled_from(ADDRESSES))  # fmt: skip
    def run(body: bytes, media: str | None, address: str) -> None:
        answer = client.post(address, data=body, content_type=media)
        judge(answer.status_code, answer.data)

    run()


SCHEMA = schemathesis.openapi.from_wsgi("/openapi.json", APP)


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=20 * DEEP, **COMMON)
def test_no_5xx_by_the_openapi_document(case: Any) -> None:
    answer = case.call()
    assert answer.status_code < 500
    assert answer.headers["x-content-type-options"] == ["nosniff"]


@pytest.mark.slow
def test_no_5xx_through_the_socket(tmp_path: Path) -> None:
    with running_service(tmp_path, "--workers", "2", log_level="error") as live:

        @settings(max_examples=500 * DEEP, **COMMON)
        @given(body=bodies(), address=st.sampled_from(ADDRESSES))
        def run(body: Any, address: str) -> None:
            answer = live.post(address_of(body, address), data=wire(body), headers={"Content-Type": "application/json"})
            judge(answer.status_code, answer.content)

        run()
        assert live.process.poll() is None
        assert not [line for line in live.lines if "unexpected" in line]
