"""Whole runs on one machine: the same output whatever the order, the number of processes, the memory; nothing lost."""

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from cds_service.cli import main
from cds_service.cohort import local
from cds_service.cohort.patients import Choice
from cds_service.cohort.plan import WORK
from cds_service.cohort.progress import Silent
from tests.cohort import exports
from tests.present.strict import schema_errors

CHOICE = Choice("2026-11-01", "US", "current", "unknown")


@pytest.fixture(scope="module")
def some() -> list[dict[str, Any]]:
    return exports.resources()


@pytest.fixture(scope="module")
def usual(some: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usual")
    local.run(exports.write(folder / "in", some, seed=1), folder / "out", CHOICE, Silent())
    return folder / "out"


def test_every_patient_is_assessed_in_order_and_by_the_schema(usual: Path, some: list[dict[str, Any]]) -> None:
    found = exports.documents(usual)
    expected = sorted(f"Patient/{one['id']}" for one in some if one["resourceType"] == "Patient")
    assert [document["patient"] for document in found] == expected
    for document in found:
        assert not schema_errors(document)


def test_it_says_the_same_as_assess(usual: Path, some: list[dict[str, Any]], tmp_path: Path) -> None:
    patient = "Patient/dvrd-asct-dr-relapse-0"
    ours = [one for one in some if one.get("id") == patient[8:] or patient in orjson.dumps(one).decode()]
    ours += [one for one in some if one["resourceType"] == "Medication"]
    chart = tmp_path / "chart.json"
    chart.write_bytes(orjson.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in ours]}))
    result = CliRunner().invoke(main, ["assess", str(chart), "--as-of", "2026-11-01", "--format", "json"])
    assert result.exit_code == 0
    alone = orjson.loads(result.stdout)
    (here,) = [document for document in exports.documents(usual) if document["patient"] == patient]
    assert here == alone


@pytest.mark.parametrize(
    ("seed", "mixed", "options"),
    [(2, False, {"workers": 2}), (3, True, {"memory_mb": 1})],
    ids=["two processes", "mixed files, little memory"],
)
def test_order_files_processes_and_memory_change_nothing(
    usual: Path, some: list[dict[str, Any]], tmp_path: Path, seed: int, mixed: bool, options: dict[str, int]
) -> None:
    local.run(
        exports.write(tmp_path / "in", some, seed=seed, mixed=mixed), tmp_path / "out", CHOICE, Silent(), **options
    )
    assert exports.outputs(tmp_path / "out") == exports.outputs(usual)


def test_tables_agree_with_the_documents(usual: Path) -> None:
    documents = exports.documents(usual)
    for name, member in (("lines.csv", "linesOfTherapy"), ("agents.csv", "agents")):
        table = list(csv.DictReader(io.StringIO((usual / name).read_text(encoding="utf-8"))))
        assert len(table) == sum(len(document[member] or ()) for document in documents)
        assert [row["patient"] for row in table] == sorted(row["patient"] for row in table)
    summary = orjson.loads((usual / "summary.json").read_bytes())
    assert summary["patients"] == {"assessed": len(documents)}
    assert summary["asOf"] == "2026-11-01"
    assert sum(summary["diagnosis"].values()) == len(documents)


def test_products_reach_the_patients_who_refer_to_them(tmp_path: Path) -> None:
    drug = {"resourceType": "Medication", "id": "m1", "code": {"text": "lenalidomide 25 mg capsule"}}
    people = [{"resourceType": "Patient", "id": name} for name in ("p1", "p2", "p3")]
    myeloma = [
        {"resourceType": "Condition", "id": f"c{name}", "code": {"text": "Multiple myeloma"},
         "clinicalStatus": {"coding": [{"code": "active"}]}, "subject": {"reference": f"Patient/{name}"}}
        for name in ("p1", "p2", "p3")
    ]  # fmt: skip
    given = [
        {"resourceType": "MedicationStatement", "id": f"s{name}", "status": "completed", "medicationReference": {"reference": how},
         "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"}, "subject": {"reference": f"Patient/{name}"}}
        for name, how in (("p1", "Medication/m1"), ("p2", "https://h.example/Medication/m1"), ("p3", "urn:uuid:m1"))
    ]  # fmt: skip
    local.run(
        exports.write(tmp_path / "in", [drug, *people, *myeloma, *given], seed=1), tmp_path / "out", CHOICE, Silent()
    )
    for document in exports.documents(tmp_path / "out"):
        assert list(document["agents"]) == ["lenalidomide"], document["patient"]


