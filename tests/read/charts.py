"""One large chart of every case together, for the tests of what must hold for any chart."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec

from fhir_mappings.read import read_bundles
from fhir_mappings.record import PatientRecord
from tests.read.support import PATIENT, bundle_of, cases, resources_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def large_chart() -> list[Any]:
    """Return every case together: ids made unique, results of different cases moved to different days."""
    found: list[Any] = [{"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1957-03-01"}]
    for position, (_, case) in enumerate(cases()):
        renamed: dict[str, str] = {}
        own: list[Any] = []
        for one in resources_of(case):
            if isinstance(one, dict) and one["resourceType"] not in {"Patient", "Wormhole"}:
                renamed[f"{one['resourceType']}/{one['id']}"] = f"{one['resourceType']}/{position}-{one['id']}"
                moved = _moved(one, position) if one["resourceType"] == "Observation" else copy.deepcopy(one)
                own.append({**moved, "id": f"{position}-{one['id']}"})
        found += [with_references(resource, _renamer(renamed)) for resource in own]
    return found


def _renamer(names: dict[str, str]) -> Callable[[str], str]:
    return lambda text: names.get(text, text)


def _moved(resource: dict[str, Any], days: int) -> dict[str, Any]:
    """Return a result on another day, so that it meets no other case."""
    body = msgspec.json.encode(resource).decode()
    body = _DAY.sub(lambda day: (date.fromisoformat(day[0]) - timedelta(days=9 * days)).isoformat(), body)
    moved: dict[str, Any] = msgspec.json.decode(body)
    return moved


def with_references(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value with every literal reference changed."""
    if isinstance(value, dict):
        return {
            key: change(one) if key == "reference" and isinstance(one, str) else with_references(one, change)
            for key, one in value.items()
        }
    return [with_references(one, change) for one in value] if isinstance(value, list) else value


def read(resources: list[Any], kind: str = "collection") -> PatientRecord:
    """Return the record of the patient of these charts."""
    return read_bundles(msgspec.json.encode(bundle_of(resources, kind)))[PATIENT]


CHART = large_chart()
EXPECTED = read(CHART)
