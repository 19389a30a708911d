"""How long the stages of a request take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Milliseconds per stage of one request. A stage that runs twice adds up."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self.spans: list[tuple[str, float, float]] | None = None
        """Begin and end of each stage on the clock of `perf_counter`, for tracing; not kept without it."""
        self._began = time.perf_counter()

    def elapsed(self) -> float:
        """Return the seconds since the request began."""
        return time.perf_counter() - self._began

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        start = time.perf_counter()
        try:
            yield
        finally:
            end = time.perf_counter()
            self.ms[name] = round(self.ms.get(name, 0.0) + (end - start) * 1000, 2)
            if self.spans is not None:
                self.spans.append((name, start, end))
