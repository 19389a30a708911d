"""A FHIR server over a real socket: silence, waits that are too long, broken answers, cookies, proxies (R40 to R42)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask

SERVICE = "/cds-services/myeloma-patient-view"
Body = dict[str, Any]


class Handler(BaseHTTPRequestHandler):
    """Misbehaves as the first part of the path says."""

    seen: list[str]
    halted: threading.Event

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        match self.path.split("/")[1]:
            case "silent":
                self.halted.wait(8)
            case "hour":
                self.send_response(429)
                self.send_header("Retry-After", "3600")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "short":
                self.send_response(200)
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'{"resourceType": "Bundle"')
            case "drip":
                self.send_response(200)
                self.end_headers()
                for _ in range(80):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    if self.halted.wait(0.1):
                        break

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def base() -> Iterator[str]:
    handler = type("OneTest", (Handler,), {"seen": [], "halted": threading.Event()})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        handler.halted.set()  # type: ignore[attr-defined]
        server.shutdown()


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("silent", "in time"), ("hour", "in time"), ("short", "broke off"), ("drip", "in time"),
    ],
)  # fmt: skip
def test_R42_the_time_budget_holds(
    make_app: Callable[..., Flask],
    hook_request: Body,
    base: str,
    kind: str,
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # a server on this machine is asked directly
    del hook_request["prefetch"]["conditions"]
    client = make_app(fhir_servers=(f"{base}/{kind}",), time_budget_s=0.6).test_client()
    started = time.monotonic()
    answer = client.post(SERVICE, json={**hook_request, "fhirServer": f"{base}/{kind}"})
    assert time.monotonic() - started < 3
    assert answer.status_code == 412
    text = answer.get_json()["issue"][0]["diagnostics"]
    assert "conditions" in text
    assert word in text
    assert base not in text
