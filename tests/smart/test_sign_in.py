"""From the launch to the page, and everything on the way that is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from cds_service.settings import Settings, SettingsError
from cds_service.smart.setup import refuse_unsafe
from tests.smart.conftest import BASE, Person
from tests.smart.smart_stub import OTHER_SECRETS, TOKEN_MARK, Ehr


def diagnostics(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    content = answer.get_json()
    assert content["resourceType"] == "OperationOutcome"
    return str(content["issue"][0]["diagnostics"])


@pytest.mark.parametrize("query", [{"launch": "launch-1"}, {}])
def test_an_ehr_launch_and_a_standalone_launch_lead_to_the_chart(
    person: Person, ehr: Ehr, query: dict[str, str]
) -> None:
    sent = person.launch(iss=ehr.iss, **query)
    asked = parse_qs(urlsplit(sent.location).query)
    assert ("launch" in asked) == ("launch" in query)
    page = person.open(**query)
    assert page.status_code == 200
    assert ehr.complaints == []
    for text in ("D-VRd", "Ciltacabtagene autoleucel", "CARTITUDE-4", "daratumumab refractory", "Not suggested"):
        assert text in page.text
    assert len(ehr.tokens) == 1


def test_without_iss_the_answer_names_it(person: Person) -> None:
    assert "iss" in diagnostics(person.launch(), 400)
    page = person.client.get("/smart/launch", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 400
    assert page.mimetype == "text/html"
    assert "iss" in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_without_a_client_id_the_launch_says_what_to_set(make_app: Callable[..., Flask], ehr: Ehr) -> None:
    client = make_app(smart_client_id="").test_client()
    assert "iss" in diagnostics(client.get("/smart/launch"), 400)
    assert "MYELOMA_CDS_SMART_CLIENT_ID" in diagnostics(client.get("/smart/launch", query_string={"iss": ehr.iss}), 404)
    assert ehr.asked == []


@pytest.mark.parametrize(
    "iss",
    ["https://elsewhere.example/r4", "http://169.254.169.254/latest", "http://127.0.0.1:1/ok", "javascript:alert(1)"],
)
def test_a_foreign_issuer_is_refused_and_never_asked(person: Person, ehr: Ehr, iss: str) -> None:
    text = diagnostics(person.launch(iss=iss, launch="launch-1"), 403)
    assert "MYELOMA_CDS_FHIR_SERVERS" in text
    assert iss not in text
    assert ehr.asked == []


@pytest.mark.parametrize("change", [{"state": "x" * 43}, {"state": ""}, {"state": None}])
def test_a_wrong_or_missing_state_is_refused(person: Person, ehr: Ehr, change: dict[str, str | None]) -> None:
    query = {name: values[0] for name, values in parse_qs(urlsplit(person.sign_in()).query).items()}
    wrong = {name: value for name, value in (query | change).items() if value is not None}
    diagnostics(person.client.get("/smart/callback", query_string=wrong), 400)
    assert ehr.tokens == []


def test_a_state_works_once_and_only_in_the_browser_that_began(make_app: Callable[..., Flask], ehr: Ehr) -> None:
    app = make_app()
    one, other = Person(app, ehr), Person(app, ehr)
    back = one.sign_in()
    other.launch(iss=ehr.iss)  # a cookie of its own
    diagnostics(other.client.get(back), 400)
    diagnostics(app.test_client().get(back), 400)
    assert one.client.get(back).status_code == 303
    diagnostics(one.client.get(back), 400)
    assert len(ehr.tokens) == 1


def test_a_sign_in_takes_ten_minutes_at_most(person: Person) -> None:
    with time_machine.travel("2026-11-27T10:00:00Z", tick=False) as clock:
        back = person.sign_in()
        clock.shift(601)
        diagnostics(person.client.get(back), 400)


@pytest.mark.parametrize(
    ("wrong", "answer", "status"),
    [
        ({"expired_code": True}, {}, 400),
        ({"token_status": 500}, {}, 502),
        ({"token_status": 302}, {}, 502),
        ({}, {"patient": None}, 400),
        ({}, {"patient": "../Practitioner/1"}, 400),
        ({}, {"patient": 7}, 400),
        ({}, {"access_token": None}, 502),
        ({}, {"access_token": "two words"}, 502),
        ({}, {"token_type": "mac"}, 502),
        ({}, {"expires_in": 0}, 502),
    ],
)  # fmt: skip
def test_a_token_answer_that_is_no_use_opens_nothing(
    person: Person, ehr: Ehr, wrong: dict[str, Any], answer: dict[str, Any], status: int
) -> None:
    ehr.wrong, ehr.answer = wrong, answer
    diagnostics(person.client.get(person.sign_in()), status)
    diagnostics(person.client.get("/smart/app"), 401)


def test_a_person_who_says_no_is_told_that_nothing_was_read(person: Person, ehr: Ehr) -> None:
    ehr.wrong = {"error": "access_denied"}
    assert "Nothing was read" in diagnostics(person.client.get(person.sign_in()), 403)


def test_an_answer_of_another_authorization_server_is_refused(person: Person, ehr: Ehr) -> None:
    diagnostics(person.client.get(person.sign_in() + "&iss=https://elsewhere.example"), 400)
    assert ehr.tokens == []


@pytest.mark.parametrize(
    ("wrong", "configuration"),
    [
        ({"redirect": "http://127.0.0.2:9/"}, {}),
        ({"discovery_status": 404}, {}),
        ({"discovery_status": 500}, {}),
        ({}, {"code_challenge_methods_supported": ["plain"]}),
        ({}, {"capabilities": ["launch-standalone"]}),
        ({}, {"token_endpoint": None}),
        ({}, {"token_endpoint": "http://elsewhere.example/token"}),
        ({}, {"token_endpoint": "https://10.0.0.7/token"}),
        ({}, {"authorization_endpoint": "javascript:alert(1)"}),
        ({}, {"authorization_endpoint": "https://user@elsewhere.example/authorize"}),
    ],
)  # fmt: skip
def test_a_discovery_that_is_no_use_sends_nobody_anywhere(
    person: Person, ehr: Ehr, wrong: dict[str, Any], configuration: dict[str, Any]
) -> None:
    ehr.wrong, ehr.configuration = wrong, configuration
    answer = person.launch(iss=ehr.iss, launch="launch-1")
    assert "Location" not in answer.headers
    diagnostics(answer, 502)
    assert ehr.asked == ["/ok/.well-known/smart-configuration"]


def test_the_session_ends_with_the_token(person: Person, ehr: Ehr) -> None:
    ehr.answer = {"expires_in": 120}
    with time_machine.travel("2026-11-27T10:00:00Z", tick=True) as clock:
        assert person.open().status_code == 200
        clock.shift(121)
        page = person.client.get("/smart/app", headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert "start the app again" in page.text


def test_signing_out_forgets_the_token(person: Person) -> None:
    back = person.client.get(person.sign_in())
    handle = parse_qs(urlsplit(back.location).query)["s"][0]
    diagnostics(person.client.post("/smart/logout", data={"s": "guessed"}), 401)
    assert "Signed out" in person.client.post("/smart/logout", data={"s": handle}).text
    diagnostics(person.client.get(f"/smart/app?s={handle}"), 401)


def test_two_patients_in_two_tabs_stay_apart(person: Person, ehr: Ehr) -> None:
    first = urlsplit(person.client.get(person.sign_in()).location).query
    ehr.answer = {"patient": "somebody-else"}
    second = urlsplit(person.client.get(person.sign_in()).location).query
    assert first != second
    assert "D-VRd" in person.client.get(f"/smart/app?{first}").text
    assert "D-VRd" not in person.client.get(f"/smart/app?{second}").text


def test_a_link_to_a_session_opens_nothing_in_another_browser(make_app: Callable[..., Flask], ehr: Ehr) -> None:
    app = make_app()
    one = Person(app, ehr)
    query = urlsplit(one.client.get(one.sign_in()).location).query
    diagnostics(app.test_client().get(f"/smart/app?{query}"), 401)


def test_the_part_that_the_card_is_about_is_opened(person: Person, ehr: Ehr) -> None:
    for given, part in (
        ({"appContext": "mm-options"}, "options"),
        ({"intent": "mmdata"}, "missing"),
        ({"appContext": "x"}, ""),
    ):
        ehr.answer = given
        assert urlsplit(person.client.get(person.sign_in()).location).fragment == part
    ehr.answer = {}
    assert urlsplit(person.client.get(person.sign_in(appContext="mm-safety")).location).fragment == "warnings"


def test_a_failed_search_is_named_and_a_refused_chart_says_so(person: Person, ehr: Ehr) -> None:
    ehr.wrong = {"search_fails": "Observation"}
    page = person.open()
    assert page.status_code == 200
    assert "HTTP 500" in page.text
    ehr.tokens.clear()  # the EHR withdrew the token
    page = person.client.get("/smart/app", headers={"Accept": "text/html"})
    assert page.status_code == 412
    assert "refused access (HTTP 401)" in page.text


def test_cookie_and_policy_over_https_and_in_a_frame(make_app: Callable[..., Flask], ehr: Ehr) -> None:
    plain = make_app(public_url="https://cds.example/base").test_client().get(f"/smart/launch?iss={ehr.iss}")
    cookie = plain.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/base/smart"))
    assert parse_qs(urlsplit(plain.location).query)["redirect_uri"] == ["https://cds.example/base/smart/callback"]
    framed = make_app(public_url="https://cds.example", smart_frame_ancestors="https://ehr.example").test_client()
    sent = framed.get(f"/smart/launch?iss={ehr.iss}")
    assert all(word in sent.headers["Set-Cookie"] for word in ("SameSite=None", "Secure", "Partitioned"))
    page = framed.get("/smart/app", headers={"Accept": "text/html"})
    assert "frame-ancestors https://ehr.example" in page.headers["Content-Security-Policy"]


def test_the_token_is_nowhere_to_be_read(
    make_app: Callable[..., Flask], ehr: Ehr, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    person = Person(make_app(database_url=url, secret_key="k" * 40, log_level="debug"), ehr)
    back = person.sign_in()
    code = parse_qs(urlsplit(back).query)["code"][0]
    answers = [person.client.get(back), person.client.get("/smart/app"), person.client.get("/smart/app?s=x")]
    told = "".join(answer.text + str(answer.headers) for answer in answers)
    logged = "".join(capfd.readouterr())
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"sealed" in kept
    assert '"route": "/smart/app"' in logged
    for secret in (TOKEN_MARK, *OTHER_SECRETS, "k" * 40, code):
        assert secret not in told
        assert secret not in logged
        assert secret.encode() not in kept
    assert ehr.patient not in logged
    assert ehr.patient.encode() not in kept


def test_two_replicas_share_a_sign_in_and_a_session(make_app: Callable[..., Flask], ehr: Ehr, tmp_path: Path) -> None:
    common = {"database_url": f"sqlite:///{tmp_path}/store.sqlite", "secret_key": "the same key for both replicas"}
    one, two = make_app(**common), make_app(**common)
    person = Person(one, ehr)
    back = person.sign_in()
    cookie = person.client.get_cookie("myeloma-cds-smart", path="/smart")
    assert cookie is not None
    elsewhere = two.test_client()
    elsewhere.set_cookie("myeloma-cds-smart", cookie.value, path="/smart")
    assert elsewhere.get(back).status_code == 303
    diagnostics(person.client.get(back), 400)
    cookie = elsewhere.get_cookie("myeloma-cds-smart", path="/smart")
    assert cookie is not None
    person.client.set_cookie("myeloma-cds-smart", cookie.value, path="/smart")
    assert person.client.get("/smart/app").status_code == 200
    stranger = make_app(**{**common, "secret_key": "another key"}).test_client()
    stranger.set_cookie("myeloma-cds-smart", cookie.value, path="/smart")
    diagnostics(stranger.get("/smart/app"), 401)


def test_a_store_that_is_down_is_said_gently(make_app: Callable[..., Flask], ehr: Ehr) -> None:
    client = make_app(database_url="sqlite:////proc/nowhere/store.sqlite").test_client()
    assert "try again" in diagnostics(client.get(f"/smart/launch?iss={ehr.iss}"), 503)


def test_cards_link_to_the_app_only_when_there_is_one(make_app: Callable[..., Flask]) -> None:
    from cds_service.demo import load_request

    def cards(app: Flask) -> list[dict[str, Any]]:
        path = "/cds-services/myeloma-patient-view"
        answer = app.test_client().post(
            path, data=load_request("dvrd-asct-dr-relapse"), content_type="application/json"
        )
        found: list[dict[str, Any]] = answer.get_json()["cards"]
        return found

    for card in cards(make_app()):
        link = next(item for item in card["links"] if item["type"] == "smart")
        assert link["url"] == f"{BASE}/smart/launch"
        assert link["appContext"] == card["source"]["topic"]["code"]
    assert all(
        link["type"] != "smart" for card in cards(make_app(smart_client_id="")) for link in card.get("links", ())
    )


def test_a_shared_store_needs_a_shared_key() -> None:
    several = Settings(smart_client_id="x", database_url="postgresql://db/x")
    with pytest.raises(SettingsError, match="MYELOMA_CDS_SECRET_KEY"):
        refuse_unsafe(several)
    refuse_unsafe(Settings(smart_client_id="x", database_url="sqlite://"))
    with pytest.raises(SettingsError, match="https"):
        refuse_unsafe(
            Settings(smart_client_id="x", database_url="sqlite://", smart_frame_ancestors="https://ehr.example")
        )
