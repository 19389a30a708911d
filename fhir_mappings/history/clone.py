"""The immunoglobulin of the clone: its light chain, which dFLC counts from, and its heavy chain (P04, P06)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, TypeVar

from msgspec import Struct

from fhir_mappings.parameters import Parameters
from fhir_mappings.record import LabValue, PatientRecord, QualitativeResult

Light = Literal["kappa", "lambda"]
_T = TypeVar("_T")
_HEAVY = re.compile(r"\big[ -]?([gamde])(?:\b|(?=kappa|lambda))", re.IGNORECASE)


class Isotype(Struct, frozen=True):
    """What a text says of an immunoglobulin; `None` where it names no chain, or more than one."""

    light: Light | None = None
    heavy: str | None = None


def isotype_in(text: str) -> Isotype:
    """Read an isotype from words such as `IgA lambda`."""
    words = text.lower().replace("\u03ba", "kappa").replace("\u03bb", "lambda")
    kappa, lamda = "kappa" in words, "lambda" in words
    light: Light | None = None if kappa == lamda else "kappa" if kappa else "lambda"
    heavy = {found.lower() for found in _HEAVY.findall(words)}
    return Isotype(light, f"ig{heavy.pop()}" if len(heavy) == 1 else None)


def clone_of(
    record: PatientRecord,
    labs: Sequence[LabValue],
    antibody: Sequence[tuple[date, date]],
    parameters: Parameters,
) -> Isotype:
    """Return the isotype of the clone by diagnosis, else by the first immunofixation that names one, else by the first abnormal ratio.

    A later band of another isotype changes nothing (P04), and an IgG-kappa band under a therapeutic antibody is not looked at (P06).
    """
    told = [isotype_in(p.text) for p in record.problems if "myeloma" in p.concept or "myeloma" in p.text.lower()]
    told += [Isotype("kappa") for p in record.problems if p.concept == "kappa_light_chain_myeloma"]
    bands = [isotype_in(result.text) for result in _bands(record.qualitative, antibody)]
    return Isotype(
        _agreed(i.light for i in told)
        or next((i.light for i in bands if i.light), None)
        or _by_ratio(labs, parameters),
        _agreed(i.heavy for i in told) or next((i.heavy for i in bands if i.heavy), None),
    )


def _agreed(values: Iterable[_T | None]) -> _T | None:
    known = {value for value in values if value is not None}
    return known.pop() if len(known) == 1 else None


def _bands(results: Iterable[QualitativeResult], antibody: Sequence[tuple[date, date]]) -> list[QualitativeResult]:
    """Positive immunofixations in order of time, undated ones first, without those that may show an antibody."""
    found = [r for r in results if r.concept.startswith("immunofixation") and r.value == "positive"]
    found.sort(key=lambda r: (r.date.earliest if r.date else date.min, r.ref))
    return [
        r
        for r in found
        if isotype_in(r.text) != Isotype("kappa", "igg")
        or r.date is None
        or not any(start <= r.date.earliest <= end for start, end in antibody)
    ]


def _by_ratio(labs: Sequence[LabValue], parameters: Parameters) -> Light | None:
    kappa = {lab.date.earliest: lab.value for lab in labs if lab.concept == "flc_kappa_serum"}
    lamda = {lab.date.earliest: lab.value for lab in labs if lab.concept == "flc_lambda_serum"}
    for day in sorted(kappa.keys() & lamda.keys()):
        if lamda[day] and kappa[day] / lamda[day] > parameters.flc_ratio_high:
            return "kappa"
        if lamda[day] and kappa[day] / lamda[day] < parameters.flc_ratio_low:
            return "lambda"
    return None
