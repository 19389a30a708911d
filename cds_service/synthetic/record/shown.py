"""What of the story the record shows: the truth widens its accepted answers by what a reader cannot see."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Shown:
    """Facts about the record, by position in the story."""

    drugs: set[int] = field(default_factory=set)
    """Positions in `Story.given` that are on record."""
    exact_end: set[int] = field(default_factory=set)
    """Positions whose last day can be read to the day."""
    exact_start: set[int] = field(default_factory=set)
    reasons: set[int] = field(default_factory=set)
    """Positions whose reason for stopping is on record."""
    stated: dict[int, int] = field(default_factory=dict)
    """Day of a progression to the day of the statement or imaging finding about it."""
    labs: list[tuple[int, float]] = field(default_factory=list)
    """Usable measurements of the marker, with their error, in order."""
    features: list[str] = field(default_factory=list)
    asserted: set[int] = field(default_factory=set)
    """Positions of ongoing drugs that the record still vouches for on the last day."""
