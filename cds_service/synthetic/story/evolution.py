"""The clone changes: at a relapse some patients have an aberration that was not there at diagnosis."""

from __future__ import annotations

from typing import Final

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.story.model import Gain, Story

GAINED: Final = ("del(17p)", "gain(1q)")


def evolve(story: Story, chance: Chance, model: Model) -> None:
    """Draw what the clone gains at each relapse, and whether anybody tested for it. The stream is its own: nothing else changes."""
    present = {name for name, there in story.genomics.items() if there}
    for line in story.lines:
        if line.begun_for != "progression":
            continue
        for name in GAINED:
            if chance.happens(model.cytogenetics_gain_at_relapse) and name not in present:
                present.add(name)
                day = max(line.start - chance.days(1, 12), story.diagnosis)
                story.gained.append(Gain(name, day, tested=chance.happens(model.share_tested_at_relapse)))
