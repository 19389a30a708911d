"""The embedded gunicorn: a few threads per worker, everything loaded before the workers are forked.

What gunicorn refuses itself, before the app sees it, is an OperationOutcome too, and is not repeated to the caller (R07).
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from typing import Any

import orjson
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.http import errors as refused  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from cds_service.errors import outcome

THREADS = 8
GRACE_S = 6
MAX_HEADER_BYTES = 32_768
"""Room for a signed token with a long chain of claims; longer header lines are refused with 431."""
LOG = structlog.get_logger("myeloma_cds")
_NOT_HTTP = (400, "Bad Request", "structure", "The request is not well-formed HTTP. Please send it again.")
_REFUSALS: tuple[tuple[type[Exception], tuple[int, str, str, str]], ...] = (
    (
        refused.LimitRequestLine,
        (
            414,
            "URI Too Long",
            "too-long",
            "The address of the request is too long. GET /cds-services lists the services.",
        ),
    ),
    (
        refused.LimitRequestHeaders,
        (431, "Request Header Fields Too Large", "too-long", "The header of the request is too large."),
    ),
    (
        refused.UnsupportedTransferCoding,
        (501, "Not Implemented", "not-supported", "Please send the body with Content-Length, or chunked."),
    ),
    (
        refused.ExpectationFailed,
        (417, "Expectation Failed", "not-supported", "Please send the request without Expect, or with 100-continue."),
    ),
    (refused.ParseException, _NOT_HTTP),
    (OSError, _NOT_HTTP),
)
_FAILED = (500, "Internal Server Error", "exception", "The service failed while reading this request.")


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's threaded worker with refusals in our own words."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:  # noqa: ARG002 - its signature
        """Answer what could not be read as HTTP; neither answer nor log repeats it."""
        status, phrase, code, text = next((one for kind, one in _REFUSALS if isinstance(exc, kind)), _FAILED)
        LOG.warning("unreadable_request", kind=type(exc).__name__, status=status)
        body = orjson.dumps(outcome(code, text))
        head = (
            f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall(head.encode("ascii") + body)
        except OSError:
            LOG.info("caller_gone")


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Runs one Flask app on one socket."""

    def __init__(self, app: Flask, bound: socket.socket, workers: int, ready: Callable[[], None]) -> None:
        self._app = app
        self._socket = bound
        self._workers = workers
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up; nothing is read from files or from its environment variables."""
        chosen: dict[str, Any] = {
            "bind": f"fd://{self._socket.fileno()}",
            "workers": self._workers,
            "worker_class": Worker,
            "threads": THREADS,
            "preload_app": True,
            "graceful_timeout": GRACE_S,
            "timeout": 60,
            "keepalive": 5,
            "limit_request_field_size": MAX_HEADER_BYTES,
            "loglevel": "warning",
            "proc_name": "myeloma-cds",
            "control_socket_disable": True,
            "when_ready": lambda _arbiter: self._ready(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Hand over the app; what is loaded by now stays out of the garbage collector's way, in the workers too."""
        _settle_heap()
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER, 10, 10)
        return self._app


_COLLECT_AFTER = 20_000
"""Objects that are made before the collector looks for cycles, of which a call leaves hardly any: it looked after every few hundred."""

_HEAP = {
    -8: 1,  # M_ARENA_MAX
    -3: 32 << 20,  # M_MMAP_THRESHOLD, the most that glibc takes
    -1: 64 << 20,  # M_TRIM_THRESHOLD
}
"""Parameters of glibc's `mallopt`, in bytes where they are sizes."""


def _settle_heap() -> None:
    """Let glibc keep one heap for all threads of a worker, and keep what a large call needed for the next one.

    Threads take turns anyway, and each large body would leave a hole in each heap: one heap needs a quarter less memory for the largest
    calls. Given back to the system after every call, the memory would have to be fetched anew, page by page, for the next: a sixth of
    the CPU of a call of five megabytes. Other C libraries have no such parameters and need none.
    """
    import ctypes

    try:
        for parameter, value in _HEAP.items():
            ctypes.CDLL(None).mallopt(parameter, value)
    except (OSError, AttributeError, TypeError):
        return


def bind(host: str, port: int) -> socket.socket:
    """Bind the address; port 0 takes a free one. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(512)
    except OSError:
        bound.close()
        raise
    return bound


def address_of(bound: socket.socket) -> tuple[str, int]:
    """Return host and port as bound."""
    host, port = bound.getsockname()[:2]
    return str(host), int(port)


def url_of(host: str, port: int) -> str:
    """Return the base URL of an address."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
