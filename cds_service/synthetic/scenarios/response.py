"""Stories about response and progression: which marker, how sure, by what evidence (P01-P23)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
scenario = SCENARIOS


def _relapse(chance: Chance, **facts: object) -> Script:
    script = Script(chance, "2022-03-01", **facts)  # type: ignore[arg-type]
    return (
        script.line("2022-03-20", "DVRd", phase="induction")
        .end("2022-08-28")
        .also("2022-09-20", "DR", phase="maintenance", dose=10.0)
    )


@scenario("P01-european-units", "M-protein in g/L, creatinine in umol/L, calcium in mmol/L", style="european")
def european_units(chance: Chance) -> Story:
    return _relapse(chance).progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("P07-light-chain-only", "Light chain disease: response and progression by free light chains alone")
def light_chain(chance: Chance) -> Story:
    return (
        _relapse(chance, level=1800.0, marker="flc", isotype="light-chain")
        .progress("2026-08-24", stop="2026-09-20")
        .finish(28)
    )


@scenario("P07-non-secretory", "Nothing measurable in serum: progression by a new lesion, response never computed")
def non_secretory(chance: Chance) -> Story:
    script = _relapse(chance, marker="none", isotype="non-secretory")
    return (
        script.event("new-lesion", "2026-08-24", "bone")
        .progress("2026-08-24", stop="2026-09-20", words=True)
        .finish(28)
    )


@scenario("P18-high-nadir", "A rise of 10 g/L from a nadir above 50 g/L is progression")
def high_nadir(chance: Chance) -> Story:
    script = Script(chance, "2026-01-05", 64.0).line("2026-01-20", "Rd", "SD")
    return script.progress("2026-07-06", stop="2026-08-02").finish(28)


@scenario("P18-new-lesion", "A new bone lesion while the M-protein is unchanged")
def new_lesion(chance: Chance) -> Story:
    script = _relapse(chance).event("new-lesion", "2026-08-24", "bone")
    return script.progress("2026-08-24", stop="2026-09-20", words=True).finish(28)


@scenario("P20-words-only", "A clinician's dated statement of progression that no value shows")
def words_only(chance: Chance) -> Story:
    return _relapse(chance).progress("2026-08-24", stop="2026-09-20", words=True).finish(28)


@scenario(
    "P20-next-line-before-the-second-value",
    "One value past the limit, and the next line begins before another is taken",
)
def third_level(chance: Chance) -> Story:
    script = _relapse(chance)
    script.teller.relapse_at(day("2026-08-20"), 24.0)
    script.teller.visits(day("2026-08-16"), 28)
    script.teller.visit(day("2026-09-07"))
    script.end("2026-09-09", "progression")
    return script.line("2026-09-16", "KPd", "PR").finish(28)


@scenario("P22-extramedullary", "A new soft tissue plasmacytoma in the liver in serological remission")
def extramedullary(chance: Chance) -> Story:
    script = _relapse(chance)
    script.story.extramedullary = day("2026-08-24")
    script.event("new-lesion", "2026-08-24", "soft-tissue")
    return script.progress("2026-08-24", stop="2026-09-20", words=True).finish(28)
