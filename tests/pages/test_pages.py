"""Pages over HTTP: policy, assets, the timeline endpoint; and the report as a file."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from cds_service import demo
from cds_service.cli import main
from cds_service.demo import TITLES
from cds_service.pages.assets import NAMES, POLICY, address
from tests.service.conftest import client, make_app, no_settings_from_outside, pipeline  # noqa: F401 - fixtures

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_every_shipped_patient_has_a_title() -> None:
    assert set(TITLES) == set(demo.patient_ids())


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_policy_of_pages(client: FlaskClient, path: str) -> None:  # noqa: F811
    answer = client.get(path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert "http" not in answer.headers["Content-Security-Policy"]
    page = answer.get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*\bsrc=)", page), "no inline script"
    assert not re.search(r"\bon\w+=", page), "no inline handler"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page), "nothing from another host"


def test_assets_are_ours_hashed_and_kept(client: FlaskClient) -> None:  # noqa: F811
    for name in NAMES:
        answer = client.get(f"/{address(name)}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        packed = client.get(f"/{address(name)}", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(packed.data) == answer.data
    for wrong in ("pages.000000000000.css", "pages.css", "..%2fsettings.py", "x.y.z"):
        assert client.get(f"/assets/{wrong}").status_code == 404


def test_demo_is_off_where_it_is_off(make_app: Callable[..., Flask]) -> None:  # noqa: F811
    closed = make_app(demo=False).test_client()
    assert closed.get("/").status_code == 404
    assert closed.get("/demo/requests/mgus").status_code == 404
    assert closed.get("/demo/requests/nobody").get_json()["resourceType"] == "OperationOutcome"


def test_timeline_endpoint(client: FlaskClient) -> None:  # noqa: F811
    body = demo.load_patient("dvrd-asct-dr-relapse")
    answer = client.post("/timeline?asOf=2026-11-01", data=body, content_type="application/fhir+json")
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"timeline", "figure"}
    assert answer.get_json()["timeline"]["lines"][0]["name"] == "D-VRd"
    assert answer.headers["Cache-Control"] == "no-store"
    for wrong, status in ((b"{", 400), (b"", 400), (b"[%s,%s]" % (body, demo.load_patient("mgus")), 400)):
        refused = client.post("/timeline", data=wrong, content_type="application/json")
        assert refused.status_code == status
        assert refused.get_json()["resourceType"] == "OperationOutcome"
    assert client.post("/timeline?asOf=never", data=body, content_type="application/json").status_code == 400


def test_timeline_needs_a_token_where_assess_does(make_app: Callable[..., Flask]) -> None:  # noqa: F811
    issuers = json.dumps([{"iss": "https://ehr.example.org", "jku": "https://ehr.example.org/jwks.json"}])
    closed = make_app(auth="required", trusted_issuers=issuers).test_client()
    assert closed.post("/timeline", json={}).status_code == 401


def _report(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["assess", *arguments, "--as-of", "2026-11-01", "--format", "html"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_report_is_self_contained_and_says_what_it_is() -> None:
    text = _report("demo:tcr-post-cart")
    assert "decision support, not a prescription" in text.lower()
    found = re.search(r"script-src &#39;(sha256-[^&]+)&#39;", text)
    assert found is not None
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 1
    assert found[1] == "sha256-" + base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    outside = text.replace(scripts[0], "")
    assert not re.search(r"(?:src|href)=\"https?:", outside)
    for words in ("Lines of therapy", "Provenance", "Missing data", "Not suggested", "carfilzomib", "F03"):
        assert words in outside


def test_a_folder_makes_one_report_of_several_patients(tmp_path: Path) -> None:
    for name in ("mgus", "tcr-four-lines"):
        (tmp_path / f"{name}.json").write_bytes(demo.load_patient(name))
    text = _report(str(tmp_path))
    assert "Patient/mgus, as of" in text
    assert "Patient/tcr-four-lines, as of" in text
    assert text.count("data-timeline=") == 2


def test_both_jurisdictions_stand_apart() -> None:
    text = _report("demo:dvrd-asct-dr-relapse", "--jurisdiction", "both")
    assert "Labels of US" in text
    assert "Labels of EU" in text


def test_chart_text_cannot_become_markup(tmp_path: Path) -> None:
    bundle = json.loads(demo.load_patient("tcr-post-cart"))
    for entry in bundle["entry"]:
        item = entry["resource"]
        if item["resourceType"] == "MedicationStatement":
            item["statusReason"] = [{"text": f"toxicity {HOSTILE}"}]
        if item["resourceType"] == "Observation":
            item["valueString"] = HOSTILE
        if item["resourceType"] == "Patient":
            item["name"] = [{"text": HOSTILE}]
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    text = _report(str(path))
    script = max(re.findall(r"<script>(.*?)</script>", text, re.DOTALL), key=len)
    rest = text.replace(script, "")
    assert "alert(1)</script>" not in rest
    assert "<img" not in rest
    assert rest.count("<script") == 2, "the block of data and the script, nothing else"


def test_the_policy_of_pages_names_no_host_and_nothing_unsafe_for_scripts() -> None:
    scripts = next(part for part in POLICY.split(";") if "script-src" in part)
    assert scripts.split() == ["script-src", "'self'"]
