"""Dates that may be uncertain, and where a label window stands on a day (regimens B.1, "safe reading").

A bound is written as a day (`2022-02-28`), as `~YYYY-MM-DD` (the day of an announcement: the decision fell on it or
within the 30 days before), as `~YYYY-MM` (some day of that month), as `always` (at no time otherwise) or, for an end, as
`open`. Inside the span of an uncertain bound nothing is asserted.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Literal

from cards.knowledge.model import Bound, LabelWindow

ALWAYS = date(1900, 1, 1)
ANNOUNCEMENT_SPAN = timedelta(days=30)
WindowState = Literal["before", "uncertain", "inside", "after", "undated"]
_MONTH = re.compile(r"^~(\d{4})-(\d{2})$")
_YEAR = re.compile(r"^~(\d{4})$")


def parse_bound(text: str) -> Bound:
    """Return the span of a written bound; raises `ValueError` when it is none."""
    if text == "always":
        return Bound(ALWAYS, ALWAYS)
    month = _MONTH.match(text)
    if month:
        year, number = int(month[1]), int(month[2])
        first = date(year, number, 1)
        return Bound(first, first.replace(day=calendar.monthrange(year, number)[1]))
    if text.startswith("~"):
        day = date.fromisoformat(text[1:])
        return Bound(day - ANNOUNCEMENT_SPAN, day)
    day = date.fromisoformat(text)
    return Bound(day, day)


def parse_published(text: str) -> Bound:
    """Return when a result was public: as a bound, or `~YYYY` where only the year is known."""
    year = _YEAR.match(text)
    return Bound(date(int(year[1]), 1, 1), date(int(year[1]), 12, 31)) if year else parse_bound(text)


def window_state(window: LabelWindow, as_of: date) -> WindowState:
    """Tell where a window stands on a day: from its first day (included) to its last bound (excluded)."""
    if window.start is None:
        return "undated"
    if as_of < window.start.earliest:
        return "before"
    if as_of < window.start.latest:
        return "uncertain"
    if window.end is None or as_of < window.end.earliest:
        return "inside"
    return "uncertain" if as_of < window.end.latest else "after"


def windows_at(
    windows: tuple[LabelWindow, ...], jurisdiction: str, as_of: date
) -> tuple[tuple[LabelWindow, WindowState], ...]:
    """Return the windows of a jurisdiction that speak on a day: inside, uncertain or undated, in the file's order."""
    states = ((window, window_state(window, as_of)) for window in windows if window.jurisdiction == jurisdiction)
    return tuple((window, state) for window, state in states if state not in {"before", "after"})
