"""Every clinical case of `tests/cases/` holds, whatever the order of its records (L24)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fhir_mappings.history import build_history
from fhir_mappings.history.model import Line, Progression, TreatmentHistory
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import PatientRecord
from tests.history.charts import chart_of, load_cases

CASES = load_cases()
FLAGS = Path(__file__).parents[2] / "docs" / "flags.md"


def observed(history: TreatmentHistory, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the history says under each key that a case asks for."""
    return {key: _value(history, key, wanted) for key, wanted in expected.items()}


def _value(history: TreatmentHistory, key: str, wanted: Any) -> Any:
    readers: dict[str, Callable[[TreatmentHistory, Any], Any]] = {
        "state": lambda h, _: h.diagnosis.state,
        "since": lambda h, _: str(h.diagnosis.since),
        "lines": _lines,
        "count": lambda h, _: _count(h, "all"),
        "prior": lambda h, _: _count(h, "prior"),
        "stated": lambda h, _: h.line_count and h.line_count.stated,
        "agents": lambda h, names: _statuses(h.agents, names),
        "classes": lambda h, names: _statuses(h.classes, names),
        "details": _details,
        "flags": lambda h, flags: [flag for flag in flags if flag in h.flags],
        "no_flags": lambda h, flags: [flag for flag in flags if flag not in h.flags],
        "criteria": lambda h, names: {name: (h.criteria_sets or {})[name] for name in names},
        "open_questions": lambda h, texts: [t for t in texts if t in " | ".join(h.open_questions)],
        "quality": lambda h, texts: [t for t in texts if any(t in note.issue for note in h.quality)],
        "mrd": lambda h, _: [f"{result.value} {result.date} {result.text}" for result in h.mrd],
        "mrd_sustained": lambda h, _: h.mrd_sustained,
        "car_t_planned": lambda h, _: list(h.car_t_planned),
        "excluded": lambda h, _: [f"{item.about}: {item.reason}" for item in h.excluded],
        "summary": lambda h, facts: {name: _told(h.summary, name, value) for name, value in facts.items()},
    }
    assert key in readers, f"a case asks for {key}, which is not known here"
    return readers[key](history, wanted)


def _lines(history: TreatmentHistory, wanted: Any) -> Any:
    assert history.lines is not None
    return [_line(line, expected) for line, expected in zip(history.lines, wanted, strict=False)] + [
        {"extra": line.regimen, "start": str(line.start)} for line in history.lines[len(wanted) :]
    ]


def _count(history: TreatmentHistory, which: str) -> Any:
    assert history.line_count is not None
    found = getattr(history.line_count, which)
    return [found.min, found.imwg, found.max]


def _statuses(known: Mapping[str, Any] | None, names: Any) -> Any:
    assert known is not None
    return {name: known[name].status if name in known else None for name in names}


def _details(history: TreatmentHistory, wanted: Any) -> Any:
    assert history.agents is not None
    return {
        name: {field: _told(history.agents[name], field, value) for field, value in fields.items()}
        for name, fields in wanted.items()
    }


def _told(thing: Any, path: str, wanted: Any) -> Any:
    """Follow a dotted path; of flags and rules only those that are asked for."""
    for name in path.removeprefix("no_").split("."):
        thing = getattr(thing, name)
    if path in {"flags", "basis", "evidence"}:
        return [item for item in wanted if item in thing]
    if path in {"no_flags", "no_basis"}:
        return [item for item in wanted if item not in thing]
    if path == "reason":
        return wanted if wanted in thing else thing
    return _plain(thing)


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
        "no_flags": [flag for flag in wanted.get("no_flags", ()) if flag not in line.flags],
        "basis": [rule for rule in wanted.get("basis", ()) if rule in line.basis],
        "no_basis": [rule for rule in wanted.get("no_basis", ()) if rule not in line.basis],
        "planned_by": line.planned_by,
        "confidence": line.confidence,
        "detail": [text for text in wanted.get("detail", ()) if any(text in e.detail for e in line.progressions)],
        "significant": [event.significant for event in line.progressions],
        "pd_confidence": [event.confidence for event in line.progressions],
        "pd_basis": [
            [rule for rule in rules if rule in event.basis] for event, rules in _each(line, wanted, "pd_basis")
        ],
        "pd_no_basis": [
            [rule for rule in rules if rule not in event.basis] for event, rules in _each(line, wanted, "pd_no_basis")
        ],
        "pd_evidence": [
            [ref for ref in refs if ref in event.evidence] for event, refs in _each(line, wanted, "pd_evidence")
        ],
        "pd_flags": [list(event.flags) for event in line.progressions],
        "response_source": line.best_response.source if line.best_response else None,
        "response_basis": [
            rule for rule in wanted.get("response_basis", ()) if line.best_response and rule in line.best_response.basis
        ],
        "response_flags": [
            f for f in wanted.get("response_flags", ()) if line.best_response and f in line.best_response.flags
        ],
        "reason": wanted.get("reason") if wanted.get("reason", "") in line.reason else line.reason,
    }
    return {key: known[key] for key in wanted}


