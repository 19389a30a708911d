"""`/metrics`, `/readyz` and traces: every number there, right across workers, cheap, and nothing about patients."""

from __future__ import annotations

import copy
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, g
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cds_service import demo, metrics, tracing
from tests.service.conftest import SERVICE
from tests.service.live import running_service

ID = "myeloma-patient-view"


def samples(text: str) -> dict[str, float]:
    """Return every sample of a page by its name and labels."""
    lines = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(number) for name, _, number in lines}


def grown(before: dict[str, float], after: dict[str, float], name: str) -> float:
    return after.get(name, 0) - before.get(name, 0)


def test_a_call_is_counted_by_service_stage_and_topic(
    make_app: Callable[..., Flask], hook_request: dict[str, Any]
) -> None:
    client = make_app().test_client()
    before = samples(client.get("/metrics").get_data(as_text=True))
    answer = client.post(SERVICE, json=hook_request)
    card = answer.get_json()["cards"][0]["uuid"]
    told = {
        "card": card,
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": "s1"}],
        "outcomeTimestamp": "2026-11-01T10:00:00Z",
    }
    client.post(f"{SERVICE}/feedback", json={"feedback": [told]})
    client.post(SERVICE, json={})
    text = client.get("/metrics").get_data(as_text=True)
    after = samples(text)

    assert grown(before, after, f'myeloma_cds_hook_calls_total{{service="{ID}",status="200"}}') == 1
    assert grown(before, after, f'myeloma_cds_hook_calls_total{{service="{ID}",status="400"}}') == 1
    assert grown(before, after, f'myeloma_cds_hook_seconds_count{{service="{ID}"}}') == 2
    assert grown(before, after, f'myeloma_cds_requests_total{{route="{SERVICE}",status="200"}}') == 1
    assert grown(before, after, 'myeloma_cds_cards_total{topic="mm-history"}') == 1
    assert grown(before, after, 'myeloma_cds_cards_total{topic="mm-options"}') == 1
    assert grown(before, after, 'myeloma_cds_feedback_total{outcome="accepted",topic="mm-history"}') == 1
    for stage in ("request", "fetch", "read", "history", "advise", "cards"):
        assert grown(before, after, f'myeloma_cds_stage_seconds_count{{stage="{stage}"}}') >= 1, stage
    assert after["myeloma_cds_knowledge_stale"] in {0, 1}
    assert after["myeloma_cds_store_up"] == 1
    patient = hook_request["context"]["patientId"]
    assert patient not in text
    assert hook_request["hookInstance"] not in text


def test_every_metric_is_announced_and_only_with_its_labels(client: Any, hook_request: dict[str, Any]) -> None:
    client.post(SERVICE, json=hook_request)
    known = metrics.names()
    for sample in samples(client.get("/metrics").get_data(as_text=True)):
        name, _, labels = sample.partition("{")
        assert name in known
        assert set(re.findall(r'(\w+)="', labels)) == set(known[name])


