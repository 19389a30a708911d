"""Counters of this process in the text format of Prometheus; labels name services and statuses, never patients."""

from __future__ import annotations

import threading
from collections import Counter

from flask import Blueprint, Flask, Response, g, request

blueprint = Blueprint("metrics", __name__)
_PREFIX = "myeloma_cds_"
_LOCK = threading.Lock()
_COUNTS: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
_HELP = {
    "requests_total": "Requests by route and status.",
    "request_seconds_total": "Seconds spent on requests by route.",
    "tokens_refused_total": "Calls answered with 401.",
    "store_failures_total": "Uses of the store that failed.",
    "feedback_total": "Feedback entries by topic and outcome.",
}


def count(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a counter."""
    with _LOCK:
        _COUNTS[name, tuple(sorted(labels.items()))] += amount  # type: ignore[assignment]  # seconds are fractions


def value(name: str, **labels: str) -> float:
    """Return a counter."""
    with _LOCK:
        return _COUNTS[name, tuple(sorted(labels.items()))]


def register(app: Flask) -> None:
    """Count every request by its route, which is ours, and not by its path, which is the caller's."""

    @app.after_request
    def counted(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "(none)"
        count("requests_total", route=rule, status=str(response.status_code))
        count("request_seconds_total", g.stages.elapsed() if "stages" in g else 0.0, route=rule)
        return response


@blueprint.get("/metrics")
def metrics() -> Response:
    """Print the counters of the worker that answers."""
    with _LOCK:
        found = sorted(_COUNTS.items())
    lines: list[str] = []
    for name, text in _HELP.items():
        lines += [f"# HELP {_PREFIX}{name} {text}", f"# TYPE {_PREFIX}{name} counter"]
        for (counter, labels), amount in found:
            if counter == name:
                shown = ",".join(f'{key}="{label}"' for key, label in labels)
                lines.append(f"{_PREFIX}{name}{{{shown}}} {amount:g}" if shown else f"{_PREFIX}{name} {amount:g}")
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
