"""Which laboratory test an Observation is: by code, by text, and what to do when the two disagree."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from fhir_mappings.terminology.lab_names import lab_in_text
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.units import factor_of, units_of

QUALITATIVE = frozenset(
    {"immunofixation_serum", "immunofixation_urine", "hbsag", "anti_hbc_total", "pregnancy_test", "hbv_dna"}
)


IGNORED_ROLES = frozenset({"look_alike", "do_not_use_as_concentration", "do_not_use_as_24h", "mrd"})


# Codes say more than a display that leaves out the method, the time or the word "free".
_SAME = (
    {"m_protein_urine_24h", "m_protein_urine_concentration", "m_protein_serum"},
    {"flc_kappa_serum", "total_light_chain_kappa"},
    {"flc_lambda_serum", "total_light_chain_lambda"},
    {"calcium_total", "calcium_total_corrected"},
    {"m_protein_serum", "immunofixation_serum", "total_protein"},
    {"m_protein_serum_percent", "m_protein_serum"},
    {"immunofixation_serum", "immunofixation_urine"},
    {"plasma_cells_blood_percent", "plasma_cells_blood_count"},
    {"creatinine", "egfr"},
    {"anc", "neutrophils_percent", "neutrophils_segmented"},
    {"albumin", "total_protein"},
)


class Test(Struct, frozen=True):
    """Which laboratory test an Observation or component is."""

    concept: str
    role: str
    conflict: str | None = None


def test_of(codes: Sequence[Code], texts: Sequence[str]) -> Test | None:
    """Return the test: by code, unless its own text names another; by text where no code is known."""
    coded = next((row for code in codes if (row := find("labs", code))), None)
    own = lab_in_text(texts[0]) if texts else None
    # The author's own words where they name a test, else the displays of codes.
    named = [own] if own else [concept for text in texts[1:] if (concept := lab_in_text(text))]
    if coded is None:
        return Test(named[0], _role_of(named[0])) if named else None
    if not named or any(_agree(coded.concept, concept) for concept in named):
        if coded.concept == "calcium_total" and "calcium_total_corrected" in named:
            return Test("calcium_total_corrected", "value")
        return Test(coded.concept, coded.role)
    return Test(coded.concept, coded.role, conflict=named[0])


def _role_of(concept: str) -> str:
    if concept in QUALITATIVE:
        return "qualitative"
    if concept == "m_protein_serum_percent":
        return "do_not_use_as_concentration"
    if concept == "m_protein_urine_concentration":
        return "do_not_use_as_24h"
    return "value" if units_of(concept) else "look_alike"


def _agree(left: str, right: str) -> bool:
    if left.startswith("total_light_chain"):
        # The code is of bound and free chains together; a text that says "free" is another test.
        return left == right
    return left == right or any(left in same and right in same for same in _SAME)


_SEGMENTED = "30451-9"
"""The terminology counts it as neutrophils; it leaves out the band forms."""
_SHARE_OF = {
    "anc": "neutrophils_percent",
    "neutrophils_band": "neutrophils_band_percent",
    "neutrophils_segmented": "neutrophils_segmented_percent",
    "plasma_cells_blood_count": "plasma_cells_blood_percent",
}


def counted(test: Test, codes: Sequence[Code], texts: Sequence[str], unit: str | None) -> str:
    """Return what a differential count counts: all neutrophils, the segmented or the band forms; the unit tells a share from a count."""
    concept = test.concept
    if concept in {"anc", "neutrophils_percent"} and (
        any(code.code == _SEGMENTED for code in codes)
        or any(lab_in_text(text) == "neutrophils_segmented" for text in texts)
    ):
        concept = "neutrophils_segmented"
    share = _SHARE_OF.get(concept)
    return share if share is not None and unit and factor_of(share, unit) is not None else concept


_IN_WORDS = {
    "m_protein_serum": "M-protein in serum",
    "m_protein_serum_percent": "M-protein in serum (percent)",
    "m_protein_urine_24h": "M-protein in urine of 24 hours",
    "m_protein_urine_concentration": "M-protein in urine",
    "flc_kappa_serum": "free kappa light chains",
    "flc_lambda_serum": "free lambda light chains",
    "anc": "neutrophils",
    "wbc": "leukocytes",
    "neutrophils_band": "band neutrophils",
    "neutrophils_segmented": "segmented neutrophils",
    "neutrophils_percent": "neutrophils in percent",
    "neutrophils_band_percent": "band neutrophils in percent",
    "neutrophils_segmented_percent": "segmented neutrophils in percent",
    "lvef": "ejection fraction",
    "ldh": "LDH",
    "igg": "IgG",
    "iga": "IgA",
    "igm": "IgM",
    "egfr": "eGFR",
    "bmi": "body mass index",
    "bilirubin_total": "bilirubin",
    "calcium_total": "calcium",
}


def plain_name(concept: str) -> str:
    """Return a concept in words."""
    return _IN_WORDS.get(concept) or concept.replace("_", " ")
