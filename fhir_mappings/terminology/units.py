"""Units: from what a laboratory wrote to the canonical unit of each concept (P01), never by guessing from the size of a number."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from msgspec import Struct

from fhir_mappings.terminology.tables import rows_of

MISSING = "(missing)"


class Units(Struct, frozen=True):
    """What is known of the units of one concept: the canonical one, bounds in it, and a factor for each accepted spelling.

    `factors` holds `None` for a unit that is known and must be refused.
    """

    canonical: str
    plausible_min: float
    plausible_max: float
    factors: dict[str, float | None]


_CHARACTERS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "⁹": "^9", "³": "^3", "×": "x", "·": "."})
_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"mcg|mikrog", "ug"),
        (r"mcl|microl", "ul"),
        (r"deciliter|decilitre", "dl"),
        (r"liter|litre", "l"),
        (r"cumm|cmm|mm\^3|mm3", "ul"),
        (r"^g[mr]/", "g/"),
        (r"^(?:cells|\{cells\}|#|1)/", "/"),
        (r"/(?:\(24\.?hr?\)|24\.?h(?:r|rs|ours?|ores|std)?|d(?:ay)?|24std|tag|24u(?:ur)?)$", "/(24.h)"),
        (r"^(?:x?10(?:e|\^|\*\*?|exp|\()?0?|1e)([369])\)?/", r"10*\1/"),
        (r"^(?:k|thousand|thou|th|tsd\.?)/ul", "10*3/ul"),
        (r"^(?:giga|g\.?pt)/l", "10*9/l"),
        (r"^(?:\[iu\]|iu|units?)/l", "u/l"),
        (r"^ml/min/1[.,]73(?:m\^2|\{m2\}|\{m_2\})?$", "ml/min/1.73m2"),
        (r"^ml/min/\{1[.,]73_?m2\}$", "ml/min/1.73m2"),
        (r"^(?:\{ratio\}|ratio|\{index\}|\{score\}|score)$", "1"),
        (r"^percent$", "%"),
        (r"^kgs$", "kg"),
        (r"^(?:lbs|\[lb_av\]|pounds?)$", "lb"),
        (r"^(?:inch(?:es)?|\[in_i\])$", "in"),
        (r"^mmhg$", "mm[hg]"),
    )
)


@lru_cache(maxsize=1024)
def unit_key(text: str) -> str:
    """Return a unit in one spelling: blanks and case that carry no meaning are dropped, powers and micro written one way."""
    plain = "".join(text.translate(_CHARACTERS).lower().split())
    for pattern, new in _SPELLINGS:
        plain = pattern.sub(new, plain)
    return plain


@cache
def _table() -> dict[str, Units]:
    """Return the units of every concept."""
    table: dict[str, Units] = {}
    for row in (*rows_of("lab_units"), *rows_of("more_lab_units")):
        units = table.setdefault(
            row["lab"], Units(row["canonical_unit"], float(row["plausible_min"]), float(row["plausible_max"]), {})
        )
        key = MISSING if row["unit_seen"] == MISSING else unit_key(row["unit_seen"])
        factor = row["factor_to_canonical"]
        units.factors[key] = None if factor.startswith("reject") else float(factor)
    return table


def units_of(concept: str) -> Units | None:
    """Return the units of a concept; `None` when it is not measured in any."""
    return _table().get(concept)


def factor_of(concept: str, unit: str | None) -> float | None:
    """Return the factor from a unit to the canonical one; `None` when the unit is unknown, refused or missing without need."""
    units = units_of(concept)
    if units is None:
        return None
    return units.factors.get(unit_key(unit) if unit and unit.strip() else MISSING)
