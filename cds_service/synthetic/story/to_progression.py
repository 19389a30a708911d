"""The two ways to a progression: on a regimen, or watched without one."""

from __future__ import annotations

from cds_service.synthetic.story.steps import FAR_AWAY, Steps


def until_progression(steps: Steps, kind: str, start: int, drugs: tuple[str, ...], *, every: int = 28) -> int | None:
    """Give a regimen until progression, or to the end of the story."""
    day = steps.go(start + 364, every)
    if day is None:
        day = steps.go(start + FAR_AWAY, max(every, 42))
    if day is None:
        steps.side_effects(steps.story.last_seen)
        steps.teller.phase(kind, start, start + FAR_AWAY, drugs)
        return None
    return steps.after(steps.progressed(day, kind=kind, start=start, agents=drugs))


def observe(steps: Steps) -> int | None:
    """Watch without treatment until progression."""
    day = steps.go(steps.story.until, 63)
    return None if day is None else steps.after(steps.progressed(day, kind="", start=0, agents=()))
