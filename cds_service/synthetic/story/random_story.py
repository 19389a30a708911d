"""A random story from diagnosis to the day as of which it is told."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import year_of
from cds_service.synthetic.parameters import Model
from cds_service.synthetic.story.car_t import car_t_line
from cds_service.synthetic.story.first_line import first_line
from cds_service.synthetic.story.model import Given, Story
from cds_service.synthetic.story.other_diseases import tell_other, treated_before_active
from cds_service.synthetic.story.patients import draw_patient, first_level
from cds_service.synthetic.story.regimens import OLD, RELAPSE, Regimen
from cds_service.synthetic.story.relapse_line import relapse_line
from cds_service.synthetic.story.steps import Steps
from cds_service.synthetic.story.teller import Teller

MOST_LINES = 9


def random_story(chance: Chance, model: Model) -> Story:
    """Draw a patient and tell what happens to them."""
    story = draw_patient(chance, model)
    teller = Teller(story, chance)
    if story.disease not in {"multiple-myeloma", "plasma-cell-leukemia"}:
        return tell_other(teller)
    if story.disease == "multiple-myeloma" and chance.happens(model.share_treated_smoldering):
        treated_before_active(story, chance)
    teller.onset(first_level(story, chance, model))
    steps = Steps(teller, model)
    ready = first_line(steps)
    while ready is not None and ready < story.last_seen and len(story.lines) < MOST_LINES:
        regimen = choose(steps, ready)
        ready = (
            car_t_line(steps, regimen, ready)
            if regimen.drugs[0].endswith("leucel")
            else relapse_line(steps, regimen, ready)
        )
    if ready is not None and len(story.lines) >= MOST_LINES and story.death is None:
        story.death = min(ready + chance.days(10, 90), story.until)
    return teller.finish()


def choose(steps: Steps, when: int) -> Regimen:
    """Return the next regimen: available, allowed in this line, and seldom with a drug that has failed."""
    number, year = len(steps.story.lines) + 1, year_of(when)
    failed = failed_drugs(steps.story) - {"dexamethasone"}
    had = {g.agent for g in steps.story.given}
    last = {g.agent for g in steps.story.given if g.line == number - 1 and g.role == "systemic"}
    last |= {agent for phase in steps.story.lines[-1].phases for agent in phase.agents}  # those carried into it, too
    options: list[tuple[Regimen, float]] = []
    for regimen in RELAPSE:
        if not (regimen.since <= year <= regimen.until and regimen.lines <= number):
            continue
        if regimen.carrying <= last:
            continue
        if regimen.needs and not steps.story.genomics.get(regimen.needs):
            continue
        product = regimen.drugs[0]
        if product.endswith("leucel") and (product in had or steps.story.car_t_access == "no"):
            continue
        if product.endswith("leucel") and regimen.lines == 2 and "lenalidomide" not in failed:
            continue
        weight = regimen.weight
        if not failed.isdisjoint(regimen.drugs):
            weight *= steps.model.refractory_reuse_weight
        options.append((regimen, weight))
    return steps.chance.weighted(options) if options else OLD


def failed_drugs(story: Story) -> set[str]:
    """Return drugs with a progression on them or shortly after: what their doctors would avoid."""
    days = [p.day for line in story.lines for p in line.progressions]
    return {g.agent for g in story.given if any(_failed(g, when) for when in days)}


def _failed(given: Given, when: int) -> bool:
    return given.start < when <= given.last + 60 and given.role == "systemic"
