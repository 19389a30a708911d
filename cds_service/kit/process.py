"""The service as it is deployed, gunicorn in a process of its own, for as long as tests need it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cds_service.settings import Settings

START_S = 120.0
STOP_S = 12.0
PREFIX = "MYELOMA_CDS_"
_READY = re.compile(r" is ready: .*?(http://127\.0\.0\.1:\d+)(?!.*http://127\.0\.0\.1:\d)")


class StartError(RuntimeError):
    """The service did not start; the text holds what it wrote."""


@dataclass(slots=True)
class Running:
    """A running service: its base URL, its process, and the lines that it wrote so far."""

    url: str
    process: subprocess.Popen[str]
    lines: list[str]


@contextmanager
def running(folder: Path, *arguments: str, **settings: str) -> Iterator[Running]:
    """Start `myeloma-cds serve` on a free port, and end it afterwards.

    `folder` is where its store lies; `settings` are by their names without the prefix. Settings and proxies of the environment are
    kept out. Raises `StartError`, and `ValueError` for a setting that there is not.
    """
    unknown = sorted({name.lower() for name in settings} - set(Settings.model_fields))
    if unknown:
        known = ", ".join(sorted(Settings.model_fields))
        raise ValueError(f"There is no setting {', '.join(unknown)}; there are: {known}.")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) and not name.lower().endswith("_proxy")
    }
    given = {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
    process = subprocess.Popen(  # noqa: S603 - this interpreter, and arguments of the suite
        [sys.executable, "-m", "cds_service", "serve", "--port", "0", *arguments],
        cwd=folder,
        env={**kept, "XDG_STATE_HOME": str(folder / "state"), **given},
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: list[str] = []
    heard = threading.Event()
    urls: list[str] = []

    def listen() -> None:
        for line in process.stderr or ():
            lines.append(line)
            if not urls and (found := _READY.search(line)):
                urls.append(found[1])
                heard.set()
        heard.set()

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    try:
        if not heard.wait(START_S) or not urls:
            raise StartError(f"myeloma-cds did not start:\n{''.join(lines)}")
        yield Running(urls[0], process, lines)
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(timeout=5)
        if process.stderr is not None:
            process.stderr.close()