def _each(line: Line, wanted: Mapping[str, Any], key: str) -> Iterator[tuple[Progression, list[str]]]:
    """Pair the progressions of a line with what a case asks of each."""
    return zip(line.progressions, wanted.get(key, ()), strict=False)


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


def holds(case: Mapping[str, Any], chart: PatientRecord) -> bool:
    """Tell whether the history of a chart is what its case expects (for the mutation runner)."""
    history = build_history(chart, case["as_of"], Parameters(**case.get("parameters", {})))
    expected = _strings(case["expect"])
    return bool(_strings(observed(history, expected)) == expected)


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_case(name: str, case: dict[str, Any]) -> None:
    history = build_history(chart_of(case), case["as_of"], Parameters(**case.get("parameters", {})))
    expected = _strings(case["expect"])
    assert _strings(observed(history, expected)) == expected, case["title"]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_flags_stand_at_their_thing_and_at_the_top(name: str, case: dict[str, Any]) -> None:
    """A suspect unit stands at the note on the data, which the reader makes and these charts lack."""
    history = build_history(chart_of(case), case["as_of"], Parameters(**case.get("parameters", {})))
    assert {*history.flags} - {"unit_suspect"} == set(_flags_of_things(history)), name


def _flags_of_things(history: TreatmentHistory) -> Iterator[str]:
    yield from history.diagnosis.flags
    for line in history.lines or ():
        yield from line.flags
        yield from line.best_response.flags if line.best_response else ()
        for event in line.progressions:
            yield from event.flags
    for status in (history.agents or {}).values():
        yield from status.flags
    yield from history.line_count.flags if history.line_count else ()
    yield from history.summary.flags if history.summary else ()


@pytest.mark.parametrize(("name", "case"), CASES, ids=[name for name, _ in CASES])
def test_order_of_records_does_not_matter(name: str, case: dict[str, Any]) -> None:
    chart = chart_of(case)
    expected = build_history(chart, case["as_of"])
    for seed in range(5):
        shuffled = build_history(_shuffled(chart, seed), case["as_of"])
        assert replace(shuffled, labs=(), problems=()) == replace(expected, labs=(), problems=())


def _shuffled(chart: PatientRecord, seed: int) -> PatientRecord:
    mixed: dict[str, Any] = {}
    for name in chart.__struct_fields__:
        value = getattr(chart, name)
        if isinstance(value, tuple):
            items = list(value)
            random.Random(seed).shuffle(items)
            mixed[name] = tuple(items)
    return replace(chart, **mixed)


def test_case_names_start_with_a_rule() -> None:
    assert CASES
    for name, case in CASES:
        assert case["rule"] == name.split("-", 1)[0], name


def test_every_flag_of_the_history_is_asked_for_by_a_case() -> None:
    """The list of flags is closed; each one can be reached. What judges the knowledge is not for the history to flag."""
    listed = set(re.findall(r"^## `(\w+)`", FLAGS.read_text(encoding="utf-8"), re.MULTILINE))
    asked = {flag for _, case in CASES for flag in _asked(case["expect"])}
    assert listed - asked == {"knowledge_stale"}


def _asked(expected: Any) -> Iterator[str]:
    if isinstance(expected, list):
        for item in expected:
            yield from _asked(item)
    elif isinstance(expected, dict):
        for key, value in expected.items():
            yield from value if key in {"flags", "response_flags"} else _asked(value)
