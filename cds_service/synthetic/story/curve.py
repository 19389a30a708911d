"""The disease marker without measurement error: it falls under treatment, stays, and grows again."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cds_service.synthetic.story.model import Segment, Story

_CROSSING = math.log2(11.0)
"""Doublings from the begin of regrowth to the crossing when the scale is a tenth of the needed rise."""


def value_at(segments: Sequence[Segment], day: int) -> float:
    """Return the marker on a day."""
    for found in reversed(segments):
        if found.start <= day:
            break
    age = day - found.start
    if age <= 0:
        return found.level
    value: float = found.nadir + (found.level - found.nadir) * 2.0 ** (-age / found.half_life)
    if found.regrow is not None and day > found.regrow:
        value += found.scale * (2.0 ** min((day - found.regrow) / found.doubling, 12.0) - 1.0)
    return min(value, found.most)


def needed_rise(story: Story, nadir: float) -> float:
    """Return the rise over the nadir that is progression (P18): 25 % and the absolute limit; 10 g/L from a nadir of 50 g/L on."""
    if story.marker == "serum" and nadir >= 50.0:
        return 10.0
    least = 100.0 if story.marker == "flc" else 5.0
    return max(least, 0.25 * nadir)


def relapse(segment: Segment, crossing: int, doubling: float, rise: float) -> None:
    """Let the marker grow again so that it crosses `rise` above the nadir on a day.

    `doubling` in days is shortened where regrowth would have to begin before the treatment has acted for three weeks.
    """
    segment.scale = rise / 10.0
    earliest = segment.start + 21
    begin = round(crossing - doubling * _CROSSING)
    if begin < earliest:
        begin = min(earliest, crossing - 7)
        doubling = max((crossing - begin) / _CROSSING, 2.0)
    segment.regrow, segment.doubling = begin, doubling
