"""The assessment document: everything the cards rest on, one JSON object per patient (`docs/assessment.md`).

`null` means "not known"; keys are camelCase; dates are ISO 8601 to the precision known. Every flag stands at the
thing it is about and again in the top-level list. Without myeloma there are no lines, agents, composites or criteria
sets (E24).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cards.advise.model import Advice
from cards.present.advice_document import INTERNAL_FLAGS, AdviceWriter
from cards.present.compact import compact, without_empty
from cards.present.history_document import (
    agents,
    class_statuses,
    diagnosis,
    findings,
    line_count,
    lines,
    residual_disease,
    summary,
)
from fhir_mappings.history.model import TreatmentHistory

SCHEMA_VERSION = "1"
PROGRAM = "myeloma-cds"
_UNIT = "unit_suspect"
_FLAGGED = ("diagnosis", "linesOfTherapy", "lineCount", "agents")
"""Members of the history that hold flags at any depth; those of the advice are on its labels."""


def assessment_document(history: TreatmentHistory, advice: Advice, *, program_version: str) -> dict[str, Any]:
    """Return the assessment of one patient as JSON-ready data."""
    return _document(_heading(history, advice, program_version), _history(history), history, advice, small=False)


def compact_document(history: TreatmentHistory, advice: Advice, *, program_version: str) -> dict[str, Any]:
    """Return the same without null and empty members, as a card carries it (R02)."""
    heading, known = _heading(history, advice, program_version), compact(_history(history))
    return without_empty(_document(heading, known, history, advice, small=True))


def _heading(history: TreatmentHistory, advice: Advice, program_version: str) -> dict[str, Any]:
    return {
        "schemaVersion": SCHEMA_VERSION,
        "madeWith": {"program": PROGRAM, "version": program_version},
        "patient": history.patient,
        "asOf": history.as_of.isoformat(),
        "jurisdiction": advice.jurisdictions[0] if len(advice.jurisdictions) == 1 else "both",
        "policy": advice.policy,
        "knowledgeVersion": advice.knowledge_version,
    }


def _history(history: TreatmentHistory) -> dict[str, Any]:
    return {
        "diagnosis": diagnosis(history.diagnosis),
        "linesOfTherapy": lines(history.lines),
        "lineCount": line_count(history.line_count),
        "agents": agents(history.agents),
        "classes": class_statuses(history.classes),
        "summary": summary(history.summary),
        "criteriaSets": None if history.criteria_sets is None else dict(sorted(history.criteria_sets.items())),
        "findings": findings(history.findings),
        "mrd": residual_disease(history) if history.summary is not None else None,
    }


def _document(
    heading: dict[str, Any], known: dict[str, Any], history: TreatmentHistory, advice: Advice, *, small: bool
) -> dict[str, Any]:
    writer = AdviceWriter(advice, without_empty if small else _whole)
    flags = {*history.flags, *advice.flags, *_flags_in([known.get(name) for name in _FLAGGED]), *_label_flags(advice)}
    return {
        **heading,
        **known,
        **writer.regimens(),
        "missingData": writer.missing(),
        "optionsApply": advice.options_apply,
        "withheldBecause": advice.withheld_because,
        "withheldReason": advice.withheld_reason_code,
        "policyRow": advice.row,
        "policyRowTitle": advice.row_title,
        "policyModifiers": list(advice.modifiers),
        "statements": list(advice.statements),
        "safety": writer.safety(),
        "openQuestions": [*history.open_questions, *([history.status_question] if history.status_question else [])],
        "excluded": _excluded(history, small=small),
        "flags": sorted(flags),
        "dataQuality": _quality(history),
    }


def _whole(members: dict[str, Any]) -> dict[str, Any]:
    return members


def _label_flags(advice: Advice) -> Iterator[str]:
    for place in advice.jurisdictions:
        for verdict in advice.by_jurisdiction[place].labels.values():
            for flags in (verdict.flags, *(criterion.flags for criterion in verdict.criteria)):
                yield from (flag for flag in flags if flag not in INTERNAL_FLAGS)


def _flags_in(value: Any) -> Iterator[str]:
    if type(value) is dict:
        for key, member in value.items():
            if key == "flags":
                yield from member
            elif type(member) in {dict, list}:
                yield from _flags_in(member)
    elif type(value) is list:
        for member in value:
            if type(member) is dict:
                yield from _flags_in(member)


def _excluded(history: TreatmentHistory, *, small: bool) -> list[dict[str, Any]]:
    shape = without_empty if small else _whole
    return [shape({"resource": item.resource, "reason": item.reason, "about": item.about}) for item in history.excluded]


def _quality(history: TreatmentHistory) -> list[dict[str, Any]]:
    """Return the notes on the data; one about a unit carries the flag of it."""
    notes: list[dict[str, Any]] = [
        {"severity": note.severity, "resource": note.resource, "issue": note.issue}
        | ({"flags": [_UNIT]} if _UNIT in note.issue else {})
        for note in history.quality
    ]
    return notes + [{"severity": "warning", "resource": gap.key, "issue": gap.reason} for gap in history.gaps]
