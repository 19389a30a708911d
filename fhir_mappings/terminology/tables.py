"""The data files of this package as rows. Everything else in the package is built from these."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

from msgspec import Struct

CODE_TABLES = ("drugs", "conditions", "labs", "genomics", "procedures", "disease_status")
"""Files with one code or literal text per row."""


class CodeRow(Struct, frozen=True):
    """One code (or, with the system `text`, one literal string) and what it means here."""

    concept: str
    system: str
    code: str
    display: str
    role: str
    note: str


@cache
def rows_of(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of `data/<name>.csv` as dictionaries."""
    text = resources.files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def code_rows(name: str) -> tuple[CodeRow, ...]:
    """Return the rows of one of the code tables."""
    return tuple(CodeRow(**row) for row in rows_of(name))
