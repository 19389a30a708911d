"""The contradictions X1 to X19 of regimens C.3: what the two source documents say, and what is shown instead."""

import re
from datetime import date

import pytest

from cards.advise import advise
from cards.advise.model import Option
from cards.knowledge.loader import load_knowledge
from cards.knowledge.model import Evidence, Regimen
from cards.present.cards import cards_for
from cards.present.option_entry import strongest
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import ENR, REF, finding, history

KNOWLEDGE = load_knowledge()
BASELINE = "post-daratumumab-2023"
RELAPSE = history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF})
NAIVE_PI = history({"lenalidomide": REF, "daratumumab": REF})
TCR = history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=3)


def options(patient: TreatmentHistory, policy: str = "current", place: str = "US", **more: object) -> dict[str, Option]:
    advice = advise(patient, KNOWLEDGE, policy=policy, jurisdiction=place, **more)  # type: ignore[arg-type]
    return {option.regimen: option for option in advice.by_jurisdiction[place].recommendations}  # type: ignore[index]


def card(patient: TreatmentHistory, policy: str = "current", place: str = "US") -> str:
    advice = advise(patient, KNOWLEDGE, policy=policy, jurisdiction=place)  # type: ignore[arg-type]
    return "\n".join(
        item.detail for item in cards_for(patient, advice, program_version="1") if item.topic == "mm-options"
    )


def regimen(name: str) -> Regimen:
    return KNOWLEDGE.regimens[name]


def evidence(name: str) -> Evidence:
    every = [item for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence]
    return next(item for item in [*every, *KNOWLEDGE.context] if item.id == name)


def test_x1_sdd_is_t3_at_best_and_says_whom_its_evidence_comes_from() -> None:
    found = options(NAIVE_PI, BASELINE)["SDd"]
    assert found.tier == "T3"
    assert any("never had daratumumab" in text for text in found.statements)
    assert "SDd" not in options(RELAPSE)


@pytest.mark.parametrize("name", ["IsaPd", "IsaKd"])
def test_x2_isatuximab_is_not_preferred_after_failure_of_daratumumab(name: str) -> None:
    found = options(RELAPSE, BASELINE)[name]
    assert found.tier == "T3"
    assert any("does not overcome this resistance" in text for text in found.statements)


def test_x2_the_series_after_daratumumab_is_shown_as_observational() -> None:
    series = next(item for item in regimen("IsaPd").evidence if item.pmid == "39898517")
    assert series.observational
    assert "56.9" in series.text
    assert "5.8" in series.text


def test_x3_branch_b3_puts_svd_first_and_flags_sdd() -> None:
    found = list(options(NAIVE_PI, BASELINE))
    assert found.index("SVd") < found.index("SDd")


@pytest.mark.parametrize(("day", "status"), [(date(2023, 6, 1), "not-met"), (date(2026, 11, 1), "met")])
def test_x4_labels_go_by_date_and_by_class(day: date, status: str) -> None:
    patient = history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, as_of=day)
    advice = advise(patient, KNOWLEDGE)
    assert advice.by_jurisdiction["US"].labels["cilta_cel"].status == status


def test_x4_no_label_of_a_car_t_asks_for_pomalidomide_or_daratumumab_by_name() -> None:
    for name in ("cilta_cel", "ide_cel"):
        for window in regimen(name).labels:
            assert not {"pomalidomide", "daratumumab"} & {*window.requirement.exposed, *window.requirement.refractory}


def test_x5_car_t_does_not_wait_for_triple_class_refractoriness() -> None:
    assert options(RELAPSE)["cilta_cel"].tier == "T1"
    assert "cilta_cel" not in options(RELAPSE, BASELINE)


@pytest.mark.parametrize(
    ("day", "place", "mono", "combination"),
    [
        (date(2021, 6, 1), "US", "met", "off-label"),
        (date(2024, 6, 1), "US", "withdrawn", "not-authorised"),
        (date(2024, 6, 1), "EU", "withdrawn", "not-authorised"),
        (date(2026, 11, 1), "US", "withdrawn", "met"),
        (date(2026, 11, 1), "EU", "withdrawn", "met"),
    ],
)
def test_x6_belantamab_goes_by_date_and_place(day: date, place: str, mono: str, combination: str) -> None:
    patient = history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=4, as_of=day)
    advice = advise(patient, KNOWLEDGE, jurisdiction=place)  # type: ignore[arg-type]
    labels = advice.by_jurisdiction[place].labels  # type: ignore[index]
    assert labels["bela_mono"].status == mono
    assert labels["BVd"].status == combination


def test_x7_survival_figures_stand_with_their_groups() -> None:
    text = evidence("mammoth").text
    assert re.search(r"8\.6 months in the whole cohort", text)
    assert re.search(r"11\.2 months when not refractory to both", text)
    assert re.search(r"5\.6 months when penta-refractory", text)


