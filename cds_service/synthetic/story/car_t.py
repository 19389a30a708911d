"""A CAR-T line: collection, bridging, lymphodepletion, infusion (L19); or cells that were never given (E09)."""

from __future__ import annotations

from cds_service.synthetic.story.curve import value_at
from cds_service.synthetic.story.model import Segment
from cds_service.synthetic.story.regimens import STEROIDS, Regimen, drugs
from cds_service.synthetic.story.steps import Steps
from cds_service.synthetic.story.to_progression import observe, until_progression

BRIDGING = (drugs("Kd"), drugs("PVd"), drugs("PCd"), drugs("Vd"), drugs("KCd"), drugs("DPd"))


def _bridging(steps: Steps) -> tuple[str, ...]:
    """Return a combination that is not merely what the last line already gave."""
    last = {g.agent for g in steps.story.given if g.line == len(steps.story.lines)}
    return steps.chance.pick([drugs for drugs in BRIDGING if not set(drugs) - STEROIDS <= last])


def car_t_line(steps: Steps, regimen: Regimen, start: int) -> int | None:
    """Tell a CAR-T line; return the day on which the next can begin, or `None`."""
    chance, model, teller, story = steps.chance, steps.model, steps.teller, steps.story
    product = regimen.drugs[0]
    collected = start
    teller.visit(collected)
    infused = not chance.happens(model.share_cells_not_infused)
    bridge = _bridging(steps) if chance.happens(model.share_bridging) or not infused else ()
    begin = collected + chance.days(4, 12)
    day_0 = collected + chance.days(38, 62)
    depletion = day_0 - 5
    first = begin if bridge else depletion
    teller.begin_line(
        first,
        "progression" if story.lines[-1].progressions else "non-response",
        drops_from_min=not story.lines[-1].progressions,
    )
    teller.event("apheresis", collected, product)
    level = value_at(story.segments, first)
    story.segments.append(Segment(first, level, level * 0.97, 40.0, most=story.most))
    if not infused:
        story.notes.append("cells-not-infused")
        steps.plan(begin, "later")
        teller.give(bridge, begin)
        return until_progression(steps, "treatment", begin, tuple(sorted(bridge)))
    if bridge:
        teller.give(bridge, begin, "bridging")
        last = depletion - chance.days(4, 9)
        teller.visits(last, 21)
        teller.stop_all(last, "planned-completion", spread=3)
        teller.phase("bridging", begin, last, bridge)
    teller.visit(depletion - 1)
    teller.once("fludarabine", depletion, "lymphodepletion", "lymphodepletion", days=2)
    teller.once("cyclophosphamide", depletion, "lymphodepletion", "lymphodepletion", days=2)
    teller.phase("lymphodepletion", depletion, depletion + 2, ("cyclophosphamide", "fludarabine"))
    teller.once(product, day_0, "car-t", "car-t")
    teller.phase("car-t", day_0, day_0, (product,))
    teller.event("car-t", day_0, product)
    steps.plan(first, "car-t", acts_from=day_0)
    teller.end_line("planned-completion")
    found = steps.go(day_0 + 120, 28)
    return observe(steps) if found is None else steps.after(steps.progressed(found, kind="", start=0, agents=()))
