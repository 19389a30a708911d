"""The store on a real PostgreSQL: migrations, and workers that write the same things at the same time."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cds_service import demo
from cds_service.identifiers import card_uuid
from cds_service.store.database import Database
from tests.service.live import Live, running_service
from tests.service.postgres import postgres_or_skip
from tests.service.signing import BASE, ISSUER, SERVICE, bearer, key_set, make_token

pytestmark = pytest.mark.postgres
FEEDBACK = f"{SERVICE}/feedback"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    yield from postgres_or_skip()


@pytest.fixture(scope="module")
def live(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("postgres")
    keys = folder / "keys.json"
    keys.write_text(json.dumps(key_set("ec1")), encoding="utf-8")
    issuers = json.dumps([{"iss": ISSUER, "jwks_file": str(keys)}])
    settings = {
        "auth": "required",
        "trusted_issuers": issuers,
        "public_url": BASE,
        "database_url": url,
        "demo": "false",
    }
    with running_service(folder, "--workers", "2", **settings) as service:
        yield service


def _use(url: str, start: Any, results: Any) -> None:
    start.wait()
    database = Database(url)
    results.put([database.use_token(f"digest-{number}", 9e12) for number in range(100)])
    database.close()


def test_processes_that_start_at_once_migrate_and_agree(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    start, results = context.Event(), context.Queue()
    workers = [context.Process(target=_use, args=(url, start, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    start.set()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(timeout=30)
    assert [sum(column) for column in zip(*found, strict=True)] == [1] * 100


def test_R97_two_workers_take_a_token_once(live: Live) -> None:
    body = demo.load_request("mgus")
    for _ in range(5):
        token = make_token()
        headers = {**bearer(token), "Content-Type": "application/json", "Connection": "close"}
        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(live.post, SERVICE, data=body, headers=headers) for _ in range(8)]
        answers = [answer.result().status_code for answer in sent]
        assert sorted(answers) == [200, *[401] * 7]


def test_R82_two_workers_keep_feedback_once(live: Live, url: str) -> None:
    cards = [card_uuid("mm-options", "Kd") for _ in range(10)]
    batch = [{"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-01T10:00:00Z"} for card in cards]

    def send(number: int) -> int:
        headers = {**bearer(make_token(FEEDBACK)), "Connection": "close"}
        shuffled = batch[number:] + batch[:number]
        answer = live.post(FEEDBACK, {"feedback": shuffled}, headers=headers)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["new"])

    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(send, range(10)))
    assert sum(new) == 10
    database = Database(url)
    try:
        assert {row["card"] for row in database.feedback()} >= set(cards)
    finally:
        database.close()


def test_ready_says_that_the_store_is_usable(live: Live) -> None:
    assert live.get("/readyz").json()["status"] == "ready"
