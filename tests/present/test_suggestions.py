"""Suggestions and the published code system: drafts that any R4 client can read, and nothing that orders a drug."""

import json
from importlib.resources import files
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.codesystem import CodeSystem

from cards.advise import advise
from cards.knowledge.loader import load_knowledge
from cards.present.card import Card
from cards.present.cards import cards_for
from cards.present.suggestions import MOST_TESTS
from cards.present.to_json import OVERRIDE_REASONS, OVERRIDE_SYSTEM, card_json
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import ENR, REF, finding, history
from tests.present.strict import empty_members

KNOWLEDGE = load_knowledge()
UUID = "5f0e1a3c-6a30-8d4e-9c2b-3b1d2f6a7c11"


def cards(patient: TreatmentHistory, **more: Any) -> dict[str, Card]:
    advice = advise(patient, KNOWLEDGE, **more)
    return {card.topic: card for card in cards_for(patient, advice, program_version="1")}


def made(card: Card) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = card_json(card, uuid=UUID, source_label="x")["suggestions"]
    return found


PATIENTS = (
    history(),
    history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=4),
    history(progressing="unknown"),
    history(progressing="possible"),
    history(complete=False),
)


@pytest.mark.parametrize("patient", PATIENTS)
@pytest.mark.parametrize("place", ["US", "EU", "both"])
def test_r69_every_resource_is_a_valid_draft_about_the_patient(patient: TreatmentHistory, place: str) -> None:
    for card in cards(patient, jurisdiction=place).values():
        if not card.suggestions:
            continue
        result = card_json(card, uuid=UUID, source_label="x")
        assert result["selectionBehavior"] == "any"
        assert empty_members(result) == []
        uuids = [suggestion["uuid"] for suggestion in result["suggestions"]]
        assert len(uuids) == len(set(uuids))
        for suggestion in result["suggestions"]:
            (action,) = suggestion["actions"]
            resource = action["resource"]
            assert action["type"] == "create"
            assert resource["resourceType"] in {"ServiceRequest", "CarePlan"}
            assert (resource["status"], resource["intent"]) == ("draft", "proposal")
            assert resource["subject"] == {"reference": "Patient/p1"}
            get_fhir_model_class(resource["resourceType"]).model_validate(resource)
            assert len(suggestion["label"]) <= 80
            assert "raft" in action["description"]


def test_the_options_card_suggests_referral_tests_trial_and_plan_at_most() -> None:
    labels = [suggestion["label"] for suggestion in made(cards(history())["mm-options"])]
    assert labels[0] == "Refer for evaluation for CAR-T"
    assert labels[-2:] == ["Search for a clinical trial", "Draft a plan for the next line"]
    tests = labels[1:-2]
    assert len(tests) <= MOST_TESTS
    assert all(label.startswith("Add: ") for label in tests)


def test_no_referral_for_car_t_where_no_car_t_is_an_option() -> None:
    patient = history({"daratumumab": REF, "lenalidomide": REF})
    labels = [suggestion["label"] for suggestion in made(cards(patient)["mm-options"])]
    assert "Refer for evaluation for CAR-T" not in labels


def test_the_plan_orders_no_drug() -> None:
    plan = made(cards(history())["mm-options"])[-1]["actions"][0]["resource"]
    assert "No drug is ordered" in plan["description"]
    assert "activity" not in plan


@pytest.mark.parametrize(("status", "test"), [("unknown", "Serum M-protein"), ("possible", "second value")])
def test_the_data_card_suggests_what_settles_the_disease_status(status: str, test: str) -> None:
    labels = [suggestion["label"] for suggestion in made(cards(history(progressing=status))["mm-data"])]  # type: ignore[arg-type]
    assert any(test in label for label in labels)


def test_what_is_on_record_is_not_suggested() -> None:
    findings = {"t(11;14)": finding("absent"), "platelets": finding(150.0, unit="10*9/L")}
    patient = history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}, findings=findings)
    labels = [suggestion["label"] for suggestion in made(cards(patient)["mm-options"])]
    assert not any("t(11;14)" in label for label in labels)


def test_history_and_safety_cards_suggest_nothing() -> None:
    assert not cards(history())["mm-history"].suggestions


def test_without_a_patient_reference_nothing_is_suggested() -> None:
    from msgspec.structs import replace

    assert not cards(replace(history(), patient=""))["mm-options"].suggestions


def test_r64_the_override_reasons_are_published_as_a_code_system() -> None:
    text = files("cards").joinpath("schemas/override-reasons.json").read_text(encoding="utf-8")
    published = json.loads(text)
    CodeSystem.model_validate(published)
    assert published["url"] == OVERRIDE_SYSTEM
    assert [(item["code"], item["display"]) for item in published["concept"]] == list(OVERRIDE_REASONS)