def test_a_patient_named_by_identifier_gets_what_is_theirs(tmp_path: Path) -> None:
    person = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:mrn", "value": "77"}]}
    other = {"resourceType": "Patient", "id": "p2", "identifier": [{"system": "urn:mrn", "value": "78"}]}
    flags = [
        {"resourceType": "Condition", "id": f"f{value}", "code": {"text": "Multiple myeloma"},
         "subject": {"identifier": {"system": "urn:mrn", "value": value}}}
        for value in ("77", "99")
    ]  # fmt: skip
    ended = local.run(
        exports.write(tmp_path / "in", [person, other, *flags], seed=1), tmp_path / "out", CHOICE, Silent()
    )
    assert ended.errors == 1
    states = {one["patient"]: one["diagnosis"]["state"] for one in exports.documents(tmp_path / "out")}
    assert states["Patient/p1"] == "multiple-myeloma"
    assert states["Patient/p2"] != "multiple-myeloma"
    (error,) = exports.rows(tmp_path / "out", "errors.ndjson")
    assert "identifier" in error["reason"]
    assert '"99"' in error["text"]


def test_bad_lines_are_kept_with_their_place(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    good = b'{"resourceType":"Patient","id":"p1"}'
    (folder / "a.ndjson").write_bytes(b"\xef\xbb\xbf" + good + b"\n\n{broken\r\n" + good + b"\nnull")
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b'{"resourceType":"Condition","id":"c"}\n' + good))
    (folder / "c.ndjson.gz").write_bytes(gzip.compress(good * 50)[:-9])
    ended = local.run(folder, tmp_path / "out", CHOICE, Silent())
    told = [(one["file"], one["line"], one["text"]) for one in exports.rows(tmp_path / "out", "errors.ndjson")]
    assert told[:3] == [
        ("a.ndjson", 3, "{broken"),
        ("a.ndjson", 5, "null"),
        ("b.jsonl.gz", 1, '{"resourceType":"Condition","id":"c"}'),
    ]
    assert told[3][0] == "c.ndjson.gz"
    assert ended.errors == len(told)
    assert ended.patients == 1


