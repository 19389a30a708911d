"""What else a story says that its chart holds: other illnesses, single results, drugs beside the treatment, plans, reactions."""

from __future__ import annotations

from typing import Any, Final

from cds_service.synthetic.days import iso
from cds_service.synthetic.record.chart import UCUM, Chart, text_of
from cds_service.synthetic.record.codes import HL7, LOINC
from cds_service.synthetic.record.styles import Style
from cds_service.synthetic.story.model import Finding, Story

TYPES: Final = {
    "condition": "Condition",
    "result": "Observation",
    "medicine": "MedicationStatement",
    "plan": "CarePlan",
    "reaction": "AdverseEvent",
    "procedure": "Procedure",
}
"""Resource type by kind of finding."""


def write_others(chart: Chart, story: Story, style: Style) -> None:
    """Write the findings of a story, in its order; codes stand beside the words where the style has codes."""
    for one in story.findings:
        body = {"subject": {"reference": f"Patient/{chart.patient}"}} | _BODIES[one.kind](one, coded=style.coded_labs)
        chart.add(TYPES[one.kind], text_of(body)[1:-1])


def _concept(words: str, code: str = "", *, coded: bool = True) -> dict[str, Any]:
    if not (code and coded):
        return {"text": words}
    return {"coding": [{"system": LOINC, "code": code}], "text": words}


def _status(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


def _condition(one: Finding, *, coded: bool) -> dict[str, Any]:
    body = {
        "clinicalStatus": _status("condition-clinical", "active"),
        "verificationStatus": _status("condition-ver-status", "confirmed"),
        "code": _concept(one.words, one.code, coded=coded),
        "onsetDateTime": iso(one.day),
    }
    return body | ({"severity": {"text": one.value}} if one.value else {})


def _result(one: Finding, *, coded: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": "final",
        "code": _concept(one.words, one.code, coded=coded),
        "effectiveDateTime": iso(one.day),
    }
    if isinstance(one.value, str):
        body["valueString"] = one.value
    elif one.value is not None:
        quantity: dict[str, Any] = {"value": one.value}
        if one.comparator:
            quantity["comparator"] = one.comparator
        if one.unit:
            quantity |= {"unit": one.unit, "system": UCUM, "code": one.unit}
        body["valueQuantity"] = quantity
    if one.high is not None:
        body["referenceRange"] = [{"high": {"value": one.high, "unit": one.unit, "system": UCUM, "code": one.unit}}]
    if one.method:
        body["method"] = {"text": one.method}
    return body


def _medicine(one: Finding, *, coded: bool) -> dict[str, Any]:  # noqa: ARG001 - all writers are called alike
    return {
        "status": one.value or "active",
        "medicationCodeableConcept": {"text": one.words},
        "effectivePeriod": {"start": iso(one.day)},
        "dateAsserted": iso(one.until or one.day),
    }


def _plan(one: Finding, *, coded: bool) -> dict[str, Any]:  # noqa: ARG001
    return {"status": "active", "intent": "plan", "title": one.words, "created": iso(one.day)}


def _reaction(one: Finding, *, coded: bool) -> dict[str, Any]:  # noqa: ARG001
    return {
        "actuality": "actual",
        "event": {"text": one.words},
        "date": iso(one.day),
        "suspectEntity": [{"instance": {"display": one.value}}],
    }


def _procedure(one: Finding, *, coded: bool) -> dict[str, Any]:  # noqa: ARG001
    return {"status": "completed", "code": {"text": one.words}, "performedDateTime": iso(one.day)}


_BODIES: Final = {
    "condition": _condition,
    "result": _result,
    "medicine": _medicine,
    "plan": _plan,
    "reaction": _reaction,
    "procedure": _procedure,
}
