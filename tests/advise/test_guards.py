"""Each safety invariant of section D that concerns an option, with policy data that try to break it."""

from datetime import date, timedelta

import pytest

from cards.advise import advise
from cards.advise.model import Advice, NotSuggested, Option
from cards.knowledge.model import Knowledge, PolicyEntry, PolicyRow, Regimen, Requirement
from cards.knowledge.model import Test as Check
from fhir_mappings.history.model import AgentStatus, Status, TreatmentHistory
from tests.advise.histories import AS_OF, ENR, REF, agent, finding, history, line, problem, progression
from tests.advise.small import caution, drug, knowledge, regimen, window

DEX = "dexamethasone"
ONE = "One line, anti-CD38 antibody used"


def known(*regimens: Regimen, tier: str = "T1", **more: object) -> Knowledge:
    """A careless policy: everything is offered first."""
    entries = tuple(PolicyEntry(item.id, tier) for item in regimens)  # type: ignore[arg-type]
    row = PolicyRow("all", ONE, "base", ("lines_prior(1,*)",), entries, {})
    return knowledge(*regimens, rows=(row,), **more)  # type: ignore[arg-type]


def look(patient: TreatmentHistory, knowledge_: Knowledge, **more: object) -> Advice:
    return advise(patient, knowledge_, **more)  # type: ignore[arg-type]


def option(patient: TreatmentHistory, knowledge_: Knowledge, **more: object) -> Option:
    return look(patient, knowledge_, **more).by_jurisdiction["US"].recommendations[0]


def refusal(patient: TreatmentHistory, knowledge_: Knowledge) -> NotSuggested:
    place = look(patient, knowledge_).by_jurisdiction["US"]
    assert not place.recommendations
    return place.not_suggested[0]


def test_invariant_1_every_active_agent_refractory() -> None:
    assert refusal(history(), known(regimen("DRd", ("daratumumab", "lenalidomide", DEX)))).invariant == 1


def test_invariant_2_a_refractory_drug_is_preferred_only_beside_a_new_class() -> None:
    patient = history({"bortezomib": REF, "daratumumab": REF, "pomalidomide": ENR})
    found = option(patient, known(regimen("SVd", ("selinexor", "bortezomib", DEX)), tier="T1"))
    assert found.tier == "T2"
    assert found.refractory_components == ("bortezomib",)
    same = history({"bortezomib": REF, "daratumumab": REF, "lenalidomide": REF})
    assert option(same, known(regimen("VPd", ("pomalidomide", "bortezomib", DEX)), tier="T2")).tier == "T3"


def test_invariant_3_no_anti_cd38_antibody_is_preferred_after_failure_of_one() -> None:
    found = option(history(), known(regimen("IsaKd", ("isatuximab", "carfilzomib", DEX))))
    assert found.tier == "T3"
    assert any("does not overcome" in statement for statement in found.statements)


def test_invariant_4_sdd_after_daratumumab() -> None:
    patient = history({"daratumumab": ENR, "lenalidomide": REF, "bortezomib": ENR})
    found = option(patient, known(regimen("SDd", ("selinexor", "daratumumab", DEX))))
    assert found.tier == "T3"
    assert any("never had daratumumab" in statement for statement in found.statements)


@pytest.mark.parametrize("value", [None, "absent", "unknown"])
def test_invariant_5_venetoclax_needs_a_positive_test(value: str | None) -> None:
    findings = {} if value is None else {"t(11;14)": finding(value)}
    assert (
        refusal(history(findings=findings), known(regimen("VenVd", ("venetoclax", "bortezomib", DEX)))).invariant == 5
    )


def test_invariant_6_venetoclax_with_a_refractory_pi_and_its_warning() -> None:
    findings = {"t(11;14)": finding("present")}
    made = known(regimen("VenVd", ("venetoclax", "bortezomib", DEX)))
    refused = history({"carfilzomib": REF, "daratumumab": REF, "lenalidomide": REF}, findings=findings)
    assert refusal(refused, made).invariant == 6
    found = option(history(findings=findings), made)
    assert found.tier == "T3"
    assert any("Off-label" in text and "more deaths" in text for text in found.statements)


