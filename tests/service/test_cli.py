"""The command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds_service import demo
from cds_service.cli import main

PATIENT = "dvrd-asct-dr-relapse"
DAY = ["--as-of", "2026-11-01"]


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin)


def as_json(*arguments: str, stdin: bytes | None = None) -> Any:
    result = run("assess", *arguments, "--format", "json", stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "z.json").write_bytes(demo.load_patient(PATIENT))
    (tmp_path / "deeper" / "a.json").write_bytes(demo.load_patient("mgus"))
    (tmp_path / "notes.txt").write_text("nothing to read", encoding="utf-8")
    return tmp_path


def test_assess_text(folder: Path) -> None:
    result = run("assess", str(folder / "z.json"), *DAY)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Patient/{PATIENT}")
    for words in ("Lines of therapy", "D-VRd", "lenalidomide", "refractory since", "Options to consider"):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_the_text_explains_boundaries_and_verdicts() -> None:
    """For each line boundary and refractory drug: rule, dates, values, resources."""
    result = run("assess", "demo:tcr-post-cart", *DAY)
    text = " ".join(result.stdout.split())
    document = as_json("demo:tcr-post-cart", *DAY)
    assert "M-protein 1.5 -> 9.6 g/L on 2021-08-09, +8.1, confirmed 2021-09-06 (13.5), P18.1" in text
    for line in document["linesOfTherapy"]:
        assert f"begins by {line['boundary']}: {line['boundaryReason']}" in text
        assert all(event["detail"] in text for event in line["progressions"])
    for name, agent in document["agents"].items():
        if agent["status"] == "refractory":
            start = text.index(f"{name} refractory since {agent['since']}")
            told = text[start : start + 1500]
            assert agent["reason"] in told
            assert f"rules: {', '.join(agent['basis'])}" in told
            assert f"from: {', '.join(agent['evidence'])}" in told


def test_the_text_carries_what_an_option_may_not_lose() -> None:
    """Invariants 7, 24 and 33 in the text as well: unmet criteria, exclusions of trials, marks of what is not verified, doses."""
    text = " ".join(run("assess", "demo:dvrd-asct-dr-relapse", *DAY).stdout.split())
    document = as_json("demo:dvrd-asct-dr-relapse", *DAY)
    for option in document["recommendations"]:
        start = text.index(f"({option['regimen']}):")
        told = text[start : start + 4000]
        assert all(statement in told for statement in option["statements"])
        assert all(note in told for note in option["doseNotes"])
        for caution in option["cautions"]:
            if caution["state"] == "present":
                said = f"{caution['text']}{' (here: ' + '; '.join(caution['found']) + ')' if caution['found'] else ''}"
                assert f"{said}{' (unverified)' if caution['unverified'] else ''}" in told
        if option["label"]["status"] == "not-met":
            unmet = [item["text"] for item in option["label"]["criteria"] if item["state"] == "not-met"]
            assert all(words in told for words in unmet)


def test_assess_gives_the_same_by_every_way(folder: Path) -> None:
    expected = as_json(str(folder / "z.json"), *DAY)
    assert expected["patient"] == f"Patient/{PATIENT}"
    assert as_json(f"demo:{PATIENT}", *DAY) == expected
    assert as_json("-", *DAY, stdin=demo.load_patient(PATIENT)) == expected


def test_a_folder_is_always_an_array(folder: Path) -> None:
    found = as_json(str(folder), *DAY)
    assert [document["patient"] for document in found] == [f"Patient/{PATIENT}", "Patient/mgus"]
    (folder / "z.json").unlink()
    assert [document["patient"] for document in as_json(str(folder), *DAY)] == ["Patient/mgus"]


def test_files_that_share_a_patient_are_merged(tmp_path: Path) -> None:
    bundle = json.loads(demo.load_patient(PATIENT))
    expected = as_json(f"demo:{PATIENT}", *DAY)
    for number in (0, 1):
        part = {**bundle, "entry": bundle["entry"][number::2]}
        (tmp_path / f"{number}.json").write_text(json.dumps(part), encoding="utf-8")
    assert as_json(str(tmp_path), *DAY) == [expected]


def test_a_hook_request_brings_its_own_day() -> None:
    request = demo.load_request(PATIENT)
    assert as_json("-", stdin=request)["asOf"] == "2026-11-01"
    assert as_json("-", "--as-of", "2026-10-01", stdin=request)["asOf"] == "2026-10-01"


def test_what_cannot_be_read_is_said_and_the_rest_is_printed(folder: Path) -> None:
    (folder / "broken.json").write_text("{", encoding="utf-8")
    result = run("assess", str(folder), *DAY, "--format", "json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)) == 2
    assert "broken.json cannot be read" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def _export(folder: Path) -> None:
    """Write a patient as a Bulk export: a file of lines for each resource type."""
    for entry in json.loads(demo.load_patient(PATIENT))["entry"]:
        with (folder / f"{entry['resource']['resourceType']}.ndjson").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry["resource"]) + "\n")


@pytest.mark.parametrize("line", ["{", "7", '{"resourceType": 5}'])
def test_a_line_that_cannot_be_read_costs_one_line_and_is_no_complete_history(tmp_path: Path, line: str) -> None:
    _export(tmp_path)
    assert as_json(str(tmp_path), *DAY)[0]["summary"]["historyComplete"] == "yes"
    with (tmp_path / "MedicationStatement.ndjson").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    result = run("assess", str(tmp_path), *DAY, "--format", "json")
    assert result.exit_code == 1
    assert "MedicationStatement.ndjson: line 13" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    (document,) = json.loads(result.stdout)
    assert document["linesOfTherapy"][0]["regimen"] == "D-VRd"
    assert document["summary"]["historyComplete"] == "no"
    assert "medication statements" in [one["what"] for one in document["missingData"]]


def test_a_lost_line_of_a_mixed_file_may_have_been_a_drug(tmp_path: Path) -> None:
    lines = [json.dumps(entry["resource"]) for entry in json.loads(demo.load_patient(PATIENT))["entry"]]
    result = run("assess", "-", *DAY, "--format", "json", stdin="\n".join([*lines, "{"]).encode())
    assert result.exit_code == 1
    assert json.loads(result.stdout)["summary"]["historyComplete"] == "no"


def test_a_lost_file_of_an_export_is_a_gap_for_everybody(tmp_path: Path) -> None:
    _export(tmp_path)
    (tmp_path / "MedicationRequest.000.ndjson").write_text("{", encoding="utf-8")
    result = run("assess", str(tmp_path), *DAY, "--format", "json")
    assert result.exit_code == 1
    (document,) = json.loads(result.stdout)
    assert document["summary"]["historyComplete"] == "no"
    assert "medication orders" in [one["what"] for one in document["missingData"]]


def test_a_folder_of_which_nothing_can_be_read_is_still_an_array(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    result = run("assess", str(tmp_path), *DAY, "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])


def test_out_writes_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    result = run("assess", f"demo:{PATIENT}", *DAY, "--format", "json", "--out", str(target))
    assert result.exit_code == 0
    assert result.stdout == ""
    assert json.loads(target.read_text(encoding="utf-8"))["patient"] == f"Patient/{PATIENT}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-file.json",), ("demo:nobody",), (f"demo:{PATIENT}", "--as-of", "soon"),
        (f"demo:{PATIENT}", "--jurisdiction", "UK"), (f"demo:{PATIENT}", "--policy", "x"),
        (f"demo:{PATIENT}", "--format", "pdf"), (),
    ],
)  # fmt: skip
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    result = run("assess", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"resourceType": "Bundle"}', b"text"])
def test_nothing_to_read_is_1(content: bytes) -> None:
    result = run("assess", "-", stdin=content)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("myeloma-cds: ")


def test_knowledge() -> None:
    assert run("knowledge", "check").exit_code == 0
    listed = run("knowledge", "list")
    assert listed.exit_code == 0
    assert "cilta_cel" in listed.stdout
    shown = run("knowledge", "show", "BVd")
    assert shown.exit_code == 0
    assert "belantamab mafodotin" in shown.stdout
    assert any(kind in shown.stdout for kind in ("DOI", "PMID", "NCT"))
    assert run("knowledge", "show", "nothing").exit_code == 2


def test_python_dash_m(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cds_service", "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("myeloma-cds")
    assert not list(tmp_path.iterdir())
