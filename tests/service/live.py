"""The service as it is deployed: gunicorn in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests


class Live:
    """A running service and what it wrote on stderr so far."""

    def __init__(self, base: str, process: subprocess.Popen[str], lines: list[str]) -> None:
        self.base = base
        self.process = process
        self.lines = lines
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
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MYELOMA_CDS_") and not name.lower().endswith("_proxy")
    }
    given = {f"MYELOMA_CDS_{name.upper()}": value for name, value in settings.items()}
    environment = {**kept, "XDG_STATE_HOME": str(folder / "state"), **given}
    command = [sys.executable, "-m", "cds_service", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stderr is not None
    lines: list[str] = []
    base = None
    for line in process.stderr:
        lines.append(line)
        if found := re.search(r"ready.*(http://127\.0\.0\.1:\d+)", line):
            base = found[1]
            break
    assert base, "".join(lines)
    reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
    reader.start()
    service = Live(base, process, lines)
    try:
        yield service
    finally:
        service.session.close()
        process.terminate()
        try:
            process.wait(timeout=12)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(timeout=5)
        process.stderr.close()
