"""Creatinine clearance where nobody measured it: Cockcroft-Gault from creatinine, weight, age and sex.

(140 - age) x weight in kg / (72 x serum creatinine in mg/dL), x 0.85 in women; mL/min (Cockcroft and Gault, Nephron 1976;16:31). It
serves the cautions that are written for a clearance (K-CART-4, K-LEN-1, K-IXA-1). Without one of the four data nothing is derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from fhir_mappings.history.model import Finding

UNIT = "mL/min"
WEIGHT_VALID_DAYS = 365
MEASURED_VALID_DAYS = 30
"""A measured clearance older than this gives way to one derived from a newer creatinine."""


def with_clearance(findings: Mapping[str, Finding], age: int | None, sex: str, as_of: date) -> dict[str, Finding]:
    """Return the findings with a derived `creatinine_clearance`, dated like the creatinine, unless one was measured."""
    creatinine, weight = _number(findings.get("creatinine")), _number(findings.get("body_weight"))
    known = age is not None and age < 130 and sex in {"female", "male"} and not _measured(findings, as_of)
    if (
        not known
        or age is None
        or creatinine is None
        or weight is None
        or creatinine <= 0
        or _old(findings["body_weight"], as_of)
    ):
        return dict(findings)
    value = (140 - age) * weight / (72 * creatinine) * (0.85 if sex == "female" else 1.0)
    source = findings["creatinine"]
    evidence = tuple(sorted({*source.evidence, *findings["body_weight"].evidence}))
    derived = Finding(round(value, 1), UNIT, source.date, evidence)
    return dict(sorted({**findings, "creatinine_clearance": derived}.items()))


def _measured(findings: Mapping[str, Finding], as_of: date) -> bool:
    """Tell whether a measured clearance stands: it is recent, or no creatinine is newer."""
    measured, creatinine = findings.get("creatinine_clearance"), findings.get("creatinine")
    if measured is None:
        return False
    if measured.date is None or creatinine is None or creatinine.date is None:
        return measured.date is not None or creatinine is None
    recent = (as_of - measured.date.latest).days <= MEASURED_VALID_DAYS
    return recent or creatinine.date.latest <= measured.date.latest


def _number(finding: Finding | None) -> float | None:
    if finding is None or isinstance(finding.value, str) or finding.comparator is not None:
        return None
    return float(finding.value)


def _old(weight: Finding, as_of: date) -> bool:
    return weight.date is None or (as_of - weight.date.latest).days > WEIGHT_VALID_DAYS
