"""Case files of the reading tests: a fragment of a chart, and the facts that must come out of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fhir_mappings.dates import ChartDate
from fhir_mappings.record import PatientRecord

CASES = Path(__file__).parent / "cases"
PATIENT = "Patient/p1"


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every case with its name."""
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            if "table" in case:
                yield from _rows(path.stem, case)
            else:
                yield f"{path.stem}:{case['case']}", case


def _rows(stem: str, table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of a table: each puts one input in the place of `$in` and says what `show` must then be."""
    assert table["about"], "a table names the rule or the shape that it stands for"
    for row in table["rows"]:
        given, wanted = row
        template = table["given"] if isinstance(table["given"], list) else [table["given"]]
        case = {
            "about": table["about"],
            "given": [_filled(one, given) for one in template],
            "show": table["show"],
            "is": wanted,
        }
        name = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
        yield f"{stem}:{table['table']}:{name}", case


def _filled(template: Any, given: Any) -> Any:
    if template == "$in":
        return given
    if isinstance(template, dict):
        return {key: _filled(one, given) for key, one in template.items() if key != "$all"} | (
            given if "$all" in template else {}
        )
    if isinstance(template, list):
        return [_filled(one, given) for one in template]
    return template


def shown(record: PatientRecord, show: str) -> list[Any]:
    """Return what a table looks at: `drugs.agent`, `labs.concept,value`; dates as text, several attributes as a list, sorted."""
    collection, _, names = show.partition(".")
    found: list[Any] = []
    for fact in getattr(record, collection):
        values = [
            str(value) if isinstance(value, ChartDate) else list(value) if isinstance(value, tuple) else value
            for value in (getattr(fact, name) for name in names.split(","))
        ]
        found.append(values[0] if len(values) == 1 else values)
    return sorted(found, key=str)


def resources_of(case: dict[str, Any]) -> list[Any]:
    """Return the resources of a case; ids and subjects that do not matter are filled in."""
    found: list[Any] = []
    for number, given in enumerate(case["given"], 1):
        if not isinstance(given, dict):
            found.append(given)
            continue
        resource = {"id": f"r{number:02d}", **given}
        kind = resource.get("resourceType")
        if kind not in {"Patient", "Medication", "AllergyIntolerance", "EpisodeOfCare"}:
            resource.setdefault("subject", {"reference": PATIENT})
        elif kind == "EpisodeOfCare":
            resource.setdefault("patient", {"reference": PATIENT})
        found.append(resource)
    return found


def bundle_of(resources: list[Any], kind: str = "collection") -> dict[str, Any]:
    """Return a Bundle; what is no resource becomes a bare entry."""
    entries = [
        {"fullUrl": f"https://ehr.example/fhir/{one['resourceType']}/{one['id']}", "resource": one}
        if isinstance(one, dict)
        else one
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def matches(fact: Any, wanted: dict[str, Any]) -> bool:
    """Tell whether a fact has the wanted values; `~word` means that the text contains it."""
    return all(_equal(getattr(fact, name), value) for name, value in wanted.items())


def _equal(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, ChartDate):
        return bool(str(actual) == wanted)
    if isinstance(wanted, list):
        return bool(list(actual) == wanted)
    if isinstance(wanted, str) and wanted.startswith("~"):
        return isinstance(actual, str) and wanted[1:].lower() in actual.lower()
    return bool(actual == wanted)


def check(record: PatientRecord, expect: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return how a record differs from what a case expects: each named collection must hold exactly the facts described."""
    problems: list[str] = []
    for name, wanted in expect.items():
        facts = list(getattr(record, name))
        if len(facts) != len(wanted):
            problems.append(f"{name}: {len(facts)} facts instead of {len(wanted)}: {facts}")
            continue
        for one in wanted:
            found = next((fact for fact in facts if matches(fact, one)), None)
            if found is None:
                problems.append(f"{name}: nothing is {one}; there is {facts}")
            else:
                facts.remove(found)
    return problems
