"""A request decoded in one pass with its prefetch says the same as one whose values are looked at one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service import demo
from cds_service.hooks.messages import parse_request
from cds_service.hooks.prefetch import Supply, take_stock
from fhir_mappings.read import Entries
from tests.service.conftest import RELAPSE

Body = dict[str, Any]
HOOK = "patient-view"


def _said(stock: dict[str, Supply]) -> dict[str, Any]:
    """Return what a stock holds, without the bytes behind it."""
    return {
        key: (
            one.state,
            one.next_url,
            one.reason,
            one.types,
            [[(entry.resource, entry.full_url, entry.notes) for entry in part.entries.entries] for part in one.parts],
            [(part.entries.notes, part.entries.failed, part.entries.truncated, part.entries.searched) for part in one.parts],
        )
        for key, one in stock.items()
    }  # fmt: skip


def _both(body: bytes) -> tuple[Any, Any]:
    whole, sent = parse_request(body, HOOK), parse_request(body, HOOK, as_sent=True)
    assert not any(isinstance(value, Entries) for value in sent.prefetch.values())
    return _said(take_stock(whole.prefetch)), _said(take_stock(sent.prefetch))


def _in_one_pass(body: bytes) -> bool:
    return any(isinstance(value, Entries) for value in parse_request(body, HOOK).prefetch.values())


@pytest.mark.parametrize("name", sorted(demo.patient_ids()))
def test_shipped_requests(name: str) -> None:
    body = bytes(demo.load_request(name))
    whole, sent = _both(body)
    assert whole == sent


def test_a_request_in_order_is_decoded_in_one_pass(hook_request: Body) -> None:
    hook_request["prefetch"]["allergies"] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    hook_request["prefetch"]["procedures"] = None
    body = orjson.dumps(hook_request)
    assert _in_one_pass(body)
    whole, sent = _both(body)
    assert whole == sent


@pytest.mark.parametrize(
    "change",
    [
        lambda prefetch: prefetch["observations"].update(total=100_000),
        lambda prefetch: prefetch["observations"].update(link=[{"relation": "next", "url": "https://ehr.example.org/2"}]),
        lambda prefetch: prefetch["observations"].update(link="x"),
        lambda prefetch: prefetch["observations"]["entry"].append(None),
        lambda prefetch: prefetch["observations"]["entry"].append({"resource": {"resourceType": "Coverage"}}),
        lambda prefetch: prefetch["observations"]["entry"].append({"resource": {"resourceType": "OperationOutcome"}}),
        lambda prefetch: prefetch["observations"]["entry"].append({"resource": prefetch["conditions"]}),
        lambda prefetch: prefetch["conditions"]["entry"][0]["resource"].update(onsetDateTime=2019),
        lambda prefetch: prefetch.update(allergies={"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}),
        lambda prefetch: prefetch.update(coverage={"resourceType": "Coverage", "id": "c"}),
        lambda prefetch: prefetch.update(allergies=[]),
        lambda prefetch: prefetch.update(allergies="none"),
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_looked_at_by_itself(hook_request: Body, change: Callable[[Body], Any]) -> None:
    change(hook_request["prefetch"])
    body = orjson.dumps(hook_request)
    assert not _in_one_pass(body)
    whole, sent = _both(body)
    assert whole == sent


def test_a_broken_character_in_a_value_costs_what_it_stands_in(hook_request: Body) -> None:
    entry = hook_request["prefetch"]["conditions"]["entry"][0]["resource"]
    entry["code"]["text"] = "MARK"
    body = orjson.dumps(hook_request).replace(b"MARK", b"Myeloma \xff")
    assert not _in_one_pass(body)
    whole, sent = _both(body)
    assert whole == sent
    assert "Myeloma \ufffd" in str(whole)


@given(st.data())
def test_any_change_of_a_request(data: st.DataObject) -> None:
    request = orjson.loads(demo.load_request(RELAPSE))
    prefetch = request["prefetch"]
    key = data.draw(st.sampled_from(sorted(key for key, value in prefetch.items() if value and "entry" in value)))
    odd: st.SearchStrategy[Any] = st.sampled_from([None, 7, "x", [], {}, [{}], {"resourceType": "Bundle"}, True])
    spot = data.draw(st.sampled_from(["value", "entry", "resource", "member"]))
    if spot == "value":
        prefetch[key] = data.draw(odd)
    elif spot == "entry":
        prefetch[key]["entry"].insert(0, data.draw(odd))
    elif spot == "resource":
        prefetch[key]["entry"][0]["resource"] = data.draw(odd)
    else:
        resource = prefetch[key]["entry"][0]["resource"]
        resource[data.draw(st.sampled_from(sorted(resource)))] = data.draw(odd)
    whole, sent = _both(orjson.dumps(request))
    assert whole == sent
