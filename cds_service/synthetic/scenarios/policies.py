"""Stories for the rows of the current policy (regimens C.2) and the branches of the baseline policy (C.1)."""

from __future__ import annotations

from collections.abc import Callable

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.record.styles import Blemishes
from cds_service.synthetic.scenarios.beginnings import relapsed, transplanted
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
FISH = "FISH, plasma cell myeloma panel, bone marrow"
scenario = SCENARIOS


def _no_end_of(agent: str) -> Callable[[Story], Blemishes]:
    """Leave out when the last exposure to a drug ended."""

    def blemish(story: Story) -> Blemishes:
        return Blemishes(no_end=frozenset([max(n for n, g in enumerate(story.given) if g.agent == agent)]))

    return blemish


@scenario(
    "C2-one-line-cd38-len-refractory",
    "D-VRd, transplant, D-R to progression: CD38 and lenalidomide refractory, PI exposed",
)
def cd38_len(chance: Chance) -> Story:
    return transplanted(chance).progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-one-line-pi-naive", "D-Rd to progression: CD38 and lenalidomide refractory, never a PI")
def pi_naive(chance: Chance) -> Story:
    return (
        Script(chance, "2023-03-01", birth="1947-02-02")
        .line("2023-03-20", "DRd")
        .progress("2026-08-24", stop="2026-09-20")
        .finish(28)
    )


@scenario("C2-one-line-imid-naive", "D-VMP to progression on daratumumab: never an IMiD")
def imid_naive(chance: Chance) -> Story:
    script = Script(chance, "2021-03-01", birth="1945-02-02").line("2021-03-20", "DVMp", phase="treatment")
    return script.drop("2022-03-10", "VMp", "planned-completion").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario(
    "C2-one-line-len-sensitive-cd38-refractory",
    "D-VRd, then daratumumab alone to progression: lenalidomide not refractory",
)
def len_not_refractory(chance: Chance) -> Story:
    return transplanted(chance, keep="D").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario(
    "C2-one-line-cd38-exposed-len-refractory",
    "D-VRd, transplant, lenalidomide to progression: CD38 exposed, not refractory",
)
def cd38_exposed(chance: Chance) -> Story:
    return transplanted(chance, keep="R").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-one-line-both-sensitive", "D-VRd and transplant, everything ended, progression three years later")
def both_sensitive(chance: Chance) -> Story:
    return transplanted(chance, keep="").progress("2026-08-24").finish(28)


