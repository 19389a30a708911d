"""Two replicas behind a proxy with one PostgreSQL: what must be shared is shared, and losing or restarting one loses no call."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from cds_service import demo
from cds_service.cli import main
from cds_service.identifiers import card_uuid
from tests.service.postgres import postgres_or_skip
from tests.service.proxies import nginx_program, running_nginx, running_round_robin
from tests.service.signing import BASE, ISSUER, SERVICE, bearer, key_set, make_token

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.proxy]
BODY = demo.load_request("mgus")
CLIENTS = 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def post(base: str, path: str = SERVICE, token: str | None = None, body: bytes = BODY) -> int:
    """Return the status of a call; 0 when it was broken off."""
    headers = {"Content-Type": "application/json", "Connection": "close", **bearer(token or make_token(path))}
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.post(base + path, data=body, headers=headers, timeout=30).status_code
        except requests.RequestException:
            return 0


class Replica:
    """A service on a port of its own that can be killed, stopped and started again."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MYELOMA_CDS_")}
        self._environment = {**kept, **{f"MYELOMA_CDS_{name}": value for name, value in settings.items()}}
        self._folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "cds_service", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=self._environment, cwd=self._folder, stderr=subprocess.DEVNULL, start_new_session=True
        )
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(400):
                try:
                    told = session.get(f"{self.base}/readyz", timeout=5).json()
                except requests.RequestException:
                    time.sleep(0.05)
                    continue
                assert told["status"] == "ready", told
                return
        raise AssertionError("the replica did not become ready")

    def send(self, number: signal.Signals) -> float:
        """Send a signal to all processes of the replica (TERM: to the first) and return the seconds until it ended."""
        assert self.process is not None
        began = time.monotonic()
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(timeout=15)
        return time.monotonic() - began


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_text(json.dumps(key_set("ec1")), encoding="utf-8")
    for url in postgres_or_skip():
        yield {
            "AUTH": "required",
            "TRUSTED_ISSUERS": json.dumps([{"iss": ISSUER, "jwks_file": str(keys)}]),
            "PUBLIC_URL": BASE,
            "DATABASE_URL": url,
            "SECRET_KEY": "the same for both replicas of this test",
            "LOG_LEVEL": "error",
        }


@pytest.fixture(scope="module")
def replicas(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Replica, Replica]]:
    pair = Replica(settings, tmp_path_factory.mktemp("a")), Replica(settings, tmp_path_factory.mktemp("b"))
    try:
        for replica in pair:
            replica.start()
        yield pair
    finally:
        for replica in pair:
            if replica.process is not None and replica.process.poll() is None:
                replica.send(signal.SIGTERM)


@pytest.fixture(scope="module")
def proxy(replicas: tuple[Replica, Replica], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, backends = free_port(), [replica.port for replica in replicas]
    program = nginx_program()
    running = (
        running_nginx(program, port, backends, tmp_path_factory.mktemp("nginx"))
        if program
        else running_round_robin(port, backends)
    )
    with running:
        yield f"http://127.0.0.1:{port}"


class Load:
    """Clients that call one after the other until told to stop; statuses are counted."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._over = threading.Event()
        self.statuses: Counter[int] = Counter()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._call) for _ in range(CLIENTS)]

    def _call(self) -> None:
        while not self._over.is_set():
            status = post(self._base)
            with self._lock:
                self.statuses[status] += 1

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def answered(self, more: int) -> None:
        """Wait until so many more calls were answered."""
        goal = self.statuses[200] + more
        for _ in range(600):
            if self.statuses[200] >= goal:
                return
            time.sleep(0.05)
        raise AssertionError(f"calls are not answered: {self.statuses}")


def test_a_token_used_at_one_replica_is_refused_by_the_other(replicas: tuple[Replica, Replica], proxy: str) -> None:
    one, other = replicas
    token = make_token()
    assert [post(one.base, token=token), post(other.base, token=token)] == [200, 401]
    again = make_token()
    assert sorted(post(proxy, token=again) for _ in range(4)) == [200, 401, 401, 401]


def test_feedback_given_to_either_is_in_one_report(
    replicas: tuple[Replica, Replica], proxy: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{SERVICE}/feedback"
    for base in (*(replica.base for replica in replicas), proxy):
        told = {
            "card": card_uuid("mm-options", "cilta_cel"),
            "outcome": "accepted",
            "acceptedSuggestions": [{"id": "s1"}],
            "outcomeTimestamp": "2026-11-01T10:00:00Z",
        }
        assert post(base, path, body=json.dumps({"feedback": [told]}).encode()) == 200
    monkeypatch.setenv("MYELOMA_CDS_DATABASE_URL", settings["DATABASE_URL"])
    result = CliRunner().invoke(main, ["feedback", "report", "--format", "json"])
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert '"accepted":3' in json.dumps(rows).replace(" ", ""), rows


def test_killing_one_under_load_costs_only_what_it_had_in_hand(replicas: tuple[Replica, Replica], proxy: str) -> None:
    with Load(proxy) as load:
        load.answered(10)
        replicas[0].send(signal.SIGKILL)
        load.answered(25)
        failed = sum(load.statuses.values()) - load.statuses[200]
        replicas[0].start()
        load.answered(10)
    assert failed <= CLIENTS  # at most what was in flight
    assert sum(load.statuses.values()) - load.statuses[200] == failed


def test_a_rolling_restart_loses_nothing(replicas: tuple[Replica, Replica], proxy: str) -> None:
    with Load(proxy) as load:
        for replica in replicas:
            load.answered(10)
            assert replica.send(signal.SIGTERM) < 10
            assert replica.process is not None
            assert replica.process.returncode == 0
            load.answered(10)
            replica.start()
            time.sleep(1.1)  # the proxy asks a replica again that was gone for a second
        load.answered(10)
    assert set(load.statuses) == {200}


def test_the_round_robin_of_this_suite_hands_on(replicas: tuple[Replica, Replica]) -> None:
    port = free_port()
    with running_round_robin(port, [free_port(), replicas[0].port]):
        assert [post(f"http://127.0.0.1:{port}") for _ in range(2)] == [200, 200]
