"""Amounts of time and of drug."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fhir_mappings.read.elements import Dosage, Quantity

CYCLE_DAYS: Final = 21
"""A supply of this many days covers a cycle (E19; the shortest common cycle, L07)."""

_DAYS: Final = {"d": 1.0, "day": 1.0, "days": 1.0, "wk": 7.0, "week": 7.0, "weeks": 7.0, "mo": 30.4375, "month": 30.4375, "months": 30.4375,
                "a": 365.25, "year": 365.25, "years": 365.25, "h": 1 / 24, "tage": 1.0, "tag": 1.0}  # fmt: skip
_MG: Final = {"mg": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001}


def days_of(duration: Quantity | None) -> float | None:
    """Return a duration in days; `None` when it has no unit that is one of time."""
    if duration is None or duration.value is None or duration.value <= 0:
        return None
    for unit in (duration.code, duration.unit):
        if unit and (factor := _DAYS.get(unit.strip().lower())):
            return min(duration.value * factor, 36525.0)
    return None


def dose_mg(dosages: Iterable[Dosage]) -> float | None:
    """Return the structured dose in mg; `None` when there is none or when doses differ."""
    doses: set[float] = set()
    for dosage in dosages:
        for quantity in (dosage.dose, *(rate.dose_quantity for rate in dosage.dose_and_rate)):
            if quantity is None or quantity.value is None:
                continue
            factor = _MG.get((quantity.code or quantity.unit or "").strip().lower()) or _MG.get(
                (quantity.unit or "").strip().lower()
            )
            if factor:
                doses.add(round(quantity.value * factor, 6))
    return doses.pop() if len(doses) == 1 else None
