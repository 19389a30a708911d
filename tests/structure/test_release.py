"""What is released: a wheel that works in an environment of its own, one version, a bill of materials, locks without known weaknesses."""

import json
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cds_service import __version__, demo
from scripts import audit

ROOT = Path(__file__).parents[2]
PACKAGES = ("cds_service", "cards", "fhir_mappings")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SERVICE = "/cds-services/myeloma-patient-view"


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "--directory", folder)
    return folder


def test_the_version_stands_in_one_place() -> None:
    assert __version__ == PROJECT["version"]
    image = yaml.safe_load((ROOT / "docker/kubernetes/deployment.yaml").read_text(encoding="utf-8"))
    (container,) = image["spec"]["template"]["spec"]["containers"]
    assert container["image"].rpartition(":")[2] == PROJECT["version"]
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            assert f'"{PROJECT["version"]}"' not in path.read_text(encoding="utf-8"), path


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if not name.partition("/")[0].endswith(".dist-info")}
    here = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert inside == here


@pytest.mark.slow
def test_the_source_distribution_can_be_tested_and_built(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    wanted = {
        "pyproject.toml",
        "Makefile",
        "mkdocs.yml",
        "README.md",
        "LICENSE",
        "requirements/dev.lock",
        "docs/README.md",
    }
    assert (
        wanted | {"tests/structure/test_release.py", "docker/Dockerfile", "cards/knowledge/data/VERSION.yaml"} <= names
    )


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in an environment of its own; other packages are lent from the one of the tests."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    (wheel,) = built.glob("*.whl")
    run(sys.executable, "-m", "pip", "--python", folder, "install", "--quiet", "--no-index", "--no-deps", wheel)
    inside = run(folder / "bin" / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    (Path(inside) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_the_wheel_runs_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "bin" / "python", "-c", "import cds_service; print(cds_service.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed)
    command = installed / "bin" / "myeloma-cds"
    assert PROJECT["version"] in run(command, "--version", cwd=tmp_path)
    text = run(command, "assess", "demo:dvrd-asct-dr-relapse", "--as-of", "2026-11-01", cwd=tmp_path)
    assert "Options to consider" in text
    with subprocess.Popen(  # noqa: S603 - the command installed above
        [str(command), "serve", "--port", "0"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
            assert found
            headers = {"Content-Type": "application/json"}
            body = demo.load_request("dvrd-asct-dr-relapse")
            answer = requests.post(found[0] + SERVICE, data=body, headers=headers, timeout=30)
            assert answer.json()["cards"]
        finally:
            process.terminate()
            assert process.wait(timeout=12) == 0


@pytest.mark.slow
def test_the_bill_of_materials_names_what_is_deployed(tmp_path: Path) -> None:
    run(
        Path(sys.executable).parent / "cyclonedx-py", "requirements", "--pyproject", "pyproject.toml", "--output-reproducible",
        "--output-format", "JSON", "--output-file", tmp_path / "sbom.json", "requirements/runtime.lock",
    )  # fmt: skip
    told = json.loads((tmp_path / "sbom.json").read_bytes())
    assert told["bomFormat"] == "CycloneDX"
    assert told["metadata"]["component"]["name"] == "myeloma-cds"
    named = {(one["name"], one["version"]) for one in told["components"]}
    assert named == audit.pins((ROOT / "requirements/runtime.lock").read_text(encoding="utf-8"))


def test_no_lock_has_a_known_weakness() -> None:
    policy = tomllib.loads((ROOT / "requirements/advisories.toml").read_text(encoding="utf-8"))
    for lock in ("runtime.lock", "tracing.lock", "build.lock", "dev.lock"):
        assert not audit.weaknesses(audit.pins((ROOT / "requirements" / lock).read_text(encoding="utf-8")), policy)


def test_a_weakness_would_be_found() -> None:
    policy = {"fixed_in": {"flask-cors": {"version": "6.0.0", "ids": ["CVE-2024-6839"]}}}
    pinned = audit.pins("Flask_Cors==5.0.1 \\\n    --hash=sha256:0\nflask==3.1.2 \\\n")
    assert pinned == {("flask-cors", "5.0.1"), ("flask", "3.1.2")}
    assert audit.weaknesses(pinned, policy) == ["flask-cors 5.0.1 has CVE-2024-6839; fixed in 6.0.0"]


def test_the_list_says_when_it_is_due() -> None:
    policy = {"reviewed": date(2026, 1, 1), "review_after_days": 180}
    assert not audit.overdue(policy, date(2026, 6, 30))
    assert audit.overdue(policy, date(2026, 7, 1))
