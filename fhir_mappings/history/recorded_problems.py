"""Problems that the chart records elsewhere than on the problem list, so that every caution sees them alike.

A NYHA class recorded as an observation is heart failure of that class; a recent dialysis procedure, or the words "on dialysis"
beside a kidney disease, is dialysis (regimens B.4: K-CARD-1, K-CART-4, K-POM-1). The resource that says it is the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from fhir_mappings.record import Fact, PatientRecord, Problem

DIALYSIS_DAYS = 60
"""A dialysis procedure this recent speaks for dialysis now."""
_ON_DIALYSIS = re.compile(
    r"(?i)\b(?:on|requiring|receiving|dependent on|chronic|maintenance) (?:ha?emo|peritoneal )?dialysis\b|\bdialysis[- ]depend"
)
_NOT_ON = re.compile(r"(?i)\b(?:not|no|never|off|without|pre-?) ?(?:\w+ ){0,2}dialysis")


def all_problems(record: PatientRecord, as_of: date) -> tuple[Problem, ...]:
    """Return the problem list with what facts and texts add to it, sorted."""
    added = [*_from_facts(record, as_of), *_from_texts(record)]
    return tuple(sorted([*record.problems, *added], key=lambda p: (p.concept, str(p.onset or ""), p.ref, p.role)))


def _from_facts(record: PatientRecord, as_of: date) -> Iterator[Problem]:
    classes = [f for f in record.facts if f.name == "nyha" and not isinstance(f.value, str)]
    if classes:
        latest: Fact = max(classes, key=lambda f: (str(f.date or ""), f.ref))
        yield Problem(
            latest.ref, "heart_failure", "comorbidity", latest.date, active=True, verification="confirmed",
            grade=int(float(latest.value)), text=f"NYHA class {int(float(latest.value))}",
        )  # fmt: skip
    for fact in record.facts:
        recent = fact.date is not None and (as_of - fact.date.latest).days <= DIALYSIS_DAYS
        if fact.name == "dialysis" and recent:
            yield Problem(
                fact.ref, "dialysis", "comorbidity", fact.date, active=True, verification="confirmed", text="dialysis"
            )


def _from_texts(record: PatientRecord) -> Iterator[Problem]:
    for problem in record.problems:
        if problem.concept.startswith("ckd") and problem.abatement is None and problem.active is not False \
                and _ON_DIALYSIS.search(problem.text) and not _NOT_ON.search(problem.text):  # fmt: skip
            yield Problem(
                problem.ref, "dialysis", problem.role, problem.onset, recorded=problem.recorded, active=problem.active,
                verification=problem.verification, text=problem.text,
            )  # fmt: skip
