"""Stories about lines of therapy: what begins one, what joins one, what is none (L01-L24)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.record.styles import Blemishes
from cds_service.synthetic.scenarios.beginnings import transplanted
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
scenario = SCENARIOS


@scenario(
    "L01-order-only", "A carfilzomib order that nobody can say was filled: exposure unknown, no line", style="orders"
)
def order_only(chance: Chance) -> Story:
    script = transplanted(chance).progress("2026-05-18", stop="2026-06-12")
    script.given("carfilzomib", "2026-06-20", "2026-06-20", only_ordered=True, line=2)
    return script.line("2026-07-10", "PCd", "PR").finish(28)


@scenario(
    "L02-never-given",
    "Records of drugs that were intended, planned, not taken or entered in error",
    blemish=lambda _: Blemishes(never_given=True),
)
def never_given(chance: Chance) -> Story:
    return transplanted(chance).progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("L04-supportive-only", "Myeloma on watchful care: bone protection and antivirals, no line")
def supportive_only(chance: Chance) -> Story:
    script = Script(chance, "2026-09-20", 31.0)
    return script.finish(28)


@scenario("L05-steroid-prephase", "Four days of dexamethasone for cord compression, then D-VRd: one line")
def steroid_prephase(chance: Chance) -> Story:
    script = Script(chance, "2022-03-01")
    script.line("2022-03-20", "DVRd", phase="induction")
    script.given("dexamethasone", "2022-03-14", "2022-03-17", line=1, phase="induction")
    return (
        script.end("2022-08-28")
        .transplant("2022-10-17")
        .also("2023-01-10", "R", phase="maintenance", dose=10.0)
        .finish()
    )


@scenario("L06-amyloidosis-before", "CyBorD for AL amyloidosis years before myeloma: exposure, not a line")
def amyloidosis_before(chance: Chance) -> Story:
    script = Script(chance, "2023-02-10", 38.0)
    script.story.amyloidosis_since = day("2018-04-01")
    for agent in ("bortezomib", "cyclophosphamide", "dexamethasone"):
        script.given(agent, "2018-04-20", "2018-09-30", indication="al-amyloidosis")
    return script.line("2023-03-01", "DRd").finish()


@scenario("L06-smoldering-treated", "Daratumumab for smoldering disease, active myeloma later: line 0")
def smoldering_treated(chance: Chance) -> Story:
    script = Script(chance, "2024-05-01", 36.0)
    script.story.smoldering_since = day("2020-01-10")
    script.given("daratumumab", "2020-02-01", "2021-03-20", indication="smoldering")
    return (
        script.line("2024-05-20", "VRd", phase="induction")
        .end("2024-10-28")
        .also("2024-11-20", "R", phase="maintenance", dose=10.0)
        .finish()
    )


@scenario("L07-short-first-regimen", "VCd for ten days, urticaria, then VRd: one line, or two")
def short_first_regimen(chance: Chance) -> Story:
    script = Script(chance, "2022-03-01")
    script.line("2022-03-20", "VCd", phase="induction").drop("2022-03-29", "C", reaction=("Urticaria", 2))
    return (
        script.add("2022-04-02", "R", counts_more=1)
        .end("2022-09-10")
        .also("2022-10-01", "R", phase="maintenance", dose=10.0)
        .finish()
    )


@scenario("L08-initial-window", "Bortezomib, lenalidomide 19 days later, daratumumab 28 days later: one regimen")
def initial_window(chance: Chance) -> Story:
    script = Script(chance, "2022-04-10")
    script.line("2022-05-01", "Vd", phase="induction").add("2022-05-20", "R").add("2022-05-29", "D")
    return (
        script.end("2022-10-20")
        .transplant("2022-12-05")
        .also("2023-03-10", "R", phase="maintenance", dose=10.0)
        .finish()
    )


@scenario("L09-planned-sequence", "VRd, transplant, consolidation, maintenance to progression: one line")
def planned_sequence(chance: Chance) -> Story:
    script = (
        Script(chance, "2021-01-05")
        .line("2021-01-20", "VRd", phase="induction")
        .end("2021-06-28")
        .transplant("2021-08-10")
    )
    script.also("2021-11-01", "VRd", phase="consolidation").end("2021-12-24").also(
        "2022-01-15", "R", phase="maintenance", dose=10.0
    )
    return script.progress("2026-08-02", stop="2026-09-02").finish(28)


@scenario("L10-tandem", "Two transplants 119 days apart without progression: one line")
def tandem(chance: Chance) -> Story:
    script = Script(chance, "2021-01-05").line("2021-01-20", "VRd", phase="induction").end("2021-06-28")
    script.transplant("2021-08-10").transplant("2021-12-07")
    return script.also("2022-03-15", "R", phase="maintenance", dose=10.0).finish()


@scenario("L10-salvage-transplant", "DRd at first relapse, then the first transplant: inside line 2")
def salvage_transplant(chance: Chance) -> Story:
    script = Script(chance, "2019-01-05").line("2019-01-20", "VCd", "PR", phase="induction").end("2019-07-10")
    script.progress("2021-03-08").line("2021-04-06", "DRd", phase="induction").end("2021-09-01").transplant(
        "2021-10-20"
    )
    return script.finish()


@scenario("L11-late-maintenance", "Maintenance 230 days after the transplant: joined, with a flag")
def late_maintenance(chance: Chance) -> Story:
    script = (
        Script(chance, "2022-01-05")
        .line("2022-01-20", "VRd", phase="induction")
        .end("2022-06-28")
        .transplant("2022-08-10")
    )
    # Nothing in the record calls it maintenance: a coded one would need no window (L09).
    return script.also("2023-03-28", "R", phase="treatment", dose=10.0, counts_more=1).finish()


@scenario("L13-drug-dropped", "KRd, carfilzomib stopped for hypertension, the others go on: one line")
def drug_dropped(chance: Chance) -> Story:
    script = (
        Script(chance, "2021-05-05").line("2021-05-20", "KRd").drop("2022-01-10", "K", reaction=("Hypertension", 3))
    )
    return script.progress("2026-07-20", stop="2026-08-15").finish(28)


@scenario("L15-stopped-and-changed", "VRd stopped by choice, KRd after progression: two lines")
def stopped_and_changed(chance: Chance) -> Story:
    script = (
        Script(chance, "2019-09-05").line("2019-09-20", "VRd", phase="induction").end("2020-03-01", "patient-choice")
    )
    return script.progress("2022-11-14").line("2022-12-20", "KRd").finish()


@scenario("L16-added-at-progression", "Biochemical progression on lenalidomide, daratumumab added: line 2 with both")
def added_at_progression(chance: Chance) -> Story:
    script = (
        Script(chance, "2020-02-05")
        .line("2020-02-20", "VRd", phase="induction")
        .end("2020-08-01")
        .transplant("2020-09-20")
    )
    script.also("2020-12-20", "R", phase="maintenance", dose=10.0).progress("2024-02-12")
    script._close(day("2024-03-14"))
    return script.line("2024-03-15", "Dd", "PR").finish()


@scenario(
    "L16-toxicity-substitution",
    "Bortezomib changed to carfilzomib for neuropathy: a new line by the letter, the same for many",
)
def toxicity_substitution(chance: Chance) -> Story:
    script = Script(chance, "2023-02-05").line("2023-02-20", "VRd", phase="induction")
    script.drop("2023-06-05", "V", reaction=("Peripheral neuropathy", 3))
    script._close(day("2023-06-18"))
    return script.line("2023-06-19", "K", None, begun_for="toxicity", joins=True).finish()


@scenario("L16-access-substitution", "Daratumumab changed to isatuximab because it was not covered")
def access_substitution(chance: Chance) -> Story:
    script = (
        Script(chance, "2024-02-05").line("2024-02-20", "DVRd", phase="induction").drop("2024-05-06", "D", "access")
    )
    script._close(day("2024-05-19"))
    return script.line("2024-05-20", "S", None, begun_for="access", joins=True).finish()


@scenario("L16-late-planned-add", "Daratumumab joins VRd on day 45 as planned: one line, with a flag")
def late_planned_add(chance: Chance) -> Story:
    script = (
        Script(chance, "2023-02-05").line("2023-02-20", "VRd", phase="induction").add("2023-04-06", "D", counts_more=1)
    )
    return (
        script.end("2023-08-01")
        .transplant("2023-09-20")
        .also("2023-12-20", "R", phase="maintenance", dose=10.0)
        .finish()
    )


@scenario(
    "L17-retreatment", "KRd for a year, progression after 16 months without treatment, KRd again: one line, or two"
)
def retreatment(chance: Chance) -> Story:
    script = Script(chance, "2021-01-05").line("2021-02-01", "KRd").end("2022-02-01")
    return script.progress("2023-06-12").again("2023-07-10", "KRd").finish()


@scenario("L18-radiotherapy", "8 Gy to T12 during DRd: still one line")
def radiotherapy(chance: Chance) -> Story:
    return Script(chance, "2024-01-05").line("2024-01-20", "DRd").event("radiotherapy", "2024-06-01").finish()


@scenario("L19-car-t-with-bridging", "Collection, two cycles of Kd, lymphodepletion, cilta-cel: one line")
def car_t_with_bridging(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-02-17", stop="2025-03-15")
    return script.car_t("2025-04-10", "2025-06-02", bridging="Kd").finish()


@scenario("L20-progression-in-sequence", "VRd, progression before the transplant, D-KRd and transplant: two lines")
def progression_in_sequence(chance: Chance) -> Story:
    script = Script(chance, "2023-01-05").line("2023-01-20", "VRd", "PR", phase="induction")
    script.progress("2023-06-19", stop="2023-07-12")
    script.line("2023-08-01", "DKRd", phase="induction").end("2023-12-20").transplant("2024-01-30")
    return script.also("2024-05-02", "R", phase="maintenance", dose=10.0).finish()


@scenario(
    "L22-stated-line-number",
    "A record that begins at the second line and says so",
    style="messy",
    blemish=lambda _: Blemishes(lost_lines=1, states_line=True),
)
def stated_relapse_number(chance: Chance) -> Story:
    script = transplanted(chance, diagnosis="2022-03-01").progress("2024-02-12", stop="2024-03-10")
    script.line("2024-04-01", "KPd", "PR").progress("2025-05-05", stop="2025-06-01")
    return script.line("2025-06-20", "EPd", "PR").finish()
