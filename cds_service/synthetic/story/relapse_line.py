"""A later line: until progression, for a planned time, with a salvage transplant, given again, or changed for want of a response."""

from __future__ import annotations

from cds_service.synthetic.story.regimens import STEROIDS, Regimen
from cds_service.synthetic.story.steps import Steps
from cds_service.synthetic.story.substitution import substitute
from cds_service.synthetic.story.to_progression import until_progression

BISPECIFIC = frozenset({"teclistamab", "elranatamab", "talquetamab", "linvoseltamab"})


def setting_of(steps: Steps, regimen: Regimen) -> str:
    """Return the key of the model's response and duration tables for the current line."""
    if regimen.drugs[0] in BISPECIFIC:
        return "bispecific"
    number = steps.story.lines[-1].number
    return "second" if number <= 2 else "third" if number == 3 else "later"


def relapse_line(steps: Steps, regimen: Regimen, start: int) -> int | None:
    """Tell one later line; return the day on which the next can begin, or `None`."""
    chance, model, teller = steps.chance, steps.model, steps.teller
    before = steps.story.lines[-1]
    begun_for = "progression" if before.progressions else "non-response"
    teller.begin_line(start, begun_for, drops_from_min=begun_for != "progression")
    steps.plan(start, setting_of(steps, regimen))
    drugs = tuple(sorted(regimen.drugs))
    teller.give(drugs, start)
    if (
        steps.depth == "SD"
        and begun_for == "progression"
        and steps.story.marker == "serum"
        and chance.happens(model.share_switch_for_non_response)
    ):
        return _give_up(steps, start, drugs)
    if (ready := substitute(steps, start, drugs)) is not None:
        return ready
    if steps.depth in {"CR", "VGPR", "PR"}:
        if chance.happens(model.share_salvage_transplant) and _fit_for_transplant(steps):
            return _salvage_transplant(steps, start, drugs)
        if regimen.cycles or chance.happens(model.share_fixed_duration_relapse):
            return _for_a_time(steps, start, drugs)
    return until_progression(steps, "treatment", start, drugs)


def _fit_for_transplant(steps: Steps) -> bool:
    return not any(e.kind == "autologous-transplant" for e in steps.story.events) and steps.story.ecog < 2


def _give_up(steps: Steps, start: int, drugs: tuple[str, ...]) -> int | None:
    """Stable disease at best: another regimen after three to five months, without waiting for progression (F02)."""
    last = start + steps.chance.days(90, 150)
    if steps.crossing < last + 40:
        return until_progression(steps, "treatment", start, drugs)
    steps.go(last, 28)
    if last > steps.story.last_seen:
        steps.teller.phase("treatment", start, last, drugs)
        return None
    steps.teller.stop_all(last, "other")
    steps.teller.phase("treatment", start, last, drugs)
    steps.teller.end_line("other")
    steps.story.notes.append("switch-for-non-response")
    return last + steps.chance.days(7, 24)


def _for_a_time(steps: Steps, start: int, drugs: tuple[str, ...]) -> int | None:
    """A planned number of cycles, then observation; at progression the same again, or another line."""
    chance, teller = steps.chance, steps.teller
    last = start + chance.days(6, 12) * 28
    if (day := steps.go(last, 28)) is not None:
        return steps.after(steps.progressed(day, kind="treatment", start=start, agents=drugs))
    steps.complete(last, "planned-completion", "treatment", start, drugs)
    day = steps.go(steps.story.until, 56)
    if day is None:
        return None
    confirmed = steps.progressed(day, kind="", start=0, agents=())
    if day - last <= 75 or steps.by_imaging or not chance.happens(steps.model.share_retreatment):
        return steps.after(confirmed)
    if not _whole_to_the_end(steps, last):
        return steps.after(confirmed)
    again = confirmed + chance.days(7, 28)
    if again > steps.story.last_seen:
        return None
    drugs = _to_the_end(steps, last)
    teller.new_course(again)
    steps.story.lines[-1].adds_to_max += 1
    steps.story.notes.append("retreatment")
    steps.plan(again, "third")
    teller.give(drugs, again)
    return until_progression(steps, "treatment", again, drugs)


def _to_the_end(steps: Steps, last: int) -> tuple[str, ...]:
    """Return the drugs of the line that were given to its planned end: the regimen that can be given again."""
    number = steps.story.lines[-1].number
    return tuple(sorted(g.agent for g in steps.story.given if g.line == number and last - g.last <= 10))


def _whole_to_the_end(steps: Steps, last: int) -> bool:
    """Tell whether every drug of the line reached its planned end; a part of them, given again, would be another line (E01)."""
    number = steps.story.lines[-1].number
    given = {g.agent for g in steps.story.given if g.line == number} - STEROIDS
    return given == set(_to_the_end(steps, last)) - STEROIDS


def _salvage_transplant(steps: Steps, start: int, drugs: tuple[str, ...]) -> int | None:
    """Re-induction, then the first transplant of this patient, in one line (L10)."""
    last = start + steps.chance.days(100, 140)
    if (day := steps.go(last, 28)) is not None:
        return steps.after(steps.progressed(day, kind="induction", start=start, agents=drugs))
    steps.complete(last, "planned-completion", "induction", start, drugs)
    day = last + steps.chance.days(28, 60)
    found = steps.go(day - 3, 28)
    if found is not None:
        return steps.after(steps.progressed(found, kind="", start=0, agents=()))
    steps.teller.once("melphalan", day - 1, "transplant", "conditioning")
    steps.teller.phase("transplant", day, day, ("melphalan",))
    steps.teller.event("autologous-transplant", day)
    steps.story.notes.append("salvage-transplant")
    found = steps.go(steps.story.until, 56)
    return None if found is None else steps.after(steps.progressed(found, kind="", start=0, agents=()))
