"""How many stories begin: the commonest first lines."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.scenarios.script import Script


def transplanted(chance: Chance, induction: str = "DVRd", keep: str = "DR", **facts: object) -> Script:
    """Induction, transplant, maintenance (without it if `keep` is empty); D-VRd and D-R are the commonest."""
    script = Script(chance, **{"diagnosis": "2022-03-01", **facts})  # type: ignore[arg-type]
    script.line("2022-03-20", induction, phase="induction").end("2022-08-28").transplant("2022-10-17")
    return script.also("2023-01-10", keep, phase="maintenance", dose=10.0) if keep else script


def relapsed(chance: Chance, induction: str = "DVRd", keep: str = "DR", **facts: object) -> Script:
    """The same with progression on the maintenance, a month before the end of the story."""
    return transplanted(chance, induction, keep, **facts).progress("2026-08-24", stop="2026-09-20")


def triple(chance: Chance, failed: str = "2024-10-14", stop: str = "2024-11-10") -> Script:
    """Two lines: D-VRd with maintenance, then KPd; refractory to daratumumab, lenalidomide, carfilzomib and pomalidomide."""
    script = (
        Script(chance, "2020-03-01")
        .line("2020-03-20", "DVRd", phase="induction")
        .end("2020-08-28")
        .transplant("2020-10-17")
    )
    script.also("2021-01-10", "DR", phase="maintenance", dose=10.0).progress("2023-02-06", stop="2023-03-04")
    return script.line("2023-04-01", "KPd", "PR").progress(failed, stop=stop)
