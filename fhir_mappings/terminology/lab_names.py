"""Laboratory tests by their display text, for local codes, and to notice a code that its text contradicts."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.tables import rows_of

_BAND = re.compile(
    r"(?:band|peak|spike|bande|banda|m-?protein|component|paraprotein)[ #,]*(?:no\.? ?)?([1-5])\b"
    r"|\b([1-5])(?:st|nd|rd|th)? (?:band|peak|m-?spike)"
)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str] | None], ...]:
    """Return concepts with what a folded text must and must not match; the first that fits wins."""
    return tuple(
        (row["concept"], re.compile(row["matches"]), re.compile(row["excludes"]) if row["excludes"] else None)
        for row in rows_of("lab_names")
    )


@lru_cache(maxsize=4096)
def lab_in_text(text: str) -> str | None:
    """Return the laboratory concept that a display text names, `None` when it names none that matters."""
    plain = fold(text)
    for concept, matches, excludes in _patterns():
        if matches.search(plain) and not (excludes and excludes.search(plain)):
            return concept
    return None


def band_number(text: str) -> int | None:
    """Return the number of the band of an electrophoresis that a text names: several bands of one sample add up (P01)."""
    found = _BAND.search(fold(text))
    return int(found[1] or found[2]) if found else None