def test_invariant_7_a_car_t_with_an_unmet_criterion_is_not_an_option_and_names_it() -> None:
    made = regimen("ide_cel", ("idecabtagene vicleucel",), (window(Requirement(min_lines=2)),))
    found = refusal(history(), known(made))
    assert "at least 2 prior lines" in found.because[0]


@pytest.mark.parametrize(
    ("access", "startable", "tier"), [("unknown", "yes", "T1"), ("yes", "yes", "T1"), ("no", "not-now", "T3")]
)
def test_invariant_8_access_to_car_t(access: str, startable: str, tier: str) -> None:
    made = known(regimen("cilta_cel", ("ciltacabtagene autoleucel",)))
    found = option(history(), made, car_t_access=access)
    assert (found.startable, found.tier) == (startable, tier)
    assert any("not known" in text for text in found.statements) == (access == "unknown")


@pytest.mark.parametrize(("kind", "invariant"), [("withdrawn", 15), ("pending", 16), ("not-authorised", 15)])
def test_invariants_15_16_what_is_not_in_force_is_no_option(kind: str, invariant: int) -> None:
    made = regimen("melflufen_d", ("melphalan flufenamide", DEX), (window(kind=kind),))  # type: ignore[arg-type]
    assert refusal(history(), known(made)).invariant == invariant


def test_a_study_drug_stays_as_a_trial_option() -> None:
    made = regimen("MeziKd", ("carfilzomib", DEX), (window(kind="not-authorised"),), trial=True)
    found = option(history(), known(made))
    assert found.tier == "T3"
    assert any("clinical trial" in text for text in found.statements)


def test_invariant_18_belantamab_alone() -> None:
    made = regimen("bela_mono", ("belantamab mafodotin",), (window(kind="off-label"),))
    assert refusal(history(), known(made)).invariant == 18


@pytest.mark.parametrize("name", ["tec_dara", "tal_dara", "BVd"])
def test_invariant_24_which_trial_excluded_this_patient(name: str) -> None:
    agents = {
        "tec_dara": ("teclistamab", "daratumumab"),
        "tal_dara": ("talquetamab", "daratumumab"),
        "BVd": ("belantamab mafodotin", "bortezomib", DEX),
    }
    found = option(history(), known(regimen(name, agents[name])))
    assert any("trial behind this regimen excluded" in text for text in found.statements)


@pytest.mark.parametrize("agents", [("teclistamab",), ("ciltacabtagene autoleucel",)])
def test_invariant_25_active_infection(agents: tuple[str, ...]) -> None:
    patient = history(findings={"active_infection": finding("present")})
    found = option(
        patient,
        known(
            regimen("cilta_cel" if "cilta" in agents[0] else "tec_mono", agents),
        ),
    )
    assert found.startable == "not-now"
    assert found.tier != "T1"


@pytest.mark.parametrize(
    "patient",
    [
        history(age=75),
        history(problems=(problem("heart_failure"),)),
        history(findings={"lvef": finding(49.0, unit="%")}),
    ],
)
def test_invariant_26_carfilzomib_carries_the_cardiac_caution(patient: TreatmentHistory) -> None:
    found = option(patient, known(regimen("Kd", ("carfilzomib", DEX))))
    assert any(caution_.id.startswith("K-CARD") for caution_ in found.cautions)


def test_invariant_26_never_preferred_with_nyha_iii() -> None:
    patient = history(problems=(problem("heart_failure", grade=3),))
    assert option(patient, known(regimen("Kd", ("carfilzomib", DEX)))).tier == "T3"


