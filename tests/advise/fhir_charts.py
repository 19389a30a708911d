"""Small charts in FHIR, written in short lines, taken the whole way to the document and the cards.

A line of a chart is one resource: `lab 777-3 24 10*9/L 5d`, `condition Heart failure since 900d`, `takes aciclovir 20d`,
`given teclistamab 800d 240d`, `asked Eye examination = normal 10d`, `result 5196-1 = Positive 9d`, `born 1941-05-02 male`.
Days count back from the day of the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from cards.advise import advise
from cards.advise.model import Advice
from cards.knowledge.loader import load_knowledge
from cards.present.assessment import assessment_document
from cards.present.card import Card
from cards.present.cards import cards_for
from fhir_mappings.history import TreatmentHistory, build_history
from fhir_mappings.read import read_bundles

KNOWLEDGE = load_knowledge()
AS_OF = date(2026, 11, 1)
PATIENT = "Patient/p1"
UCUM = "http://unitsofmeasure.org"
Resource = dict[str, Any]
Place = Literal["US", "EU", "both"]


@dataclass(frozen=True)
class Answer:
    """What came out of a chart."""

    history: TreatmentHistory
    advice: Advice
    cards: Mapping[str, Card]
    document: dict[str, Any]

    def entry(self, regimen: str) -> dict[str, Any] | None:
        """A regimen among the options or among what is not suggested."""
        every = [*self.document["recommendations"], *self.document["notSuggested"]]
        return next((item for item in every if item["regimen"] == regimen), None)

    def cautions(self, regimen: str, key: str) -> list[dict[str, Any]]:
        """The cautions of a regimen under one id."""
        entry = self.entry(regimen)
        assert entry is not None, f"{regimen} is neither an option nor refused"
        return [item for item in entry["cautions"] if item["id"] == key]

    def tiers(self) -> dict[str, str]:
        """Every option with its tier."""
        return {item["regimen"]: item["tier"] for item in self.document["recommendations"]}


def ask(
    resources: Sequence[Resource],
    *,
    as_of: date = AS_OF,
    place: Place = "US",
    policy: str = "current",
    access: Literal["yes", "no", "unknown"] = "unknown",
) -> Answer:
    """Take resources through reading, history, advice, document and cards."""
    entries = []
    for number, given in enumerate(resources, 1):
        resource = {"id": f"r{number:03d}", **given}
        if resource["resourceType"] == "Patient":
            resource["id"] = "p1"
        else:
            resource["subject"] = {"reference": PATIENT}
        entries.append({"resource": resource})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    record = read_bundles([json.dumps(bundle).encode()])[PATIENT]
    history = build_history(record, as_of, car_t_access=access)
    advice = advise(history, KNOWLEDGE, policy=policy, jurisdiction=place, car_t_access=access)
    cards = cards_for(history, advice, program_version="1")
    document = assessment_document(history, advice, program_version="1")
    return Answer(history, advice, {card.topic: card for card in cards}, document)


_DAYS = re.compile(r" (?:since )?(\d+)d$")


def resource_of(line: str, as_of: date = AS_OF) -> Resource:
    """Read one line of a chart."""
    kind, _, rest = line.partition(" ")
    found = _DAYS.search(rest)
    day = _before(as_of, found[1]) if found else None
    if kind == "given":
        name, first = _DAYS.sub("", rest).rsplit(" ", 1)
        return drug(name, _before(as_of, first.rstrip("d")), day)
    return _KINDS[kind](_DAYS.sub("", rest), day)


def _before(as_of: date, days: str | int) -> str:
    return (as_of - timedelta(days=int(days))).isoformat()


def _patient(rest: str, _day: str | None) -> Resource:
    born, _, sex = rest.partition(" ")
    made: Resource = {"resourceType": "Patient"}
    if born != "unknown":
        made["birthDate"] = born
    return made | ({"gender": sex} if sex else {})


def _lab(rest: str, day: str | None) -> Resource:
    code, value, unit, *more = rest.split()
    quantity: Resource = {"value": float(value.lstrip("<>")), "unit": unit, "system": UCUM, "code": unit}
    if value[0] in "<>":
        quantity["comparator"] = value[0]
    made = _observation({"coding": [{"system": "http://loinc.org", "code": code}]}, day, valueQuantity=quantity)
    high = next((text.removeprefix("high:") for text in more if text.startswith("high:")), None)
    return made | ({"referenceRange": [{"high": {"value": float(high), "unit": unit}}]} if high else {})


def _observation(code: Resource, day: str | None, **value: Any) -> Resource:
    made = {"resourceType": "Observation", "status": "final", "code": code, **value}
    return made | ({"effectiveDateTime": day} if day else {})


def _asked(rest: str, day: str | None) -> Resource:
    question, _, answer = rest.partition(" = ")
    return _observation({"text": question}, day, valueCodeableConcept={"text": answer})


def _result(rest: str, day: str | None) -> Resource:
    code, _, answer = rest.partition(" = ")
    return _observation(
        {"coding": [{"system": "http://loinc.org", "code": code}]}, day, valueCodeableConcept={"text": answer}
    )


def _condition(rest: str, day: str | None, code: Resource | None = None, clinical: str = "active") -> Resource:
    made: Resource = {
        "resourceType": "Condition",
        "code": code or {"text": rest},
        "clinicalStatus": {"coding": [{"code": clinical}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
    }
    return made | ({"onsetDateTime": day} if day else {})


def _past(rest: str, day: str | None) -> Resource:
    return _condition(rest, day, clinical="resolved")


def _icd10(rest: str, day: str | None) -> Resource:
    return _coded("http://hl7.org/fhir/sid/icd-10-cm", rest, day)


def _snomed(rest: str, day: str | None) -> Resource:
    return _coded("http://snomed.info/sct", rest, day)


def _coded(system: str, rest: str, day: str | None) -> Resource:
    code, _, display = rest.partition(" ")
    return _condition(display, day, {"coding": [{"system": system, "code": code, "display": display}]})


def _takes(rest: str, day: str | None) -> Resource:
    return drug(rest, day or "", None)


def _plan(rest: str, day: str | None) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "plan",
        "medicationCodeableConcept": {"text": rest},
        "authoredOn": day,
    }


def _procedure(rest: str, day: str | None) -> Resource:
    made = {"resourceType": "Procedure", "status": "completed", "code": {"text": rest}}
    return made | ({"performedDateTime": day} if day else {})


_KINDS = {
    "born": _patient,
    "lab": _lab,
    "asked": _asked,
    "result": _result,
    "condition": _condition,
    "past": _past,
    "icd10": _icd10,
    "snomed": _snomed,
    "takes": _takes,
    "planned": _plan,
    "procedure": _procedure,
}


def drug(name: str, start: str, end: str | None, as_of: date = AS_OF) -> Resource:
    """A medication statement; without an end it is still taken."""
    period = {"start": start} | ({"end": end} if end else {})
    return {
        "resourceType": "MedicationStatement",
        "status": "completed" if end else "active",
        "medicationCodeableConcept": {"text": name},
        "effectivePeriod": period,
        "dateAsserted": end or as_of.isoformat(),
    }


def m_protein(values: Mapping[str, float]) -> list[Resource]:
    """A series of serum M-protein in g/L."""
    return [
        _observation(
            {"coding": [{"system": "http://loinc.org", "code": "33358-3"}]},
            day,
            valueQuantity={"value": value, "unit": "g/L", "system": UCUM, "code": "g/L"},
        )
        for day, value in values.items()
    ]


def chart(base: Mapping[str, Any], lines: Iterable[str] = (), as_of: date = AS_OF) -> list[Resource]:
    """A base chart (`born`, `since`, `drugs`, `serum`, `lines`) with more lines; a `born` among these replaces the first.

    Numbers in place of dates are days before the day of the question.
    """
    more = [resource_of(line, as_of) for line in lines]
    known = any(one["resourceType"] == "Patient" for one in more)
    made = [] if known else [_patient(base.get("born", "1964-07-11 male"), None)]
    made.append(_condition("Multiple myeloma", _day(base["since"], as_of)))
    for text in base["drugs"]:
        name, start, end = text.rsplit(" ", 2)
        made.append(drug(name, _day(start, as_of), None if end == ".." else _day(end, as_of), as_of))
    made += m_protein({_day(day, as_of): value for day, value in base["serum"].items()})
    made += [resource_of(line, as_of) for line in base.get("lines", ())]
    return [*made, *more]


def _day(value: object, as_of: date) -> str:
    text = str(value).rstrip("d")
    return _before(as_of, text) if text.isdigit() else text
