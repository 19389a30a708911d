"""A core writes at least 500 patients a second in NDJSON; the test leaves a margin for slow and busy machines."""

from __future__ import annotations

from pathlib import Path
from time import process_time

from cds_service.synthetic.output import patients, write

LIMIT_S = 1 / 500
MARGIN = 3
PATIENTS = 250


def test_500_patients_a_second(tmp_path: Path) -> None:
    sum(1 for _ in write(patients(20, 2), tmp_path / "first", "ndjson"))  # tables are loaded with the first patients
    started = process_time()
    assert sum(1 for _ in write(patients(PATIENTS, 1), tmp_path / "measured", "ndjson")) == PATIENTS
    assert (process_time() - started) / PATIENTS < MARGIN * LIMIT_S
