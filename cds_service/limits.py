"""Bounds on what one call may ask for: number of resources, time for sending a body, calls per caller (issue: limits)."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from cds_service.refusals import RefusalError

if TYPE_CHECKING:
    from cds_service.settings import Settings
    from fhir_mappings.read import Entries

MAX_RESOURCES = 60_000
BODY_S = 30.0
"""Seconds that a caller has for sending a body; afterwards the connection is closed for reading."""


def refuse_too_many(bodies: Iterable[Entries]) -> None:
    """Refuse more resources than any real chart holds with 413."""
    if sum(len(one.entries) for one in bodies) > MAX_RESOURCES:
        raise RefusalError(413, "too-costly", f"The request holds more than {MAX_RESOURCES} resources.")


@contextmanager
def time_to_send() -> Iterator[None]:
    """Give the caller `BODY_S` seconds to send its body, so that slow senders do not hold the threads of a worker."""
    connection: Any = request.environ.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        yield
        return
    _WATCH.begin(connection, BODY_S)
    try:
        yield
    finally:
        _WATCH.end(connection)


class _Watch:
    """One thread for all bodies that are on their way: a thread for each would cost more than reading most of them."""

    def __init__(self) -> None:
        self._late: dict[socket.socket, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asleep = False

    def begin(self, connection: socket.socket, seconds: float) -> None:
        """Hang up on a connection in so many seconds."""
        with self._changed:
            self._late[connection] = time.monotonic() + seconds
            if self._thread is None or not self._thread.is_alive():  # also after a fork, which takes no threads along
                self._thread = threading.Thread(target=self._run, name="bodies on their way", daemon=True)
                self._thread.start()
            elif self._asleep:
                self._changed.notify()

    def end(self, connection: socket.socket) -> None:
        """Leave a connection alone: its body is here."""
        with self._changed:
            self._late.pop(connection, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                for connection, limit in list(self._late.items()):
                    if limit <= now:
                        _hang_up(connection)
                        del self._late[connection]
                self._asleep = not self._late
                self._changed.wait(_LOOK_EVERY_S if self._late else None)
                self._asleep = False


_LOOK_EVERY_S = 0.5
"""Seconds between two looks while bodies are on their way; otherwise the thread sleeps."""
_WATCH = _Watch()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return


def register_rate_limit(app: Flask, settings: Settings) -> None:
    """Limit calls per caller's address in each process, when a rate is set; health and metrics are never limited."""
    if not settings.rate_limit:
        return
    from flask_limiter import Limiter, RateLimitExceeded
    from flask_limiter.util import get_remote_address

    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[settings.rate_limit],
        storage_uri="memory://",
        headers_enabled=False,
        enabled=True,
    )

    @limiter.request_filter
    def free() -> bool:
        return request.path.rstrip("/") in {"/healthz", "/readyz", "/metrics"} or request.method == "OPTIONS"

    def limited(_: RateLimitExceeded) -> Any:
        from cds_service.errors import outcome
        from cds_service.json_provider import json_response

        text = "Too many calls from this address (RATE_LIMIT). Please wait and send the request again."
        response = json_response(outcome("throttled", text), 429)
        current = limiter.current_limit
        if current is not None:
            response.headers["Retry-After"] = str(max(1, int(current.reset_at - time.time())))
        return response

    app.register_error_handler(RateLimitExceeded, limited)
