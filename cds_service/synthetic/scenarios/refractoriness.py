"""Stories about refractoriness: per drug, by its own last dose (F01-F16)."""

from __future__ import annotations

from cds_service.synthetic.chance import Chance
from cds_service.synthetic.days import day
from cds_service.synthetic.scenarios.beginnings import transplanted, triple
from cds_service.synthetic.scenarios.script import Collection, Script
from cds_service.synthetic.story.model import Story

SCENARIOS = Collection()
scenario = SCENARIOS


@scenario("F02-day-60", "Progression 60 days after the last dose of everything: refractory")
def day_60(chance: Chance) -> Story:
    script = Script(chance, "2023-01-05").line("2023-01-20", "DRd").end("2025-03-01")
    return script.progress("2025-04-30", words=True).finish()


@scenario("F02-day-61", "Progression 61 days after the last dose of everything: exposed, not refractory")
def day_61(chance: Chance) -> Story:
    script = Script(chance, "2023-01-05").line("2023-01-20", "DRd").end("2025-03-01")
    return script.progress("2025-05-01", words=True).finish()


@scenario("F03-own-last-dose", "VRd, transplant, lenalidomide to progression: lenalidomide refractory, bortezomib not")
def own_last_dose(chance: Chance) -> Story:
    script = (
        Script(chance, "2020-02-05")
        .line("2020-02-20", "VRd", phase="induction")
        .end("2020-08-01")
        .transplant("2020-09-20")
    )
    return (
        script.also("2020-12-20", "R", phase="maintenance", dose=10.0)
        .progress("2026-08-10", stop="2026-09-05")
        .finish(28)
    )


@scenario("F04-short-exposure", "Progression after 20 days of pomalidomide: unknown, not refractory")
def short_exposure(chance: Chance) -> Story:
    script = (
        Script(chance, "2022-01-05")
        .line("2022-01-20", "DVRd", phase="induction")
        .end("2022-06-20")
        .transplant("2022-08-10")
    )
    script.also("2022-11-20", "DR", phase="maintenance", dose=10.0).progress("2026-06-01", stop="2026-06-24")
    return (
        script.line("2026-07-10", "PCd", "PD")
        .progress("2026-07-30", words=True)
        .end("2026-07-31", "progression")
        .finish(28)
    )


@scenario("F04-no-response", "Stable disease after twelve weeks of Kd: refractory for want of a response")
def no_response(chance: Chance) -> Story:
    script = (
        Script(chance, "2022-01-05")
        .line("2022-01-20", "DVRd", phase="induction")
        .end("2022-06-20")
        .transplant("2022-08-10")
    )
    script.also("2022-11-20", "DR", phase="maintenance", dose=10.0).progress("2026-03-02", stop="2026-03-28")
    return script.line("2026-04-15", "Kd", "SD").end("2026-09-10", "other").finish(28)


@scenario(
    "F06-toxicity-is-not-refractory",
    "Bortezomib stopped for neuropathy in remission, progression years later on daratumumab",
)
def toxicity(chance: Chance) -> Story:
    script = Script(chance, "2021-02-05").line("2021-02-20", "DVRd", phase="induction")
    script.drop("2021-07-10", "V", reaction=("Peripheral neuropathy", 3)).drop("2021-09-10", "R", reaction=("Rash", 3))
    return script.progress("2026-07-06", stop="2026-08-03").finish(28)


@scenario("F07-planned-end", "Everything stopped as planned, progression two years later")
def planned_end(chance: Chance) -> Story:
    script = (
        Script(chance, "2021-02-05")
        .line("2021-02-20", "DVRd", phase="induction")
        .end("2021-08-20")
        .transplant("2021-10-05")
    )
    return script.progress("2026-08-03").finish(28)


@scenario("F07b-current", "D-Rd since spring, in response, no progression: not refractory, current")
def current(chance: Chance) -> Story:
    return Script(chance, "2026-02-01").line("2026-02-20", "DRd").finish(28)


@scenario("F07b-just-begun", "D-Rd for two weeks, no assessment yet: unknown, current")
def just_begun(chance: Chance) -> Story:
    return Script(chance, "2026-10-01").line("2026-10-18", "DRd").finish(28)


@scenario("F08-low-dose", "Progression on 10 mg lenalidomide: refractory, with a flag")
def low_dose(chance: Chance) -> Story:
    return own_last_dose(chance)


@scenario("F10-car-t-late-relapse", "Relapse 14 months after cilta-cel: not refractory, with a flag")
def car_t_late_relapse(chance: Chance) -> Story:
    script = triple(chance).car_t("2024-12-10", "2025-02-03", bridging="Kd")
    return script.progress("2026-07-20").finish(28)


