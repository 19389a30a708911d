"""Feedback on cards (R80 to R86), the store behind it, and its report."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from cards.knowledge.loader import load_knowledge
from cds_service.cli import main
from cds_service.identifiers import card_uuid, subject_number, subject_of, topic_of
from cds_service.schemas import message_schema
from cds_service.store import tables
from cds_service.store.access import STORE, Store
from cds_service.store.database import Database, StoreError
from cds_service.store.tables import HEAD, METADATA

PATH = "/cds-services/myeloma-patient-view/feedback"
SERVICE = "/cds-services/myeloma-patient-view"
WHEN = "2026-11-01T10:00:00Z"
SECRET = "Zebrowski-4711"  # noqa: S105 - not a secret
Body = dict[str, Any]
CODING = {"code": "patient-preference", "system": "urn:myeloma-cds:override-reason"}


def overridden(card: str | None = None, **more: Any) -> Body:
    return {"card": card or card_uuid("mm-options", "Kd"), "outcome": "overridden", "outcomeTimestamp": WHEN, **more}


def accepted(card: str | None = None, **more: Any) -> Body:
    return {
        "card": card or card_uuid("mm-options", "Kd"), "outcome": "accepted", "outcomeTimestamp": WHEN,
        "acceptedSuggestions": [{"id": "s-1"}], **more,
    }  # fmt: skip


def kept(client: FlaskClient) -> list[Body]:
    found: list[Body] = client.application.extensions[STORE].feedback()
    return found


def told(client: FlaskClient, *entries: Any, path: str = PATH) -> Any:
    return client.post(path, json={"feedback": list(entries)})


def test_R80_feedback_is_kept(client: FlaskClient) -> None:
    body = {"feedback": [accepted(), overridden(overrideReason={"reason": CODING, "userComment": SECRET})]}
    jsonschema.validate(body, message_schema("feedback"))
    answer = client.post(PATH, json=body)
    assert answer.status_code == 200
    assert answer.get_json() == {"received": 2, "new": 2}
    rows = {row["outcome"]: row for row in kept(client)}
    assert rows["accepted"]["suggestions"] == 1
    assert rows["overridden"]["reason_code"] == "patient-preference"
    assert rows["overridden"]["commented"] is True
    assert all(row["topic"] == "mm-options" and row["subject"] == subject_number("Kd") for row in rows.values())


@pytest.mark.parametrize("service", ["myeloma-patient-view", "myeloma-order-select", "myeloma-order-sign"])
def test_R80_every_service_takes_feedback(client: FlaskClient, service: str) -> None:
    assert told(client, overridden(), path=f"/cds-services/{service}/feedback").status_code == 200
    assert kept(client)[0]["service"] == service


def test_R80_feedback_for_an_unknown_service_is_404(client: FlaskClient) -> None:
    assert told(client, overridden(), path="/cds-services/nothing/feedback").status_code == 404


@pytest.mark.parametrize(
    "entry",
    [
        None, "text", 5, [], {}, {"card": "x"}, overridden(outcome="ignored"), overridden(outcome=None), overridden(card=" "),
        {**overridden(), "card": 5}, overridden(outcomeTimestamp=None), overridden(outcomeTimestamp="yesterday"),
        overridden(outcomeTimestamp="2026-13-01T10:00:00Z"), overridden(outcomeTimestamp=1), overridden(overrideReason="x"),
        overridden(overrideReason={}), overridden(overrideReason={"reason": None}), overridden(overrideReason={"reason": 5}),
        accepted(acceptedSuggestions=None), accepted(acceptedSuggestions=[]), accepted(acceptedSuggestions=["s-1"]),
        accepted(acceptedSuggestions=[{"id": ""}]), overridden(outcomeTimestamp="0001-01-01T00:00:00+14:00"),
    ],
)  # fmt: skip
def test_R81_a_wrong_entry_is_400_and_nothing_is_kept(client: FlaskClient, entry: Any) -> None:
    answer = told(client, overridden(), entry)
    assert answer.status_code == 400
    assert "feedback[1]" in answer.get_json()["issue"][0]["diagnostics"]
    assert not kept(client)


@pytest.mark.parametrize(("card", "wrong"), [(None, "is missing"), (5, "has to be a text"), (" ", "has to be a text")])
def test_R81_a_card_without_an_id_is_told_apart_from_none(client: FlaskClient, card: Any, wrong: str) -> None:
    answer = told(client, {**overridden(), "card": card})
    assert answer.status_code == 400
    assert f"feedback[0].card {wrong}" in answer.get_json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"{}", b'{"feedback": {}}', b'{"feedback": null}', b"\xff", b"[" * 90_000]
)
def test_R81_a_wrong_body_is_400(client: FlaskClient, body: bytes) -> None:
    answer = client.post(PATH, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.get_json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "when",
    ["2026-11-01T10:00:00Z", "2026-11-01t10:00:00.123456789z", "2026-11-01T10:00:00+05:30", "2026-11-01T10:00:00"],
)
def test_R81_times_as_clients_write_them(client: FlaskClient, when: str) -> None:
    assert told(client, overridden(outcomeTimestamp=when)).status_code == 200


def test_R82_batches_and_repeats_count_once(client: FlaskClient) -> None:
    first, second = overridden(), accepted()
    assert told(client, first, second, first).get_json() == {"received": 3, "new": 2}
    assert told(client, second, first).get_json() == {"received": 2, "new": 0}
    assert told(client, {**first, "outcomeTimestamp": "2026-11-02T10:00:00Z"}).get_json()["new"] == 1
    assert len(kept(client)) == 3
    assert told(client).status_code == 200


def test_R82_a_batch_has_a_limit(client: FlaskClient) -> None:
    assert told(client, *[overridden() for _ in range(1001)]).status_code == 400


@pytest.mark.parametrize(
    "reason",
    [
        {"reason": {"code": "local-7", "system": "https://site.example.org/reasons"}},
        {"reason": {"code": "1", "system": "any text at all"}},
        {"reason": {"display": "only words"}},
        {"userComment": "because"},
        {"reason": {"code": 17, "system": "urn:oid:1.2.3"}, "userComment": "because"},
    ],
)
def test_R83_reasons_of_the_client(client: FlaskClient, reason: Body) -> None:
    assert told(client, overridden(overrideReason=reason)).status_code == 200


@pytest.mark.parametrize(
    "entry",
    [
        overridden("epic-card-17", overrideReasons=[{"reason": {"code": "1", "system": "urn:epic"}}]),
        overridden(
            "epic-card-18", overrideReasons={"reason": {"code": "1", "system": "urn:epic"}, "userComment": "no"}
        ),
        overridden("epic-card-19", overrideReasons={"extension": {"com.epic.x": 1}}),
        overridden("epic-card-20", overrideReason={"extension": {"com.epic.x": 1}}),
        overridden("x" * 300, overrideReasons=[]),
        overridden("urn:uuid:0d41459c-1431-568c-96fc-df80d2c06928"),
    ],
)
def test_R83_R86_as_epic_sends_it(client: FlaskClient, entry: Body) -> None:
    assert told(client, entry).get_json() == {"received": 1, "new": 1}


def test_R84_ignored_is_not_an_outcome(client: FlaskClient) -> None:
    assert told(client, overridden(outcome="ignored")).status_code == 400


def test_R85_feedback_needs_a_token_for_its_own_address(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    from tests.service.signing import BASE, ISSUER, bearer, key_set, make_token

    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(key_set("ec1")), encoding="utf-8")
    issuers = json.dumps([{"iss": ISSUER, "jwks_file": str(keys)}])
    client = make_app(auth="required", public_url=BASE, trusted_issuers=issuers).test_client()
    body = {"feedback": [overridden()]}
    assert client.post(PATH, json=body).status_code == 401
    assert client.post(PATH, json=body, headers=bearer(make_token(SERVICE))).status_code == 401
    assert client.post(PATH, json=body, headers=bearer(make_token(PATH))).status_code == 200


@pytest.mark.parametrize("card", ["not-a-uuid", "00000000-0000-0000-0000-000000000000", "é" * 50])
def test_R86_unknown_cards_do_not_fail(client: FlaskClient, card: str) -> None:
    assert told(client, overridden(card)).status_code == 200
    assert kept(client)[0]["topic"] == "unknown"


@pytest.mark.parametrize("text", [b"\\ud800", b"\\u0000", b"\\udfff\\ud800", b"\\u202e"])
def test_R86_odd_characters_do_not_fail(client: FlaskClient, text: bytes) -> None:
    body = json.dumps({"feedback": [overridden("CARD", overrideReason={"reason": {"code": "CARD"}})]}).encode()
    answer = client.post(PATH, data=body.replace(b"CARD", text), content_type="application/json")
    assert answer.status_code in {200, 400}


def test_R86_free_text_is_neither_kept_nor_logged(
    make_app: Callable[..., Flask], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "store.sqlite"
    client = make_app(log_level="debug", database_url=f"sqlite:///{path}").test_client()
    reason = {"reason": {"code": SECRET + " x", "system": SECRET + " y", "display": SECRET}, "userComment": SECRET}
    assert told(client, overridden(f"card of {SECRET}", overrideReason=reason)).status_code == 200
    client.application.extensions[STORE].close()
    assert SECRET not in capsys.readouterr().err
    assert not [file for file in tmp_path.iterdir() if SECRET.encode() in file.read_bytes()]


def test_card_ids_carry_topic_and_regimen() -> None:
    known = load_knowledge()
    names = sorted({*known.regimens, *known.drugs})
    assert len({subject_number(name) for name in names}) == len(names), "two names share a number"
    for name in names:
        made = card_uuid("mm-safety", name)
        assert (topic_of(made), subject_of(made)) == ("mm-safety", subject_number(name))
    assert subject_of(card_uuid("mm-history")) == 0
    assert subject_of("something else") == 0


def test_R67_the_cards_of_a_call_can_be_counted(client: FlaskClient, hook_request: Body) -> None:
    cards = client.post(SERVICE, json=hook_request).get_json()["cards"]
    told(client, *[overridden(card["uuid"]) for card in cards])
    rows = {row["topic"]: row["subject"] for row in kept(client)}
    assert rows["mm-options"] == subject_number("cilta_cel")
    assert rows["mm-history"] == 0


def test_a_hook_call_does_not_touch_the_store(
    make_app: Callable[..., Flask], tmp_path: Path, hook_request: Body
) -> None:
    client = make_app(database_url=f"sqlite:///{tmp_path}/deep/store.sqlite").test_client()
    assert client.post(SERVICE, json=hook_request).status_code == 200
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["postgresql://u:pw-word@127.0.0.1:9/x", "sqlite+nodriver://x", "sqlite:////proc/no/x"])
def test_a_store_that_is_down_never_stops_advice(
    make_app: Callable[..., Flask], hook_request: Body, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    client = make_app(database_url=url, log_level="info").test_client()
    assert client.post(SERVICE, json=hook_request).get_json()["cards"]
    answer = told(client, overridden())
    assert answer.status_code == 503
    assert answer.get_json()["issue"][0]["code"] == "transient"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "degraded")
    logged = capsys.readouterr().err
    assert "store_down" in logged
    assert "pw-word" not in logged


def test_the_store_is_private_and_migrated_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state/store.sqlite"
    for _ in range(2):
        database = Database(url)
        assert database.use_token("a", 9e9) is (_ == 0)
        database.close()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    with sqlite3.connect(tmp_path / "state" / "store.sqlite") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    connection.close()


def test_the_migrations_make_the_tables() -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    database = Database("sqlite://")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()
    columns = {column.name for table in METADATA.tables.values() for column in table.columns}
    assert not columns & {"patient", "patient_id", "comment", "token", "jti"}
    versions = [path.name for path in (Path(tables.__file__).parent / "migrations" / "versions").glob("v*.py")]
    assert max(versions).startswith(f"v{HEAD}")


def test_retention(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    database = Database(url)
    now = datetime.now(UTC)
    row = {
        "service": "s", "card": "c", "topic": "t", "subject": 0, "outcome": "accepted", "happened": now, "suggestions": 1,
        "reason_system": None, "reason_code": None, "commented": False,
    }  # fmt: skip
    database.add_feedback(
        [{**row, "digest": str(days), "received": now - timedelta(days=days)} for days in (1, 29, 31)]
    )
    database.use_token("old", 1.0)
    database.use_token("new", 9e12)
    database.close()
    store = Store(url, 30)
    assert [found["digest"] for found in store.feedback()] == ["29", "1"]
    assert store.use_token("i", "j", 9e12)
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        assert "old" not in {name for (name,) in connection.execute("SELECT digest FROM used_token")}
    connection.close()
    store.close()


def test_the_report(make_app: Callable[..., Flask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/store.sqlite"
    client = make_app(database_url=url).test_client()
    told(
        client, accepted(), accepted(), overridden(overrideReason={"reason": CODING}), overridden(card_uuid("mm-data"))
    )
    client.application.extensions[STORE].close()
    monkeypatch.setenv("MYELOMA_CDS_DATABASE_URL", url)

    def report(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["feedback", "report", *arguments])

    text = report()
    assert text.exit_code == 0
    assert "mm-options  Kd" in text.stdout
    assert "33%" in text.stdout
    rows = json.loads(report("--format", "json").stdout)
    assert rows[1] == {
        "topic": "mm-options", "subject": "Kd", "accepted": 2, "overridden": 1, "acceptanceRate": 0.6667,
        "overrideRate": 0.3333, "reasons": {"patient-preference": 1},
    }  # fmt: skip
    out = tmp_path / "report.html"
    assert report("--format", "html", "--out", str(out)).exit_code == 0
    page = out.read_text(encoding="utf-8")
    assert "<svg" in page
    assert "decision support" in page
    assert "<script" not in page
    assert "No feedback" in report("--since", "2190-01-01").stdout
    assert report("--since", "soon").exit_code == 2


def test_a_report_without_a_store_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYELOMA_CDS_DATABASE_URL", "postgresql://u:pw-word@127.0.0.1:9/x")
    result = CliRunner().invoke(main, ["feedback", "report"])
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "pw-word" not in result.output
    with pytest.raises(StoreError):
        Database("postgresql://u:pw-word@127.0.0.1:9/x")
