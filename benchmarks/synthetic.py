"""Synthetic patients: how many a second one core writes as NDJSON, by CPU time of the command from its start to its end.

    python benchmarks/synthetic.py [PATIENTS]

The target is 500 a second. The folder is removed again.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Measure three times and print the best."""
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory(prefix="synthetic-benchmark-") as folder:
        used = min(_used(Path(folder, str(run)), patients) for run in range(3))
        megabytes = sum(path.stat().st_size for path in Path(folder, "0").iterdir()) / 1e6
    print(f"{patients} patients, {megabytes:.0f} MB: {used:.2f} s of CPU, {patients / used:.0f} patients a second")


def _used(out: Path, patients: int) -> float:
    """Return the CPU seconds of one run, in the program and in the system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "cds_service", "synth", "--out", str(out), "--patients", str(patients)]
    command += ["--format", "ndjson"]
    subprocess.run(command, stderr=subprocess.DEVNULL, check=True)  # noqa: S603 - our own command
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
