"""Findings that nobody records as such and that a caution asks for (regimens B.4): weight, speed of the disease, polyclonal IgG.

What cannot be derived is not there: a missing finding is unknown, never normal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.markers import Markers, Point
from fhir_mappings.history.model import Finding
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import LabValue, PatientRecord

WEIGHT_LOSS_DAYS = 180
"""A loss of weight is measured against the highest weight of this many days before the latest one (K-SEL-5)."""
DOUBLING_DAYS = 120
"""The speed of the disease is judged on this many days before the latest value (K-CART-5)."""
SAME_SAMPLE_DAYS = 30
"""IgG and M-protein this close together may be subtracted from each other (K-IGG-1)."""
ENOUGH_IGG_G_L = 4.0
"""Polyclonal IgG from which no replacement is considered (400 mg/dL, K-IGG-1)."""


def with_weights(findings: Mapping[str, Finding], labs: Iterable[LabValue]) -> dict[str, Finding]:
    """Return the findings with the loss of weight in percent, and the body mass index where nobody recorded a newer one."""
    made = dict(findings)
    weights = sorted((lab for lab in labs if lab.concept == "body_weight"), key=_order)
    if weights:
        made |= _weight_loss(weights)
        made |= _body_mass(weights[-1], findings)
    return dict(sorted(made.items()))


def _order(lab: LabValue) -> tuple[date, float, str]:
    return lab.date.earliest, lab.value, lab.ref


def _weight_loss(weights: Sequence[LabValue]) -> dict[str, Finding]:
    latest = weights[-1]
    earlier = [w for w in weights[:-1] if 0 < (latest.date.earliest - w.date.earliest).days <= WEIGHT_LOSS_DAYS]
    if not earlier:
        return {}
    highest = max(earlier, key=lambda weight: (weight.value, weight.ref))
    lost = max(0.0, (highest.value - latest.value) / highest.value * 100)
    refs = tuple(sorted({highest.ref, latest.ref}))
    return {"weight_loss_percent": Finding(round(lost, 1), "%", latest.date, refs)}


def _body_mass(weight: LabValue, findings: Mapping[str, Finding]) -> dict[str, Finding]:
    """Weight in kg by the square of the height in m; the height of an adult does not age."""
    height, known = findings.get("body_height"), findings.get("bmi")
    newer = known is not None and known.date is not None and known.date.latest >= weight.date.latest
    if newer or height is None or isinstance(height.value, str) or height.value <= 0:
        return {}
    value = weight.value / (height.value / 100) ** 2
    return {"bmi": Finding(round(value, 1), "kg/m2", weight.date, tuple(sorted({weight.ref, *height.evidence})))}


def with_disease(
    findings: Mapping[str, Finding], record: PatientRecord, markers: Markers, parameters: Parameters
) -> dict[str, Finding]:
    """Return the findings with the doubling times of M-protein and free light chains, and with polyclonal IgG."""
    involved = [(point, point.involved) for point in markers.dflc if point.involved is not None]
    speeds = {
        "m_protein_doubling_days": _doubling([(p, p.value) for p in markers.serum], parameters.pd_serum_g_l),
        "flc_doubling_days": _doubling(involved, parameters.pd_dflc_mg_l),
    }
    made = dict(findings) | {name: found for name, found in speeds.items() if found is not None}
    if (igg := findings.get("igg")) is not None and not isinstance(igg.value, str) and igg.date is not None:
        made["igg_polyclonal"] = _polyclonal(igg, float(igg.value), igg.date, record, markers)
    return dict(sorted(made.items()))


def _doubling(points: Sequence[tuple[Point, float]], least_rise: float) -> Finding | None:
    """The shortest doubling time in days up to the latest value; only a value that has at least doubled shows one."""
    if not points:
        return None
    latest, value = points[-1]
    found: list[tuple[float, Point]] = []
    for point, earlier in points[:-1]:
        gap = (latest.day - point.day).days
        if 0 < gap <= DOUBLING_DAYS and earlier > 0 and value >= 2 * earlier and value - earlier >= least_rise:
            found.append((gap / math.log2(value / earlier), point))
    if not found:
        return None
    days, point = min(found, key=lambda one: (one[0], one[1].day))
    return Finding(round(days, 1), "d", ChartDate.of(latest.day), tuple(sorted({*point.evidence, *latest.evidence})))


def _polyclonal(igg: Finding, value: float, day: ChartDate, record: PatientRecord, markers: Markers) -> Finding:
    """IgG without the M-protein: of an IgG myeloma the M-protein of the same days is subtracted, else IgG cannot be read."""
    near = [p for p in markers.serum if abs((p.day - day.earliest).days) <= SAME_SAMPLE_DAYS]
    point = min(near, key=lambda p: (abs((p.day - day.earliest).days), p.day), default=None)
    kind = _clone(record, markers)
    without = None if point is None else max(0.0, value - point.value)
    refs = igg.evidence if point is None else tuple(sorted({*igg.evidence, *point.evidence}))
    if kind == "other" or value < ENOUGH_IGG_G_L:
        return Finding(value, igg.unit, day, igg.evidence)
    if kind == "unknown" and point is not None and value < point.value:  # the M-protein is not IgG
        return Finding(value, igg.unit, day, refs)
    if without is not None and (kind == "igg" or without >= ENOUGH_IGG_G_L):
        return Finding(round(without, 2), igg.unit, day, refs)
    return Finding("not-interpretable", None, day, refs)


_WITHOUT_HEAVY_CHAIN = re.compile(r"light[- ]chain|leichtketten|bence|non-?secretory")


def _clone(record: PatientRecord, markers: Markers) -> Literal["igg", "other", "unknown"]:
    """Tell whether the clone makes IgG: by its heavy chain, else by words that say that it makes none."""
    if markers.heavy_chain is not None:
        return "igg" if markers.heavy_chain == "igg" else "other"
    texts = [p.text for p in record.problems if "myeloma" in p.concept or "myelom" in p.text.lower()]
    return "other" if _WITHOUT_HEAVY_CHAIN.search(" | ".join(texts).lower()) else "unknown"
