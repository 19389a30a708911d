"""Metrics for Prometheus. Labels name services, statuses, stages, topics: bounded sets of ours, never a patient or a caller.

With one worker the numbers live in it. With several, `serve` sets up a private folder that all of them write to
(`share_between_workers`), so that every worker answers `GET /metrics` for all. Gauges are worked out when asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cds_service import __version__, context

if TYPE_CHECKING:
    from cards.present.card import Card

MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "myeloma_cds_"
_STAGE_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
blueprint = Blueprint("metrics", __name__)

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {  # meaning, labels
    "requests_total": ("Requests by route and status.", ("route", "status")),
    "request_seconds_total": ("Seconds spent on requests by route.", ("route",)),
    "hook_calls_total": ("Hook calls by service id and status.", ("service", "status")),
    "cards_total": ("Cards returned by topic.", ("topic",)),
    "data_quality_notes_total": ("Notes on the quality of charts by severity.", ("severity",)),
    "prefetch_completions_total": ("Prefetch keys that the FHIR server was asked for, by outcome.", ("outcome",)),
    "fhir_errors_total": ("Requests to FHIR servers that failed, by kind.", ("kind",)),
    "feedback_total": ("Feedback entries by topic and outcome.", ("topic", "outcome")),
    "tokens_refused_total": ("Calls answered with 401.", ()),
    "store_failures_total": ("Uses of the store that failed.", ()),
}
HISTOGRAMS: dict[str, tuple[str, tuple[str, ...], tuple[float, ...]]] = {
    "stage_seconds": ("Seconds by stage of a call.", ("stage",), _STAGE_BUCKETS),
    "hook_seconds": ("Seconds of a hook call by service id.", ("service",), _CALL_BUCKETS),
}
GAUGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "build_info": ("Always 1; version of program and knowledge.", ("version", "knowledge")),
    "knowledge_days_to_review": ("Days until the knowledge is due for review; negative when overdue.", ()),
    "knowledge_stale": ("1 when the knowledge is past its review date.", ()),
    "store_up": ("1 when the store answers.", ()),
}
_COUNTERS = {
    name: Counter(_PREFIX + name, meaning, labels, registry=REGISTRY) for name, (meaning, labels) in COUNTERS.items()
}
_HISTOGRAMS = {
    name: Histogram(_PREFIX + name, meaning, labels, registry=REGISTRY, buckets=buckets)
    for name, (meaning, labels, buckets) in HISTOGRAMS.items()
}


def names() -> dict[str, tuple[str, ...]]:
    """Return every metric by its full name, with its labels."""
    plain = {name: labels for name, (_, labels) in {**COUNTERS, **GAUGES}.items()}
    parts = {
        f"{name}_{part}": (*labels, *(("le",) if part == "bucket" else ()))
        for name, (_, labels, _) in HISTOGRAMS.items()
        for part in ("bucket", "sum", "count")
    }
    return {_PREFIX + name: labels for name, labels in {**plain, **parts}.items()}


@cache
def _counter(name: str, *labels: str) -> Counter:
    return _COUNTERS[name].labels(*labels) if labels else _COUNTERS[name]


@cache
def _histogram(name: str, label: str) -> Histogram:
    return _HISTOGRAMS[name].labels(label)


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter; its labels are those of `COUNTERS`."""
    _counter(name, *(labels[label] for label in COUNTERS[name][1])).inc(amount)


def count_cards(cards: Iterable[Card | None]) -> None:
    """Count the cards of an answer by topic."""
    for card in cards:
        if card is not None:
            count("cards_total", topic=card.topic)


def count_notes(notes: Iterable[Any]) -> None:
    """Count notes on the quality of a chart by severity."""
    for note in notes:
        count("data_quality_notes_total", severity=note.severity)


def register(app: Flask) -> None:
    """Count every request by its route, which is ours, and not by its path, which is the caller's."""

    @app.after_request
    def counted(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "(none)"
        status = str(response.status_code)
        seconds = g.stages.elapsed() if "stages" in g else 0.0
        count("requests_total", route=rule, status=status)
        count("request_seconds_total", seconds, route=rule)
        if request.method == "POST" and rule.startswith("/cds-services/") and not rule.endswith("/feedback"):
            service = rule.removeprefix("/cds-services/")
            count("hook_calls_total", service=service, status=status)
            _histogram("hook_seconds", service).observe(seconds)
        for stage, ms in g.stages.ms.items() if "stages" in g else ():
            _histogram("stage_seconds", stage).observe(ms / 1000)
        return response


class _Gauges(Collector):
    """What holds now, whoever is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each gauge with its value; without usable knowledge its gauges are absent."""
        for name, samples in _now().items():
            meaning, labels = GAUGES[name]
            family = GaugeMetricFamily(_PREFIX + name, meaning, labels=labels)
            for values, number in samples.items():
                family.add_metric(values, number)
            yield family


def _now() -> Mapping[str, Mapping[tuple[str, ...], float]]:
    from cds_service.options import today
    from cds_service.store.access import store

    found: dict[str, dict[tuple[str, ...], float]] = {"store_up": {(): float(store().usable())}}
    try:
        known = context.pipeline().knowledge()
    except Exception:  # noqa: BLE001 - /readyz and the log say why; metrics go on
        return found
    days = days_to_review(known.review_by, today())
    found["build_info"] = {(__version__, known.version): 1.0}
    found["knowledge_days_to_review"] = {(): float(days)}
    found["knowledge_stale"] = {(): float(days < 0)}
    return found


def days_to_review(review_by: date, day: date) -> int:
    """Return the days from a day to the review date of the knowledge; negative when it has passed."""
    return (review_by - day).days


@blueprint.get("/metrics")
def metrics() -> Response:
    """Print the numbers of all workers."""
    registry = REGISTRY
    if MULTIPROCESS in os.environ:
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    now = CollectorRegistry()
    now.register(_Gauges())
    return Response(generate_latest(registry) + generate_latest(now), content_type=CONTENT_TYPE)
