"""Which disease a problem is, by its codes and its words together: they may refine or contradict each other (L06)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from fhir_mappings.read.indications import diseases_of_codes
from fhir_mappings.terminology.disease_names import DISEASE_ROLES, NamedDisease, disease_in_text, family_of
from fhir_mappings.terminology.lookup import Code, condition_category, find

# A text of one of these families on a code of another is a contradiction; the others only say less or more of the same.
_MORE_SPECIFIC = frozenset({("myeloma", "smoldering"), ("ambiguous", "myeloma"), ("ambiguous", "plasmacytoma"), ("ambiguous", "smoldering"),
                            ("plasmacytoma", "extramedullary"), ("myeloma", "secondary"), ("ambiguous", "pcl")})  # fmt: skip


_LESS_SPECIFIC = frozenset({("extramedullary", "plasmacytoma"), ("pcl", "myeloma"), ("secondary", "myeloma"), ("amyloid", "secondary"),
                            ("secondary", "comorbidity"), ("secondary", "amyloid"), ("plasmacytoma", "myeloma"), ("poems", "myeloma"),
                            ("extramedullary", "myeloma"), ("myeloma", "extramedullary"), ("amyloid", "myeloma")})  # fmt: skip


class ProblemName(Struct, frozen=True):
    """The concept of a condition as code and text together have it."""

    concept: str
    role: str
    conflict: bool = False
    """Code and text name different diseases."""


def _foreign_icd(codes: Iterable[Code]) -> bool:
    """Tell whether an ICD-10 code says plainly that it is another disease than ours."""
    return any(
        code.system == "icd-10" and code.code and not condition_category(code) and not find("conditions", code)
        for code in codes
    )


@lru_cache(maxsize=4096)
def problem_named(codes: tuple[Code, ...], texts: tuple[str, ...]) -> ProblemName | None:
    """Return what a condition is; code and text are both heard, and a contradiction is kept as such."""
    coded = diseases_of_codes(codes)
    diseases = [one for one in coded if one[1] in DISEASE_ROLES]
    named = _named(texts)
    if diseases:
        return _disease(diseases, named)
    if coded:
        concept, role = coded[0]
        said = next(
            (one for one in named if one.family not in {"comorbidity", "none", "secondary", "other-disease"}), None
        )
        if said and role == "comorbidity" and said.family == "myeloma":
            return ProblemName(said.concept, said.role, conflict=True)
        return ProblemName(concept, role)
    if not named:
        return None
    first = named[0]
    conflict = first.family in {"myeloma", "smoldering", "pcl", "plasmacytoma", "mgus"} and _foreign_icd(codes)
    return ProblemName(first.concept, first.role, conflict=conflict)


def _named(texts: Sequence[str]) -> list[NamedDisease]:
    """Return the diseases that texts name: the author's own words where they name one, else the displays of codes."""
    own = disease_in_text(texts[0]) if texts else None
    return [own] if own else [disease for text in texts[1:] if (disease := disease_in_text(text))]


def _disease(coded: list[tuple[str, str]], named: list[NamedDisease]) -> ProblemName:
    """Return a plasma-cell disorder from its codes, refined or contradicted by its texts."""
    concept, role, conflict = _coded_disease(coded)
    family = family_of(concept)
    if family is None or conflict:
        return ProblemName(concept, role, conflict=conflict)
    known = [disease for disease in named if disease.family != "none"]
    if not known or any(disease.family == family for disease in known):
        return _refined(concept, role, known)
    for disease in known:
        if (family, disease.family) in _MORE_SPECIFIC and disease.family != "secondary":
            return ProblemName(disease.concept, disease.role)
    if all((family, disease.family) in (_LESS_SPECIFIC | _MORE_SPECIFIC) for disease in known):
        return ProblemName(concept, role)
    return ProblemName(concept, role, conflict=True)


def _coded_disease(coded: list[tuple[str, str]]) -> tuple[str, str, bool]:
    """Return the disease of several codes, and whether they contradict each other.

    Smoldering and leukaemia say more than a myeloma code beside them; a plasmacytoma or a complication beside it belongs to the myeloma.
    """
    by_family = {family: one for one in reversed(coded) if (family := family_of(one[0]))}
    if not by_family:
        return (*coded[0], False)
    if "myeloma" in by_family:
        for family in ("smoldering", "pcl"):
            if family in by_family:
                return (*by_family[family], False)
        return (*by_family["myeloma"], bool(by_family.keys() & {"mgus", "waldenstrom", "poems", "other-cancer"}))
    first = next(one for one in coded if family_of(one[0]))
    return (*first, False)


def _refined(concept: str, role: str, named: list[NamedDisease]) -> ProblemName:
    """Return a generic myeloma code with the remission or relapse that its text states."""
    if concept == "multiple_myeloma":
        for disease in named:
            if disease.concept in {"multiple_myeloma_relapsed", "multiple_myeloma_in_remission"}:
                return ProblemName(disease.concept, disease.role)
    return ProblemName(concept, role)
