"""The part of the assessment document that comes from the treatment history alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model import (
    AgentStatus,
    ClassStatus,
    Derived,
    Diagnosis,
    Finding,
    Intolerance,
    Line,
    LineCount,
    Progression,
    Range,
    Rechallenge,
    Response,
    Staging,
    Summary,
    TreatmentHistory,
)


def _date(when: ChartDate | None) -> str | None:
    return None if when is None else str(when)


def _trail(derived: Derived) -> dict[str, list[str]]:
    return {"basis": list(derived.basis), "evidence": list(derived.evidence), "flags": list(derived.flags)}


def diagnosis(value: Diagnosis) -> dict[str, Any]:
    """Return `diagnosis`."""
    return {
        "state": value.state,
        "since": _date(value.since),
        **_trail(value),
    }


def lines(value: Sequence[Line] | None) -> list[dict[str, Any]] | None:
    """Return `linesOfTherapy`."""
    return None if value is None else [_line(line) for line in value]


def _line(line: Line) -> dict[str, Any]:
    return {
        "number": line.number,
        "start": _date(line.start_precision) or line.start.isoformat(),
        "end": None if line.end is None else line.end.isoformat(),
        "ongoing": line.ongoing,
        "regimen": line.regimen,
        "agents": list(line.agents),
        "phases": [
            {
                "kind": phase.kind,
                "start": phase.start.isoformat(),
                "end": None if phase.end is None else phase.end.isoformat(),
                "agents": list(phase.agents),
            }
            for phase in line.phases
        ],
        "bestResponse": _response(line.best_response),
        "progressions": [_progression(event) for event in line.progressions],
        "endReason": line.end_reason,
        "regimenCandidates": [{"name": name, "reason": reason} for name, reason in line.other_names],
        "boundary": line.boundary,
        "boundaryReason": line.reason or None,
        "plannedBy": line.planned_by,
        "confidence": line.confidence,
        **_trail(line),
    }


def _response(value: Response | None) -> dict[str, Any] | None:
    if value is None:
        return None
    day = None if value.date is None else value.date.isoformat()
    return {
        "category": value.category,
        "date": day,
        "source": value.source,
        "detail": value.detail or None,
        **_trail(value),
    }


def _progression(event: Progression) -> dict[str, Any]:
    return {
        "date": event.date.isoformat(),
        "trust": event.trust,
        "biochemicalOnly": event.biochemical_only,
        "significant": event.significant,
        "confidence": event.confidence,
        "detail": event.detail or None,
        **_trail(event),
    }


def _range(value: Range) -> dict[str, int | None]:
    return {"imwg": value.imwg, "min": value.min, "max": value.max}


def line_count(value: LineCount | None) -> dict[str, Any] | None:
    """Return `lineCount`."""
    if value is None:
        return None
    return {**_range(value.all), "stated": value.stated, "prior": _range(value.prior), "flags": list(value.flags)}


def agents(value: Mapping[str, AgentStatus] | None) -> dict[str, Any] | None:
    """Return `agents`."""
    return None if value is None else {name: _agent(value[name]) for name in sorted(value)}


def _agent(status: AgentStatus) -> dict[str, Any]:
    return {
        "status": status.status,
        "since": None if status.since is None else status.since.isoformat(),
        "confidence": status.confidence,
        "intolerance": _intolerance(status.intolerance),
        "firstExposure": _date(status.first_exposure),
        "lastExposure": status.last_given,
        "lines": list(status.lines),
        "bestResponse": status.best_response,
        "reason": status.reason or None,
        "respondedOnRechallenge": _rechallenge(status.rechallenge),
        "refractoryAtLastExposure": status.refractory_at_last_exposure,
        **_trail(status),
    }


def _rechallenge(value: Rechallenge | None) -> dict[str, Any] | None:
    """F11: a response to a drug that was refractory before."""
    if value is None:
        return None
    return {"date": value.date.isoformat(), "category": value.category, "partners": list(value.partners)}


def _staging(value: Staging | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "iss": value.iss,
        "rIss": value.r_iss,
        "r2Iss": value.r2_iss,
        "r2IssPoints": value.r2_iss_points,
        "missing": list(value.missing),
        "evidence": list(value.evidence),
    }


def residual_disease(history: TreatmentHistory) -> dict[str, Any]:
    """Return `mrd` (P16): the tests on record and whether a negative result was sustained."""
    results = [
        {"value": one.value, "date": _date(one.date), "text": one.text, "evidence": list(one.evidence)}
        for one in history.mrd
    ]
    return {"results": results, "sustained": history.mrd_sustained}


def _intolerance(value: Intolerance | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "reaction": value.reaction,
        "grade": value.grade,
        "date": _date(value.date),
        "resolved": value.resolved,
        "rechallenged": value.rechallenged,
        "evidence": list(value.evidence),
    }


def class_statuses(value: Mapping[str, ClassStatus] | None) -> dict[str, Any] | None:
    """Return `classes`."""
    if value is None:
        return None
    return {name: {"status": value[name].status, "agents": list(value[name].agents)} for name in sorted(value)}


def summary(value: Summary | None) -> dict[str, Any] | None:
    """Return `summary`."""
    if value is None:
        return None
    functional, genomic = value.functional_high_risk, value.cytogenetic_risk
    return {
        "onTherapy": value.on_therapy,
        "progressing": value.progressing,
        "extramedullary": value.extramedullary,
        "doubleRefractory": value.double_refractory,
        "tripleClassExposed": value.triple_class_exposed,
        "tripleClassRefractory": value.triple_class_refractory,
        "pentaRefractory": value.penta_refractory,
        "lenalidomideRefractory": value.lenalidomide_refractory,
        "bcmaExposed": value.bcma_exposed,
        "gprc5dExposed": value.gprc5d_exposed,
        "priorTransplant": value.prior_transplant,
        "priorCarT": value.prior_car_t,
        "functionalHighRisk": {
            "value": functional.value,
            "months": functional.months,
            "from": functional.since,
            "cutoff": functional.cutoff,
        },
        "cytogeneticRisk": {
            "value": genomic.value,
            "present": list(genomic.present),
            "missing": list(genomic.missing),
        },
        "monthsSinceAntiCD38": value.months_since_anti_cd38,
        "course": None if value.pattern is None else value.pattern.value,
        "refractoryGroup": value.refractory_group,
        "staging": _staging(value.staging),
        "historyComplete": value.history_complete,
        "flags": list(value.flags),
    }


def findings(value: Mapping[str, Finding]) -> dict[str, Any]:
    """Return `findings`; unit, comparator and how it was derived only where there is one."""
    return {name: _finding(value[name]) for name in sorted(value)}


def _finding(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {"value": finding.value}
    if finding.unit is not None:
        result["unit"] = finding.unit
    if finding.comparator is not None:
        result["comparator"] = finding.comparator
    result |= {"date": _date(finding.date), "evidence": list(finding.evidence)}
    return result if finding.derived is None else {**result, "derived": finding.derived}
