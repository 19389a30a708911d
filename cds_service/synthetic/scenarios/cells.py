"""Stories about transplants, cells and study drugs (L10, L12, L14, L19, L21; E02, E09, E18, E30, E36, E37, E39)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.record.styles import Blemishes
from cds_service.synthetic.scenarios.beginnings import transplanted, triple
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
scenario = SCENARIOS


def _maintenance_open(story: Story) -> Blemishes:
    return Blemishes(no_end=frozenset(n for n, given in enumerate(story.given) if given.phase == "maintenance"))


@scenario(
    "L03-ended-by-the-next-regimen",
    "Nobody wrote down the end of D-R; K-Pd begins: D-R ended before it, by inference",
    blemish=_maintenance_open,
)
def ended_by_the_next(chance: Chance) -> Story:
    return transplanted(chance).progress("2026-03-02", stop="2026-03-28").line("2026-04-15", "KPd", "PR").finish(28)


@scenario("L12-consolidation", "VRd, transplant, two more cycles of VRd, then nothing: one line")
def consolidation(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "")
    return script.also("2023-01-20", "VRd", phase="consolidation").end("2023-03-14").finish()


@scenario(
    "L14-another-product",
    "Daratumumab by infusion, then under the skin; another brand of lenalidomide: nothing changes",
)
def another_product(chance: Chance) -> Story:
    script = Script(chance, "2024-01-05").line("2024-01-20", "DRd").named("daratumumab", "DARZALEX 16 mg/kg IV")
    script.product("2024-09-02", "daratumumab", "daratumumab and hyaluronidase-fihj 1800 mg SC")
    return script.product("2025-02-03", "lenalidomide", "Lenalidomide 25 mg capsule, generic").finish()


@scenario(
    "L10-auto-allo", "An allogeneic transplant four months after the autologous one, as planned: one line, with a flag"
)
def auto_allo(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "").transplant("2023-02-20", "allogeneic-transplant")
    script.story.lines[-1].adds_to_max += 1
    return script.finish()


@scenario(
    "L10-allogeneic-at-relapse", "An allogeneic transplant at relapse, without new induction: a line of its own (E36)"
)
def allogeneic(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "R").progress("2024-10-07", stop="2024-11-03").line("2024-12-02", "", "VGPR")
    return script.transplant("2024-12-02", "allogeneic-transplant").finish()


@scenario("L10-second-transplant", "A second transplant after re-induction at relapse: inside line 2 (E36)")
def second_transplant(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "R").progress("2025-01-13", stop="2025-02-09")
    return script.line("2025-03-03", "DKd", phase="induction").end("2025-07-20").transplant("2025-09-08").finish()


@scenario(
    "L18-intrathecal", "Intrathecal therapy for relapse in the central nervous system, D-Rd goes on: one line, or two"
)
def intrathecal(chance: Chance) -> Story:
    script = Script(chance, "2024-01-05").line("2024-01-20", "DRd")
    for on in ("2026-03-02", "2026-03-09"):
        script.says("procedure", "Intrathecal chemotherapy with methotrexate", on)
    script.story.lines[-1].adds_to_max += 1
    return script.finish(28)


@scenario("L21-blinded", "Kd with venetoclax or placebo in a blinded trial: venetoclax unknown, never naive")
def blinded(chance: Chance) -> Story:
    script = transplanted(chance).progress("2024-06-03", stop="2024-07-01").line("2024-08-01", "KNd", "PR")
    script.named("venetoclax", "venetoclax or placebo", blinded=True)
    return script.progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("L21-study-drug", "A study drug that has no name yet beside pomalidomide: kept by its text, of no class")
def study_drug(chance: Chance) -> Story:
    script = transplanted(chance).progress("2024-06-03", stop="2024-07-01").line("2024-08-01", "Pd", "PR")
    script.add("2024-08-01", "Study drug").named("investigational:Study drug ABC-123", "Study drug ABC-123")
    return script.finish(28)


@scenario("E02-own-drug-after-toxicity", "VRd stopped for toxicity, lenalidomide alone six weeks later: the same line")
def own_drug(chance: Chance) -> Story:
    script = Script(chance, "2023-02-05").line("2023-02-20", "VRd", phase="induction")
    script.end("2023-07-20", "toxicity", ("Peripheral neuropathy", 3))
    return script.also("2023-09-01", "R", phase="maintenance", dose=10.0).finish()


@scenario(
    "E09-cells-collected",
    "Cells collected two months ago, Kd as bridging, nothing infused yet: the current line, pending",
)
def cells_collected(chance: Chance) -> Story:
    return _collected(transplanted(chance).progress("2026-07-06", stop="2026-08-02"), "2026-09-01").finish(28)


@scenario("E09-cells-not-infused", "Cells collected half a year ago and never infused: an ordinary line")
def cells_not_infused(chance: Chance) -> Story:
    return _collected(transplanted(chance).progress("2026-02-02", stop="2026-03-01"), "2026-04-01").finish(28)


def _collected(script: Script, on: str) -> Script:
    begin = day(on) + 5
    script.teller.visits(day(on), 28)
    script.teller.begin_line(begin, "progression")
    script.event("apheresis", on, "ciltacabtagene autoleucel")
    script.teller.respond(begin, "PR", 16.0)
    script._open(begin, ("carfilzomib", "dexamethasone"), "bridging")
    return script


@scenario(
    "E18-changed-in-response",
    "In response, everything stopped and another regimen begun without a word: no progression",
)
def changed_in_response(chance: Chance) -> Story:
    script = Script(chance, "2024-01-05").line("2024-01-20", "VRd").end("2025-03-03", "patient-choice", told=False)
    return script.line("2025-03-20", "DPd", None, begun_for="choice", joins=True).finish(28)


@scenario(
    "E30-duplicate-without-end",
    "Two records of D-Rd's daratumumab, one without an end and of unknown status: one exposure",
)
def duplicate_without_end(chance: Chance) -> Story:
    script = Script(chance, "2023-01-05").line("2023-01-20", "DRd").end("2025-03-01")
    script.says("medicine", "daratumumab", "2023-01-20", "unknown")
    return script.progress("2026-06-01").finish()


@scenario(
    "E37-holding-joins", "PVd from a month before the collection, for the planned cilta-cel: part of the CAR-T line"
)
def holding_joins(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-02-17", stop="2025-03-15")
    return script.car_t("2025-05-05", "2025-06-20", holding=("PVd", "2025-04-01")).finish(28)


@scenario("E37-holding-own-line", "Pd from ten weeks before the collection, and no plan on record: a line of its own")
def holding_own_line(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-01-20", stop="2025-02-16").line("2025-03-03", "Pd", "SD")
    script.end("2025-05-10", "patient-choice", told=True)
    script.car_t("2025-05-19", "2025-07-07", begun_for="choice")
    return script.finish(28)


@scenario("E39-melflufen", "Melphalan flufenamide in the third line: a class of its own, and an alkylator")
def melflufen(chance: Chance) -> Story:
    return triple(chance).line("2024-12-02", "Melflufen", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)
