"""Suggestions of a card: a referral, a missing test, a search for a trial, a draft plan (R57 to R61, R69, invariant 40).

One action each, readable by itself. Every resource is a draft proposal about the patient in context, with a code in words only:
the site maps it to its own catalogue. No suggestion orders, holds or changes a drug.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cards.advise.model import Advice, MissingDatum, Option
from cards.advise.words import listed
from cards.present.card import Action, Suggestion
from fhir_mappings.history.model import TreatmentHistory

MOST_TESTS = 3
MOST_NAMED = 5
_TESTS: tuple[tuple[str, str], ...] = (
    ("current disease status", "Serum M-protein and serum free light chains"),
    ("confirmation of progression", "Serum M-protein and serum free light chains, second value"),
    ("cytogenetics", "FISH and TP53 sequencing of bone marrow plasma cells"),
    ("t(11;14)", "FISH for t(11;14) on bone marrow plasma cells"),
    ("hepatitis B serology", "Hepatitis B serology: HBsAg and anti-HBc"),
    ("ejection fraction", "Echocardiogram"),
    ("pregnancy test", "Pregnancy test"),
    ("platelet count", "Blood count with differential"),
    ("neutrophil count", "Blood count with differential"),
    ("haemoglobin", "Blood count with differential"),
    ("sodium", "Serum sodium"),
    ("creatinine clearance", "Serum creatinine with estimated clearance"),
    ("bilirubin", "Liver tests with bilirubin"),
    ("serum IgG", "Quantitative immunoglobulins"),
    ("LDH", "Lactate dehydrogenase"),
    ("circulating plasma cells", "Blood smear or flow cytometry for plasma cells"),
    ("eye examination", "Eye examination with slit lamp"),
    ("extramedullary disease", "Whole-body imaging"),
)
"""What is missing (its beginning) and the test that settles it; what no test settles is not suggested."""


def options_suggestions(history: TreatmentHistory, advice: Advice) -> tuple[Suggestion, ...]:
    """Return the suggestions of the options card."""
    if not history.patient.startswith("Patient/"):
        return ()
    options = [option for place in advice.by_jurisdiction.values() for option in place.recommendations]
    return tuple(_for_options(history.patient, options, advice))


def data_suggestions(history: TreatmentHistory, advice: Advice) -> tuple[Suggestion, ...]:
    """Return the suggestions of the data card: tests that would settle what is open."""
    return tuple(_tests(history.patient, advice.missing)) if history.patient.startswith("Patient/") else ()


def _for_options(patient: str, options: Sequence[Option], advice: Advice) -> Iterator[Suggestion]:
    cellular = list(dict.fromkeys(option.short for option in options if _is_car_t(option)))
    if cellular:
        yield _request(
            patient,
            "Refer for evaluation for CAR-T",
            "Referral to a CAR-T centre for evaluation",
            f"Relapse after an anti-CD38 antibody; listed by decision support: {listed(cellular)}.",
        )
    yield from _tests(patient, advice.missing)
    yield _request(
        patient,
        "Search for a clinical trial",
        "Search for a clinical trial for relapsed multiple myeloma",
        "Relapse after an anti-CD38 antibody.",
    )
    if options:
        yield _plan(patient, options, advice)


def _is_car_t(option: Option) -> bool:
    return option.regimen in {"cilta_cel", "ide_cel"}


def _tests(patient: str, missing: Sequence[MissingDatum]) -> Iterator[Suggestion]:
    found: dict[str, MissingDatum] = {}
    for datum in missing:
        test = next((test for what, test in _TESTS if datum.what.startswith(what)), None)
        if test is not None and len(found) < MOST_TESTS:
            found.setdefault(test, datum)
    for test, datum in found.items():
        yield _request(patient, f"Add: {test}", test, f"{datum.why[:1].upper()}{datum.why[1:]}.")


def _request(patient: str, label: str, order: str, reason: str) -> Suggestion:
    resource: Mapping[str, Any] = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"text": order},
        "subject": {"reference": patient},
        "reasonCode": [{"text": reason}],
    }
    return Suggestion(label, (Action("create", f"Draft for review - {order}. {reason}", resource),))


def _plan(patient: str, options: Sequence[Option], advice: Advice) -> Suggestion:
    names = list(dict.fromkeys(option.short or option.name for option in options))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    text = (
        f"Next line of myeloma therapy, to be decided by the treating team with the patient. Listed by decision support as of "
        f"{advice.as_of.isoformat()}: {', '.join(names[:MOST_NAMED])}{more}. No drug is ordered by this plan."
    )
    resource: Mapping[str, Any] = {
        "resourceType": "CarePlan",
        "status": "draft",
        "intent": "proposal",
        "title": "Plan for the next line of myeloma therapy",
        "description": text,
        "subject": {"reference": patient},
    }
    return Suggestion(
        "Draft a plan for the next line", (Action("create", f"Draft care plan for review. {text}", resource),)
    )
