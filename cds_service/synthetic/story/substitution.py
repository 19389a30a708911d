"""A drug of a running regimen is replaced without progression: for toxicity, or because it is no longer to be had (L16)."""

from __future__ import annotations

from cds_service.synthetic.story.regimens import REACTIONS, SUBSTITUTES
from cds_service.synthetic.story.steps import Steps
from cds_service.synthetic.story.to_progression import until_progression


def substitute(steps: Steps, start: int, drugs: tuple[str, ...], *, kind: str = "treatment") -> int | None:
    """Replace a drug where the model draws it; return when the next line can begin after that, `None` where nothing is replaced.

    The new regimen is a line of its own, which a reader may join to the one before (E15).
    """
    chance, teller, model = steps.chance, steps.teller, steps.model
    toxic = chance.happens(model.share_toxicity_substitution)
    if not toxic and not chance.happens(model.share_access_substitution):
        return None
    had = {g.agent for g in steps.story.given}
    options = [d for d in drugs if d in SUBSTITUTES and SUBSTITUTES[d] not in had and d in teller.open]
    if not options or steps.depth in {"SD", "PD"}:
        return None
    drug = chance.pick(options) if toxic or "daratumumab" not in options else "daratumumab"
    last = start + chance.days(70, 200)
    if steps.crossing - last < 120:
        return None
    if steps.go(last, 28) is not None:  # pragma: no cover - the crossing is later
        return None
    reason = "toxicity" if toxic else "access"
    teller.stop(drug, last, reason, REACTIONS.get(drug) if toxic else None)  # type: ignore[arg-type]
    teller.phase(kind, start, last, drugs)
    teller.end_line(reason)  # type: ignore[arg-type]
    begin = last + chance.days(7, 18)
    teller.begin_line(begin, reason, drops_from_min=True)
    teller.give((SUBSTITUTES[drug],), begin)
    steps.story.notes.append(f"{reason}-substitution")
    now = tuple(sorted(teller.open))
    ready = until_progression(steps, "treatment", begin, now)
    return steps.story.until + 1 if ready is None else ready
