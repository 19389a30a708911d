"""Writing what a run found: five files, each in one order, whoever worked out which part."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cds_service.cohort import tables
from cds_service.cohort.files import LineNumbers
from cds_service.cohort.patients import Choice, Row, about
from cds_service.cohort.tally import Tally, as_summary

NAMES = ("assessments.ndjson", "lines.csv", "agents.csv", "errors.ndjson", "summary.json")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    patients: int
    errors: int
    resumed: bool = False


class ErrorList:
    """Errors of a run, on disk, so that even an input without one good line fits into the memory."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._path = path
        self._connection = sqlite3.connect(path)
        self._connection.execute("CREATE TABLE errors (file TEXT, at INTEGER, patient TEXT, reason TEXT, content TEXT)")

    def add_lines(self, errors: Iterable[dict[str, Any]]) -> None:
        """Add lines that could not be used."""
        rows = [(one["file"], one["at"], None, one["reason"], one["text"]) for one in errors]
        self._connection.executemany("INSERT INTO errors VALUES (?, ?, ?, ?, ?)", rows)

    def add_patients(self, failed: Iterable[tuple[str, str]]) -> None:
        """Add patients that could not be assessed."""
        self._connection.executemany(
            "INSERT INTO errors VALUES (NULL, NULL, ?, ?, NULL)", [(patient, reason) for patient, reason in failed]
        )

    def add_texts(self, errors: Iterable[tuple[str, str]]) -> None:
        """Add resources that could not be given to a patient; they no longer know their line."""
        self._connection.executemany("INSERT INTO errors VALUES (NULL, NULL, NULL, ?, ?)", errors)

    def write(self, target: Path, source: Path) -> int:
        """Write all errors in order: lines by file and number, then patients, then the rest; return how many there are."""
        query = (
            "SELECT file, at, patient, reason, content FROM errors "
            "ORDER BY file IS NULL, file, at, patient IS NULL, patient, reason, content"
        )
        numbers, written = LineNumbers(source), 0
        with target.open("wb") as out:
            for file, at, patient, reason, content in self._connection.execute(query):
                line = numbers.at(file, at) if file is not None else None
                told = {"file": file, "line": line, "patient": patient, "reason": reason, "text": content}
                kept = {name: value for name, value in told.items() if value is not None}
                out.write(orjson.dumps(kept, option=orjson.OPT_APPEND_NEWLINE))
                written += 1
        numbers.close()
        return written

    def close(self) -> None:
        """Remove the list."""
        self._connection.close()
        self._path.unlink(missing_ok=True)


def finish(
    rows: Iterable[Row], errors: ErrorList, tally: Tally, choice: Choice, *, source: Path, work: Path, out: Path
) -> Ended:
    """Write all five files beside their place, then put them there; `rows` come ordered by patient."""
    _write_rows(rows, work)
    found = errors.write(work / NAMES[3], source)
    errors.close()
    summary = as_summary(tally, about(choice))
    (work / NAMES[4]).write_bytes(orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    for name in NAMES:
        (work / name).replace(out / name)
    return Ended(tally["patients"]["assessed"] if "patients" in tally else 0, found)


def _write_rows(rows: Iterable[Row], folder: Path) -> None:
    with (
        (folder / NAMES[0]).open("wb") as documents,
        (folder / NAMES[1]).open("wb") as lines,
        (folder / NAMES[2]).open("wb") as agents,
    ):
        lines.write(tables.header(tables.LINES))
        agents.write(tables.header(tables.AGENTS))
        for row in rows:
            documents.write(row.document)
            lines.write(row.lines)
            agents.write(row.agents)
