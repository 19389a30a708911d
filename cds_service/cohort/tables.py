"""The tables of a cohort: a row per line of therapy, a row per patient and drug. Lists in a cell are joined by `; `."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LINES = (
    "patient", "number", "start", "end", "ongoing", "regimen", "agents", "phases", "bestResponse", "bestResponseDate",
    "bestResponseSource", "progressions", "endReason", "boundary", "confidence", "flags",
)  # fmt: skip
AGENTS = (
    "patient", "agent", "status", "since", "confidence", "firstExposure", "lastExposure", "lines", "intolerance",
    "intoleranceGrade", "intoleranceDate", "flags",
)  # fmt: skip


def header(names: Iterable[str]) -> bytes:
    """Return the first line of a table."""
    return _text([list(names)])


def line_rows(document: Mapping[str, Any]) -> bytes:
    """Return the lines of therapy of one patient as rows."""
    return _text(_lines(document))


def agent_rows(document: Mapping[str, Any]) -> bytes:
    """Return the drugs of one patient as rows."""
    return _text(_agents(document))


def _lines(document: Mapping[str, Any]) -> Iterator[list[str]]:
    for line in document["linesOfTherapy"] or ():
        response = line["bestResponse"] or {}
        yield _cells(
            document["patient"],
            *(line[name] for name in ("number", "start", "end", "ongoing", "regimen", "agents")),
            [phase["kind"] for phase in line["phases"]],
            *(response.get(name) for name in ("category", "date", "source")),
            [one["date"] for one in line["progressions"]],
            *(line[name] for name in ("endReason", "boundary", "confidence", "flags")),
        )


def _agents(document: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, agent in sorted((document["agents"] or {}).items()):
        harm = agent["intolerance"] or {}
        yield _cells(
            document["patient"],
            name,
            *(agent[key] for key in ("status", "since", "confidence", "firstExposure", "lastExposure", "lines")),
            *(harm.get(key) for key in ("reaction", "grade", "date")),
            agent["flags"],
        )


def _cells(*values: Any) -> list[str]:
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | tuple():
            return "; ".join(_cell(one) for one in value)
    text = str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text  # a spreadsheet would take it for a formula


def _text(rows: Iterable[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8", "replace")
