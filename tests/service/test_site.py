"""Restrictions of a site: from settings and requests to the advice, always said, never in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from cds_service.settings import SettingsError, load_settings
from cds_service.settings_list import describe
from cds_service.site import NOTE, Site, hidden_regimens, lifted_programmes, marked_regimens

SERVICE = "/cds-services/myeloma-patient-view"
OPTIONS = "org.myeloma-cds.options"
Body = dict[str, Any]


def document(app: Flask, body: Body) -> Body:
    answer = app.test_client().post(SERVICE, json=body)
    assert answer.status_code == 200, answer.get_json()
    found: Body = answer.get_json()["cards"][0]["extension"]["org.myeloma-cds.assessment"]
    return found


def reasons(found: Body, regimen: str) -> list[str]:
    return [text for item in found["notSuggested"] if item["regimen"] == regimen for text in item["because"]]


def offered(found: Body) -> list[str]:
    return [item["regimen"] for item in found["recommendations"]]


def test_settings_hide_a_regimen_and_say_so(make_app: Callable[..., Flask], hook_request: Body) -> None:
    free = document(make_app(), hook_request)
    assert {"cilta_cel", "Kd"} <= set(offered(free))
    found = document(make_app(hidden_regimens="cilta_cel, IRd"), hook_request)
    assert "cilta_cel" not in offered(found)
    for name in ("cilta_cel", "IRd"):
        assert any("this site does not offer it" in text for text in reasons(found, name)), name
    assert found["labels"]["cilta_cel"] == free["labels"]["cilta_cel"]


def test_settings_mark_a_regimen(make_app: Callable[..., Flask], hook_request: Body) -> None:
    app = make_app(marked_regimens='{"Kd": "pharmacy approval first"}')
    cards = app.test_client().post(SERVICE, json=hook_request).get_json()["cards"]
    assert any("pharmacy approval first" in card.get("detail", "") for card in cards)


def test_a_request_has_its_own_list(make_app: Callable[..., Flask], hook_request: Body) -> None:
    extension = hook_request.setdefault("extension", {}).setdefault(OPTIONS, {})
    extension |= {"hiddenRegimens": ["Kd"], "markedRegimens": {"cilta_cel": "ask the board"}, "liftedProgrammes": []}
    found = document(make_app(hidden_regimens="cilta_cel"), hook_request)
    assert "Kd" not in offered(found)
    assert "cilta_cel" in offered(found)
    closed = document(make_app(hidden_regimens="cilta_cel", allow_request_options=False), hook_request)
    assert "Kd" in offered(closed)
    assert "cilta_cel" not in offered(closed)


def test_lifted_programmes_are_no_longer_mentioned(make_app: Callable[..., Flask], hook_request: Body) -> None:
    def programme(found: Body) -> bool:
        return any(
            "(REMS) for bispecific" in one["text"] for item in found["recommendations"] for one in item["cautions"]
        )

    assert programme(document(make_app(), hook_request))
    assert not programme(document(make_app(lifted_programmes="bispecific"), hook_request))


@pytest.mark.parametrize(
    ("name", "value"),
    [("hiddenRegimens", ["XYZ"]), ("hiddenRegimens", 5), ("hiddenRegimens", [5]), ("markedRegimens", {"XYZ": "note"}),
     ("markedRegimens", {"Kd": ""}), ("markedRegimens", {"Kd": "two\nlines"}), ("liftedProgrammes", ["car-t"])],
)  # fmt: skip
def test_a_wrong_restriction_is_400(make_app: Callable[..., Flask], hook_request: Body, name: str, value: Any) -> None:
    hook_request["extension"] = {OPTIONS: {name: value}}
    answer = make_app().test_client().post(SERVICE, json=hook_request)
    assert answer.status_code == 400
    assert name in answer.get_json()["issue"][0]["diagnostics"]


def test_assess_takes_restrictions_as_text(make_app: Callable[..., Flask], hook_request: Body) -> None:
    client = make_app().test_client()
    answer = client.post("/assess?asOf=2026-11-01&hiddenRegimens=cilta_cel,Kd", json=hook_request)
    assert answer.status_code == 200
    assert not {"cilta_cel", "Kd"} & set(offered(answer.get_json()))
    assert client.post("/assess?hiddenRegimens=cilta-cel", json=hook_request).status_code == 400


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HIDDEN_REGIMENS", "cilta_cel,ciltacel", "'ciltacel' is not a regimen id"),
        ("MARKED_REGIMENS", "{not json", "this is not JSON"),
        ("MARKED_REGIMENS", '{"Xd": "note"}', "'Xd' is not a regimen id"),
        ("LIFTED_PROGRAMMES", "blenrep", "'blenrep' is not a programme; known: belantamab, bispecific"),
    ],
)
def test_a_wrong_setting_names_itself(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"MYELOMA_CDS_{name}", value)
    with pytest.raises(SettingsError, match=f"MYELOMA_CDS_{name}: {words}"):
        load_settings()


def test_config_shows_restrictions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYELOMA_CDS_HIDDEN_REGIMENS", "Kd,cilta_cel")
    rows = {name: value for name, _, value, _, _ in describe(load_settings())}
    assert rows["MYELOMA_CDS_HIDDEN_REGIMENS"] == "Kd,cilta_cel"


def test_equal_sites_are_equal_however_they_are_written() -> None:
    assert hidden_regimens("SVd, Kd,,Kd") == hidden_regimens(["Kd", "SVd"]) == ("Kd", "SVd")
    assert marked_regimens("SVd,Kd") == (("Kd", NOTE), ("SVd", NOTE))
    assert marked_regimens('{"SVd": " note "}') == marked_regimens({"SVd": "note"}) == (("SVd", "note"),)
    assert lifted_programmes("") == ()
    assert hash(Site(("Kd",))) == hash(Site(("Kd",)))
