"""STRICT mode: whatever is used and not valid is found, however it was sent; a verdict is reached once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from cds_service import strict
from cds_service.parts import Part
from cds_service.strict import ISSUE, without_invalid
from fhir_mappings.read import read_bundles

Body = dict[str, Any]


def _broken(bundle: Body) -> tuple[str, Body]:
    """Take the status, which R4 requires, from the first daratumumab of a bundle."""
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "MedicationStatement" and "daratumumab" in str(resource).lower():
            del resource["status"]
            return f"MedicationStatement/{resource['id']}", entry
    raise AssertionError("the shipped patient has a daratumumab statement")


def _dropped(body: Any) -> set[str]:
    """Return what STRICT takes out of a body, by the notes that say so."""
    part = Part.of(body if isinstance(body, bytes) else orjson.dumps(body))
    parts = without_invalid([part], list(read_bundles([part.entries]).values()))
    if parts is None:
        return set()
    kept = {entry.resource.id for one in parts for entry in one.entries.entries}
    found = {note.resource for one in parts for note in one.entries.notes if note.issue == ISSUE}
    assert not {name.rpartition("/")[2] for name in found} & kept
    return found


def test_a_valid_chart_loses_nothing(bundle: Body) -> None:
    assert _dropped(bundle) == set()


@pytest.mark.parametrize(
    "sent",
    [
        lambda bundle: bundle,
        lambda bundle: {"resourceType": "Bundle", "type": "batch-response", "entry": [{"resource": bundle}]},
        lambda bundle: [entry["resource"] for entry in bundle["entry"]],
        lambda bundle: bundle | {"entry": [*bundle["entry"], {"resource": {"resourceType": "Coverage", "id": "c1"}}]},
        lambda bundle: bundle | {"entry": [*bundle["entry"], 7, None, {}]},
    ],
    ids=["bundle", "bundle in a bundle", "list", "with a type that nobody reads", "with what is no entry"],
)
def test_what_is_not_valid_is_not_used(bundle: Body, sent: Callable[[Body], Any]) -> None:
    name, _ = _broken(bundle)
    assert _dropped(sent(bundle)) == {name}


@pytest.mark.parametrize("beside", [[], [{"resource": {"resourceType": "Coverage", "id": "c1"}}]])
def test_a_resource_without_an_id_is_looked_at_too(bundle: Body, beside: list[Body]) -> None:
    _, entry = _broken(bundle)
    del entry["resource"]["id"]
    entry["fullUrl"] = "urn:uuid:0f7a0a3e-8a4f-4a53-9c43-9a6a3a1f6b1d"
    bundle["entry"] += beside
    assert _dropped(bundle) == {entry["fullUrl"]}
    del entry["fullUrl"]
    assert len(_dropped(bundle)) == 1


def test_a_broken_character_is_not_valid_and_hides_nothing(bundle: Body) -> None:
    name, entry = _broken(bundle)
    entry["resource"]["status"] = "completed"
    entry["resource"]["note"] = [{"text": "MARK"}]
    assert _dropped(orjson.dumps(bundle).replace(b"MARK", b"\xff")) == {name}


def test_a_verdict_is_reached_once_and_the_number_of_them_is_bounded(
    bundle: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    monkeypatch.setattr(strict, "_VERDICTS", strict._Verdicts())

    def valid(raw: bytes) -> bool:
        asked.append(raw)
        return True

    monkeypatch.setattr(strict, "_is_valid", valid)
    assert _dropped(bundle) == set()
    first = len(asked)
    assert first > 5
    assert _dropped(bundle) == set()
    assert len(asked) == first
    bundle["entry"][0]["resource"]["language"] = "en"
    name, entry = _broken(bundle)
    assert name
    assert _dropped(bundle) == set()
    assert orjson.loads(asked[-1])["id"] == entry["resource"]["id"]
    monkeypatch.setattr(strict, "MOST_VERDICTS", 3)
    fresh = strict._Verdicts()
    for number in range(10):
        assert fresh.of(b"%d" % number)
    assert len(fresh._known) == 3
