"""Which cards, and what they say."""

import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cards.advise import advise
from cards.knowledge.loader import load_knowledge
from cards.present.assessment import assessment_document
from cards.present.card import Card
from cards.present.cards import cards_for
from cards.present.option_entry import strongest
from cards.present.to_json import card_json
from fhir_mappings.history.model import TreatmentHistory
from fhir_mappings.record import Gap
from tests.advise.histories import AS_OF, ENR, REF, agent, finding, history, line, problem, progression
from tests.advise.strategies import patients
from tests.present.strict import check_card, empty_members, schema_errors

KNOWLEDGE = load_knowledge()
DEEP = int(os.environ.get("MYELOMA_CDS_TEST_DEEP", "1"))


def cards(patient: TreatmentHistory, **more: object) -> dict[str, Card]:
    advice = advise(patient, KNOWLEDGE, **more)  # type: ignore[arg-type]
    return {card.topic: card for card in cards_for(patient, advice, program_version="1.2.3")}


@pytest.mark.parametrize(
    ("patient", "topics"),
    [
        (history(), ["mm-history", "mm-options"]),
        (history(state="mgus"), []),
        (history(state="smoldering-myeloma"), []),
        (history(state="unknown"), ["mm-data"]),
        (history({}, state="unknown"), []),
        (history({}, lines=(), prior=0), []),
        (history({}, lines=(), prior=0, drug_data_read=False), ["mm-data"]),
        (history({"lenalidomide": ENR}), ["mm-history"]),
        (history(progressing="no"), ["mm-history"]),
        (history(progressing="possible"), ["mm-history", "mm-data"]),
        (history(progressing="unknown"), ["mm-history", "mm-data"]),
        (history(complete=False), ["mm-history", "mm-options", "mm-data"]),
        (history(gaps=(Gap("observations", "the search failed"),)), ["mm-history", "mm-options", "mm-data"]),
        (replace(history(progressing="unknown"), deceased=True), ["mm-history"]),
    ],
)
def test_which_cards(patient: TreatmentHistory, topics: list[str]) -> None:
    assert list(cards(patient)) == topics


def test_after_death_the_card_says_so_and_asks_for_nothing() -> None:
    card = cards(replace(history(), deceased=True))["mm-history"]
    assert card.summary.endswith("; the patient has died.")
    assert "**Progressing**" not in card.detail


def test_the_history_card_says_what_was_given_and_how_failure_is_known() -> None:
    card = cards(history())["mm-history"]
    assert (
        card.summary == "Multiple myeloma: 1 line of therapy; refractory to daratumumab and lenalidomide; progressing."
    )
    assert "| 1 | " in card.detail
    assert "biochemical, confirmed by laboratory values" in card.detail
    assert "**lenalidomide**: biochemical progression 2026-09-02 (confirmed by laboratory values" in card.detail
    assert card.extension["org.myeloma-cds.assessment"]["schemaVersion"] == "1"


def test_a_cd38_naive_patient_is_told_why_options_do_not_apply() -> None:
    found = cards(history({"bortezomib": ENR, "lenalidomide": REF}))
    assert set(found) == {"mm-history"}
    assert "Options do not apply" in found["mm-history"].detail
    assert "anti-CD38 antibody" in found["mm-history"].detail


def test_invariant_44_unknown_disease_status_is_said() -> None:
    found = cards(history(progressing="unknown"))
    assert "Disease status unknown" in found["mm-history"].detail
    assert "not progressing" not in found["mm-history"].summary
    assert "M-protein" in found["mm-data"].detail


def test_the_options_card_names_order_label_evidence_and_missing_data() -> None:
    card = cards(history())["mm-options"]
    assert card.summary.startswith("Next line after an anti-CD38 antibody: cilta-cel (on label, US)")
    assert "label not met (US): needs at least 4 prior lines of therapy" in card.detail
    assert "CARTITUDE-4" in card.detail
    assert "sources S41, S41b" in card.detail
    assert "**Not suggested**" in card.detail
    assert "**Missing**" in card.detail
    assert "knowledge 2026.11" in card.detail
    assert "1.2.3" in card.detail


