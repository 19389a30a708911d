"""The assessment document against its schema and the interface."""

from typing import Any

import jsonschema
import pytest

from cards.advise import advise
from cards.knowledge.loader import load_knowledge
from cards.present.assessment import assessment_document
from cards.present.compact import compact
from fhir_mappings.history.model import TreatmentHistory
from fhir_mappings.record import Gap, QualityNote
from tests.advise.histories import ENR, REF, finding, history
from tests.present.strict import SCHEMA, empty_members, schema_errors

KNOWLEDGE = load_knowledge()


def document(patient: TreatmentHistory, **more: Any) -> dict[str, Any]:
    return assessment_document(patient, advise(patient, KNOWLEDGE, **more), program_version="1.2.3")


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("jurisdiction", ["US", "EU", "both"])
@pytest.mark.parametrize("policy", ["current", "post-daratumumab-2023"])
@pytest.mark.parametrize(
    "patient",
    [
        history(),
        history(progressing="unknown"),
        history(state="mgus"),
        history(state="unknown"),
        history({"bortezomib": REF, "lenalidomide": REF, "daratumumab": REF}, prior=(4, 4, None), complete=False),
        history(findings={"platelets": finding(140.0, unit="10*9/L")}, flags=("urine_missing",)),
        history({}, lines=(), prior=0),
    ],
)
def test_every_document_validates(patient: TreatmentHistory, policy: str, jurisdiction: str) -> None:
    assert schema_errors(document(patient, policy=policy, jurisdiction=jurisdiction)) == []


def test_a_document_says_what_it_was_made_with_and_for() -> None:
    made = document(history())
    assert made["madeWith"] == {"program": "myeloma-cds", "version": "1.2.3"}
    assert (made["patient"], made["asOf"], made["jurisdiction"], made["policy"]) == (
        "Patient/p1",
        "2026-11-01",
        "US",
        "current",
    )
    assert made["knowledgeVersion"] == KNOWLEDGE.version


def test_every_regimen_has_a_label_verdict() -> None:
    assert set(document(history())["labels"]) == set(KNOWLEDGE.regimens)


def test_the_example_of_the_interface() -> None:
    made = document(history({"bortezomib": ENR, "lenalidomide": REF, "daratumumab": REF}))
    first = made["recommendations"][0]
    assert (first["regimen"], first["tier"], first["rank"], first["startable"]) == ("cilta_cel", "T1", 1, "yes")
    assert first["label"]["status"] == "met"
    assert {"id": "K-INF-2", "severity": "ASK", "effect": "inform", "state": "unknown"}.items() <= next(
        item for item in first["cautions"] if item["id"] == "K-INF-2"
    ).items()
    refused = next(item for item in made["notSuggested"] if item["regimen"] == "DRd")
    assert refused["invariant"] == 1
    assert sorted(refused["because"]) == ["daratumumab refractory", "lenalidomide refractory"]


def test_both_jurisdictions_give_objects_keyed_by_them() -> None:
    made = document(history(), jurisdiction="both")
    assert made["jurisdiction"] == "both"
    for member in ("recommendations", "notSuggested", "labels"):
        assert set(made[member]) == {"US", "EU"}
    assert made["recommendations"]["EU"][0]["label"]["jurisdiction"] == "EU"


def test_e24_other_diseases_have_no_lines_agents_or_criteria() -> None:
    made = document(history(state="mgus"))
    for member in ("linesOfTherapy", "lineCount", "agents", "classes", "summary", "criteriaSets"):
        assert made[member] is None
    assert made["recommendations"] == []


def test_flags_stand_at_their_thing_and_at_the_top() -> None:
    made = document(history(flags=("urine_missing",)))
    assert "urine_missing" in made["flags"]
    assert "depends on line count" not in str(made["flags"])


def test_a_suspect_unit_is_flagged_at_the_note_about_it() -> None:
    doubtful = QualityNote(
        "warning", "Observation/o1", "M-protein in serum: unit missing (unit_suspect); value not used"
    )
    other = QualityNote("warning", "Observation/o2", "no value")
    notes = document(history(quality=(doubtful, other)))["dataQuality"]
    assert [note.get("flags") for note in notes] == [["unit_suspect"], None]


def test_invariant_35_a_criterion_shows_that_it_depends_on_the_count() -> None:
    label = document(history(prior=(3, 3, 4)))["labels"]["tec_mono"]
    assert label["status"] == "unknown"
    assert label["criteria"][0]["dependsOnLineCount"] is True


def test_invariant_39_what_could_not_be_had_is_in_the_document() -> None:
    made = document(history(gaps=(Gap("medicationDispenses", "the search failed"),)))
    assert any(item["resource"] == "medicationDispenses" for item in made["dataQuality"])
    assert any(item["what"] == "dispenses" for item in made["missingData"])


def test_r02_the_compact_copy_has_no_null_or_empty_member() -> None:
    made = document(history())
    assert empty_members(made)
    assert empty_members(compact(made)) == []
    assert compact({"a": False, "b": 0, "c": [{}], "d": {"e": None}}) == {"a": False, "b": 0}
