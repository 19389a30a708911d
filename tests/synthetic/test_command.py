"""`myeloma-cds synth`: three formats, truth.json beside them, the same bytes for one seed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.synthetic import generate, scenario_names

SHIPPED = Path(__file__).parents[2] / "docs" / "examples" / "synthetic-patients"


def run(*arguments: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, ["synth", *arguments])
    assert result.exit_code == status, result.output
    return result.output


@pytest.mark.parametrize("form", ["bundle", "ndjson", "cds-request"])
def test_one_seed_gives_the_same_bytes(form: str, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("--out", str(tmp_path / name), "--patients", "6", "--seed", "9", "--format", form)
    first = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
    truth = json.loads(first["truth.json"])
    assert len(truth) == 6
    assert all(entry.keys() >= {"patient", "lines", "agents", "criteriaSets", "progressions"} for entry in truth)


def test_the_shipped_set_comes_from_its_seed(tmp_path: Path) -> None:
    """`docs/examples/synthetic-patients`: after a change of the generator, make it again with the command of its README.txt."""
    run("--out", str(tmp_path), "--patients", "20", "--seed", "2026", "--format", "ndjson")
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    shipped = {path.name: path.read_bytes() for path in SHIPPED.iterdir() if path.name != "README.txt"}
    assert made.keys() == shipped.keys()
    assert [name for name, content in made.items() if content != shipped[name]] == []
    assert sum(map(len, shipped.values())) < 5_000_000


def test_a_patient_is_the_same_however_many_there_are(tmp_path: Path) -> None:
    run("--out", str(tmp_path / "few"), "--patients", "3")
    run("--out", str(tmp_path / "more"), "--patients", "5")
    few = {p.name: p.read_bytes() for p in (tmp_path / "few").glob("syn-*")}
    assert len(few) == 3
    assert all((tmp_path / "more" / name).read_bytes() == content for name, content in few.items())


def test_ndjson_is_one_file_per_type(tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--patients", "4", "--format", "ndjson")
    for path in tmp_path.glob("*.ndjson"):
        kinds = {json.loads(line)["resourceType"] for line in path.read_text(encoding="utf-8").splitlines()}
        assert kinds == {path.stem}
    assert len((tmp_path / "Patient.ndjson").read_text(encoding="utf-8").splitlines()) == 4


def test_requests_carry_the_day(tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--patients", "2", "--format", "cds-request")
    for path in tmp_path.glob("syn-*.json"):
        request = json.loads(path.read_bytes())
        assert request["hook"] == "patient-view"
        assert request["extension"]["org.myeloma-cds.options"] == {"asOf": "2026-11-01"}
        assert request["prefetch"]["patient"]["id"] == request["context"]["patientId"]


def test_the_list_names_every_scenario() -> None:
    printed = run("--scenario", "list")
    assert [line.split()[0] for line in printed.splitlines()] == scenario_names()


@pytest.mark.parametrize("second", [("--scenario", "F02-day-61"), ("F02-day-61",)])
def test_scenarios_by_name(tmp_path: Path, second: tuple[str, ...]) -> None:
    run("--scenario", "F02-day-60", *second, "--out", str(tmp_path))
    truth = json.loads((tmp_path / "truth.json").read_bytes())
    assert [entry["agents"]["daratumumab"]["status"] for entry in truth] == ["refractory", "exposed-not-refractory"]


def test_an_unknown_scenario_is_a_usage_error(tmp_path: Path) -> None:
    assert "--scenario list" in run("--out", str(tmp_path), "--scenario", "F99", status=2)
    assert "--out" in run(status=2)
    assert "F99" in run("--out", str(tmp_path), "--scenario", "F02-day-60", "F99", status=2)
    assert "unexpected argument (F02-day-60)" in run("--out", str(tmp_path), "F02-day-60", status=2)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be written" in run("--out", str(tmp_path / "file" / "x"), "--patients", "1", status=1)


def test_assess_reads_the_folder(tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--scenario", "F02-day-60")
    result = CliRunner().invoke(main, ["assess", str(tmp_path), "--as-of", "2026-11-01", "--format", "json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)[0]["patient"] == generate(1, 0, "F02-day-60").truth["patient"]
