"""What a site configures: formulary, restricted programmes; and what plasma-cell leukaemia does to labels."""

import pytest

from cards.advise import advise
from cards.advise.model import Advice
from cards.advise.parameters import AdviceParameters
from cards.advise.pipeline import UnknownRegimenError
from cards.knowledge.loader import load_knowledge
from cards.present.cards import cards_for
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import ENR, REF, finding, history

KNOWLEDGE = load_knowledge()


def asked(patient: TreatmentHistory, parameters: AdviceParameters) -> Advice:
    return advise(patient, KNOWLEDGE, jurisdiction="US", parameters=parameters)


def options_card(patient: TreatmentHistory, advice: Advice) -> str:
    cards = cards_for(patient, advice, program_version="1")
    return next(card.detail for card in cards if card.topic == "mm-options")


def test_a_hidden_regimen_is_no_option_and_is_named_as_not_offered() -> None:
    advice = asked(history(), AdviceParameters(hidden_regimens=frozenset({"cilta_cel"})))
    place = advice.by_jurisdiction["US"]
    assert "cilta_cel" not in {option.regimen for option in place.recommendations}
    refused = next(item for item in place.not_suggested if item.regimen == "cilta_cel")
    assert "this site does not offer it" in refused.because[0]
    assert place.labels["cilta_cel"].status == "met"
    assert "this site does not offer it" in options_card(history(), advice)


def test_hiding_the_leader_never_lets_a_forbidden_one_lead() -> None:
    hidden = frozenset({"cilta_cel", "tec_mono"})
    place = asked(history(), AdviceParameters(hidden_regimens=hidden)).by_jurisdiction["US"]
    second = [option.regimen for option in place.recommendations if option.tier == "T2"]
    assert second[0] != "tec_dara"


def test_a_marked_regimen_carries_the_note_of_the_site() -> None:
    marked = AdviceParameters(marked_regimens={"SVd": "second approval needed"})
    advice = asked(history(), marked)
    option = next(item for item in advice.by_jurisdiction["US"].recommendations if item.regimen == "SVd")
    assert "Note of this site: second approval needed" in option.statements
    assert "second approval needed" in options_card(history(), advice)


@pytest.mark.parametrize(
    "parameters", [{"hidden_regimens": frozenset({"XYZ"})}, {"marked_regimens": {"XYZ": "a note"}}]
)
def test_a_formulary_with_an_unknown_regimen_is_refused(parameters: dict[str, object]) -> None:
    with pytest.raises(UnknownRegimenError, match="XYZ"):
        asked(history(), AdviceParameters(**parameters))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "patient",
    [
        history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=4, state="plasma-cell-leukemia"),
        history(
            {"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF},
            prior=4,
            findings={"plasma_cells_blood_percent": finding(5.0, unit="%")},
        ),
    ],
)
def test_in_plasma_cell_leukaemia_a_label_is_unknown_at_most(patient: TreatmentHistory) -> None:
    advice = asked(patient, AdviceParameters())
    labels = advice.by_jurisdiction["US"].labels
    assert "met" not in {verdict.status for verdict in labels.values()}
    assert labels["ide_cel"].status == "unknown"
    assert labels["ide_cel"].note is not None
    assert "plasma-cell leukaemia" in labels["ide_cel"].note
    assert advice.row == "plasma-cell-leukemia"
    tiers = {option.regimen: option.tier for option in advice.by_jurisdiction["US"].recommendations}
    assert tiers["ide_cel"] == tiers["tec_mono"] == "T2"
    fits = {item.fit for option in advice.by_jurisdiction["US"].recommendations for item in option.evidence}
    assert "like-this-patient" not in fits
    assert "urgent" in options_card(patient, advice)


def test_just_under_five_percent_is_no_leukaemia() -> None:
    patient = history(findings={"plasma_cells_blood_percent": finding(4.9, unit="%")})
    assert asked(patient, AdviceParameters()).by_jurisdiction["US"].labels["cilta_cel"].status == "met"


def test_evidence_without_a_share_of_refractory_patients_is_not_called_similar() -> None:
    place = asked(history(), AdviceParameters()).by_jurisdiction["US"]
    boston = next(
        e for o in place.recommendations if o.regimen == "SVd" for e in o.evidence if e.evidence.trial == "BOSTON"
    )
    assert boston.fit == "not-stated"
    again = asked(history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": ENR}), AdviceParameters())
    found = again.by_jurisdiction["US"].recommendations
    assert any(e.fit == "like-this-patient" for o in found if o.regimen == "SVd" for e in o.evidence)
