"""How long decoding and reading a chart takes, as a multiple of `orjson.loads` of the same bytes in the same run.

    .venv/bin/python benchmarks/read.py [--rounds N] [--sizes 60,500,2500,10000] [--seed S]

Each size is a searchset Bundle of synthetic resources of about 2 kB: mostly laboratory results and vital signs that nothing asks for,
with the few conditions, drugs, procedures and disease markers of a myeloma patient among them (as in life: 500 resources hold
about 45 that matter, 10,000 about 300). Every round runs each method once in turn on a bundle of another patient; times include freeing the
result; the ratio is taken inside the round, the table shows medians. The garbage collector is on, as in the service.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
import orjson

from fhir_mappings.read import entries_of, prepare, read_record

PATIENTS = 3
TARGET = 0.5

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
_MARKERS = (
    ("33358-3", "Protein.monoclonal [Mass/volume] in Serum or Plasma by Electrophoresis", "g/dL", 2.1),
    ("36916-5", "Kappa light chains.free [Mass/volume] in Serum", "mg/L", 88.0),
    ("33944-0", "Lambda light chains.free [Mass/volume] in Serum", "mg/L", 9.0),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 11.2),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 1.1),
    ("777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", 160.0),
)
_DRUGS = (
    "Lenalidomide 25 mg capsule",
    "Bortezomib 3.5 mg injection",
    "Daratumumab 1,800 mg",
    "Dexamethasone 4 mg tablet",
)
_OTHER_DRUGS = ("Metformin 500 mg", "Amlodipine 5 mg", "Pantoprazole 40 mg", "Atorvastatin 20 mg", "Levothyroxine 50 mcg",
                "Ondansetron 8 mg", "Aciclovir 400 mg", "Insulin glargine 100 units/mL", "Apixaban 5 mg")  # fmt: skip
_CONDITIONS = (
    ("C90.00", "Multiple myeloma"),
    ("I10", "Essential hypertension"),
    ("E78.5", "Hyperlipidemia"),
    ("M54.5", "Low back pain"),
)


def _day(number: int) -> str:
    return f"{2018 + number // 336 % 8}-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"


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
    }


def _observation(number: int, patient: str, random: Random, *, marker: bool) -> dict[str, Any]:
    if marker:
        code, display, unit, value = random.choice(_MARKERS)
        value = round(value * random.uniform(0.4, 1.6), 2)
    else:
        (code, display, unit), value = random.choice(_NOISE), round(random.uniform(1, 100), 1)
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
                    "display": display.split(" [")[0],
                },
            ],
            "text": display.split(" [")[0],
        },
        "effectiveDateTime": f"{_day(number)}T08:{number % 60:02d}:00+01:00",
        "issued": f"{_day(number)}T11:00:00.000+01:00",
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


def _drug(number: int, patient: str, random: Random) -> dict[str, Any]:
    return _common("MedicationRequest", number, patient) | {
        "status": "completed",
        "intent": "order",
        "medicationCodeableConcept": {
            "coding": [{"system": "urn:local", "code": f"D{number}"}],
            "text": random.choice(_DRUGS if number % 4 == 0 else _OTHER_DRUGS),
        },
        "authoredOn": _day(number),
        "requester": {"reference": "Practitioner/dr2", "display": "Oncology"},
        "reasonCode": [{"text": "as discussed"}],
        "dosageInstruction": [
            {
                "text": "as directed",
                "route": {"text": "oral"},
                "timing": {"repeat": {"boundsPeriod": {"start": _day(number)}}},
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 1, "expectedSupplyDuration": {"value": 28, "unit": "d"}},
    }


def _condition(number: int, patient: str, random: Random) -> dict[str, Any]:
    code, text = random.choice(_CONDITIONS)
    return _common("Condition", number, patient) | {
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": text}],
            "text": text,
        },
        "onsetDateTime": _day(number),
    }


def _procedure(number: int, patient: str, random: Random) -> dict[str, Any]:
    text = random.choice(("Bone marrow biopsy", "Colonoscopy", "Chest x-ray", "Autologous stem cell transplantation"))
    return _common("Procedure", number, patient) | {
        "status": "completed",
        "code": {"text": text},
        "performedDateTime": _day(number),
    }


def bundle(resources: int, patient: str, seed: int) -> bytes:
    """Return a searchset of so many resources about one patient, compact, in the proportions of charts."""
    random = Random(seed)  # noqa: S311 - the same charts in every run
    drugs, conditions, procedures = _mix(resources)
    found: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1957-03-01"}
    ]
    found += [_drug(number, patient, random) for number in range(drugs)]
    found += [_condition(number, patient, random) for number in range(conditions)]
    found += [_procedure(number, patient, random) for number in range(procedures)]
    results = resources - len(found)
    markers = set(random.sample(range(results), min(results, 12 + resources // 100)))
    found += [_observation(number, patient, random, marker=number in markers) for number in range(results)]
    entries = [
        {"fullUrl": f"https://ehr.example.org/fhir/R4/{one['resourceType']}/{one['id']}", "resource": one}
        for one in found
    ]
    return orjson.dumps({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})


def _mix(resources: int) -> tuple[int, int, int]:
    """Return how many drugs, conditions and procedures a chart of a size has: fewer in proportion the larger it is."""
    known = {60: (15, 6, 3), 500: (60, 20, 15), 2500: (200, 60, 40), 10_000: (500, 120, 100)}
    return known.get(resources, (resources // 10, resources // 30, resources // 50))


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    result = run()
    del result
    return time.perf_counter() - start


def measure(bodies: list[bytes], rounds: int) -> tuple[float, float, float, float]:
    """Return the median time of `orjson.loads` in ms, and decode, read and both as multiples of it."""
    base: list[float] = []
    ratios: list[tuple[float, float, float]] = []
    for turn in range(rounds):
        body = bodies[turn % len(bodies)]
        loads = _seconds(lambda body=body: orjson.loads(body))  # type: ignore[misc]
        decode = _seconds(lambda body=body: entries_of(body))  # type: ignore[misc]
        entries = entries_of(body)
        read = _seconds(lambda entries=entries: read_record(entries))  # type: ignore[misc]
        del entries
        base.append(loads)
        ratios.append((decode / loads, read / loads, (decode + read) / loads))
    decode, read, both = (statistics.median(one[place] for one in ratios) for place in range(3))
    return statistics.median(base) * 1000, decode, read, both


def main(arguments: list[str]) -> int:
    """Print one row per size; the exit status is 1 when a size of 500 or more misses the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--rounds", type=int, default=0, help="rounds per size (default: 60 for small sizes, fewer for large ones)"
    )
    parser.add_argument("--sizes", default="60,500,2500,10000")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    prepare()
    print(
        f"Python {platform.python_version()}, orjson {orjson.__version__}, msgspec {msgspec.__version__}, {platform.machine()}"
    )
    print(
        f"{'resources':>9} {'bytes':>11} {'loads ms':>9} {'decode':>7} {'read':>7} {'both':>7}   (multiples of orjson.loads)"
    )
    missed = False
    for size in (int(text) for text in options.sizes.split(",")):
        bodies = [bundle(size, f"p{number}", options.seed + number) for number in range(PATIENTS)]
        rounds = options.rounds or max(9, min(60, 30_000 // size))
        measure(bodies, PATIENTS)
        base, decode, read, both = measure(bodies, rounds)
        late = size >= 500 and both > TARGET
        missed = missed or late
        print(
            f"{size:>9} {len(bodies[0]):>11,} {base:>9.2f} {decode:>7.2f} {read:>7.2f} {both:>7.2f}   {'over 0.5' if late else ''}"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
