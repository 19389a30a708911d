"""The Spark engine: line by line what the local one writes, and plain words when Spark cannot run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.cohort import local
from cds_service.cohort.patients import Choice
from cds_service.cohort.progress import Silent
from tests.cohort import exports

ODD: list[dict[str, Any]] = [
    {"resourceType": "Condition", "id": "nobody"},
    {"resourceType": "Patient", "id": "p9", "identifier": [{"value": "77"}]},
    {"resourceType": "Condition", "id": "c77", "code": {"text": "Multiple myeloma"}, "subject": {"identifier": {"value": "77"}}},
    {"resourceType": "Condition", "id": "c99", "subject": {"identifier": {"value": "99"}}},
    {"resourceType": "Medication", "id": "m1", "code": {"text": "lenalidomide 25 mg capsule"}},
    {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "completed",
        "medicationReference": {"reference": "urn:uuid:m1"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
        "subject": {"reference": "Patient/p9"},
    },
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed; the Spark engine is not tested")
def test_both_engines_write_the_same(tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "in", [*exports.resources(), *ODD], seed=1, mixed=True)
    patients = 2000 if int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1")) > 1 else 30
    made = ["synth", "--out", str(folder / "synthetic"), "--patients", str(patients), "--format", "ndjson"]
    assert CliRunner().invoke(main, made).exit_code == 0
    with (folder / "part-0.ndjson").open("ab") as file:
        file.write(b"{broken\n")
    local.run(folder, tmp_path / "local", Choice("2026-11-01", "US", "current", "unknown"), Silent())
    command = [sys.executable, "-m", "cds_service", "cohort", "--input", str(folder), "--out", str(tmp_path / "spark")]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MYELOMA_CDS_", "SPARK_", "PYSPARK_"))
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--engine", "spark", "--as-of", "2026-11-01", "--workers", "2"],
        env=kept,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # there are errors in the input
    assert done.stdout == ""
    assert f"{patients + 15} patients assessed; 3 errors" in done.stderr
    assert "ERROR" not in done.stderr
    ours, theirs = exports.outputs(tmp_path / "local"), exports.outputs(tmp_path / "spark")
    assert ours.keys() == theirs.keys()
    for name, content in ours.items():
        assert content.splitlines() == theirs[name].splitlines(), name


def spark_says(tmp_path: Path) -> str:
    exports.write(tmp_path / "in", ODD, seed=1)
    run = ["cohort", "--input", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--engine", "spark"]
    result = CliRunner().invoke(main, run)
    assert result.exit_code == 1
    return result.stderr


def test_without_pyspark_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    assert "pip install 'myeloma-cds[spark]'" in spark_says(tmp_path)


def test_without_java_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "openjdk-17-jre-headless" in spark_says(tmp_path)
