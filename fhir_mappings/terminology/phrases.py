"""Phrases by what they mean, for text that has no code. Each row of `phrases.csv` is one phrase (a regular expression over folded text)."""

from __future__ import annotations

import re
from functools import cache

from fhir_mappings.terminology.tables import rows_of

PhraseRow = tuple[str, re.Pattern[str], re.Pattern[str] | None]
"""A value, what a text must match to have it, and what it must not match."""


@cache
def _grouped() -> dict[tuple[str, str, str], list[str]]:
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for row in rows_of("phrases"):
        grouped.setdefault((row["topic"], row["value"], row["use"]), []).append(row["phrase"])
    return grouped


def phrase(topic: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return one pattern for any phrase of a topic."""
    return re.compile("|".join(_grouped()[topic, "", ""]), re.IGNORECASE if ignore_case else 0)


def phrase_table(topic: str) -> tuple[PhraseRow, ...]:
    """Return the values of a topic with their patterns, in the order of the file: the first that fits is meant."""
    found: list[PhraseRow] = []
    for (name, value, use), phrases in _grouped().items():
        if name == topic and use == "":
            excludes = _grouped().get((topic, value, "excludes"))
            found.append((value, re.compile("|".join(phrases)), re.compile("|".join(excludes)) if excludes else None))
    return tuple(found)
