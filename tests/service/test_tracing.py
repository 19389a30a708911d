"""Traces as they leave the service: over OTLP to a receiver of the test, all of them, and nothing about patients in them."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from cds_service import demo, tracing
from tests.service.conftest import SERVICE
from tests.service.live import running_service

CALLS = 12


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """Take what an exporter posts to `/v1/traces`."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces":
                taken.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.slow
def test_spans_reach_a_collector_those_of_the_last_calls_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers, each with an exporter of its own; what is not sent yet is sent when they end on TERM."""
    body = demo.load_request("dvrd-asct-dr-relapse")
    headers = {"Content-Type": "application/json", "Connection": "close"}
    with receiver() as (address, taken):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        with running_service(tmp_path, "--workers", "2", log_level="error") as service:
            for _ in range(CALLS):
                assert service.call("POST", SERVICE, data=body, headers=headers).status_code == 200
            service.call("GET", "/healthz", headers=headers)
        assert service.process.returncode == 0
        requests = [ExportTraceServiceRequest.FromString(one) for one in taken]
    groups = [group for request in requests for group in request.resource_spans]
    told = {(one.key, one.value.string_value) for group in groups for one in group.resource.attributes}
    assert ("service.name", "myeloma-cds") in told
    spans = [span for group in groups for scope in group.scope_spans for span in scope.spans]
    roots = [span for span in spans if not span.parent_span_id]
    assert [span.name for span in roots] == [f"POST {SERVICE}"] * CALLS
    for root in roots:
        stages = {span.name for span in spans if span.parent_span_id == root.span_id}
        assert {"request", "read", "history", "advise", "cards"} <= stages
    assert b"dvrd-asct-dr-relapse" not in b"".join(taken)


def test_a_trace_that_fails_costs_no_answer(
    make_app: Callable[..., Flask], hook_request: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def broken() -> None:
        raise ValueError("OTEL_BSP_MAX_QUEUE_SIZE has to be a number")

    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setattr(tracing, "tracer", broken)
    answer = make_app().test_client().post(SERVICE, json=hook_request)
    assert answer.status_code == 200
    assert answer.get_json()["cards"]
    assert '"event": "trace_lost"' in capsys.readouterr().err


def test_an_sdk_without_its_exporter_is_told_at_the_start(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(tracing, "_OTLP", "opentelemetry.no_such_package.otlp")
    assert make_app(log_level="warning").test_client().get("/cds-services").status_code == 200
    assert "tracing_off" in capsys.readouterr().err
