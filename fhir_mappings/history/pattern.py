"""F05: primary refractory, relapsed and refractory, or relapsed; and the largest certain drug group of F13."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from fhir_mappings.dates import days_between
from fhir_mappings.history.composites import Known
from fhir_mappings.history.model import AgentStatus, Pattern
from fhir_mappings.history.progression import is_progression
from fhir_mappings.history.response import at_least_minimal, grades
from fhir_mappings.history.setting import Setting


def pattern_of(setting: Setting, agents: Mapping[str, AgentStatus], complete: bool) -> Pattern:
    """Return the course of the disease over all lines (F05).

    Without a complete history "never a response" cannot be said; it is then `unknown`.
    """
    events = [e for record in setting.records for e in record.events if is_progression(e)]
    refs = tuple(sorted({ref for e in events for ref in e.evidence}))
    failed = [a for a in agents.values() if {"E13", "F10"} & set(a.basis) and a.status == "refractory" and a.since]
    first_response = _first_response(setting)
    if not events and not failed:
        return Pattern("not-progressed" if complete else "unknown", basis=("F05",))
    if first_response is None:
        known = any(r.line.best_response is not None for r in setting.records)
        if not complete or not known:
            return Pattern("unknown", basis=("F05",), evidence=refs)
        return Pattern("primary-refractory", "PD" if events else "SD", basis=("F05",), evidence=refs)
    window = setting.parameters.refractory_window_days
    salvage = setting.records[1:]
    later = any(
        is_progression(e) and e.date > first_response and _on_or_near(record.line.end, e.date, window)
        for record in salvage
        for e in record.events
    )
    later = later or any(a.since and a.since > first_response and set(a.lines) - {1} for a in failed)
    if later:
        return Pattern("relapsed-and-refractory", basis=("F02", "F05"), evidence=refs)
    return Pattern("relapsed", basis=("F05",), evidence=refs)


def _on_or_near(end: date | None, day: date, window: int) -> bool:
    return end is None or days_between(end, day) <= window


def _first_response(setting: Setting) -> date | None:
    p, disease = setting.parameters, setting.disease
    for record in setting.records:
        found = grades(
            disease.markers, disease.statements, record.draft.baseline_day, record.line.start, record.until, p
        )
        days = [grade.day for grade in found if at_least_minimal(grade.category)]
        if days:
            return min(days)
    return None


def refractory_group(known: Known) -> Literal["triple", "quad", "penta"] | None:
    """F13 (the groups of the MAMMOTH study): one anti-CD38 with one, three or four of two PIs and two IMiDs, all refractory."""
    count = {
        key: min(2, sum(1 for s in known.of_class(key) if s.status == "refractory")) for key in ("PI", "IMID", "CD38")
    }
    if not all(count.values()):
        return None
    both = count["PI"] + count["IMID"]
    return "penta" if both == 4 else "quad" if both == 3 else "triple"
