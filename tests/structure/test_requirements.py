"""The locks can be installed by anybody: pinned, hashed, without an index of their own, the same on every platform."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ("runtime.lock", "tracing.lock", "dev.lock", "build.lock")
ENVIRONMENTS = [
    {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "os_name": os_name,
        "sys_platform": sys_platform,
        "platform_system": system,
        "platform_machine": machine,
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.0",
    }
    for os_name, sys_platform, system, machine in (
        ("posix", "linux", "Linux", "x86_64"),
        ("posix", "darwin", "Darwin", "arm64"),
        ("nt", "win32", "Windows", "AMD64"),
    )
    for minor in (11, 12, 13)
]


@cache
def lines(lock: str) -> list[str]:
    """Read the logical lines of a lock: continuation lines joined, comments left out."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@cache
def requirements(lock: str) -> list[Requirement]:
    return [Requirement(line.split(" --hash=", maxsplit=1)[0]) for line in lines(lock) if not line.startswith("-")]


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(lock: str, environment: dict[str, str]) -> dict[str, list[str]]:
    """Which versions of which packages a lock installs there."""
    found: dict[str, list[str]] = {}
    for requirement in requirements(lock):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            found.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier)[2:])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock: str) -> None:
    assert lines(lock)
    for line, requirement in zip(lines(lock), requirements(lock), strict=True):
        assert re.fullmatch(r"==[\w.!+]+", str(requirement.specifier)), f"{requirement} is not pinned to one version"
        assert requirement.url is None
        hashes = re.findall(r"--hash=(\S+)", line)
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes)


@pytest.mark.parametrize("lock", LOCKS)
def test_no_option_and_no_host(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert not [line for line in lines(lock) if line.startswith("-")]
    assert not re.search(r"https?:|file:|--(index-url|extra-index-url|find-links|trusted-host)", text)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['sys_platform']}-{e['python_version']}")
def test_markers_are_universal(environment: dict[str, str]) -> None:
    declared = project()
    wanted = {
        "runtime.lock": declared["project"]["dependencies"],
        "tracing.lock": declared["project"]["dependencies"] + declared["project"]["optional-dependencies"]["tracing"],
        "dev.lock": declared["project"]["dependencies"] + declared["dependency-groups"]["dev"],
        "build.lock": declared["dependency-groups"]["build"],
    }
    for lock in LOCKS:
        found = pins(lock, environment)
        twice = {name: versions for name, versions in found.items() if len(versions) > 1}
        assert not twice, f"{lock} pins two versions at once"
        for requirement in map(Requirement, wanted[lock]):
            versions = found.get(canonicalize_name(requirement.name))
            assert versions, f"{lock} lacks {requirement}: run `make lock`"
            assert requirement.specifier.contains(versions[0], prereleases=True), f"{lock}: {requirement}, `make lock`"
    # psycopg needs it there and nowhere else: a lock made for one platform would lack it, or have it everywhere.
    assert ("tzdata" in pins("runtime.lock", environment)) == (environment["sys_platform"] == "win32")


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['sys_platform']}-{e['python_version']}")
def test_tests_run_with_what_is_deployed(environment: dict[str, str]) -> None:
    dev = pins("dev.lock", environment)
    for lock in ("runtime.lock", "tracing.lock", "build.lock"):
        found = pins(lock, environment)
        assert {name: dev.get(name) for name in found} == found, "run `make lock`"
    assert pins("runtime.lock", environment).items() <= pins("tracing.lock", environment).items(), "run `make lock`"
