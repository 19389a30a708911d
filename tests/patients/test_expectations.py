"""Each shipped patient gives what its hand-written expectation says, through the service as a client sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from cds_service.app import create_app
from cds_service.demo import load_patient, load_request, patient_ids
from cds_service.settings import Settings

HERE = Path(__file__).parent
TOPICS = ["mm-safety", "mm-history", "mm-options", "mm-data"]


def _expectation(patient: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((HERE / f"{patient}.yaml").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


@pytest.fixture(scope="module")
def documents(client: FlaskClient) -> dict[str, Any]:
    found = {}
    for patient in patient_ids():
        as_of = _expectation(patient)["as_of"]
        answer = client.post(f"/assess?asOf={as_of}", data=load_patient(patient), content_type="application/fhir+json")
        assert answer.status_code == 200, answer.get_json()
        found[patient] = answer.get_json()
    return found


@pytest.fixture(scope="module")
def cards(client: FlaskClient) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for patient in patient_ids():
        answer = client.post(
            "/cds-services/myeloma-patient-view", data=load_request(patient), content_type="application/json"
        )
        assert answer.status_code == 200, answer.get_json()
        found[patient] = answer.get_json()["cards"]
    return found


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Return where the found document differs from a partial expectation; lists of lines must have the same length."""
    if isinstance(expected, dict) and isinstance(found, dict):
        missing = [
            f"{path}.{key}: expected {value!r}, not there" for key, value in expected.items() if key not in found
        ]
        return missing + [
            line
            for key, value in expected.items()
            if key in found
            for line in differences(value, found[key], f"{path}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and expected and isinstance(expected[0], dict):
        if len(expected) != len(found):
            return [f"{path}: expected {len(expected)}, found {len(found)}: {found!r:.400}"]
        return [
            line
            for index, pair in enumerate(zip(expected, found, strict=True))
            for line in differences(*pair, f"{path}[{index}]")
        ]
    return (
        [] if str(expected) == str(found) or expected == found else [f"{path}: expected {expected!r}, found {found!r}"]
    )


def _comparable(document: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """Shorten what an expectation writes in short form: classes and labels as their status, phases as their kinds."""
    short = dict(document)
    for member in ("classes", "labels"):
        if member in expected and short.get(member):
            short[member] = {key: value["status"] for key, value in short[member].items()}
    if expected.get("linesOfTherapy") and short.get("linesOfTherapy"):
        short["linesOfTherapy"] = [
            line | {"phaseKinds": [phase["kind"] for phase in line["phases"]]} for line in short["linesOfTherapy"]
        ]
    return short


@pytest.mark.parametrize("patient", patient_ids())
def test_assessment(patient: str, documents: dict[str, Any]) -> None:
    expected = _expectation(patient)["assessment"]
    assert differences(expected, _comparable(documents[patient], expected)) == []


def test_every_document_fits_the_published_schema(client: FlaskClient, documents: dict[str, Any]) -> None:
    validator = Draft202012Validator(client.get("/schemas/assessment.json").get_json())
    problems = [
        f"{name}: {e.json_path}: {e.message}" for name, doc in documents.items() for e in validator.iter_errors(doc)
    ]
    assert problems == []


@pytest.mark.parametrize("patient", patient_ids())
def test_recommendations(patient: str, documents: dict[str, Any]) -> None:
    expected = _expectation(patient).get("recommendations") or {}
    document = documents[patient]
    tiers = {option["regimen"]: option["tier"] for option in document["recommendations"] or ()}
    rejected = {option["regimen"] for option in document["notSuggested"] or ()}
    assert {regimen: tiers.get(regimen) for regimen in expected.get("tiers", {})} == expected.get("tiers", {})
    assert [regimen for regimen in expected.get("never", ()) if regimen in tiers] == []
    assert [regimen for regimen in expected.get("not_suggested", ()) if regimen not in rejected] == []
    if "first" in expected:
        assert document["recommendations"][0]["regimen"] == expected["first"]


@pytest.mark.parametrize("patient", patient_ids())
def test_cards(patient: str, cards: dict[str, list[dict[str, Any]]]) -> None:
    expected = _expectation(patient)
    found = [(card["source"]["topic"]["code"], card["indicator"]) for card in cards[patient]]
    wanted = [(card["topic"], card["indicator"]) for card in expected["cards"]]
    if expected.get("cards_exact", True):
        assert found == wanted
    else:
        assert [card for card in wanted if card not in found] == []
    assert [topic for topic, _ in found] == sorted((topic for topic, _ in found), key=TOPICS.index)


class MarkdownSnapshot(SingleFileSnapshotExtension):
    """One readable Markdown file per patient."""

    _write_mode = WriteMode.TEXT
    file_extension = "md"


@pytest.mark.parametrize("patient", patient_ids())
def test_words_of_the_cards(patient: str, cards: dict[str, list[dict[str, Any]]], snapshot: SnapshotAssertion) -> None:
    text = "\n\n---\n\n".join(
        f"# [{card['indicator']}] {card['summary']}\n\n{card['detail']}" for card in cards[patient]
    )
    assert (text or "(no cards)") + "\n" == snapshot(name=patient, extension_class=MarkdownSnapshot)
