"""Progress on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

PLAIN_EVERY_S = 10.0


class Progress(Protocol):
    """Told how much there is to do and how much is done."""

    def begin(self, what: str, total: int, done: int = 0) -> None:
        """Begin a phase of `total` steps."""

    def step(self) -> None:
        """Count one step as done."""


class Silent:
    """Shows nothing."""

    def begin(self, what: str, total: int, done: int = 0) -> None:
        """Do nothing."""

    def step(self) -> None:
        """Do nothing."""


class Plain:
    """A line when a phase begins and ends, and every ten seconds between."""

    def __init__(self) -> None:
        self._what, self._total, self._done, self._said = "", 0, 0, 0.0

    def begin(self, what: str, total: int, done: int = 0) -> None:
        """Say what begins."""
        self._what, self._total, self._done = what, total, done
        self._say()

    def step(self) -> None:
        """Say how far it is, if that was not said lately."""
        self._done += 1
        if self._done == self._total or time.monotonic() - self._said > PLAIN_EVERY_S:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        click.echo(f"myeloma-cds: {self._what}: {self._done} of {self._total}", err=True)


@contextmanager
def on_stderr() -> Iterator[Progress]:
    """Give a bar where somebody watches, else lines."""
    if not sys.stderr.isatty():
        yield Plain()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # No thread of its own, because worker processes are forked while it shows.
    with Bars(*columns, console=Console(stderr=True), auto_refresh=False) as bars:

        class _Bar:
            def begin(self, what: str, total: int, done: int = 0) -> None:
                self._task = bars.add_task(what, total=total, completed=done)
                bars.refresh()

            def step(self) -> None:
                bars.advance(self._task)
                bars.refresh()

        yield _Bar()