@scenario(
    "C2-two-lines-not-triple-exposed",
    "VRd with lenalidomide, then D-Pd stopped early: two lines, PI, IMiD and CD38 short",
)
def two_lines_no_pi(chance: Chance) -> Story:
    script = (
        Script(chance, "2020-03-01", birth="1946-02-02")
        .line("2020-03-20", "Rd")
        .progress("2022-11-07", stop="2022-12-03")
    )
    return script.line("2023-01-02", "DPd", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-two-lines-exposed-not-refractory", "Two lines, all three classes, lenalidomide refractory only")
def two_lines_exposed(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "R").progress("2024-06-03", stop="2024-07-01")
    return script.line("2024-08-01", "DKd").end("2025-08-01").progress("2026-08-24").finish(28)


@scenario("C2-two-lines-triple-refractory", "Two lines, refractory in all three classes")
def two_lines_refractory(chance: Chance) -> Story:
    script = transplanted(chance).progress("2024-06-03", stop="2024-07-01")
    return script.line("2024-08-01", "KPd", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-four-lines", "Four lines, all three classes exposed and failed")
def four_lines(chance: Chance) -> Story:
    script = transplanted(chance).progress("2023-09-04", stop="2023-10-01")
    script.line("2023-11-01", "KPd", "PR").progress("2024-09-02", stop="2024-09-30")
    script.line("2024-10-20", "EPd", "PR").progress("2025-07-07", stop="2025-08-04")
    return script.line("2025-09-01", "XVd", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-after-bcma-car-t", "Relapse 13 months after cilta-cel")
def after_car_t(chance: Chance) -> Story:
    script = transplanted(chance).progress("2024-11-04", stop="2024-12-01")
    return script.car_t("2025-01-10", "2025-03-03", bridging="Kd").progress("2026-08-24").finish(28)


@scenario("C2-after-bcma-car-t-early", "Relapse five months after cilta-cel: no BCMA agent")
def after_car_t_early(chance: Chance) -> Story:
    script = transplanted(chance).progress("2025-12-01", stop="2025-12-28")
    return script.car_t("2026-01-26", "2026-03-16", bridging="Kd", depth="PR").progress("2026-08-24").finish(28)


@scenario("C2-after-bcma-bispecific", "Progression on teclistamab in the fifth line")
def after_bispecific(chance: Chance) -> Story:
    script = transplanted(chance).progress("2023-05-01", stop="2023-05-28")
    script.line("2023-06-20", "KPd", "PR").progress("2024-03-04", stop="2024-04-01")
    script.line("2024-05-01", "EPd", "PR").progress("2024-12-02", stop="2024-12-30")
    script.line("2025-02-01", "XVd", "PR").progress("2025-09-01", stop="2025-09-28")
    return script.line("2025-10-20", "Teclistamab").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-after-bcma-adc", "Belantamab monotherapy in the fourth line, then progression")
def after_adc(chance: Chance) -> Story:
    script = (
        Script(chance, "2018-03-01")
        .line("2018-03-20", "VRd", phase="induction")
        .end("2018-08-28")
        .transplant("2018-10-17")
    )
    script.also("2019-01-10", "R", phase="maintenance", dose=10.0).progress("2019-11-04", stop="2019-12-01")
    script.line("2020-01-02", "DPd", "PR").progress("2020-10-05", stop="2020-11-01")
    script.line("2020-12-01", "Kd", "PR").progress("2021-07-05", stop="2021-08-01")
    return script.line("2021-09-01", "B").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-zero-lines", "Daratumumab for smoldering disease only, myeloma newly active: no relapse options")
def zero_lines(chance: Chance) -> Story:
    from cds_service.synthetic.days import day

    script = Script(chance, "2026-10-05", 33.0)
    script.story.smoldering_since = day("2023-01-10")
    return script.given("daratumumab", "2023-02-01", "2025-01-20", indication="smoldering").finish(28)


@scenario("C2-plasma-cell-leukemia", "Plasma cell leukemia after D-VRd")
def plasma_cell_leukemia(chance: Chance) -> Story:
    return transplanted(chance, disease="plasma-cell-leukemia").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-modifier-t1114", "t(11;14), lenalidomide and CD38 refractory, bortezomib sensitive (also branch B4)")
def t1114(chance: Chance) -> Story:
    script = relapsed(chance, genomics={"t(11;14)": True})
    return script.says("result", FISH, "2026-09-07", "t(11;14) detected in 62% of nuclei").finish(28)


@scenario("C2-modifier-high-risk", "del(17p), progression 13 months after the transplant")
def high_risk(chance: Chance) -> Story:
    script = Script(chance, "2024-09-01", genomics={"del(17p)": True})
    script.says("result", FISH, "2024-09-09", "del(17p) detected in 71% of nuclei")
    script.line("2024-09-20", "DVRd", phase="induction").end("2025-02-28").transplant("2025-04-17")
    return (
        script.also("2025-07-10", "DR", phase="maintenance", dose=10.0)
        .progress("2026-05-25", stop="2026-06-20")
        .finish(28)
    )


@scenario("C2-modifier-frail", "ECOG 3 at first relapse")
def frail(chance: Chance) -> Story:
    script = relapsed(chance, ecog=3, birth="1943-02-02")
    return script.says("result", "ECOG Performance Status score", "2026-09-28", 3, code="89247-1").finish(28)


@scenario("C2-modifier-no-access", "CAR-T candidate without access")
def no_access(chance: Chance) -> Story:
    script = relapsed(chance, car_t_access="no")
    return script.says("result", "CAR-T access", "2026-09-28", "not available").finish(28)


@scenario("C2-responding", "In remission on D-R: no options")
def responding(chance: Chance) -> Story:
    return transplanted(chance).finish()


@scenario(
    "C2-cd38-naive",
    "VRd, transplant, lenalidomide to progression: no anti-CD38 antibody yet, out of scope of the options",
)
def cd38_naive(chance: Chance) -> Story:
    return transplanted(chance, "VRd", "R").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C1-B2-B3-first-relapse", "Daratumumab and lenalidomide refractory (branch B2); triple-class exposed")
def b2(chance: Chance) -> Story:
    return cd38_len(chance)


@scenario("C1-B5-no-access-late", "Five drugs refractory and no access to CAR-T (branches B1 and B5)")
def b5(chance: Chance) -> Story:
    script = transplanted(chance, car_t_access="no").progress("2023-09-04", stop="2023-10-01")
    script.says("result", "CAR-T access", "2026-09-28", "not available")
    script.line("2023-11-01", "KPd", "PR").progress("2024-09-02", stop="2024-09-30")
    script.line("2024-10-20", "EPd", "PR").progress("2025-07-07", stop="2025-08-04")
    return script.line("2025-09-01", "XVd", "PR").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario(
    "C2-one-line-pi-naive-cd38-not-refractory",
    "D-Rd, then lenalidomide alone to progression: never a PI, anti-CD38 not refractory",
)
def pi_naive_not_refractory(chance: Chance) -> Story:
    script = Script(chance, "2022-03-01", birth="1947-02-02").line("2022-03-20", "DRd")
    return script.drop("2024-03-10", "D", "patient-choice").progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario(
    "C2-undecided",
    "First relapse, and nobody wrote down when lenalidomide ended: whether it failed is open",
    blemish=_no_end_of("lenalidomide"),
)
def undecided(chance: Chance) -> Story:
    return transplanted(chance).progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("C2-modifier-extramedullary", "First relapse with a plasmacytoma in the liver")
def extramedullary(chance: Chance) -> Story:
    script = transplanted(chance)
    script.event("new-lesion", "2026-08-24", "soft-tissue")
    return script.progress("2026-08-24", stop="2026-09-20", words=True).finish(28)


@scenario("C2-modifier-holding", "First relapse, cilta-cel planned, cells not collected yet: what holds the disease")
def holding(chance: Chance) -> Story:
    return (
        relapsed(chance)
        .says("plan", "Referral for CAR-T, holding therapy until the collection", "2026-09-28")
        .finish(28)
    )


@scenario("C2-modifier-bridging", "First relapse, cells collected ten days ago, nothing given since: what bridges")
def bridging(chance: Chance) -> Story:
    script = transplanted(chance).progress("2026-08-24", stop="2026-09-20")
    return script.event("apheresis", "2026-10-22", "ciltacabtagene autoleucel").finish(28)


@scenario(
    "C2-modifier-salvage-transplant",
    "D-Rd first, never transplanted, fit, no access to CAR-T: salvage transplant",
)
def salvage_option(chance: Chance) -> Story:
    script = Script(chance, "2023-03-01", birth="1964-02-02", car_t_access="no", ecog=0).line("2023-03-20", "DRd")
    script.says("result", "ECOG Performance Status score", "2026-09-28", 0, code="89247-1")
    script.says("result", "CAR-T access", "2026-09-28", "not available")
    return script.progress("2026-08-24", stop="2026-09-20").finish(28)


for _state, _disease, _words in (
    ("smoldering", "smoldering-myeloma", "Smoldering myeloma, watched"),
    ("mgus", "mgus", "MGUS, watched"),
    ("plasmacytoma", "solitary-plasmacytoma", "Solitary plasmacytoma, radiated"),
    ("al-amyloidosis", "al-amyloidosis", "AL amyloidosis without myeloma"),
    ("waldenstrom", "other-plasma-cell-disorder", "Waldenström macroglobulinemia"),
    ("no-disorder", "none", "No plasma cell disorder"),
):

    def _watched(chance: Chance, disease: str = _disease) -> Story:
        return Script(chance, "2023-05-01", 9.0, disease=disease).finish(120)

    SCENARIOS.add(f"S-{_state}", f"{_words}: no cards", _watched)
