"""Cytogenetic and functional risk (F13 with source S8; E31)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from fhir_mappings.dates import days_between, months_after, months_between
from fhir_mappings.history.line_output import LineRecord
from fhir_mappings.history.model import CytogeneticRisk, Finding, FunctionalHighRisk
from fhir_mappings.history.progression import is_progression
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import GenomicResult, LabValue

_BOTH_ALLELES = re.compile(r"biallelic|homozyg", re.IGNORECASE)
_TRANSLOCATIONS = ("t(4;14)", "t(14;16)", "t(14;20)")


def cytogenetic_risk(
    findings: Mapping[str, Finding], genomics: Sequence[GenomicResult], labs: Sequence[LabValue], parameters: Parameters
) -> CytogeneticRisk:
    """Return the 2025 consensus risk: `high` by any criterion, `not-high` only when every test is on record."""

    def is_(name: str, value: str) -> bool:
        return name in findings and findings[name].value == value

    b2m = _high_b2m(labs, parameters)
    small_clone = _small_clone(genomics, parameters)
    deletion = is_("del(17p)", "present") and not small_clone
    gain, loss = is_("gain(1q)", "present"), is_("del(1p32)", "present")
    translocated = any(is_(name, "present") for name in _TRANSLOCATIONS)
    high = (
        deletion
        or is_("TP53 mutation", "present")
        or (translocated and (gain or loss))
        or (loss and gain)
        or _biallelic_loss(genomics)
        or bool(b2m)
    )
    needed = ("del(17p)", "TP53 mutation", *_TRANSLOCATIONS, "gain(1q)", "del(1p32)")
    missing = tuple(name for name in needed if not (is_(name, "present") or is_(name, "absent")))
    if b2m is None:
        missing += ("creatinine",)
    present = tuple(name for name in needed if is_(name, "present"))  # t(11;14) is no marker of risk
    return CytogeneticRisk("high" if high else "unknown" if missing else "not-high", present, missing)


def _biallelic_loss(genomics: Sequence[GenomicResult]) -> bool:
    return any(
        g.name == "del(1p32)" and g.value == "present" and bool(_BOTH_ALLELES.search(g.method or "")) for g in genomics
    )


def _small_clone(genomics: Sequence[GenomicResult], parameters: Parameters) -> bool:
    shares = [g.percent for g in genomics if g.name == "del(17p)" and g.value == "present" and g.percent is not None]
    return bool(shares) and max(shares) <= parameters.del17p_clone_percent


def _high_b2m(labs: Sequence[LabValue], parameters: Parameters) -> bool | None:
    """Beta-2 microglobulin of at least 5.5 mg/L with creatinine below 1.2 mg/dL within two weeks of it; `None` without the latter."""
    creatinine = [lab for lab in labs if lab.concept == "creatinine"]
    answer: bool | None = False
    for lab in labs:
        if lab.concept != "beta2_microglobulin" or "unit_suspect" in lab.flags or lab.value < parameters.high_b2m_mg_l:
            continue
        near = [c for c in creatinine if abs(days_between(c.date.earliest, lab.date.earliest)) <= 14]
        if not near:
            answer = None
        elif max(c.value for c in near) < parameters.high_b2m_creatinine_mg_dl:
            return True
    return answer


def functional_high_risk(
    records: Sequence[LineRecord], complete: bool, assessed: date | None, parameters: Parameters
) -> FunctionalHighRisk:
    """E31: months from the first transplant, or from the start of the first line, to the first progression in whatever line.

    `assessed` is the newest day with anything known of the disease: without progression until then, and no longer, it is "no".
    """
    cutoff = parameters.functional_high_risk_months
    if not records or not complete:
        return FunctionalHighRisk("unknown", None, None, cutoff)
    events = [e for record in records for e in record.events if is_progression(e)]
    progressed = min(events, key=lambda e: e.date, default=None)
    transplant = min((t.day for record in records for t in record.draft.transplants), default=None)
    if transplant is not None and progressed is not None and transplant >= progressed.date:
        transplant = None  # given for a relapse
    since = transplant or records[0].line.start
    limit = months_after(since, cutoff)
    origin: Literal["first-transplant", "first-line-start"] = "first-transplant" if transplant else "first-line-start"
    if progressed is None:
        known = max([records[-1].line.start, *([assessed] if assessed else [])])
        return FunctionalHighRisk("no" if known >= limit else "unknown", None, origin, cutoff)
    early = progressed.date < limit
    latest = progressed.latest_date
    if early and latest is not None and latest >= limit:  # the month alone does not tell
        return FunctionalHighRisk("unknown", months_between(since, progressed.date), origin, cutoff)
    months = months_between(since, progressed.date)
    # The calendar decides; the figure, in months of equal length, never says the contrary.
    months = min(months, cutoff - 0.1) if early else max(months, float(cutoff))
    return FunctionalHighRisk("yes" if early else "no", months, origin, cutoff)
