"""Small Bulk FHIR exports made of the shipped patients, each as often as wanted, lines in any order over any files."""

import random
from pathlib import Path
from typing import Any

import orjson

from cds_service import demo

PATIENTS = Path(demo.__file__).parent / "patients"


def resources(copies: int = 1) -> list[dict[str, Any]]:
    """Return the resources of the shipped patients; each copy has a patient id of its own."""
    found = []
    for number in range(copies):
        for path in sorted(PATIENTS.glob("*.json")):
            for entry in orjson.loads(path.read_bytes())["entry"]:
                resource = entry.get("resource") or {}
                if resource.get("resourceType") != "OperationOutcome":
                    found.append(_copied(resource, path.stem, f"-{number}"))
    return found


def _copied(resource: dict[str, Any], patient: str, suffix: str) -> dict[str, Any]:
    text = orjson.dumps(resource).decode().replace(f'Patient/{patient}"', f'Patient/{patient}{suffix}"')
    copy: dict[str, Any] = orjson.loads(text)
    if copy["resourceType"] == "Patient":
        copy["id"] += suffix
    return copy


def write(folder: Path, some: list[dict[str, Any]], *, seed: int, mixed: bool = False) -> Path:
    """Write an export: one file per type or a few mixed ones, lines shuffled."""
    chance = random.Random(seed)
    files: dict[str, list[bytes]] = {}
    for resource in some:
        name = f"part-{chance.randrange(3)}" if mixed else resource["resourceType"]
        files.setdefault(name, []).append(orjson.dumps(resource))
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        chance.shuffle(lines)
        (folder / f"{name}.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def outputs(folder: Path) -> dict[str, bytes]:
    """Return what a run wrote, by file."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def documents(folder: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / "assessments.ndjson").read_bytes().splitlines()]


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / name).read_bytes().splitlines()]
