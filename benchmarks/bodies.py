"""Hook requests of 60 to 10,000 resources about myeloma patients, the same in every run.

Each chart tells a story that the service has something to say about: D-VRd, transplant, maintenance, relapse, often a second line and a
second relapse, with the disease markers, blood counts, genomics and problems that decide. Around it stands what charts are full of:
laboratory values, vital signs, drugs and problems that nothing asks for, about 1.8 kB a resource. Patients differ, so that no answer serves
two bodies.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import orjson

AS_OF = "2026-11-01"
SIZES = (60, 500, 2500, 10_000)
MIX = {60: (15, 6, 3), 500: (60, 20, 15), 2500: (200, 60, 40), 10_000: (500, 120, 100)}
"""Drugs, conditions and procedures of a chart: fewer in proportion the larger it is."""
PICKED = {60: 28, 500: 44, 2500: 97, 10_000: 249}
"""About how many resources of a chart the service asks for."""

_NOISE = (
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L"),
    ("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L"),
    ("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL"),
    ("789-8", "Erythrocytes [#/volume] in Blood by Automated count", "10*6/uL"),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%"),
    ("787-2", "MCV [Entitic volume] by Automated count", "fL"),
    ("785-6", "MCH [Entitic mass] by Automated count", "pg"),
    ("8867-4", "Heart rate", "/min"),
    ("9279-1", "Respiratory rate", "/min"),
    ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%"),
    ("8310-5", "Body temperature", "Cel"),
    ("2777-1", "Phosphate [Mass/volume] in Serum or Plasma", "mg/dL"),
)
_OTHER_DRUGS = (
    "Metformin 500 mg", "Amlodipine 5 mg", "Pantoprazole 40 mg", "Atorvastatin 20 mg", "Levothyroxine 50 mcg",
    "Ondansetron 8 mg", "Insulin glargine 100 units/mL", "Apixaban 5 mg", "Macrogol 13 g", "Gabapentin 300 mg",
)  # fmt: skip
_OTHER_CONDITIONS = (
    ("I10", "Essential hypertension"), ("E78.5", "Hyperlipidemia"), ("M54.5", "Low back pain"), ("K21.9", "Reflux"),
    ("M17.1", "Osteoarthritis of knee"), ("J30.1", "Hay fever"),
)  # fmt: skip
_OTHER_PROCEDURES = ("Colonoscopy", "Chest x-ray", "Echocardiography", "Insertion of peripheral cannula")
_START = date(2019, 1, 7)


def _common(kind: str, number: int, patient: str) -> dict[str, Any]:
    """Return what servers put on every resource."""
    return {
        "resourceType": kind,
        "id": f"{kind[:3].lower()}-{number:06d}",
        "meta": {
            "versionId": "2",
            "lastUpdated": "2026-10-01T00:00:00.000Z",
            "source": "#b71f0ad9",
            "profile": [f"http://hl7.org/fhir/us/core/StructureDefinition/us-core-{kind.lower()}"],
        },
        "identifier": [
            {"use": "usual", "system": "https://ehr.example.org/ids/order", "value": f"R{number:09d}"},
            {"use": "official", "system": "https://ehr.example.org/ids/accession", "value": f"A{number:09d}"},
        ],
        "subject": {"reference": f"Patient/{patient}", "display": "Example, Patient"},
        "encounter": {"reference": f"Encounter/e{number // 20}", "display": "Office visit"},
        "extension": [
            {
                "url": "https://ehr.example.org/fhir/StructureDefinition/workflow-step",
                "valueCodeableConcept": {
                    "coding": [{"system": "https://ehr.example.org/codes/workflow", "code": "F", "display": "Final"}],
                    "text": "Released to the chart by the department after review",
                },
            }
        ],
    }


def _when(day: date) -> str:
    return f"{day.isoformat()}T08:30:00+01:00"


def _observation(
    number: int, patient: str, day: date, code: str, display: str, unit: str, value: float
) -> dict[str, Any]:
    quantity = {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return _common("Observation", number, patient) | {
        "basedOn": [{"reference": f"ServiceRequest/sr-{number // 10}", "display": "Laboratory panel"}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ],
                "text": "Laboratory",
            }
        ],
        "code": {
            "coding": [
                {"system": "http://loinc.org", "code": code, "display": display},
                {
                    "system": "urn:oid:1.2.840.114350.1.13.1.7.2.768282",
                    "code": f"L{code}",
                    "display": display.split(" [", maxsplit=1)[0],
                },
            ],
            "text": display.split(" [", maxsplit=1)[0],
        },
        "effectiveDateTime": _when(day),
        "issued": f"{day.isoformat()}T11:00:00.000+01:00",
        "performer": [
            {"reference": "Practitioner/dr1", "display": "Laboratory, Central"},
            {"reference": "Organization/lab1", "display": "Central laboratory"},
        ],
        "valueQuantity": {"value": value, **quantity},
        "interpretation": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                        "code": "N",
                        "display": "Normal",
                    }
                ],
                "text": "Normal",
            }
        ],
        "specimen": {"reference": f"Specimen/s{number // 10}", "display": "Blood"},
        "referenceRange": [
            {"low": {"value": 3.5, **quantity}, "high": {"value": 5.1, **quantity}, "text": "3.5 - 5.1"}
        ],
    }


def _drug(number: int, patient: str, start: date, end: date | None, text: str) -> dict[str, Any]:
    period = {"start": start.isoformat(), **({} if end is None else {"end": end.isoformat()})}
    return _common("MedicationStatement", number, patient) | {
        "status": "completed" if end else "active",
        "medicationCodeableConcept": {"coding": [{"system": "urn:local", "code": f"D{number % 97}"}], "text": text},
        "effectivePeriod": period,
        "dateAsserted": (end or start).isoformat(),
        "informationSource": {"reference": "Practitioner/dr2", "display": "Oncology"},
        "dosage": [
            {"text": "as directed", "route": {"text": "oral"}, "timing": {"repeat": {"boundsPeriod": dict(period)}}}
        ],
        "note": [{"text": "Reconciled with the pharmacy at the visit; adherence discussed with the patient."}],
    }


def _condition(number: int, patient: str, day: date, code: str, text: str) -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/condition-"
    return _common("Condition", number, patient) | {
        "clinicalStatus": {"coding": [{"system": f"{system}clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{system}ver-status", "code": "confirmed"}]},
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": text}],
            "text": text,
        },
        "onsetDateTime": day.isoformat(),
    }


def _procedure(number: int, patient: str, day: date, text: str) -> dict[str, Any]:
    return _common("Procedure", number, patient) | {
        "status": "completed",
        "code": {"text": text},
        "performedDateTime": day.isoformat(),
    }


class _Chart:
    """Collects the resources of one patient."""

    def __init__(self, patient: str, seed: int) -> None:
        self.patient = patient
        self.random = Random(seed)  # noqa: S311 - the same charts in every run
        self.start = _START + timedelta(days=self.random.randrange(300))
        self.found: dict[str, list[dict[str, Any]]] = {
            "Observation": [], "MedicationStatement": [], "Condition": [], "Procedure": [],
        }  # fmt: skip

    def day(self, offset: int) -> date:
        return self.start + timedelta(days=offset)

    def drug(self, start: int, end: int | None, text: str) -> None:
        kept = self.found["MedicationStatement"]
        last = None if end is None else self.day(end)
        kept.append(_drug(len(kept), self.patient, self.day(start), last, text))

    def lab(self, offset: int, code: str, display: str, unit: str, value: float) -> None:
        kept = self.found["Observation"]
        kept.append(_observation(len(kept), self.patient, self.day(offset), code, display, unit, round(value, 2)))

    def problem(self, offset: int, code: str, text: str) -> None:
        kept = self.found["Condition"]
        kept.append(_condition(len(kept), self.patient, self.day(offset), code, text))

    def procedure(self, offset: int, text: str) -> None:
        kept = self.found["Procedure"]
        kept.append(_procedure(len(kept), self.patient, self.day(offset), text))

    def story(self, values: int) -> None:
        """Tell D-VRd, transplant, maintenance to relapse, DKd or Kd to the next relapse; `values` disease markers."""
        self.problem(0, "C90.00", "Multiple myeloma")
        induction, transplant = 14, 200
        relapse = self.random.randrange(900, 1400)
        for text in (
            "Bortezomib 3.5 mg injection",
            "Lenalidomide 25 mg capsule",
            "Daratumumab 1,800 mg",
            "Dexamethasone 4 mg tablet",
        ):
            self.drug(induction, induction + 140, text)
        self.procedure(transplant, "Autologous stem cell transplantation")
        self.drug(transplant - 1, transplant - 1, "Melphalan 200 mg/m2")
        self.drug(transplant + 90, relapse + 10, "Lenalidomide 10 mg capsule")
        if self.random.random() < 0.5:
            self.drug(transplant + 90, relapse + 5, "Daratumumab 1,800 mg")
        again = relapse + self.random.randrange(400, 700)
        for text in ("Carfilzomib 60 mg injection", "Dexamethasone 4 mg tablet"):
            self.drug(relapse + 30, again + 7, text)
        weeks = range(0, again + 40, 7)
        chosen = self.random.sample(weeks, min(values, len(weeks) - 1))
        days = sorted([*chosen, relapse, relapse + 21, again, again + 21])
        for offset in days[: values + 4]:
            self.lab(
                offset,
                "33358-3",
                "Protein.monoclonal [Mass/volume] in Serum",
                "g/dL",
                self._level(offset, relapse, again),
            )
        for code, display, unit, value in (
            ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 11.2),
            ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 160.0),
            ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 1.1),
            ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*3/uL", 2.6),
        ):
            self.lab(again + 14, code, display, unit, value * self.random.uniform(0.8, 1.2))

    def _level(self, offset: int, relapse: int, again: int) -> float:
        """Return the M-protein in g/dL: a fall, a plateau, two rises."""
        if offset < 150:
            return 4.2 - offset / 150 * 4.0
        if offset < relapse - 30:
            return 0.2
        if offset < relapse + 40:
            return 0.2 + (offset - relapse + 30) / 70 * 1.6
        if offset < again - 30:
            return 0.5
        return 0.5 + max(offset - again + 30, 0) / 60 * 1.4

    def noise(self, drugs: int, conditions: int, procedures: int, resources: int) -> None:
        """Fill the chart up with what nothing asks for."""
        span = 2700
        while len(self.found["MedicationStatement"]) < drugs:
            start = self.random.randrange(span)
            self.drug(start, start + 90, self.random.choice(_OTHER_DRUGS))
        while len(self.found["Condition"]) < conditions:
            self.problem(self.random.randrange(span), *self.random.choice(_OTHER_CONDITIONS))
        while len(self.found["Procedure"]) < procedures:
            self.procedure(self.random.randrange(span), self.random.choice(_OTHER_PROCEDURES))
        while sum(map(len, self.found.values())) + 1 < resources:
            code, display, unit = self.random.choice(_NOISE)
            self.lab(self.random.randrange(span), code, display, unit, self.random.uniform(1, 100))


def hook_request(resources: int, seed: int, *, irrelevant_only: int = 0) -> bytes:
    """Return a complete `patient-view` request of so many resources; `irrelevant_only` adds as many that nothing asks for."""
    patient = f"bench-{seed}"
    chart = _Chart(patient, seed)
    mix = MIX.get(resources, (resources // 10, resources // 30, resources // 50))
    picked = PICKED.get(resources, 28 + resources // 50)
    chart.story(max(picked - 19, 4))
    chart.noise(*mix, resources + irrelevant_only)
    keys = {
        "conditions": chart.found["Condition"],
        "medicationStatements": chart.found["MedicationStatement"],
        "medicationRequests": [],
        "medicationAdministrations": [],
        "observations": chart.found["Observation"],
        "procedures": chart.found["Procedure"],
        "allergies": [],
    }
    prefetch: dict[str, Any] = {
        "patient": {"resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1957-03-01"}
    }
    for key, found in keys.items():
        order = found[:]
        chart.random.shuffle(order)
        entries = [
            {"fullUrl": f"https://ehr.example.org/fhir/R4/{one['resourceType']}/{one['id']}", "resource": one}
            for one in order
        ]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}
    return orjson.dumps(
        {
            "hook": "patient-view",
            "hookInstance": f"00000000-0000-4000-8000-{seed:012d}",
            "context": {"userId": "Practitioner/bench", "patientId": patient},
            "prefetch": prefetch,
            "extension": {"org.myeloma-cds.options": {"asOf": AS_OF}},
        }
    )
