"""Whole populations: `cohort` from end to end against a loop of `orjson.loads` over the same lines, in the same run.

    python benchmarks/cohort.py [PATIENTS] [--charts] [--spark]

Prints MB/s (by the clock) and CPU time of the loop, of `cohort` with one and with two processes, and the ratios: R_bulk = CPU time of the
loop / of `cohort` (one process), and two processes against one by the clock, which needs two idle cores. Starting Python and loading the
knowledge are part of every run of `cohort`. Input: synthetic patients, in whose charts nearly everything is about myeloma; with --charts
those of `read.py` of 500 resources, in which most is not, as in an EHR.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
from read import bundle


def main() -> None:
    """Measure and print."""
    patients = int(next((one for one in sys.argv[1:] if one.isdigit()), "1000"))
    folder = Path(tempfile.mkdtemp(prefix="cohort-benchmark-"))
    try:
        if "--charts" in sys.argv:
            _charts(folder / "in", patients)
        else:
            _run("synth", "--out", str(folder / "in"), "--patients", str(patients), "--seed", "1", "--format", "ndjson")
        files = sorted((folder / "in").glob("*.ndjson"))
        megabytes = sum(path.stat().st_size for path in files) / 1e6
        print(f"{patients} patients, {megabytes:.1f} MB in {len(files)} files")
        loop, loop_cpu = min(_loop(files) for _ in range(3))
        _say("orjson loop", megabytes, loop, loop_cpu)
        found = {}
        for workers in (1, 2):
            found[workers] = min(_cohort(folder, "--workers", str(workers)) for _ in range(2))
            _say(f"cohort, {workers} process(es)", megabytes, *found[workers])
        if "--spark" in sys.argv:
            _say("cohort, spark", megabytes, *_cohort(folder, "--workers", "2", "--engine", "spark"))
        print(f"R_bulk {loop_cpu / found[1][1]:.2f}; two processes {found[1][0] / found[2][0]:.2f} times one")
    finally:
        shutil.rmtree(folder)


def _say(what: str, megabytes: float, seconds: float, cpu: float) -> None:
    print(f"{what:22} {seconds:7.2f} s {megabytes / seconds:7.1f} MB/s {cpu / megabytes * 1000:7.1f} ms of CPU per MB")


def _charts(folder: Path, patients: int) -> None:
    folder.mkdir()
    for number in range(patients):
        entries = orjson.loads(bundle(500, f"p{number}", number))["entry"]
        with (folder / f"part-{number % 5}.ndjson").open("ab") as out:
            out.writelines(orjson.dumps(entry["resource"], option=orjson.OPT_APPEND_NEWLINE) for entry in entries)


def _loop(files: list[Path]) -> tuple[float, float]:
    started, cpu = time.perf_counter(), time.process_time()
    for path in files:
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)
    return time.perf_counter() - started, time.process_time() - cpu


def _cohort(folder: Path, *options: str) -> tuple[float, float]:
    shutil.rmtree(folder / "out", ignore_errors=True)
    started, cpu = time.perf_counter(), _children()
    _run("cohort", "--input", str(folder / "in"), "--out", str(folder / "out"), "--as-of", "2026-11-01", *options)
    return time.perf_counter() - started, _children() - cpu


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(*arguments: str) -> None:
    command = [sys.executable, "-m", "cds_service", *arguments]
    subprocess.run(command, stderr=subprocess.DEVNULL, check=True)  # noqa: S603 - our own command


if __name__ == "__main__":
    main()