def test_completions_and_errors_of_fhir_servers_are_counted(
    make_app: Callable[..., Flask], hook_request: dict[str, Any]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{closed.getsockname()[1]}/r4"
    client = make_app(fhir_servers=server).test_client()
    before = samples(client.get("/metrics").get_data(as_text=True))
    call = copy.deepcopy(hook_request)
    del call["prefetch"]["observations"]
    call |= {"fhirServer": server}
    assert client.post(SERVICE, json=call).status_code == 200
    after = samples(client.get("/metrics").get_data(as_text=True))
    assert grown(before, after, 'myeloma_cds_prefetch_completions_total{outcome="failed"}') == 1
    assert grown(before, after, 'myeloma_cds_fhir_errors_total{kind="unreachable"}') == 1


def test_the_cost_on_a_call_is_tiny(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    after = app.after_request_funcs[None]
    (counted,) = [one for one in after if one.__module__ == "cds_service.metrics"]
    with app.test_request_context(SERVICE, method="POST"):
        app.preprocess_request()
        g.stages.ms.update(dict.fromkeys(("request", "fetch", "read", "history", "advise", "cards"), 1.0))
        response = app.response_class()
        started = time.process_time()
        for _ in range(2000):
            counted(response)
        each = (time.process_time() - started) / 2000
    assert each < 0.0001


def test_readyz_tells_the_age_of_the_knowledge(make_app: Callable[..., Flask]) -> None:
    client = make_app().test_client()
    with time_machine.travel("2026-12-01T12:00:00Z", tick=False):
        told = client.get("/readyz").get_json()
        assert told["status"] == "ready"
        assert told["knowledgeReviewBy"] == "2027-05-31"
        assert told["knowledgeDaysToReview"] == 181
        assert told["knowledgeStale"] is False
    with time_machine.travel("2027-06-01T12:00:00Z", tick=False):
        told = client.get("/readyz").get_json()
        assert (told["knowledgeDaysToReview"], told["knowledgeStale"]) == (-1, True)
        assert samples(client.get("/metrics").get_data(as_text=True))["myeloma_cds_knowledge_stale"] == 1


def test_a_store_that_is_down_shows(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    client = make_app(database_url=f"sqlite:///{tmp_path}/file/store.sqlite").test_client()
    assert client.get("/readyz").get_json()["status"] == "degraded"
    assert samples(client.get("/metrics").get_data(as_text=True))["myeloma_cds_store_up"] == 0


@pytest.mark.slow
def test_several_workers_answer_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "tmp"
    private.mkdir()
    monkeypatch.setenv("TMPDIR", str(private))
    body = demo.load_request("mgus")
    headers = {"Content-Type": "application/json", "Connection": "close"}
    with running_service(tmp_path, "--workers", "3", log_level="error") as service:
        assert [path.name[:20] for path in private.iterdir() if path.is_dir()] == ["myeloma-cds-metrics-"]
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: service.call("POST", SERVICE, data=body, headers=headers), range(30)))
        assert {answer.status_code for answer in answers} == {200}
        name = f'myeloma_cds_hook_calls_total{{service="{ID}",status="200"}}'
        seen = [samples(service.call("GET", "/metrics", headers=headers).text) for _ in range(8)]
        assert [page[name] for page in seen] == [30] * 8
        assert all(page["myeloma_cds_store_up"] == 1 for page in seen)
    assert not [path for path in private.iterdir() if path.name.startswith("myeloma-cds-metrics-")]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
    monkeypatch.setattr(tracing, "tracer", lambda: provider.get_tracer("test"))
    return exporter


def test_a_call_is_a_span_with_a_child_for_each_stage(
    spans: InMemorySpanExporter, make_app: Callable[..., Flask], hook_request: dict[str, Any]
) -> None:
    client = make_app().test_client()
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    client.post(
        f"{SERVICE}?patient=secret", json=hook_request, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    )
    client.get("/healthz")
    found = spans.get_finished_spans()
    (root,) = [span for span in found if span.name == f"POST {SERVICE}"]
    assert f"{root.context.trace_id:032x}" == trace_id
    stages = {span.name for span in found} - {root.name}
    assert {"request", "read", "history", "advise", "cards"} <= stages
    for span in found:
        assert span.start_time is not None
        assert span.end_time is not None
        assert root.start_time <= span.start_time <= span.end_time <= root.end_time  # type: ignore[operator]
    assert dict(root.attributes or {})["http.response.status_code"] == 200
    told = "".join(span.to_json() for span in found)
    assert hook_request["context"]["patientId"] not in told
    assert "secret" not in told


def test_without_the_variables_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert not tracing.wanted()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert tracing.wanted()
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not tracing.wanted()


def test_without_the_extra_nothing_is_traced(monkeypatch: pytest.MonkeyPatch, make_app: Callable[..., Flask]) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    assert make_app().test_client().get("/cds-services").status_code == 200
