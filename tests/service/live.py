"""The service as it is deployed: gunicorn in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from cds_service.kit.process import Running, running


class Live:
    """A running service and what it wrote on stderr so far."""

    def __init__(self, found: Running) -> None:
        self.base = found.url
        self.process = found.process
        self.lines = found.lines
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=30, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        if body is not None:
            options["json"] = body
        return self.session.post(self.base + path, timeout=30, **options)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=30, **options)


@contextmanager
def running_service(folder: Path, *arguments: str, **settings: str) -> Iterator[Live]:
    """Start `myeloma-cds serve` on a free port; settings by their names without the prefix."""
    with running(folder, *arguments, **settings) as found:
        service = Live(found)
        try:
            yield service
        finally:
            service.session.close()
