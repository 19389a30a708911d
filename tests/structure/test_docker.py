"""The container files keep what docs/ and SECURITY.md promise; building the image is not part of the tests."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
SERVICES = ("service", "store")


NEEDS_AN_INDEX = "--mount=type=secret,id=pip.conf,target=/etc/pip.conf"
DEFAULTS = dict(re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))


def instructions() -> list[str]:
    """Split the Dockerfile into its instructions, one text each."""
    kept = [line for line in DOCKERFILE.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", "", "\n".join(kept)).splitlines()


def last_stage() -> list[str]:
    found = instructions()
    start = max(index for index, line in enumerate(found) if line.startswith("FROM "))
    return found[start:]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_the_image_runs_as_an_ordinary_user() -> None:
    users = [line.split()[1] for line in last_stage() if line.startswith("USER ")]
    assert users
    assert users[-1] == "10001:10001"  # numbers, as Kubernetes wants them to see that it is not root
    manifest = yaml.safe_load((ROOT / "docker" / "kubernetes" / "deployment.yaml").read_text(encoding="utf-8"))
    inside = manifest["spec"]["template"]["spec"]["securityContext"]
    assert users[-1] == f"{inside['runAsUser']}:{inside['runAsGroup']}"


def test_the_image_installs_the_locked_versions() -> None:
    assert [line for line in instructions() if "--require-hashes --requirement requirements/${LOCK}" in line]
    assert DEFAULTS["LOCK"] == "runtime.lock"
    installs = [part for line in instructions() for part in line.split("&&") if re.search(r"\bpip\b.* install ", part)]
    assert len(installs) == 3
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)


def test_the_index_of_a_hospital_stays_out_of_the_image() -> None:
    """What asks a package index can be told of another one by a secret of the build, and by nothing that is kept."""
    for line in instructions():
        assert ("--require-hashes" in line) == (NEEDS_AN_INDEX in line), line
        assert not re.match(r"(ARG|ENV) .*(INDEX|PROXY|CERT|PASSWORD|TOKEN)", line, re.IGNORECASE)
    # A line "# syntax=" would have the builder fetch its frontend from docker.io, whatever PYTHON_IMAGE says.
    assert not re.match(r"#\s*syntax\s*=", DOCKERFILE)


def test_no_installer_is_left_in_the_image() -> None:
    assert not any(re.search(r"\bpip\b.* install ", line) for line in last_stage())
    (cleaned,) = [line for line in last_stage() if "pip uninstall" in line]
    assert re.search(r"uninstall .*\bpip setuptools wheel\b", cleaned)
    assert "ensurepip.__path__" in cleaned
    assert any("-m venv --without-pip /opt/myeloma-cds" in line for line in instructions())


def test_the_final_image_takes_only_the_finished_environment() -> None:
    copies = [line for line in last_stage() if line.startswith(("COPY", "ADD"))]
    assert copies == ["COPY --from=build /opt/myeloma-cds /opt/myeloma-cds"]


def test_the_image_says_how_it_is() -> None:
    stage = last_stage()
    assert stage[-1] == 'CMD ["myeloma-cds", "serve", "--host", "0.0.0.0", "--port", "8000"]'
    assert any(line.startswith("HEALTHCHECK") and "/healthz" in line for line in stage)
    assert any("MYELOMA_CDS_AUTH=required" in line for line in stage)


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    for line in instructions():
        if line.startswith("COPY") and "--from" not in line:
            for source in line.replace("${LOCK}", DEFAULTS["LOCK"]).split()[1:-1]:
                assert (ROOT / source).exists(), f"{source} is copied but does not exist"
                assert source.split("/")[0] in allowed, f".dockerignore hides {source}"


def test_images_are_named_with_a_version(compose: dict[str, Any]) -> None:
    stages = [line.split()[1] for line in instructions() if line.startswith("FROM ")]
    assert stages == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    images = [DEFAULTS["PYTHON_IMAGE"], *(service["image"] for service in compose["services"].values())]
    images = [re.sub(r"^\$\{\w+:-(.+)\}$", r"\1", image) for image in images]  # ${NAME:-image}
    assert compose["services"]["service"]["build"]["args"] == {"PYTHON_IMAGE": f"${{PYTHON_IMAGE:-{images[0]}}}"}
    for image in images:
        tag = image.rpartition("/")[2].partition(":")[2]
        assert tag, f"{image} has no tag"
        assert tag != "latest", f"{image} changes under our feet"


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_held_tight(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108 - the folder inside the container
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["healthcheck"]["test"]
    assert not service.get("privileged")


def test_the_service_waits_for_its_store(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == set(SERVICES)
    assert compose["services"]["service"]["depends_on"]["store"]["condition"] == "service_healthy"
    assert "ports" not in compose["services"]["store"]
    assert all(port.startswith("127.0.0.1:") for port in compose["services"]["service"]["ports"])


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    environment = compose["services"]["service"]["environment"]
    assert environment["MYELOMA_CDS_AUTH"] == "required"
    for name in ("MYELOMA_CDS_TRUSTED_ISSUERS", "MYELOMA_CDS_SECRET_KEY"):
        assert environment[name].startswith(f"${{{name}:?"), f"{name} must be asked for"
    assert "${POSTGRES_PASSWORD:?" in environment["MYELOMA_CDS_DATABASE_URL"]


def test_settings_are_documented(compose: dict[str, Any]) -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in compose["services"]["service"]["environment"]:
        assert f"`{name}`" in documented, f"docs/settings.md does not list {name}"