@scenario("F10-car-t-early-relapse", "Progression 50 days after ide-cel: refractory to it")
def car_t_early(chance: Chance) -> Story:
    script = triple(chance, "2026-02-02", "2026-03-01").car_t(
        "2026-04-10", "2026-06-02", "idecabtagene vicleucel", bridging="Kd", depth="PR"
    )
    return script.progress("2026-07-22", words=True).finish(28)


@scenario("F11-rechallenge", "Refractory to lenalidomide, later a response to KRd: it stays refractory")
def rechallenge(chance: Chance) -> Story:
    script = (
        Script(chance, "2018-02-05")
        .line("2018-02-20", "VRd", phase="induction")
        .end("2018-08-01")
        .transplant("2018-09-20")
    )
    script.also("2018-12-20", "R", phase="maintenance", dose=10.0).progress("2021-08-10", stop="2021-09-05")
    return script.line("2021-10-01", "KRd").progress("2026-08-03", stop="2026-09-01").finish(28)


@scenario("F13-triple-class-refractory", "Refractory to a PI, an IMiD and daratumumab after two lines")
def triple_class(chance: Chance) -> Story:
    return triple(chance).finish(28)


@scenario("F13-penta-refractory", "Bortezomib, carfilzomib, lenalidomide, pomalidomide and daratumumab have all failed")
def penta(chance: Chance) -> Story:
    script = (
        Script(chance, "2018-03-01")
        .line("2018-03-20", "VRd", "PR", phase="treatment")
        .progress("2019-09-09", stop="2019-10-05")
    )
    script.line("2019-11-01", "DPd", "PR").progress("2021-10-11", stop="2021-11-08")
    script.line("2021-12-01", "Kd", "PR").progress("2023-05-15", stop="2023-06-10")
    return script.line("2023-07-01", "XVd", "PR").progress("2026-08-10", stop="2026-09-05").finish(28)


@scenario("F05-primary-refractory", "VRd for almost five months without a response: primary refractory")
def primary_refractory(chance: Chance) -> Story:
    return Script(chance, "2026-04-01").line("2026-04-20", "VRd", "SD").end("2026-09-10", "other", told=True).finish(28)


@scenario(
    "F05-relapsed-and-refractory", "A response to D-VRd, then stable disease at best on Kd: relapsed and refractory"
)
def relapsed_and_refractory(chance: Chance) -> Story:
    return no_response(chance)


@scenario(
    "F09-after-the-transplant",
    "Progression 50 days after the transplant: the conditioning counts, melphalan refractory",
)
def after_the_transplant(chance: Chance) -> Story:
    script = transplanted(chance, "VRd", "")
    return script.progress("2022-12-06", words=True).line("2022-12-20", "DKd", "PR").finish()


@scenario("F10-antigen-loss", "Progression on teclistamab, BCMA no longer found on the plasma cells")
def antigen_loss(chance: Chance) -> Story:
    script = triple(chance).line("2024-12-02", "Teclistamab").progress("2026-08-24", stop="2026-09-20")
    return script.says("result", "BCMA expression on plasma cells by flow cytometry", "2026-09-28", "absent").finish(28)


@scenario("F12-other-drug-of-the-class", "Daratumumab refractory, isatuximab never given: the class is what counts")
def same_class(chance: Chance) -> Story:
    return transplanted(chance).progress("2026-08-24", stop="2026-09-20").finish(28)


@scenario("F14x-stated", 'The record says "refractory to daratumumab" beside the values that show it')
def stated(chance: Chance) -> Story:
    script = transplanted(chance).progress("2026-08-24", stop="2026-09-20")
    return script.says("condition", "Refractory to daratumumab", "2026-09-21").finish(28)


@scenario(
    "E21-penta-by-ixazomib", "Penta-refractory with ixazomib as the second proteasome inhibitor: yes, with a flag"
)
def penta_by_ixazomib(chance: Chance) -> Story:
    script = Script(chance, "2018-03-01").line("2018-03-20", "VRd", "PR").progress("2019-09-09", stop="2019-10-05")
    script.line("2019-11-01", "DId", "PR").progress("2021-10-11", stop="2021-11-08")
    return script.line("2021-12-01", "Pd", "PR").progress("2026-08-10", stop="2026-09-05").finish(28)


@scenario(
    "E27-possible",
    "Every class given, carfilzomib for three weeks with progression in them: triple-class refractory possible",
)
def possible_composite(chance: Chance) -> Story:
    script = transplanted(chance).progress("2026-06-01", stop="2026-06-24").line("2026-07-10", "Kd", "PD")
    return script.progress("2026-07-30", words=True).end("2026-07-31", "progression").finish(28)


@scenario(
    "E33-active-on-daratumumab", "Smoldering disease becomes active on daratumumab: refractory to it, no line yet"
)
def active_on_daratumumab(chance: Chance) -> Story:
    script = Script(chance, "2026-10-05", 33.0)
    script.story.smoldering_since = day("2025-01-10")
    return script.given("daratumumab", "2025-02-01", "2026-09-21", "progression", indication="smoldering").finish(28)
