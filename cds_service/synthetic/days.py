"""Days as integers (proleptic ordinals): the generator adds and compares them by the hundred thousand."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

MONTH = 30.4375
"""Mean days of a month."""


@lru_cache(maxsize=65_536)
def iso(day: int) -> str:
    """Return a day as ISO 8601."""
    return date.fromordinal(day).isoformat()


def day(text: str) -> int:
    """Return the day of an ISO 8601 date."""
    return date.fromisoformat(text).toordinal()


def months(count: float) -> int:
    """Return a number of months in whole days."""
    return round(count * MONTH)


def year_of(day_: int) -> int:
    """Return the calendar year of a day."""
    return int(iso(day_)[:4])
