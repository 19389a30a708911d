"""What a hook call costs, beside the floor in the same run.

    make bench                                       # everything, some minutes
    .venv/bin/python benchmarks/service.py --quick   # fewer calls, about a minute

Starts the floor (`floor.py`) and the service under the same gunicorn, one worker each, and alternates between them in short turns, so that
a machine that slows down slows both. Figures are of the servers' own processes: CPU is user and system time from the kernel's
accounting per call, latency is seen by the client, memory is the sum over arbiter and worker. Bodies rotate over patients; no answer is
kept anywhere. A ratio is service/floor within a turn; the table shows medians over turns.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent))
from bodies import SIZES, hook_request
from servers import Server, percentile

PATIENTS = 5
BINDING = {60: 2.0, 500: 0.8, 2500: 0.6, 10_000: 0.5}
AIM = {60: 0.9, 500: 0.5, 2500: 0.4, 10_000: 0.3}
CLIENTS = (1, 8, 32)
STRICT_BINDING = 4.5
STAGES = ("request", "read", "history", "advise", "cards")


@dataclass(slots=True)
class Row:
    """What was measured of one size."""

    size: int
    bytes: int
    cpu: dict[str, list[float]] = field(default_factory=lambda: {"floor": [], "service": []})
    wall: dict[str, list[float]] = field(default_factory=lambda: {"floor": [], "service": []})
    throughput: dict[int, dict[str, float]] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    """Median milliseconds by stage, from the log of the service."""

    @property
    def ratio(self) -> float:
        """Return CPU per call, service to floor."""
        return statistics.median(a / b for a, b in zip(self.cpu["service"], self.cpu["floor"], strict=True))

    def ms(self, name: str) -> float:
        """Return CPU milliseconds per call."""
        return statistics.median(self.cpu[name]) * 1000


def measure(
    servers: list[Server], size: int, turns: int, calls: int, progress: Progress, *, unseen: bool = False
) -> Row:
    """Alternate between the servers, turn by turn; with `unseen` every call is about a patient whom nobody asked about before."""
    bodies = [hook_request(size, seed) for seed in range(1, PATIENTS + 1)]
    row = Row(size, len(bodies[0]))
    task = progress.add_task(f"{size} resources", total=turns)
    for server in servers:
        server.stages.clear()
    for server in servers:
        link = server.connect()
        for body in bodies:
            server.call(link, body)
        link.close()
    for turn in range(turns):
        if unseen:
            bodies = [hook_request(size, 1000 + turn * calls + index) for index in range(calls)]
        for server in servers if turn % 2 else servers[::-1]:
            link = server.connect()
            before = server.cpu()
            for index in range(calls):
                row.wall[server.name].append(server.call(link, bodies[(turn + index) % len(bodies)]))
            row.cpu[server.name].append((server.cpu() - before) / calls)
            link.close()
        progress.advance(task)
    told = servers[-1].stages
    row.stages = {name: statistics.median(one.get(name, 0.0) for one in told) for name in STAGES} if told else {}
    return row


def flood(server: Server, bodies: list[bytes], clients: int, seconds: float) -> float:
    """Return calls a second of so many clients, closed loop."""
    until = time.perf_counter() + seconds
    counts = [0] * clients

    def run(index: int) -> None:
        link = server.connect()
        while time.perf_counter() < until:
            server.call(link, bodies[(index + counts[index]) % PATIENTS])
            counts[index] += 1
        link.close()

    start = time.perf_counter()
    threads = [threading.Thread(target=run, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def fairness(server: Server, seconds: float) -> tuple[float, float]:
    """Return p50 and p99 in ms of small calls while 2 of 32 clients send the largest body."""
    small = [hook_request(60, seed) for seed in range(1, PATIENTS + 1)]
    large = hook_request(10_000, 1)
    until = time.perf_counter() + seconds
    taken: list[float] = []

    def run(index: int) -> None:
        link = server.connect()
        turn = 0
        while time.perf_counter() < until:
            if index < 2:
                server.call(link, large)
            else:
                taken.append(server.call(link, small[(index + turn) % PATIENTS]))
            turn += 1
        link.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return percentile(taken, 50), percentile(taken, 99)


def cold_start(command: list[str], name: str, folder: str) -> float:
    """Return the seconds from the start of the process to the first answered call."""
    body = hook_request(60, 1)
    server = Server(name, command, folder)
    link = server.connect()
    server.call(link, body)
    took = time.perf_counter() - server.began
    link.close()
    server.end()
    return took


def slope(servers: list[Server], turns: int) -> dict[str, float]:
    """Return CPU microseconds that one irrelevant resource adds: 60 resources against 60 and 2,000 irrelevant ones."""
    found = {}
    for server in servers:
        per = []
        link = server.connect()
        for extra in (0, 2000):
            bodies = [hook_request(60, seed, irrelevant_only=extra) for seed in range(1, PATIENTS + 1)]
            for body in bodies:
                server.call(link, body)
            before = server.cpu()
            for turn in range(turns):
                server.call(link, bodies[turn % PATIENTS])
            per.append((server.cpu() - before) / turns)
        link.close()
        found[server.name] = (per[1] - per[0]) / 2000 * 1e6
    return found


def main() -> int:
    """Measure and print; the exit status is 1 when a binding line is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer turns, no throughput")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    sizes = [int(text) for text in options.sizes.split(",")]
    console = Console(width=170)
    here = str(Path(__file__).parent)
    commands = {"floor": [f"{here}/floor.py"], "service": ["-m", "cds_service", "serve", "--port", "0"]}
    with tempfile.TemporaryDirectory() as folder:
        cold = {
            name: min(cold_start(command, name, folder) for _ in range(1 if options.quick else 3))
            for name, command in commands.items()
        }
        servers = [Server(name, command, folder) for name, command in commands.items()]
        idle = {server.name: server.private() for server in servers}
        rows = []
        with Progress(console=Console(stderr=True), transient=True) as progress:
            for size in sizes:
                turns = {60: 24, 500: 16, 2500: 8}.get(size, 6) // (2 if options.quick else 1)
                calls = {60: 40, 500: 12, 2500: 4}.get(size, 2)
                rows.append(measure(servers, size, turns, calls, progress))
            peak = {server.name: server.memory("VmHWM") for server in servers}
            if not options.quick:
                for row in rows:
                    bodies = [hook_request(row.size, seed) for seed in range(1, PATIENTS + 1)]
                    for clients in CLIENTS:
                        row.throughput[clients] = {server.name: flood(server, bodies, clients, 4) for server in servers}
            strict = Server("service", commands["service"], folder, MYELOMA_CDS_STRICT="true")
            turns = 4 if options.quick else 8
            strict_rows = {
                "patients seen for the first time": measure([servers[0], strict], 500, turns, 6, progress, unseen=True),
                "patients seen before": measure([servers[0], strict], 500, turns, 6, progress),
            }
            strict.end()
        grow = slope(servers, 10 if options.quick else 30)
        fair = {} if options.quick else {server.name: fairness(server, 10) for server in servers}
        before = servers[1].private()
        link = servers[1].connect()
        body = [hook_request(60, seed) for seed in range(1, PATIENTS + 1)]
        many = 300 if options.quick else 10_000
        for turn in range(many):
            servers[1].call(link, body[turn % PATIENTS])
        growth = servers[1].private() - before
        for server in servers:
            server.end()
    missed = report(console, rows, cold, idle, peak, grow, fair, growth, many)
    missed = profile(console, rows, strict_rows) or missed
    if options.json:
        options.json.write_text(
            json.dumps(
                {"ratios": {row.size: row.ratio for row in rows}, "cold": cold, "idle": idle, "slope": grow}, indent=1
            ),
            encoding="utf-8",
        )
    return int(missed)


