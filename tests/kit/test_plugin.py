"""The pytest plugin and the helpers: in a folder of their own, as an integrator has them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests

from cds_service.kit import assert_assessment, assert_card, assert_fits, schema
from cds_service.kit.patients import patient, patient_names
from cds_service.kit.process import running
from cds_service.kit.service import Service

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "integration-suite" / "test_myeloma_cds.py"
PLUGIN = ("-p", "no:myeloma-cds", "-p", "cds_service.kit.pytest_plugin")


def run_pytest(folder: Path, *arguments: str, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environment |= {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


CARD: dict[str, Any] = {
    "summary": "Multiple myeloma: 1 line of therapy.", "indicator": "info", "detail": "**Lenalidomide** refractory",
    "source": {"label": "x", "topic": {"code": "mm-history", "system": "x"}}, "suggestions": [{"label": "Order FISH"}],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "schemaVersion": "1", "patient": "Patient/p", "asOf": "2026-11-01", "lineCount": {"imwg": 1}, "flags": ["urine_missing"],
    "agents": {
        "lenalidomide": {"status": "refractory"}, "bortezomib": {"status": "exposed-not-refractory"},
        "teclistamab": {"status": "naive"},
    },
    "linesOfTherapy": [{"regimen": "D-VRd"}], "summary": {"progressing": "yes", "priorCarT": None},
    "findings": {"t(11;14)": {"value": "absent"}, "a.b": {"value": 3}},
    "recommendations": [{"regimen": "cilta_cel"}], "notSuggested": {"US": [{"regimen": "DRd"}], "EU": []},
}  # fmt: skip


def test_a_card_is_found_by_what_is_in_it() -> None:
    answer = {"cards": [{**CARD, "indicator": "warning"}, CARD]}
    found = assert_card(
        answer, "mmhistory", indicator="info", summary=["1 LINE"], detail="lenalidomide", suggestion="fish"
    )
    assert found is answer["cards"][1]
    assert assert_card([CARD]) is CARD
    assert assert_card(CARD, summary="myeloma") is CARD


@pytest.mark.parametrize(
    ("answer", "asked", "words"),
    [
        ({"cards": []}, {}, "no cards"),
        ({"cards": [CARD]}, {"topic": "mm-data"}, "another topic"),
        ({"cards": [CARD]}, {"indicator": "critical"}, "indicator is not critical"),
        ({"cards": [CARD]}, {"detail": ["refractory", "pomalidomide"]}, "detail lacks 'pomalidomide'"),
        ({"cards": [CARD]}, {"suggestion": "referral"}, "no suggestion with 'referral' among ['Order FISH']"),
        ({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Please"}]}, {}, "holds no cards: Please"),
    ],
)
def test_a_missing_card_says_what_is_there(answer: Any, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(AssertionError) as caught:
        assert_card(answer, **asked)
    assert words in str(caught.value)


def test_an_assessment_is_compared_by_paths() -> None:
    expected = {
        "agents.lenalidomide.status": "refractory", "linesOfTherapy.0.regimen": "D-VRd", "linesOfTherapy.-1.regimen": "D-VRd",
        "findings.t(11;14).value": "absent", "findings.a.b.value": 3, "summary": {"progressing": "yes"}, "lineCount.stated": None,
        "summary.priorCarT": None, "linesOfTherapy": lambda lines: len(lines) == 1,
    }  # fmt: skip
    found = assert_assessment(
        DOCUMENT, expected, lines=1, refractory=["lenalidomide"], exposed=["bortezomib"], progressing="yes",
        recommended=["cilta_cel"], not_suggested=["DRd"], flags=["urine_missing"],
    )  # fmt: skip
    assert found is DOCUMENT
    carried = {"cards": [CARD, {**CARD, "extension": {"org.myeloma-cds.assessment": DOCUMENT}}]}
    assert assert_assessment(carried) is DOCUMENT


def test_every_difference_is_listed() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_assessment(
            DOCUMENT, {"agents.lenalidomide.status": "naive", "linesOfTherapy.3.regimen": "Rd", "lineCount.imwg": bool},
            lines=2, refractory=["bortezomib"], exposed=["teclistamab"], recommended=["Kd"], flags=["conflict"],
        )  # fmt: skip
    text = str(caught.value)
    for words in (
        "Patient/p as of 2026-11-01 differs", "agents.lenalidomide.status: expected 'naive', found 'refractory'",
        "linesOfTherapy.3.regimen: expected 'Rd', found absent", "lineCount.imwg: expected 2, found 1",
        "refractory: expected ['bortezomib'], found ['lenalidomide']", "exposed: teclistamab is not among",
        "recommendations: Kd is not among ['cilta_cel']", "flags: conflict is not among",
    ):  # fmt: skip
        assert words in text
    with pytest.raises(AssertionError, match="carries no assessment"):
        assert_assessment({"cards": [CARD]})


def test_schemas_are_at_hand() -> None:
    for name in ("assessment", "services", "request", "response", "feedback", "operation-outcome"):
        assert schema(name)["$schema"].startswith("https://json-schema.org/")
    with pytest.raises(AssertionError, match="cards"):
        assert_fits({"cards": 5}, "response")
    with pytest.raises(KeyError, match="There is no schema"):
        schema("nothing")


def test_patients_by_their_scenario() -> None:
    assert {"mgus", "F02-day-60"} <= set(patient_names())
    shipped, made = patient("mgus"), patient("F02-day-60")
    assert shipped.truth is None
    assert made.truth is not None
    for one in (shipped, made):
        assert one.bundle["resourceType"] == "Bundle"
        assert one.request() == one.request()
        assert one.request() is not one.request()
        assert one.request()["context"]["patientId"] == one.id
    with pytest.raises(KeyError, match="Shipped are: al-amyloidosis"):
        patient("nobody")


def test_hooks_that_there_are_not() -> None:
    service = Service("http://127.0.0.1:9")
    with pytest.raises(ValueError, match="there are: patient-view, order-select, order-sign"):
        service.hook(patient("mgus"), "order-review")
    with pytest.raises(ValueError, match="takes no draft orders"):
        service.hook(patient("mgus"), drafts=["lenalidomide"])
    service.close()


def test_a_setting_that_there_is_not(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match=r"There is no setting jurisdicton; there are: .*jurisdiction"),
        running(tmp_path, jurisdicton="EU"),
    ):
        pass


def test_no_service_at_the_url(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "def test_one(myeloma_cds_service): pass\n\ndef test_two(myeloma_cds_service): pass\n", encoding="utf-8"
    )
    result = run_pytest(tmp_path, *PLUGIN, "--myeloma-cds-url", "http://127.0.0.1:9")
    assert "2 errors" in result.stdout
    assert "No service answers at http://127.0.0.1:9 (--myeloma-cds-url): ConnectionError." in result.stdout
    assert "Traceback" not in result.stdout


def test_headers_of_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, Any]] = []

    def send(_: Any, method: str, url: str, **options: Any) -> Any:
        seen.append((method, url, options["headers"]))
        return requests.Response()

    monkeypatch.setattr(requests.Session, "request", send)
    service = Service("http://127.0.0.1:9/", lambda method, url: {"Authorization": f"Bearer {method} {url}"})
    service.get("/cds-services")
    service.post("/assess", {}, headers={"X-Request-ID": "one"})
    assert seen == [
        ("GET", "http://127.0.0.1:9/cds-services", {"Authorization": "Bearer GET http://127.0.0.1:9/cds-services"}),
        (
            "POST",
            "http://127.0.0.1:9/assess",
            {
                "Content-Type": "application/json",
                "Authorization": "Bearer POST http://127.0.0.1:9/assess",
                "X-Request-ID": "one",
            },
        ),
    ]


@pytest.mark.slow
def test_the_plugin_starts_a_service(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\n"
        "from cds_service.kit import assert_card\n\n"
        "@pytest.fixture(scope='session')\n"
        "def myeloma_cds_settings():\n"
        "    return {'jurisdiction': 'EU', 'topic_codes': 'alnum'}\n\n"
        "def test_topics(myeloma_cds_service, synthetic_patient):\n"
        "    answer = myeloma_cds_service.hook(synthetic_patient('dvrd-asct-dr-relapse'))\n"
        "    assert answer.status == 200 and answer['cards'] == answer.cards\n"
        "    assert answer.topics == ['mmhistory', 'mmoptions']\n"
        "    assert answer.assessment['jurisdiction'] == 'EU'\n"
        "    other = myeloma_cds_service.hook(answer_request(synthetic_patient), jurisdiction='US', as_of='2025-01-01')\n"
        "    assert other.assessment['jurisdiction'] == 'US' and other.assessment['asOf'] == '2025-01-01'\n\n"
        "def answer_request(synthetic_patient):\n"
        "    return synthetic_patient('dvrd-asct-dr-relapse').request()\n\n"
        "def test_refusals(myeloma_cds_service):\n"
        "    answer = myeloma_cds_service.hook({'hook': 'patient-view'})\n"
        "    assert answer.status == 400 and 'hookInstance' in answer.diagnostics\n"
        "    with pytest.raises(AssertionError, match='answered 400: hookInstance'):\n"
        "        answer.cards\n"
        "    with pytest.raises(AssertionError, match='answered 400'):\n"
        "        myeloma_cds_service.assess({})\n\n"
        "def test_a_readable_failure(myeloma_cds_service, synthetic_patient):\n"
        "    assert_card(myeloma_cds_service.hook(synthetic_patient('mgus')), 'mm-history')\n",
        encoding="utf-8",
    )
    result = run_pytest(tmp_path, *PLUGIN, "-W", "error")
    assert "2 passed" in result.stdout, result.stdout + result.stderr
    assert "1 failed" in result.stdout
    assert "No card with topic='mm-history'. Found:" in result.stdout
    assert "assertions.py" not in result.stdout


def test_a_run_that_does_not_use_it_pays_next_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    heavy = {'flask', 'requests', 'msgspec', 'pydantic', 'cards', 'fhir_mappings', 'jsonschema', 'cds_service.demo'}\n"
        "    assert 'cds_service.kit.pytest_plugin' in sys.modules\n"
        "    assert not heavy & set(sys.modules)\n",
        encoding="utf-8",
    )
    quiet = ("-W", "error", "--strict-markers", "--strict-config", "-p", "no:hypothesispytest", "-p", "no:schemathesis")
    result = run_pytest(tmp_path, *PLUGIN, *quiet, "-p", "no:syrupy", "-p", "no:time-machine", "-p", "no:anyio")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_page_holds_the_example() -> None:
    page = (ROOT / "docs" / "integration-suite.md").read_text(encoding="utf-8")
    assert EXAMPLE.read_text(encoding="utf-8").strip() in page


@pytest.mark.slow
def test_the_example_runs_from_an_installed_wheel_in_an_empty_folder(tmp_path: Path) -> None:
    wheels, installed, empty = tmp_path / "wheels", tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)  # what an installer does with a wheel of pure Python, but for the scripts
    (empty / "test_myeloma_cds.py").write_bytes(EXAMPLE.read_bytes())
    where = [sys.executable, "-c", "import cds_service.kit.process as p; print(p.__file__)"]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.run(where, cwd=empty, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
    assert found.stdout.startswith(str(installed))
    result = run_pytest(empty, "-W", "error", path=installed)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout
