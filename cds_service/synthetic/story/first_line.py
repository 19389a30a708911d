"""The first line: induction, transplant, consolidation and maintenance, or a combination without a transplant."""

from __future__ import annotations

from cds_service.synthetic.days import months, year_of
from cds_service.synthetic.story.curve import needed_rise
from cds_service.synthetic.story.patients import age_at
from cds_service.synthetic.story.regimens import INDUCTION, NOT_TRANSPLANTED, Regimen
from cds_service.synthetic.story.steps import Steps
from cds_service.synthetic.story.substitution import substitute
from cds_service.synthetic.story.to_progression import observe, until_progression

ANTIBODIES = frozenset({"daratumumab", "isatuximab"})
RISING = 0.2
"""Share of the rise that is progression from which on a marker is seen to rise."""


def first_line(steps: Steps) -> int | None:
    """Tell the first line; return the day on which the next can begin, or `None`."""
    chance, model, story = steps.chance, steps.model, steps.story
    start = story.diagnosis + chance.days(5, 45)
    fit = age_at(story, start) < model.transplant_age_limit_years and chance.happens(model.share_transplant_eligible)
    regimen = _choose(steps, INDUCTION if fit else NOT_TRANSPLANTED, start)
    setting = "first-transplant" if fit else "first-other"
    steps.teller.begin_line(start, "first")
    begin = _before(steps, regimen, start)
    steps.plan(start, setting)
    late = _give(steps, regimen, begin)
    if fit and chance.happens(model.share_transplanted):
        return _with_transplant(steps, regimen, start)
    return _combination(steps, regimen, start, late=late)


def _choose(steps: Steps, options: tuple[Regimen, ...], start: int) -> Regimen:
    year = year_of(start)
    return steps.chance.weighted([(r, r.weight) for r in options if r.since <= year <= r.until])


def _before(steps: Steps, regimen: Regimen, start: int) -> int:
    """Give a steroid prephase or a short first regimen where the model draws one; return the start of the regimen."""
    chance, model, teller = steps.chance, steps.model, steps.teller
    line = steps.story.lines[-1]
    if (
        chance.happens(model.share_short_first_regimen)
        and "cyclophosphamide" not in regimen.drugs
        and "bortezomib" in regimen.drugs
    ):
        last = start + chance.days(7, 13)
        teller.give(("cyclophosphamide",), start, "induction")
        teller.give(("bortezomib", "dexamethasone"), start, "induction")
        teller.stop("cyclophosphamide", last, "toxicity", ("Urticaria", 2))
        line.adds_to_max += 1
        steps.story.notes.append("short-first-regimen")
        return last + chance.days(2, 6)
    if chance.happens(model.share_steroid_prephase):
        teller.once("dexamethasone", start - chance.days(5, 7), "induction", "systemic", days=3)
        steps.story.notes.append("steroid-prephase")
    return start


def _give(steps: Steps, regimen: Regimen, start: int) -> bool:
    """Start the drugs, an antibody sometimes later as planned (L16)."""
    chance, teller = steps.chance, steps.teller
    late = (
        ANTIBODIES & set(regimen.drugs)
        and len(regimen.drugs) > 3
        and chance.happens(steps.model.share_late_planned_add)
    )
    if not late:
        teller.give(regimen.drugs, start, "induction")
        return False
    line = steps.story.lines[-1]
    teller.give([d for d in regimen.drugs if d not in ANTIBODIES], start, "induction")
    added = line.start + chance.days(33, 57)
    teller.give([d for d in regimen.drugs if d in ANTIBODIES], added, "induction")
    if added <= steps.story.last_seen:
        line.adds_to_max += 1
        steps.story.notes.append("late-planned-add")
    return True


