"""Requests in the shape that HealthChain's sandbox client sends: no null keys, an invented patient, extension as a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Body = dict[str, Any]
Call = Callable[..., Any]


@pytest.fixture
def sent(hook_request: Body) -> Body:
    """Return what the client makes of a patient: a model dumped without its empty members."""
    return {
        "hook": "patient-view",
        "hookInstance": hook_request["hookInstance"],
        "context": {"userId": "Practitioner/a-random-user", "patientId": hook_request["context"]["patientId"]},
        "prefetch": {key: value for key, value in hook_request["prefetch"].items() if value is not None},
        "extension": [{"url": "https://example.org/x"}],
    }


def test_R32_R35_a_client_that_leaves_empty_members_out(call: Call, sent: Body) -> None:
    answer = call(sent)
    assert answer.status_code == 200
    assert answer.get_json()["cards"][0]["source"]["topic"]["code"] == "mm-history"


def test_R43_a_client_that_invents_the_patient_id(call: Call, sent: Body) -> None:
    sent["context"]["patientId"] = "5a2f9b1c-random"
    answer = call(sent)
    assert answer.status_code == 412
    text = answer.get_json()["issue"][0]["diagnostics"]
    assert "another patient" in text
    assert "5a2f9b1c" not in text


def test_R32_resources_under_the_lower_case_names_of_their_types(call: Call, sent: Body) -> None:
    renamed = {"medicationstatement": "medicationStatements", "condition": "conditions", "observation": "observations"}
    sent["prefetch"] = {new: sent["prefetch"][old] for new, old in renamed.items()}
    assert call(sent).status_code == 200


def test_R58_isRecommended_is_always_a_boolean(call: Call, sent: Body) -> None:
    suggestions = [one for card in call(sent).get_json()["cards"] for one in card.get("suggestions", [])]
    assert suggestions
    assert all(type(one["isRecommended"]) is bool for one in suggestions)