def test_x8_prognosis_does_not_rank() -> None:
    frail = history(
        {"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=3, findings={"frailty": finding("present")}
    )
    assert options(frail)["cilta_cel"].tier == "T3"
    assert "5.6" not in card(TCR)


def test_x9_ikema_is_shown_with_its_update_and_a_labelled_interim() -> None:
    found = [item for item in regimen("IsaKd").evidence if item.trial.startswith("IKEMA")]
    text = " ".join(f"{item.design} {item.text}" for item in found)
    assert "35.7" in text
    assert "0.58" in text
    assert "99 % CI" in text
    assert "one-sided" in text
    ranks = {item.id: item.rank for item in found}
    update, interim = (next(i for i in found if words in i.text) for words in ("35.7", "0.53"))
    assert ranks[update.id] <= ranks[interim.id]


def test_x10_boston_is_shown_with_the_reviewed_p_value() -> None:
    shown = strongest(options(RELAPSE)["SVd"], 1)[0].evidence
    assert "0.0075" in shown.text
    assert "13.93 against 9.46" in shown.text
    assert "0.0066" not in card(RELAPSE)


def test_x11_cartitude_1_is_shown_with_its_cut_off() -> None:
    text = evidence("cartitude-1").text
    assert "97.9 %" in text
    assert "cut" in text
    assert evidence("cartitude-1-first-report").tag == "article"
    assert "96.9" not in card(TCR)


@pytest.mark.parametrize("policy", ["current", BASELINE])
def test_x12_venvd_is_t3_off_label_and_after_the_others(policy: str) -> None:
    patient = history(
        {"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, findings={"t(11;14)": finding("present")}
    )
    found = options(patient, policy)
    assert found["VenVd"].tier == "T3"
    said = " ".join(found["VenVd"].statements)
    assert "off-label" in said
    assert "survival was not better" in said
    assert "HR 1.19" in " ".join(item.evidence.text for item in found["VenVd"].evidence)
    assert "HR 0.10" not in card(patient, policy)


@pytest.mark.parametrize(("value", "shown"), [("present", True), ("absent", False), ("unknown", False), (None, False)])
def test_x13_high_bcl2_needs_an_explicit_result(value: str | None, shown: bool) -> None:
    findings = {} if value is None else {"bcl2_expression_high": finding(value)}
    patient = history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, findings=findings)
    assert ("VenVd" in options(patient)) == shown


@pytest.mark.parametrize(
    ("drugs", "prior", "status"),
    [
        (("bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab"), 4, "met"),
        (("bortezomib", "carfilzomib", "lenalidomide", "pomalidomide", "daratumumab"), 3, "not-met"),
        (("bortezomib", "lenalidomide", "pomalidomide", "daratumumab"), 4, "not-met"),
    ],
)
@pytest.mark.parametrize("place", ["US", "EU"])
def test_x14_sd_asks_for_four_lines_and_five_refractory_drugs(
    drugs: tuple[str, ...], prior: int, status: str, place: str
) -> None:
    advice = advise(history(dict.fromkeys(drugs, REF), prior=prior), KNOWLEDGE, jurisdiction=place)  # type: ignore[arg-type]
    assert advice.by_jurisdiction[place].labels["Sd"].status == status  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "free"), [("SVd", False), ("SKd", False), ("SPd", False), ("SDd", True), ("Sd", True)]
)
def test_x15_what_is_free_of_pi_and_imid_follows_from_the_components(name: str, free: bool) -> None:
    keys = {key for agent in regimen(name).agents for key in KNOWLEDGE.drugs[agent].classes}
    assert (not {"PI", "IMID"} & keys) == free


def test_x16_observational_selinexor_never_reads_as_superiority() -> None:
    for name in ("SVd", "SDd", "SKd", "SPd", "Sd"):
        for item in regimen(name).evidence:
            assert item.randomised is False or not item.observational
            if item.observational:
                assert (
                    item.rank > min(other.rank for other in regimen(name).evidence) or len(regimen(name).evidence) == 1
                )
            assert "superior" not in item.text
    assert "numerically higher" not in card(NAIVE_PI, BASELINE)


def test_x17_wrong_dois_are_corrected() -> None:
    dois = {item.doi for regimen in KNOWLEDGE.regimens.values() for item in regimen.evidence if item.doi}
    assert "10.1038/s41408-023-00797-8" in dois
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", doi) for doi in dois)


def test_x18_response_rates_stand_with_their_trial_and_population() -> None:
    karmma = next(item for item in regimen("ide_cel").evidence if "71 %" in item.text)
    assert karmma.trial == "KarMMa-3"
    assert "2 to 4 lines" in karmma.population
    assert "median 6 lines" in evidence("cartitude-1").population


def test_x19_shares_of_a_trial_are_never_eligibility() -> None:
    """The label of ide-cel is met by exposure alone, whatever share of the trial was refractory."""
    patient = history({"bortezomib": ENR, "lenalidomide": ENR, "daratumumab": ENR}, prior=2, months=8.0)
    assert options(patient)["ide_cel"].label.status == "met"
    for item in KNOWLEDGE.regimens["ide_cel"].labels:
        assert "CD38" not in item.requirement.refractory
