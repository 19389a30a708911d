"""ISS, R-ISS and R2-ISS stages, from codes or words."""

from __future__ import annotations

import re

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.facts import (
    Facts,
)
from fhir_mappings.record import Fact
from fhir_mappings.terminology.lookup import Code, find

_STAGE = re.compile(r"\b(?P<scale>r2-?iss|r-?iss|iss)\b\D{0,24}?(?P<stage>iii|ii|iv|i|[1-4])\b", re.IGNORECASE)


_SPELLED = re.compile(
    r"(?P<revised>revised )?international staging system(?: for (?:multiple )?myeloma)?(?: \(r?-?iss\))?", re.IGNORECASE
)


def read_stage(codes: list[Code], text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a stage from its codes or its words."""
    for code in codes:
        row = find("disease_status", code)
        if row and row.role == "stage_value":
            scale, _, number = row.concept.rpartition("_")
            facts.facts.append(Fact(ref, "iss_stage" if scale == "iss" else "r_iss_stage", "I" * int(number), date))
            return
    text = _SPELLED.sub(lambda named: "R-ISS" if named["revised"] else "ISS", text) if text else text
    if found := _STAGE.search(text):
        scale = found["scale"].lower().replace("-", "")
        roman = (
            found["stage"].upper()
            if not found["stage"].isdigit()
            else ["I", "II", "III", "IV"][int(found["stage"]) - 1]
        )
        facts.facts.append(
            Fact(ref, {"iss": "iss_stage", "riss": "r_iss_stage", "r2iss": "r2_iss_stage"}[scale], roman, date)
        )
