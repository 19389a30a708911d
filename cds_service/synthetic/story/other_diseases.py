"""Stories without active myeloma, and treatment before myeloma was active (L06, E24, E33)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.story.model import Event, Given, Story
from cds_service.synthetic.story.regimens import DOSES
from cds_service.synthetic.story.teller import Teller


def tell_other(teller: Teller) -> Story:
    """Tell the story of a neighbouring disease: watched, radiated, or treated for amyloidosis."""
    story, chance = teller.story, teller.chance
    if story.marker == "none":
        story.marker, story.isotype = "serum", "IgG"
    level = chance.between(40.0, 88.0) if story.marker == "flc" else chance.between(4.0, 22.0)
    teller.onset(level)
    start = story.diagnosis + chance.days(10, 40)
    if story.disease == "solitary-plasmacytoma":
        story.events.append(Event("radiotherapy", start, "bone"))
    if story.disease == "al-amyloidosis":
        last = start + chance.days(120, 170)
        for agent in ("bortezomib", "cyclophosphamide", "daratumumab", "dexamethasone"):
            given = Given(agent, start, last - chance.days(0, 6), "planned-completion", "systemic", DOSES.get(agent))
            given.indication = "al-amyloidosis"
            story.given.append(given)
    teller.visits(story.until, 120)
    return teller.finish()


def treated_before_active(story: Story, chance: Chance) -> None:
    """Give daratumumab for smoldering disease, which became active myeloma later: an exposure, not a line."""
    start = story.diagnosis - chance.days(700, 1200)
    given = Given("daratumumab", start, start + chance.days(400, 560), "planned-completion", "systemic", 1800.0)
    given.indication = "smoldering"
    story.smoldering_since = start - chance.days(20, 60)
    story.given.append(given)
    story.notes.append("treated-smoldering")
