"""Which disease a code or a reason names, and the indication that makes of a drug (L06)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from fhir_mappings.record import Indication
from fhir_mappings.terminology.disease_names import disease_in_text, family_of
from fhir_mappings.terminology.lookup import Code, codings_of, condition_category, find
from fhir_mappings.terminology.phrases import phrase
from fhir_mappings.terminology.systems import normal_code


def diseases_of_codes(codes: Iterable[Code]) -> list[tuple[str, str]]:
    """Return concept and role of every code that is known."""
    found: list[tuple[str, str]] = []
    for code in codes:
        if row := find("conditions", code):
            found.append((row.concept, row.role))
        elif concept := condition_category(code):
            role = next((row.role for row in codings_of("conditions", concept)), "comorbidity")
            found.append((concept, role))
    return list(dict.fromkeys(found))


_OTHER_DISEASE = phrase("other_disease", ignore_case=True)


_NEUTRAL_ICD = ("Z", "R", "Y", "T", "U", "D47", "D61", "D63", "D64", "D70")


_BY_FAMILY: dict[str, Indication] = {
    "myeloma": "myeloma",
    "pcl": "myeloma",
    "extramedullary": "myeloma",
    "secondary": "myeloma",
    "plasmacytoma": "myeloma",
    "smoldering": "smoldering",
    "amyloid": "al-amyloidosis",
}


@lru_cache(maxsize=2048)
def indication_of_text(text: str) -> Indication:
    """Return the indication that a reason's words name (L06)."""
    named = disease_in_text(text)
    if named:
        if named.family in _BY_FAMILY:
            return _BY_FAMILY[named.family]
        if named.family != "none":
            return "other"
    return "other" if _OTHER_DISEASE.search(text) else "unstated"


def indication_of_codes(codes: list[Code]) -> Indication:
    """Return the indication that a reason's codes stand for (L06)."""
    for concept, role in diseases_of_codes(codes):
        family = family_of(concept)
        if family in {"myeloma", "pcl", "extramedullary", "secondary", "plasmacytoma", "ambiguous"}:
            return "myeloma"
        if family == "smoldering":
            return "smoldering"
        if family == "amyloid":
            return "al-amyloidosis"
        if family or role == "comorbidity":
            return "other"
    for code in codes:
        if (
            code.system == "icd-10"
            and code.code
            and not find("conditions", code)
            and not normal_code("icd-10", code.code).startswith(_NEUTRAL_ICD)
        ):
            return "other"
    return "unstated"
