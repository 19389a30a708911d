"""Complete and stringent complete response, and the band of a therapeutic antibody that must not defeat them (P06, P11, P16, P17)."""

from __future__ import annotations

import re
from datetime import date, timedelta

from msgspec.structs import replace

from fhir_mappings.history.clone import isotype_in
from fhir_mappings.history.markers import Analyte, Markers, Point
from fhir_mappings.parameters import Parameters
from fhir_mappings.record import QualitativeResult

_SHIFT = re.compile(r"\bdira\b|hydrashift|shift assay", re.IGNORECASE)


def complete_response(
    analyte: Analyte, one: Point, two: Point, markers: Markers, parameters: Parameters
) -> tuple[tuple[str, ...], bool]:
    """Return the evidence for CR, and whether a band was taken for the antibody (P06); no evidence: no CR.

    CR needs negative immunofixation in serum and urine and fewer than 5 % marrow plasma cells; with light chains alone also a
    normal ratio (P11). Urine immunofixation must be on record (P17).
    """
    near = [r for r in markers.immunofixation if r.date and _near(r.date.earliest, one.day, two.day, 60)]
    serum = [r for r in near if r.concept == "immunofixation_serum"]
    urine = [r for r in near if r.concept == "immunofixation_urine"]
    marrow = [p for p in markers.marrow if one.day - timedelta(days=60) <= p.day <= two.day + timedelta(days=90)]
    bands = [r for r in serum if r.value == "positive" and is_antibody(r, serum, markers)]
    settled = [r for r in serum + urine if r not in bands]
    if not serum or not urine or not marrow or max(p.value for p in marrow) >= 5:
        return (), False
    if any(r.value != "negative" for r in settled):
        return (), False
    worst = max(one.value, two.value)
    if analyte == "dflc":
        gone = one.ratio_abnormal is False and two.ratio_abnormal is False
    else:
        gone = worst <= (parameters.antibody_band_g_l if bands else 0)
    return (tuple(r.ref for r in serum + urine) + marrow[0].evidence, bool(bands)) if gone else ((), False)


def stringent_response(markers: Markers, one: date, two: date) -> tuple[str, ...]:
    """P11: normal light chain ratio and no clonal plasma cells in the marrow beside a CR."""
    ratio = [p for p in markers.dflc if _near(p.day, one, two, 60)]
    clonal = [r for r in markers.clonality if r.date and _near(r.date.earliest, one, two, 90)]
    if not ratio or any(p.ratio_abnormal is not False for p in ratio):
        return ()
    if not clonal or any(r.value != "negative" for r in clonal):
        return ()
    return tuple(r.ref for r in clonal) + ratio[0].evidence


def is_antibody(result: QualitativeResult, others: list[QualitativeResult], markers: Markers) -> bool:
    """P06: an IgG-kappa band under a therapeutic antibody, or a band of another isotype than the clone's, is not the disease.

    A shift assay that stays positive shows that it is.
    """
    band = isotype_in(result.text)
    if result.date is None or band.light is None or band.heavy is None or _SHIFT.search(result.text):
        return False
    if any(_SHIFT.search(r.text) and r.value == "positive" for r in others):
        return False
    if (band.heavy, band.light) == ("igg", "kappa") and markers.on_antibody(result.date.earliest):
        return True
    return markers.involved_chain not in {None, band.light} or markers.heavy_chain not in {None, band.heavy}


def without_antibody(markers: Markers, parameters: Parameters) -> tuple[Point, ...]:
    """Return the serum series with small bands under a therapeutic antibody taken as nothing (P06)."""
    return tuple(
        replace(p, value=0.0) if p.value <= parameters.antibody_band_g_l and markers.on_antibody(p.day) else p
        for p in markers.serum
    )


def antibody_bands(markers: Markers, start: date, end: date, parameters: Parameters) -> tuple[str, ...]:
    """Return the small new bands of a line that may be the antibody: after a value of 0, at most 2 g/L (P06)."""
    found: list[str] = []
    gone = False
    for point in markers.serum:
        small = 0 < point.value <= parameters.antibody_band_g_l
        if gone and small and start <= point.day <= end and markers.on_antibody(point.day):
            found += point.evidence
        gone = gone or point.value == 0
    for result in markers.immunofixation:
        inside = result.date is not None and start <= result.date.earliest <= end
        if inside and result.concept == "immunofixation_serum" and result.value == "positive":
            found += [result.ref] if is_antibody(result, list(markers.immunofixation), markers) else []
    return tuple(found)


def _near(day: date, one: date, two: date, within: int) -> bool:
    return one - timedelta(days=within) <= day <= two + timedelta(days=within)