def _with_transplant(steps: Steps, regimen: Regimen, start: int) -> int | None:
    chance, model, teller = steps.chance, steps.model, steps.teller
    end = start + regimen.cycles * 28 - chance.days(3, 9)
    drugs = tuple(sorted({g.agent for g in steps.story.given if g.line == 1 and g.role == "systemic"}))
    if (day := steps.go(end, 28)) is not None:
        return steps.after(steps.progressed(day, kind="induction", start=start, agents=drugs))
    steps.complete(end, "planned-completion", "induction", start, drugs)
    transplant = end + chance.days(28, 70)
    if chance.happens(model.share_mobilization_cyclophosphamide):
        teller.once("cyclophosphamide", transplant - chance.days(20, 24), "mobilization", "mobilization")
        teller.phase("mobilization", transplant - 24, transplant - 12, ("cyclophosphamide",))
    if (day := steps.go(transplant - 3, 28)) is not None:
        return steps.after(steps.progressed(day, kind="", start=0, agents=()))
    _transplant(steps, transplant)
    if chance.happens(model.share_tandem):
        transplant += chance.days(90, 140)
        if (day := steps.go(transplant - 3, 35)) is not None:
            return steps.after(steps.progressed(day, kind="", start=0, agents=()))
        _transplant(steps, transplant)
    ready = transplant
    if chance.happens(model.share_consolidation):
        begin = transplant + chance.days(70, 100)
        if (day := steps.go(begin - 1, 35)) is not None:
            return steps.after(steps.progressed(day, kind="", start=0, agents=()))
        teller.give(regimen.drugs, begin, "consolidation")
        last = begin + chance.days(48, 56)
        if (day := steps.go(last, 28)) is not None:
            return steps.after(steps.progressed(day, kind="consolidation", start=begin, agents=regimen.drugs))
        steps.complete(last, "planned-completion", "consolidation", begin, regimen.drugs)
        ready = last
    if not chance.happens(model.share_maintenance_after_transplant):
        return observe(steps)
    begin = ready + (chance.days(14, 60) if ready > transplant else chance.days(80, 130))
    if chance.happens(model.share_late_maintenance):
        begin = ready + chance.days(190, 330)
        return _late_maintenance(steps, regimen, begin)
    return maintenance(steps, regimen, begin)


def _transplant(steps: Steps, day: int) -> None:
    steps.teller.once("melphalan", day - 1, "transplant", "conditioning")
    steps.teller.phase("transplant", day, day, ("melphalan",))
    steps.teller.event("autologous-transplant", day)


def _combination(steps: Steps, regimen: Regimen, start: int, *, late: bool) -> int | None:
    chance, model = steps.chance, steps.model
    drugs = tuple(sorted({g.agent for g in steps.story.given if g.line == 1 and g.role == "systemic"}))
    if regimen.cycles == 0:
        if not late and (ready := substitute(steps, start, drugs)) is not None:
            return ready
        return until_progression(steps, "induction", start, drugs)
    end = start + regimen.cycles * 28 - chance.days(3, 9)
    if (day := steps.go(end, 28)) is not None:
        return steps.after(steps.progressed(day, kind="induction", start=start, agents=drugs))
    steps.complete(end, "planned-completion", "induction", start, drugs)
    if not chance.happens(model.share_maintenance_after_combination):
        return observe(steps)
    begin = end + chance.days(7, 60)
    if chance.happens(model.share_late_maintenance):
        begin = end + chance.days(100, 170)
        return _late_maintenance(steps, regimen, begin)
    return maintenance(steps, regimen, begin)


def _late_maintenance(steps: Steps, regimen: Regimen, begin: int) -> int | None:
    """Maintenance in the flagged band, which nothing in the record calls so: a reader may count a line more (E14, E16).

    Nobody begins it on a rising marker: that would be a line of its own (L11).
    """
    if (day := steps.go(begin - 1, 42)) is not None:
        return steps.after(steps.progressed(day, kind="", start=0, agents=()))
    if steps.story.values[-1] - min(steps.story.values) > RISING * needed_rise(steps.story, 0.0):
        return observe(steps)
    if begin <= steps.story.last_seen:
        steps.story.lines[-1].adds_to_max += 1
        steps.story.notes.append("late-maintenance")
    return maintenance(steps, regimen, begin, phase="treatment")


def maintenance(steps: Steps, regimen: Regimen, begin: int, *, phase: str = "maintenance") -> int | None:
    """Give maintenance until progression, or for a planned time. `phase` is what the record calls the drugs."""
    chance, teller = steps.chance, steps.teller
    if (day := steps.go(begin - 1, 42)) is not None:
        return steps.after(steps.progressed(day, kind="", start=0, agents=()))
    drugs = _maintenance_drugs(steps, regimen)
    teller.give(drugs, begin, phase, dose=10.0)
    if chance.happens(0.3):
        last = begin + months(chance.between(18, 36))
        if (day := steps.go(last, 56)) is not None:
            return steps.after(steps.progressed(day, kind="maintenance", start=begin, agents=drugs))
        steps.complete(last, "planned-completion", "maintenance", begin, drugs)
        return observe(steps)
    return until_progression(steps, "maintenance", begin, drugs, every=56)


def _maintenance_drugs(steps: Steps, regimen: Regimen) -> tuple[str, ...]:
    chance = steps.chance
    if "daratumumab" in regimen.drugs and chance.happens(0.5):
        return ("daratumumab", "lenalidomide") if "lenalidomide" in regimen.drugs else ("daratumumab",)
    if steps.story.genomics.get("del(17p)") and "bortezomib" in regimen.drugs and "lenalidomide" in regimen.drugs:
        return ("bortezomib", "lenalidomide")
    if "melphalan" in regimen.drugs:
        return ("bortezomib",)
    return ("lenalidomide",)
