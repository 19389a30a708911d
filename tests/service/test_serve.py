"""The real server in a process of its own: it starts without configuration, answers, and ends on TERM."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from cds_service import demo

SERVICE = "/cds-services/myeloma-patient-view"


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0", "--workers", str(request.param)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = re.search(r"open (http://127\.0\.0\.1:\d+)/", line)
            assert found, line
            yield process, found[1]
        finally:
            if process.poll() is None:
                process.kill()
            assert not list(tmp_path.iterdir())


def ask(base: str, path: str, body: bytes | None = None) -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    with session:
        if body is None:
            return session.get(base + path, timeout=20)
        return session.post(base + path, data=body, headers={"Content-Type": "application/json"}, timeout=20)


@pytest.mark.slow
def test_serve_answers_and_ends_on_term(running: tuple[subprocess.Popen[str], str]) -> None:
    process, base = running
    assert ask(base, "/cds-services").json()["services"]
    answer = ask(base, SERVICE, demo.load_request("dvrd-asct-dr-relapse"))
    assert answer.status_code == 200
    assert answer.json()["cards"]
    assert ask(base, SERVICE, b" " * (40 << 20)).status_code == 413
    kept = requests.Session()  # a client that keeps its connection open does not keep the service
    kept.trust_env = False
    kept.get(f"{base}/healthz", timeout=20)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert time.monotonic() - started < 10
    kept.close()
    with pytest.raises(requests.ConnectionError):
        ask(base, "/healthz")


@pytest.mark.slow
def test_an_address_in_use_is_one_line(running: tuple[subprocess.Popen[str], str]) -> None:
    port = running[1].rpartition(":")[2]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [sys.executable, "-m", "cds_service", "serve", "--port", port], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "cannot be bound" in done.stderr
    assert len(done.stderr.splitlines()) == 1
