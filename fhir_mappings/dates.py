"""Calendar dates as charts give them: to the day, the month or the year.

A partial date is a closed interval of days (clinical rules, section 0). Whoever needs certainty asks for the bound that is worse
for certainty; nobody here picks the convenient one. Times of day and zones are dropped: every rule counts in calendar days.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Self

from msgspec import Struct

_FHIR_DATE = re.compile(r"^\s*(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?=$|[T\s])")


class ChartDate(Struct, frozen=True, order=True):
    """A date as far as it is known: every day from `earliest` to `latest` (both included) is possible."""

    earliest: date
    latest: date

    @classmethod
    def of(cls, day: date) -> Self:
        """Return a date that is known to the day."""
        return cls(day, day)

    @classmethod
    def parse(cls, text: object) -> Self | None:
        """Read a FHIR `date`, `dateTime` or `instant`; anything else (or an impossible date) gives `None`."""
        if not isinstance(text, str) or not (found := _FHIR_DATE.match(text)):
            return None
        year, month, day = (int(part) if part else None for part in found.groups())
        try:
            if year is None or not 1900 <= year <= 2200:
                return None
            if month is None:
                return cls(date(year, 1, 1), date(year, 12, 31))
            if day is None:
                return cls(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
            return cls.of(date(year, month, day))
        except (ValueError, calendar.IllegalMonthError):
            return None

    @property
    def exact(self) -> bool:
        """Tell whether the date is known to the day."""
        return self.earliest == self.latest

    def shift(self, days: int) -> Self:
        """Return the same uncertainty, moved by a number of days."""
        return type(self)(self.earliest + timedelta(days=days), self.latest + timedelta(days=days))

    def __str__(self) -> str:
        """Return ISO 8601 to the precision known: `2023`, `2023-04` or `2023-04-17`; of days over months or years the last."""
        first, last = self.earliest, self.latest
        if first == last:
            return first.isoformat()
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.year:04d}-{first.month:02d}"
        if first.year == last.year and (first.month, first.day) == (1, 1):
            return f"{first.year:04d}"
        return last.isoformat()


def days_between(earlier: date, later: date) -> int:
    """Return the day difference, later minus earlier (negative when they are the other way round)."""
    return (later - earlier).days


def months_between(earlier: date, later: date) -> float:
    """Return the time between two days in months of 30.4375 days, to one decimal."""
    return round((later - earlier).days / 30.4375, 1)


def months_after(day: date, months: int) -> date:
    """Return the same day some calendar months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