@pytest.mark.parametrize(("grade", "painful", "tier"), [(2, False, "T1"), (2, True, "T3"), (3, False, "T3")])
def test_invariant_27_bortezomib_with_neuropathy(grade: int, painful: bool, tier: str) -> None:
    patient = history(problems=(problem("peripheral_neuropathy", grade=grade, painful=painful),))
    found = option(patient, known(regimen("Vd", ("bortezomib", DEX))))
    assert found.tier == tier
    assert found.dose_notes


@pytest.mark.parametrize(("name", "value"), [("platelets", 24.0), ("anc", 0.4)])
def test_invariant_28_selinexor_with_low_counts(name: str, value: float) -> None:
    found = option(history(findings={name: finding(value)}), known(regimen("Sd", ("selinexor", DEX))))
    assert found.startable == "not-now"
    assert found.tier != "T1"


def test_invariant_29_belantamab_and_the_eyes() -> None:
    made = known(regimen("BPd", ("belantamab mafodotin", "pomalidomide", DEX), (window(where="US"),)))
    assert any("Eye examination" in text for text in option(history(), made).statements)
    assert option(history(problems=(problem("ocular_surface_disease"),)), made).tier == "T3"


@pytest.mark.parametrize(
    ("patient", "refused"),
    [
        (history(sex="female", age=38), True),
        (history(sex="female", age=38, findings={"pregnancy": finding("present")}), True),
        (history(sex="female", age=38, findings={"pregnancy": finding("absent")}), False),
        (history(sex="female", age=38, findings={"pregnancy": finding("absent", days_ago=31)}), True),
        (history(sex="female", age=70), False),
        (history(sex="male", age=38), False),
        (history(sex="male", age=38, findings={"pregnancy": finding("present")}), False),
        (history(sex="female", age=None), True),
        (history(sex="unknown", age=38), True),
        (history(sex="unknown", age=38, findings={"pregnancy": finding("absent")}), False),
        (history(sex="unknown", age=70), False),
        (history(sex="unknown", age=None), False),
        (history(sex="female", age=38, findings={"childbearing_potential": finding("absent")}), False),
        (history(sex="female", age=56, findings={"childbearing_potential": finding("present")}), True),
    ],
)
def test_invariant_30_possible_pregnancy(patient: TreatmentHistory, refused: bool) -> None:
    place = look(patient, known(regimen("Pd", ("pomalidomide", DEX)))).by_jurisdiction["US"]
    assert bool(place.recommendations) != refused
    assert [item.invariant for item in place.not_suggested] == ([30] if refused else [])


CART = "ciltacabtagene autoleucel"


def after_car_t(months: int) -> TreatmentHistory:
    infusion = AS_OF - timedelta(days=1000)
    relapse = infusion + timedelta(days=round(months * 30.4375))
    statuses = {"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF, CART: agent(CART, ENR, last=infusion)}
    lines = (
        line(1, ("daratumumab",)),
        line(2, (CART,), start=infusion, end=infusion, progressions=(progression(relapse),)),
    )
    return history(statuses, lines=lines, prior=2)


@pytest.mark.parametrize(("months", "tier"), [(5, None), (7, "T3"), (13, "T2")])
def test_bispecific_after_car_t_by_time_to_relapse(months: int, tier: str | None) -> None:
    place = look(after_car_t(months), known(regimen("tec_mono", ("teclistamab",)))).by_jurisdiction["US"]
    assert [item.tier for item in place.recommendations] == ([tier] if tier else [])
    if tier:
        assert any(item.id == "K-BCMA-1" for item in place.recommendations[0].cautions)


@pytest.mark.parametrize("agents", [(CART,), ("idecabtagene vicleucel",)])
def test_invariants_31_43_no_second_bcma_car_t(agents: tuple[str, ...]) -> None:
    assert refusal(after_car_t(20), known(regimen("ide_cel", agents))).invariant == 43


@pytest.mark.parametrize(("days", "tier", "caution_said"), [(100, "T3", True), (250, "T2", False)])
def test_invariants_32_43_car_t_after_a_bispecific(days: int, tier: str, caution_said: bool) -> None:
    statuses = {
        "lenalidomide": REF,
        "bortezomib": ENR,
        "daratumumab": REF,
        "teclistamab": agent("teclistamab", REF, last=AS_OF - timedelta(days=days)),
    }
    found = option(history(statuses), known(regimen("cilta_cel", (CART,))))
    assert found.tier == tier
    assert any(item.id == "K-BCMA-2" for item in found.cautions) == caution_said


def test_invariant_35_no_t1_rests_on_an_uncertain_count() -> None:
    made = known(regimen("tec_mono", ("teclistamab",), (window(Requirement(min_lines=4)),)))
    found = option(history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, prior=(3, 3, 4)), made)
    assert (found.label.status, found.tier) == ("unknown", "T2")