def test_a_patient_that_fails_costs_only_that_patient(
    some: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cds_service.pipeline import Pipeline

    real = Pipeline.assess

    def sometimes(self: Pipeline, record: Any, *rest: Any) -> Any:
        if record.patient == "Patient/mgus-0":
            raise ValueError("boom")
        return real(self, record, *rest)

    monkeypatch.setattr(Pipeline, "assess", sometimes)
    ended = local.run(exports.write(tmp_path / "in", some, seed=1), tmp_path / "out", CHOICE, Silent())
    assert (ended.patients, ended.errors) == (13, 1)
    (error,) = exports.rows(tmp_path / "out", "errors.ndjson")
    assert error == {"patient": "Patient/mgus-0", "reason": "could not be assessed: ValueError: boom"}


class Interrupt(Silent):
    """Ends the run after so many steps, as Ctrl-C or a lost machine would."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


class Steps(Silent):
    def __init__(self) -> None:
        self.done: dict[str, int] = {}

    def begin(self, what: str, total: int, done: int = 0) -> None:
        assert done <= total
        self.done[what] = done


def test_an_interrupted_run_goes_on(usual: Path, some: list[dict[str, Any]], tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "in", some, seed=1)
    for steps in (5, 12):
        with pytest.raises(KeyboardInterrupt):
            local.run(folder, tmp_path / "out", CHOICE, Interrupt(steps), memory_mb=1)
    assert (tmp_path / "out" / WORK).is_dir()
    steps_seen = Steps()
    ended = local.run(folder, tmp_path / "out", CHOICE, steps_seen, memory_mb=1)
    assert ended.resumed
    assert steps_seen.done["reading"] > 5
    assert steps_seen.done["assessing"] >= 1
    assert exports.outputs(tmp_path / "out") == exports.outputs(usual)


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on(usual: Path, some: list[dict[str, Any]], tmp_path: Path) -> None:
    """Killed without a chance to tidy up, all its processes at once, in the midst of the assessing."""
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "cds_service", "cohort", "--input", str(exports.write(tmp_path / "in", some, seed=1)), "--out", str(out),
        "--as-of", "2026-11-01", "--memory-mb", "16", "--workers",
    ]  # fmt: skip
    with subprocess.Popen([*command, "2"], start_new_session=True, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        for _ in range(3000):
            if process.poll() is not None or any((out / WORK / "buckets").glob("*.told")):
                break
            time.sleep(0.01)
        killed = process.poll() is None
        if killed:
            os.killpg(process.pid, signal.SIGKILL)
    assert killed, "the run ended before it could be killed"
    assert not (out / "assessments.ndjson").exists()
    done = subprocess.run([*command, "1"], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert done.returncode in {0, 1}, done.stderr
    assert "assessing: 0 of" not in done.stderr
    assert exports.outputs(out) == exports.outputs(usual)
    assert not (out / WORK).exists()


def test_another_run_does_not_go_on_where_one_stopped(some: list[dict[str, Any]], tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "in", some[:200], seed=1)
    with pytest.raises(KeyboardInterrupt):
        local.run(folder, tmp_path / "out", CHOICE, Interrupt(2), memory_mb=1)
    ended = local.run(folder, tmp_path / "out", CHOICE._replace(as_of="2025-01-01"), Silent())
    assert not ended.resumed


def test_the_command(some: list[dict[str, Any]], tmp_path: Path) -> None:
    folder = exports.write(tmp_path / "in", some[:150], seed=1)
    run = ["cohort", "--input", str(folder), "--out", str(tmp_path / "out"), "--as-of", "2026-11-01", "--workers", "1"]
    result = CliRunner().invoke(main, run)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "assessing: " in result.stderr
    assert "errors; see" in result.stderr


def test_without_shared_memory_it_says_what_helps(
    some: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some containers have no /dev/shm, and multiprocessing then fails with a bare "No such file or directory"."""

    def none(*_: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    folder = exports.write(tmp_path / "in", some[:50], seed=1)
    run = ["cohort", "--input", str(folder), "--out", str(tmp_path / "out"), "--as-of", "2026-11-01", "--workers"]
    with monkeypatch.context() as patched:
        patched.setattr(local, "ProcessPoolExecutor", none)
        result = CliRunner().invoke(main, [*run, "2"])
    assert result.exit_code == 1
    assert "--workers 1" in result.stderr
    assert CliRunner().invoke(main, [*run, "1"]).exit_code in {0, 1}
    assert (tmp_path / "out" / "assessments.ndjson").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--input", "{empty}", "--out", "{out}"], "holds no file"),
        (["--input", "{empty}", "--out", "{empty}/out"], "has to lie outside"),
        (["--input", "{empty}", "--out", "{out}", "--as-of", "soon"], "asOf has to be a calendar day"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "empty").mkdir()
    given = [one.format(empty=tmp_path / "empty", out=tmp_path / "out") for one in arguments]
    result = CliRunner().invoke(main, ["cohort", *given])
    assert result.exit_code == 2
    assert words in result.stderr