def test_invariant_8_access_unknown_is_neither_access_nor_no_access() -> None:
    detail = cards(history())["mm-options"].detail
    assert "Whether CAR-T is within reach is not known" in detail
    assert "not available" not in detail


def test_invariant_37_the_baseline_is_named_with_its_date() -> None:
    card = cards(history(), policy="post-daratumumab-2023")["mm-options"]
    assert "2023 baseline" in card.summary
    assert "2023 baseline" in card.detail


def test_both_jurisdictions_are_labelled() -> None:
    detail = cards(history(), jurisdiction="both")["mm-options"].detail
    assert "## US" in detail
    assert "## EU" in detail


def test_e38_observation_leads_when_the_relapse_is_not_significant() -> None:
    event = progression(AS_OF, significant=False)
    detail = cards(history(lines=(line(1, ("daratumumab",), progressions=(event,)),)))["mm-options"].detail
    assert "close observation is an option" in detail
    assert "unverified" in detail


def test_safety_warns_about_a_drug_under_way() -> None:
    current = line(1, ("daratumumab", "selinexor"), ongoing=True)
    statuses = {"daratumumab": ENR, "selinexor": agent("selinexor", ENR)}
    patient = history(
        statuses, lines=(current,), findings={"platelets": finding(18.0, unit="10*9/L")}, progressing="no"
    )
    found = cards(patient)
    assert next(iter(found)) == "mm-safety"
    assert found["mm-safety"].indicator == "warning"
    assert "selinexor is under way" in found["mm-safety"].summary
    assert not found["mm-safety"].suggestions


def test_safety_pregnancy_on_an_imid() -> None:
    current = line(1, ("daratumumab", "lenalidomide"), ongoing=True)
    patient = history(lines=(current,), sex="female", age=38, problems=(problem("pregnancy"),), progressing="no")
    assert "lenalidomide is under way" in cards(patient)["mm-safety"].detail


def test_chart_text_cannot_become_markup() -> None:
    evil = "<img src=x onerror=alert(1)> [x](http://evil.example) | a"
    patient = history(
        {"daratumumab": REF, evil: agent(evil, REF)},
        open_questions=(evil,),
        gaps=(Gap(evil, evil),),
        lines=(line(1, (evil,), progressions=(progression(AS_OF),)),),
    )
    for card in cards(patient).values():
        check_card(card)
        assert "http://" not in card.detail


NUMBER = re.compile(r"HR \d|\d %")


@settings(max_examples=50 * DEEP, deadline=None, suppress_health_check=list(HealthCheck), derandomize=DEEP == 1)
@given(patients(), st.sampled_from(sorted(KNOWLEDGE.policies)), st.sampled_from(("US", "EU", "both")))
def test_every_card_keeps_the_promises(history_: TreatmentHistory, policy: str, jurisdiction: str) -> None:
    advice = advise(history_, KNOWLEDGE, policy=policy, jurisdiction=jurisdiction)  # type: ignore[arg-type]
    assert schema_errors(assessment_document(history_, advice, program_version="1")) == []
    made = cards_for(history_, advice, program_version="1")
    assert len(made) <= 4
    for card in made:
        check_card(card)
        assert empty_members(card_json(card, uuid="5f0e1a3c-6a30-8d4e-9c2b-3b1d2f6a7c11", source_label="x")) == []
    options = [card for card in made if card.topic == "mm-options"]
    assert bool(options) == advice.options_apply
    if policy == "post-daratumumab-2023":
        assert all("2023 baseline" in card.detail for card in options)
    for card in options:
        check_sources(card.detail)


def check_sources(detail: str) -> None:
    """Invariant 33: a line of evidence with a number names its source."""
    for text in detail.splitlines():
        if (
            text.strip().startswith("- ")
            and re.search(r"\(phase|\(retrospective|real-world", text)
            and NUMBER.search(text)
        ):
            assert "source" in text or "unverified)" in text, text


def test_one_trial_is_named_once_and_the_strongest_comes_first() -> None:
    advice = advise(history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, prior=2), KNOWLEDGE)
    option = next(item for item in advice.by_jurisdiction["US"].recommendations if item.regimen == "ide_cel")
    trials = [item.evidence.trial for item in strongest(option, 2)]
    assert trials[0] == "KarMMa-3"
    assert len(trials) == len(set(trials))
