"""OpenTelemetry traces, switched on by the standard `OTEL_*` variables; the extra `tracing` brings what is needed.

A request is a span named by its route, with a child for each stage. Attributes are chosen, not filtered: route, method, status,
service id, counts. No path, query, header, address or body is ever in a span. Without the variables nothing here is loaded.
"""

from __future__ import annotations

import os
import time
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from cds_service import __version__
from cds_service.logs import LOG

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")
_NOTES = ("service", "cards", "prefetched", "fetched", "patients", "entries")


_NEEDED = ("opentelemetry", "opentelemetry.sdk")
_OTLP = "opentelemetry.exporter.otlp.proto.http"


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False


def wanted() -> bool:
    """Tell whether the environment asks for traces and the extra is there; when it only asks, one line of the log says so."""
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return False
    if not any(os.environ.get(name, "").strip() for name in _ENDPOINTS):
        return False
    if not all(map(_installed, _NEEDED if exporter == "console" else (*_NEEDED, _OTLP))):
        LOG.warning(
            "tracing_off", text="OTEL_* asks for traces; pip install 'myeloma-cds[tracing]' brings what they need"
        )
        return False
    return True


@cache
def tracer() -> Tracer:
    """Return the tracer of this process. It is made with the first request, that is, after workers were forked."""
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

    given = trace.get_tracer_provider()
    if isinstance(given, TracerProvider):  # whoever embeds the app has set one up
        return given.get_tracer("myeloma_cds", __version__)
    if os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "console":
        exporter: SpanExporter = ConsoleSpanExporter()
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter()
    named = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "myeloma-cds"}
    provider = TracerProvider(resource=Resource.create({**named, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider.get_tracer("myeloma_cds", __version__)


def register(app: Flask) -> None:
    """Trace every request but those for health and metrics."""

    @app.before_request
    def begin() -> None:
        if "stages" in g and request.path not in {"/healthz", "/readyz", "/metrics"}:
            g.stages.spans = []
            g.trace_began = (time.time_ns(), time.perf_counter())

    @app.after_request
    def end(response: Response) -> Response:
        if "trace_began" in g:
            try:
                _write(response.status_code)
            except Exception as error:  # noqa: BLE001 - whatever tracing stumbles over, the answer goes out
                LOG.error("trace_lost", kind=type(error).__name__)
        return response


def _write(status: int) -> None:
    """Write the spans of the request that was answered."""
    from opentelemetry import propagate, trace
    from opentelemetry.trace import SpanKind, Status, StatusCode

    wall, clock = g.trace_began
    route = request.url_rule.rule if request.url_rule else "(none)"
    parent = propagate.extract(
        {name: request.headers[name] for name in ("traceparent", "tracestate") if name in request.headers}
    )
    attributes: dict[str, Any] = {
        "http.route": route,
        "http.request.method": request.method if request.method in {"GET", "POST", "HEAD", "OPTIONS"} else "_OTHER",
        "http.response.status_code": status,
        **{f"myeloma_cds.{name}": g.notes[name] for name in _NOTES if name in g.notes},
    }
    span = tracer().start_span(
        f"{attributes['http.request.method']} {route}",
        context=parent,
        kind=SpanKind.SERVER,
        start_time=wall,
        attributes=attributes,
    )
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
    inside = trace.set_span_in_context(span)
    for name, start, stop in g.stages.spans or ():
        child = tracer().start_span(name, context=inside, start_time=wall + int((start - clock) * 1e9))
        child.end(wall + int((stop - clock) * 1e9))
    span.end()
