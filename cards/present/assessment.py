"""The assessment document: everything the cards rest on, one JSON object per patient (`docs/assessment.md`).

`null` means "not known"; keys are camelCase; dates are ISO 8601 to the precision known. Every flag stands at the
thing it is about and again in the top-level list. Without myeloma there are no lines, agents, composites or criteria
sets (E24).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from cards.advise.criteria import DEPENDS_ON_LINES
from cards.advise.label import UNVERIFIED
from cards.advise.model import Advice, CautionFound, EvidenceFit, JurisdictionAdvice, LabelVerdict, NotSuggested, Option
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
MOST_REFERENCES = 5
"""References that one criterion of a label names; the drug or line that it is about lists all of them."""
_INTERNAL_FLAGS = frozenset({DEPENDS_ON_LINES, UNVERIFIED})
_FLAGGED = ("diagnosis", "linesOfTherapy", "lineCount", "agents")
"""Members of the history that hold flags at any depth; those of the advice are on its labels."""


def assessment_document(history: TreatmentHistory, advice: Advice, *, program_version: str) -> dict[str, Any]:
    """Return the assessment of one patient as JSON-ready data."""
    places = [advice.by_jurisdiction[place] for place in advice.jurisdictions]
    document: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "madeWith": {"program": PROGRAM, "version": program_version},
        "patient": history.patient,
        "asOf": history.as_of.isoformat(),
        "jurisdiction": advice.jurisdictions[0] if len(advice.jurisdictions) == 1 else "both",
        "policy": advice.policy,
        "knowledgeVersion": advice.knowledge_version,
        "diagnosis": diagnosis(history.diagnosis),
        "linesOfTherapy": lines(history.lines),
        "lineCount": line_count(history.line_count),
        "agents": agents(history.agents),
        "classes": class_statuses(history.classes),
        "summary": summary(history.summary),
        "criteriaSets": None if history.criteria_sets is None else dict(sorted(history.criteria_sets.items())),
        "findings": findings(history.findings),
        "mrd": residual_disease(history) if history.summary is not None else None,
        "recommendations": _by_place(places, lambda place: [_option(option) for option in place.recommendations]),
        "notSuggested": _by_place(places, lambda place: [_not_suggested(item) for item in place.not_suggested]),
        "labels": _by_place(places, lambda place: {name: _label(place.labels[name]) for name in sorted(place.labels)}),
        "missingData": [{"what": item.what, "why": item.why, "how": item.how} for item in advice.missing],
        "optionsApply": advice.options_apply,
        "withheldBecause": advice.withheld_because,
        "withheldReason": advice.withheld_reason_code,
        "policyRow": advice.row,
        "policyRowTitle": advice.row_title,
        "policyModifiers": list(advice.modifiers),
        "statements": list(advice.statements),
        "safety": [_caution(item) for item in advice.safety],
        "openQuestions": [*history.open_questions, *([history.status_question] if history.status_question else [])],
        "excluded": [
            {"resource": item.resource, "reason": item.reason, "about": item.about} for item in history.excluded
        ],
        "flags": [],
        "dataQuality": _quality(history),
    }
    places_of_flags = [document[name] for name in _FLAGGED]
    document["flags"] = sorted({*history.flags, *advice.flags, *_flags_in(places_of_flags), *_label_flags(places)})
    return document


def _by_place(places: Sequence[JurisdictionAdvice], build: Callable[[JurisdictionAdvice], Any]) -> Any:
    """Return the value of a single jurisdiction, or an object keyed by jurisdiction (invariant 17: never merged)."""
    if len(places) == 1:
        return build(places[0])
    return {place.jurisdiction: build(place) for place in places}


def _label_flags(places: Sequence[JurisdictionAdvice]) -> Iterator[str]:
    for place in places:
        for verdict in place.labels.values():
            held = [verdict.flags, *(criterion.flags for criterion in verdict.criteria)]
            yield from (flag for flags in held for flag in flags if flag not in _INTERNAL_FLAGS)


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


def _quality(history: TreatmentHistory) -> list[dict[str, str]]:
    notes = [{"severity": note.severity, "resource": note.resource, "issue": note.issue} for note in history.quality]
    return notes + [{"severity": "warning", "resource": gap.key, "issue": gap.reason} for gap in history.gaps]


def _day(day: date) -> str:
    return day.isoformat()


def _label(verdict: LabelVerdict) -> dict[str, Any]:
    return {
        "jurisdiction": verdict.jurisdiction,
        "asOf": _day(verdict.as_of),
        "status": verdict.status,
        "criteria": [
            {
                "text": criterion.text,
                "state": criterion.state,
                "evidence": list(criterion.evidence[:MOST_REFERENCES]),
                "flags": [flag for flag in criterion.flags if flag not in _INTERNAL_FLAGS],
                "dependsOnLineCount": DEPENDS_ON_LINES in criterion.flags,
            }
            for criterion in verdict.criteria
        ],
        "note": verdict.note,
        "sources": list(verdict.sources),
        "unverified": UNVERIFIED in verdict.flags,
        "flags": [flag for flag in verdict.flags if flag not in _INTERNAL_FLAGS],
    }


def _caution(caution: CautionFound) -> dict[str, Any]:
    return {
        "id": caution.id,
        "severity": caution.severity,
        "effect": caution.effect,
        "state": caution.state,
        "text": caution.text,
        "evidence": list(caution.evidence),
        "sources": list(caution.sources),
        "unverified": caution.unverified,
    }


def _evidence(item: EvidenceFit) -> dict[str, Any]:
    evidence = item.evidence
    return {
        "trial": evidence.trial,
        "design": evidence.design,
        "population": evidence.population,
        "text": evidence.text,
        "doi": evidence.doi,
        "pmid": evidence.pmid,
        "nct": evidence.nct,
        "sources": list(evidence.sources),
        "unverified": evidence.tag != "verified",
        "fit": item.fit,
        "because": item.because,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "regimen": option.regimen,
        "name": option.name,
        "agents": list(option.agents),
        "tier": option.tier,
        "rank": option.rank,
        "startable": option.startable,
        "label": _label(option.label),
        "because": list(option.because),
        "refractoryComponents": list(option.refractory_components),
        "cautions": [_caution(caution) for caution in option.cautions],
        "evidence": [_evidence(item) for item in option.evidence],
        "statements": list(option.statements),
        "doseNotes": list(option.dose_notes),
        "newClasses": list(option.new_classes),
    }


def _not_suggested(item: NotSuggested) -> dict[str, Any]:
    return {
        "regimen": item.regimen,
        "name": item.name or None,
        "because": list(item.because),
        "invariant": item.invariant,
        "cautions": [_caution(caution) for caution in item.cautions],
    }
