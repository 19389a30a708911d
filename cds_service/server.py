"""The embedded gunicorn: a few threads per worker, everything loaded before the workers are forked."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

THREADS = 8
GRACE_S = 6


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
            "worker_class": "gthread",
            "threads": THREADS,
            "preload_app": True,
            "graceful_timeout": GRACE_S,
            "timeout": 60,
            "keepalive": 5,
            "loglevel": "warning",
            "proc_name": "myeloma-cds",
            "control_socket_disable": True,
            "when_ready": lambda _arbiter: self._ready(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Hand over the app; what is loaded by now stays out of the garbage collector's way, in the workers too."""
        gc.collect()
        gc.freeze()
        return self._app


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
