"""Write patients to a folder: Bundles, Bulk-FHIR NDJSON or hook requests, and `truth.json` beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from cds_service.synthetic.patient import SyntheticPatient, generate

Form = Literal["bundle", "ndjson", "cds-request"]
TRUTH = "truth.json"


def patients(count: int, seed: int, scenarios: Iterable[str] = ()) -> Iterator[SyntheticPatient]:
    """Make patients one after the other: random ones, or `count` of each scenario."""
    names = list(scenarios)
    if not names:
        yield from (generate(seed, index) for index in range(count))
    for name in names:
        yield from (generate(seed, index, name) for index in range(count))


def write(made: Iterable[SyntheticPatient], out: Path, form: Form) -> Iterator[SyntheticPatient]:
    """Write patients as they come and hand each on (for a progress bar); the truth is complete when the iterator ends.

    Raises `OSError` when the folder cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    truths: list[bytes] = []
    files: dict[str, IO[bytes]] = {}
    try:
        for patient in made:
            if form == "ndjson":
                _append(patient, out, files)
            else:
                text = patient.bundle() if form == "bundle" else patient.request()
                (out / f"{patient.identifier}.json").write_text(text + "\n", encoding="utf-8")
            truths.append(_entry(patient.truth))
            yield patient
    finally:
        for file in files.values():
            file.close()
    (out / TRUTH).write_bytes(b"[\n" + b",\n".join(truths) + b"\n]\n")


def _append(patient: SyntheticPatient, out: Path, files: dict[str, IO[bytes]]) -> None:
    lines: dict[str, list[str]] = {}
    for kind, row in patient.rows:
        lines.setdefault(kind, []).append(row)
    for kind, rows in lines.items():
        if kind not in files:
            files[kind] = (out / f"{kind}.ndjson").open("wb", buffering=1 << 18)
        rows.append("")
        files[kind].write("\n".join(rows).encode())


def _entry(truth: dict[str, Any]) -> bytes:
    return orjson.dumps(truth)