def report(
    console: Console,
    rows: list[Row],
    cold: dict[str, float],
    idle: dict[str, float],
    peak: dict[str, float],
    grow: dict[str, float],
    fair: dict[str, tuple[float, float]],
    growth: float,
    many: int,
) -> bool:
    """Print the tables; tell whether a binding line was missed."""
    console.print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    table = Table(
        "resources",
        "bytes",
        "floor CPU ms",
        "service CPU ms",
        "ratio",
        "binding",
        "aim",
        "p50 ms f/s",
        "p99 ms f/s",
        *(f"{n} clients, calls/s f/s" for n in CLIENTS if rows[0].throughput),
    )
    missed = False
    for row in rows:
        bound = BINDING.get(row.size, math.inf)
        missed = missed or row.ratio > bound
        table.add_row(
            str(row.size),
            f"{row.bytes:,}",
            f"{row.ms('floor'):.2f}",
            f"{row.ms('service'):.2f}",
            f"{row.ratio:.2f}{' missed' if row.ratio > bound else ''}",
            f"{bound}",
            f"{AIM.get(row.size, '')}",
            *(f"{percentile(row.wall['floor'], p):.1f} / {percentile(row.wall['service'], p):.1f}" for p in (50, 99)),
            *(f"{one['floor']:.0f} / {one['service']:.0f}" for one in row.throughput.values()),
        )
    console.print(table)
    by_size = {row.size: row.ms("service") for row in rows}
    if 500 in by_size and 10_000 in by_size:
        exponent = math.log(by_size[10_000] / by_size[500]) / math.log(20)
        console.print(f"exponent of CPU from 500 to 10,000 resources: {exponent:.2f} (binding 1.10, aim 1.02)")
    console.print(
        f"CPU per irrelevant resource, us: floor {grow['floor']:.1f}, service {grow['service']:.1f} (binding 25, aim 15)"
    )
    console.print(
        f"cold start to the first answered call, s: floor {cold['floor']:.2f}, service {cold['service']:.2f} (binding 2.0)"
    )
    console.print(
        f"memory in MB: idle {idle['floor']:.0f} / {idle['service']:.0f} (binding 110), peak after the largest {peak['floor']:.0f} / "
        f"{peak['service']:.0f} (binding 220); growth over {many} calls {growth:+.1f}"
    )
    for name, (half, most) in fair.items():
        console.print(
            f"small calls beside 10,000-resource ones at 32 clients, {name}: p50 {half:.0f} ms, p99 {most:.0f} ms"
        )
    return missed


def profile(console: Console, rows: list[Row], strict: dict[str, Row]) -> bool:
    """Print where the time goes, the tail, and strict mode; tell whether a binding line was missed."""
    table = Table("resources", *(f"{name} ms" for name in STAGES), "p99/p50 floor", "p99/p50 service")
    for row in rows:
        tail = (
            f"{percentile(row.wall[name], 99) / percentile(row.wall[name], 50):.1f}" for name in ("floor", "service")
        )
        table.add_row(str(row.size), *(f"{row.stages.get(name, 0.0):.2f}" for name in STAGES), *tail)
    console.print(table)
    for whom, row in strict.items():
        console.print(
            f"STRICT, 500 resources, {whom}: {row.ms('service'):.0f} ms of CPU, {row.ratio:.2f} x the floor (binding {STRICT_BINDING})"
        )
    return any(row.ratio > STRICT_BINDING for row in strict.values())


if __name__ == "__main__":
    sys.exit(main())
