"""Logs as JSON lines on stderr: one line per request, with the time of each stage and without patient data.

What may stand in a line is chosen, not filtered: route rules instead of paths, counts instead of contents.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from contextlib import suppress
from typing import TextIO, cast

import structlog
from flask import Flask, Response, g, request

from cds_service.stages import Stages

LOG = structlog.get_logger("myeloma_cds")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class _Stderr:
    """Standard error as it is when something is written: a log that cannot be written never costs an answer."""

    def write(self, text: str) -> None:
        """Write, or lose the text when nobody can take it."""
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        """Flush, or do nothing when nobody can take it."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure(level: str) -> None:
    """Set structlog up once per process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=False,
    )


def current_stages() -> Stages:
    """Return the stage clock of the request being answered."""
    stages: Stages = g.stages
    return stages


def note(**values: str | int | bool) -> None:
    """Add counts and ids of our own to the line of this request."""
    g.notes.update(values)


def register(app: Flask) -> None:
    """Give every request an id and a line in the log."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        g.stages = Stages()
        g.notes = {}
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if "started" not in g:
            return response
        response.headers["X-Request-ID"] = g.request_id
        rule = request.url_rule.rule if request.url_rule else "(none)"
        LOG.info(
            "request",
            request_id=g.request_id,
            method=request.method,
            route=rule,
            status=response.status_code,
            bytes_in=request.content_length or 0,
            ms=round((time.perf_counter() - g.started) * 1000, 2),
            stages=g.stages.ms,
            **g.notes,
        )
        return response
