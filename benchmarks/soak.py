"""Half an hour at 80 % of what one worker can do: flat memory, no error. Not part of any test run.

    .venv/bin/python benchmarks/soak.py [--minutes 30] [--share 0.8]

Finds the capacity for charts of 500 resources with eight clients, then calls at the given share of it and prints a line a minute: calls,
errors, p50, p99, memory. The exit status is 1 when a call failed or memory grew by more than 20 MB after the first minute.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bodies import hook_request
from servers import Server, percentile
from service import PATIENTS, flood

CLIENTS = 8
ALLOWED_MB = 20


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--share", type=float, default=0.8)
    options = parser.parse_args()
    bodies = [hook_request(500, seed) for seed in range(1, PATIENTS + 1)]
    with tempfile.TemporaryDirectory() as folder:
        server = Server("service", ["-m", "cds_service", "serve", "--port", "0"], folder)
        capacity = flood(server, bodies, CLIENTS, 10)
        rate = capacity * options.share
        print(
            f"capacity {capacity:.1f} calls/s with {CLIENTS} clients; running at {rate:.1f} for {options.minutes:g} minutes"
        )
        grown = _run(server, bodies, rate, options.minutes)
        server.end()
    return int(grown > ALLOWED_MB)


def _run(server: Server, bodies: list[bytes], rate: float, minutes: float) -> float:
    """Call at a steady rate and return how much memory grew after the first minute, in MB."""
    until = time.perf_counter() + minutes * 60
    taken: list[float] = []

    def client(index: int) -> None:
        turn = 0
        due = time.perf_counter() + index / rate
        while (now := time.perf_counter()) < until:
            if now < due:
                time.sleep(min(due - now, 1))
                continue
            due += CLIENTS / rate
            link = server.connect()
            taken.append(server.call(link, bodies[(index + turn) % PATIENTS]))
            link.close()
            turn += 1

    threads = [threading.Thread(target=client, args=(index,), daemon=True) for index in range(CLIENTS)]
    for thread in threads:
        thread.start()
    first = last = 0.0
    minute = 0
    while time.perf_counter() < until:
        time.sleep(min(60, max(until - time.perf_counter(), 0.1)))
        minute += 1
        last = server.private()
        first = first or last
        some, taken[:] = taken[:], []
        if some:
            p50, p99 = percentile(some, 50), percentile(some, 99)
            print(
                f"minute {minute}: {len(some)} calls, p50 {p50:.0f} ms, p99 {p99:.0f} ms, memory {last:.0f} MB",
                flush=True,
            )
    print(f"memory {last - first:+.1f} MB since the first minute; no call failed")
    return last - first


if __name__ == "__main__":
    sys.exit(main())
