"""Every clinical case of `tests/cases/` holds, whatever the order of its records (L24)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pytest

from fhir_mappings.history import build_history
from fhir_mappings.history.model import Line, TreatmentHistory
from fhir_mappings.record import PatientRecord
from tests.history.charts import chart_of, load_cases

CASES = load_cases()


def observed(history: TreatmentHistory, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the history says under each key that a case asks for."""
    return {key: _value(history, key, wanted) for key, wanted in expected.items()}


def _value(history: TreatmentHistory, key: str, wanted: Any) -> Any:
    count = history.line_count
    if key == "state":
        return history.diagnosis.state
    if key == "lines":
        assert history.lines is not None
        return [_line(line, expected) for line, expected in zip(history.lines, wanted, strict=False)] + [
            {"extra": line.regimen, "start": str(line.start)} for line in history.lines[len(wanted) :]
        ]
    if key in {"count", "prior"}:
        assert count is not None
        found = count.all if key == "count" else count.prior
        return [found.min, found.imwg, found.max]
    if key == "stated":
        assert count is not None
        return count.stated
    if key in {"agents", "classes"}:
        known = history.agents if key == "agents" else history.classes
        assert known is not None
        return {name: known[name].status if name in known else None for name in wanted}
    if key == "details":
        assert history.agents is not None
        return {
            name: {field: _plain(getattr(history.agents[name], field)) for field in fields}
            for name, fields in wanted.items()
        }
    if key == "flags":
        return [flag for flag in wanted if flag in history.flags]
    if key == "no_flags":
        return [flag for flag in wanted if flag not in history.flags]
    if key == "criteria":
        assert history.criteria_sets is not None
        return {name: history.criteria_sets[name] for name in wanted}
    assert key == "summary", f"a case asks for {key}, which is not known here"
    return {name: _plain(getattr(history.summary, name)) for name in wanted}


def _line(line: Line, wanted: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        "start": str(line.start),
        "end": str(line.end) if line.end else None,
        "agents": " ".join(line.agents),
        "phases": " ".join(phase.kind for phase in line.phases),
        "boundary": line.boundary,
        "end_reason": line.end_reason,
        "ongoing": line.ongoing,
        "regimen": line.regimen,
        "response": line.best_response.category if line.best_response else None,
        "pd": [f"{event.date} {event.trust}" for event in line.progressions],
        "flags": [flag for flag in wanted.get("flags", ()) if flag in line.flags],
    }
    return {key: known[key] for key in wanted}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_strings(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_case(name: str, case: dict[str, Any]) -> None:
    history = build_history(chart_of(case), case["as_of"])
    expected = _strings(case["expect"])
    if "details" in expected:
        found = observed(history, expected)
        assert _strings(found) == expected, case["title"]
        return
    assert _strings(observed(history, expected)) == expected, case["title"]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_order_of_records_does_not_matter(name: str, case: dict[str, Any]) -> None:
    chart = chart_of(case)
    expected = build_history(chart, case["as_of"])
    for seed in range(5):
        shuffled = build_history(_shuffled(chart, seed), case["as_of"])
        assert replace(shuffled, labs=(), problems=()) == replace(expected, labs=(), problems=())


def _shuffled(chart: PatientRecord, seed: int) -> PatientRecord:
    mixed: dict[str, Any] = {}
    for member in fields(chart):
        value = getattr(chart, member.name)
        if isinstance(value, tuple):
            items = list(value)
            random.Random(seed).shuffle(items)
            mixed[member.name] = tuple(items)
    return replace(chart, **mixed)


def test_case_names_start_with_a_rule() -> None:
    assert CASES
    for name, case in CASES:
        assert case["rule"] == name.split("-", 1)[0], name