@pytest.mark.parametrize(
    ("effect", "tier", "startable"),
    [("not-now", "T3", "not-now"), ("not-preferred", "T3", "yes"), ("inform", "T1", "yes")],
)
def test_invariant_42_effects(effect: str, tier: str, startable: str) -> None:
    blocked = caution("K-X", ((Check(kind="always"),),), agents=("carfilzomib",), effect=effect)  # type: ignore[arg-type]
    found = option(history(), known(regimen("Kd", ("carfilzomib", DEX)), cautions=(blocked,)))
    assert (found.tier, found.startable) == (tier, startable)
    assert found.label.status == "met"


def test_invariant_42_exclusion() -> None:
    blocked = caution("K-X", ((Check(kind="always"),),), agents=("carfilzomib",), effect="exclude")
    made = known(regimen("Kd", ("carfilzomib", DEX)), cautions=(blocked,))
    assert refusal(history(), made).invariant == 42
    assert look(history(), made).by_jurisdiction["US"].labels["Kd"].status == "met"


def test_a_bad_leader_drops_out_of_t2_behind_a_good_one() -> None:
    made = known(regimen("DKd", ("daratumumab", "carfilzomib", DEX)), regimen("Kd", ("carfilzomib", DEX)), tier="T2")
    found = look(history(), made).by_jurisdiction["US"].recommendations
    assert [(item.regimen, item.tier) for item in found] == [("Kd", "T2"), ("DKd", "T3")]


@pytest.mark.parametrize(
    ("agents", "statuses", "tier"),
    [
        (("pomalidomide", "bortezomib", DEX), {"bortezomib": REF}, "T2"),
        (("carfilzomib", "pomalidomide", "cyclophosphamide"), {"carfilzomib": REF, "pomalidomide": REF}, "T3"),
        (("elotuzumab", "pomalidomide", DEX), {"pomalidomide": REF}, None),
        (("isatuximab", "pomalidomide", DEX), {"pomalidomide": REF, "daratumumab": REF}, None),
        (("isatuximab", DEX), {"daratumumab": REF}, None),
    ],
)
def test_c2a_rule_0(agents: tuple[str, ...], statuses: dict[str, Status | AgentStatus], tier: str | None) -> None:
    patient = history({"daratumumab": ENR} | statuses)
    place = look(patient, known(regimen("any", agents, (window(),)))).by_jurisdiction["US"]
    assert [item.tier for item in place.recommendations] == ([tier] if tier else [])


def test_while_a_car_t_is_planned_nothing_uses_up_the_target() -> None:
    patient = history(flags=("cart_pending",))
    assert "CAR-T is planned" in refusal(patient, known(regimen("tec_mono", ("teclistamab",)))).because[0]


def test_not_authorised_before_the_drug_existed() -> None:
    made = regimen("Sd", ("selinexor", DEX), (window(),))
    never = drug("selinexor", "never")
    patient = history(as_of=date(2019, 1, 1))
    assert look(patient, known(made, drugs=(never,))).by_jurisdiction["US"].labels["Sd"].status == "not-authorised"
