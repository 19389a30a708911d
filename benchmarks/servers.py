"""A server under measurement, in processes of its own, and what the kernel says of it."""

from __future__ import annotations

import http.client
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

PATH = "/cds-services/myeloma-patient-view"
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server in processes of its own."""

    def __init__(self, name: str, command: list[str], folder: str, **settings: str) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MYELOMA_CDS_")}
        environment = {**kept, "XDG_STATE_HOME": folder, **settings}
        self.name = name
        self.began = time.perf_counter()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *command], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        self.port = self._port()
        self.stages: list[dict[str, float]] = []
        """Milliseconds by stage of every call, as the log of the service tells them."""
        threading.Thread(target=self._drain, daemon=True).start()

    def _port(self) -> int:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if found := re.search(r"ready.*http://127\.0\.0\.1:(\d+)", line):
                return int(found[1])
        sys.exit(f"{self.name} did not start")

    def _drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{") and (told := json.loads(line).get("stages")):
                self.stages.append(told)

    def pids(self) -> list[int]:
        """Return the arbiter and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [self.process.pid, *map(int, children.split())]

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        total = 0
        for pid in self.pids():
            parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(parts[11]) + int(parts[12])
        return total / TICKS

    def memory(self, what: str) -> float:
        """Return `VmRSS` (now) or `VmHWM` (peak) in MB, summed; pages shared by fork count twice."""
        found = 0
        for pid in self.pids():
            text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            found += int(re.search(rf"{what}:\s+(\d+)", text)[1])  # type: ignore[index]
        return found / 1024

    def private(self) -> float:
        """Return the proportional set size in MB: what fork shares is counted once."""
        found = 0
        for pid in self.pids():
            text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            found += int(re.search(r"Pss:\s+(\d+)", text)[1])  # type: ignore[index]
        return found / 1024

    def call(self, connection: http.client.HTTPConnection, body: bytes) -> float:
        """Post a body and return the seconds until the answer was read."""
        start = time.perf_counter()
        connection.request("POST", PATH, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - start
        if answer.status != 200:
            sys.exit(f"{self.name} answered {answer.status}: {content[:300]!r}")
        return took

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection that is kept."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def end(self) -> None:
        """Stop."""
        self.process.terminate()
        self.process.wait(timeout=20)


def percentile(values: list[float], share: int) -> float:
    """Return a percentile in ms."""
    order = sorted(values)
    return order[min(len(order) - 1, math.ceil(len(order) * share / 100) - 1)] * 1000
