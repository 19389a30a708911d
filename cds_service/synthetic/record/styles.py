"""The ways in which clinics write the same story down, and what gets lost on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.story.model import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one kind of clinic writes. Probabilities are shares of 1."""

    name: str
    shape: Literal["statements", "orders", "registry"]
    words: Literal["rxnorm", "product", "atc", "words", "local"]
    units: Literal["US", "EU"]
    coded_labs: bool = True
    states_progression: float = 0.35
    """A clinician's dated statement of the disease status at a progression."""
    gives_reasons: float = 0.45
    """A reason at the end of a drug."""
    missing_labs: float = 0.06
    genetics: float = 0.75
    blemished: bool = False


STYLES: Final = {
    style.name: style
    for style in (
        Style(name="statements", shape="statements", words="rxnorm", units="US"),
        Style(name="orders", shape="orders", words="product", units="US", gives_reasons=0.2, states_progression=0.25),
        Style(
            name="registry",
            shape="registry",
            words="atc",
            units="EU",
            gives_reasons=0.9,
            states_progression=0.7,
            missing_labs=0.12,
        ),
        Style(name="european", shape="statements", words="atc", units="EU"),
        Style(
            name="text",
            shape="statements",
            words="words",
            units="US",
            coded_labs=False,
            gives_reasons=0.5,
            states_progression=0.5,
        ),
        Style(
            name="messy",
            shape="statements",
            words="rxnorm",
            units="US",
            missing_labs=0.12,
            gives_reasons=0.35,
            blemished=True,
        ),
    )
}
"""Every style by name."""
SHARES: Final = {"statements": 0.2, "orders": 0.2, "registry": 0.15, "european": 0.15, "text": 0.15, "messy": 0.15}


@dataclass(slots=True)
class Blemishes:
    """What is wrong with one record. Each name is a feature of the accuracy report."""

    duplicates: bool = False
    month_dates: bool = False
    no_end: frozenset[int] = field(default_factory=frozenset)
    """Positions in `Story.given` whose end nobody wrote down."""
    no_labs_before: int | None = None
    lost_lines: int = 0
    """How many of the first lines another hospital gave and this record does not contain."""
    states_line: bool = False
    """A lost line is told of by a stated number."""
    no_units: bool = False
    never_given: bool = False
    """Records of drugs that were never given: entered in error, not taken, intended, only planned."""
    other_patients: bool = False

    def names(self) -> list[str]:
        """Return the names of what is wrong."""
        found = [
            name
            for name in ("duplicates", "month_dates", "no_units", "never_given", "other_patients")
            if getattr(self, name)
        ]
        found += ["lost_end"] if self.no_end else []
        found += ["no_early_labs"] if self.no_labs_before is not None else []
        found += ["lost_lines"] if self.lost_lines else []
        return sorted(name.replace("_", "-") for name in found)


def draw_blemishes(style: Style, story: Story, chance: Chance) -> Blemishes:
    """Draw what is wrong with the record; a tidy style has only what happens everywhere."""
    blemishes = Blemishes(never_given=chance.happens(0.5 if style.blemished else 0.12))
    if not style.blemished:
        return blemishes
    blemishes.duplicates = chance.happens(0.5)
    blemishes.other_patients = chance.happens(0.4)
    blemishes.month_dates = chance.happens(0.2)
    blemishes.no_units = chance.happens(0.2)
    if chance.happens(0.25):
        ended = [n for n, g in enumerate(story.given) if g.reason is not None and g.role == "systemic"]
        blemishes.no_end = frozenset(n for n in ended if chance.happens(0.3))
    if len(story.lines) > 1 and chance.happens(0.2):
        blemishes.no_labs_before = story.lines[-1].start - 45
    if len(story.lines) > 2 and chance.happens(0.15):
        blemishes.lost_lines = 1
        blemishes.states_line = chance.happens(0.5)
    return blemishes
