"""Diseases by their text: for problems without a code, and to notice a code that its text contradicts.

Also what a text says about itself: a suspicion, the past, the family, an absence.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final, Literal

from msgspec import Struct

from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase
from fhir_mappings.terminology.tables import rows_of

_FAMILY_HISTORY = re.compile(
    r"family history|\bfhx?\b|familien?anamnese|antecedents familiaux|antecedentes familiares|familiarita|anamnesi familiare"
    r"|familial history|historia familiar"
)
_RELATIVE = (
    r"(?:mother|father|brother|sister|son|daughter|aunt|uncle|cousin|grandmother|grandfather|grandparent|sibling|parent|relative|wife|husband"
    r"|mutter|vater|bruder|schwester|tante|onkel|grossmutter|grossvater|mere|pere|frere|soeur|madre|padre|hermano|hermana|abuelo|abuela|tio|tia"
    r"|fratello|sorella|nonno|nonna|zio|zia|moeder|vader|broer|zus)s?"
)
_RELATIVE_BEFORE = re.compile(rf"\b{_RELATIVE}\b[^.;|]*$")
_RELATIVE_AFTER = re.compile(
    rf"^[\s(,-]*(?:in|of|bei|chez|de|del|della|van|bij)\b[^.;|]{{0,20}}\b{_RELATIVE}\b|^\s*\(\s*{_RELATIVE}\s*\)"
)
_ABSENT = phrase("stance_absent")
_SUSPECTED = phrase("stance_suspected")
_PAST = phrase("stance_past")

_ENDS_ABSENT = re.compile(
    r"^\W*(?:was |is |has been |wurde )?(?:ruled out|excluded|unlikely|ausgeschlossen|descartado|escluso|uitgesloten|exclu"
    r"|not (?:confirmed|present|found|detected|evident))\b"
    r"|^\W*(?:none|no|absent|denied|nein|keine?|aucune?|ninguna?|nessuna?|geen)\W*$"
    r"|^\W*(?:screen\w*|test\w*|work-?up)?\W*negativ"
)

_BEGINS_ABSENT = re.compile(
    r"^\W*(?:no(?!\W*\d)|denies|denied|without|never|keine?[nrs]?|ohne|sans|aucune?|nessuna?|senza|geen|zonder|sin|ninguna?)\b(?P<more>.*)$"
)
_MOST_BETWEEN = 2
"""Words between a negation and the disease that it denies: "no known peripheral neuropathy"."""
_OF_ITS_COURSE = re.compile(
    r"remis|relaps|rezidiv|recid|recai|progre|respon|ansprech|treat|therap|behand|tratam|trait|transplant|longer|change"
)
"""What a negation takes from the course of a disease leaves the disease: "no relapse of multiple myeloma", "never treated"."""
_STATES = frozenset({"multiple_myeloma_relapsed", "multiple_myeloma_in_remission"})
_SPLIT = re.compile(r"[,;:]|\bwith\b|\bmit\b")
"""Where another statement may begin."""

Stance = Literal["asserted", "suspected", "past", "absent", "family"]

DISEASE_ROLES: Final = frozenset(
    {
        "in_scope",
        "in_scope_secondary",
        "in_scope_morphology",
        "precursor_not_trigger",
        "related_not_trigger",
        "ambiguous_not_trigger",
        "not_trigger",
        "history_not_trigger",
    }
)
"""Roles of plasma-cell disorders and of what is mistaken for them."""

_FAMILIES = {
    "multiple_myeloma": "myeloma",
    "multiple_myeloma_in_remission": "myeloma",
    "multiple_myeloma_relapsed": "myeloma",
    "multiple_myeloma_morphology": "myeloma",
    "light_chain_myeloma": "myeloma",
    "kappa_light_chain_myeloma": "myeloma",
    "nonsecretory_myeloma": "myeloma",
    "iga_myeloma": "myeloma",
    "igd_myeloma": "myeloma",
    "plasma_cell_leukemia": "pcl",
    "extramedullary_plasmacytoma": "extramedullary",
    "solitary_plasmacytoma": "plasmacytoma",
    "solitary_osseous_myeloma": "plasmacytoma",
    "plasmacytoma": "plasmacytoma",
    "multiple_solitary_plasmacytomas": "plasmacytoma",
    "primary_cutaneous_plasmacytoma": "plasmacytoma",
    "plasma_cell_myeloma_or_plasmacytoma": "ambiguous",
    "mgus": "mgus",
    "monoclonal_gammopathy": "mgus",
    "benign_monoclonal_gammopathy": "mgus",
    "smoldering_myeloma": "smoldering",
    "asymptomatic_myeloma": "smoldering",
    "indolent_myeloma": "smoldering",
    "al_amyloidosis": "amyloid",
    "amyloidosis_other": "amyloid",
    "amyloidosis_hereditary": "amyloid",
    "al_amyloidosis_due_to_myeloma": "amyloid",
    "myeloma_associated_amyloidosis": "amyloid",
    "myeloma_kidney": "secondary",
    "light_chain_nephropathy_due_to_myeloma": "secondary",
    "hypogammaglobulinemia_due_to_myeloma": "secondary",
    "waldenstrom": "waldenstrom",
    "osteosclerotic_myeloma": "poems",
    "lymphoplasmacytic_lymphoma": "other-cancer",
    "bpdcn": "other-cancer",
}


def family_of(concept: str) -> str | None:
    """Return the family of a plasma-cell disorder concept; two concepts of one family do not contradict each other."""
    return _FAMILIES.get(concept)


class NamedDisease(Struct, frozen=True):
    """A disease that a text names."""

    concept: str
    role: str
    family: str


@cache
def _patterns() -> tuple[tuple[NamedDisease, re.Pattern[str], re.Pattern[str] | None], ...]:
    """Return diseases with what a folded text must and must not match; the first that fits wins."""
    return tuple(
        (
            NamedDisease(row["concept"], row["role"], row["family"]),
            re.compile(row["matches"]),
            re.compile(row["excludes"]) if row["excludes"] else None,
        )
        for row in rows_of("disease_names")
    )


def _mention(plain: str) -> tuple[NamedDisease, int, int] | None:
    """Return the disease that a folded text names, and where."""
    for disease, matches, excludes in _patterns():
        if (found := matches.search(plain)) and not (excludes and excludes.search(plain)):
            end = found.end()
            while end < len(plain) and plain[end].isalnum():
                end += 1
            return disease, found.start(), end
    return None


@lru_cache(maxsize=4096)
def disease_in_text(text: str) -> NamedDisease | None:
    """Return the disease that a problem text names, if it is one that matters."""
    plain = fold(text)
    mention = _mention(plain)
    if mention is None:
        return None
    disease, start, _ = mention
    if disease.concept in _STATES and _state_denied(plain[:start]):
        return next(one for one, _, _ in _patterns() if one.concept == "multiple_myeloma")
    return disease


def _state_denied(head: str) -> bool:
    """Tell whether what stands before a relapse or remission denies it: the disease is there all the same."""
    near = _SPLIT.split(head)[-1]
    return bool(_ABSENT.search(near) or _BEGINS_ABSENT.search(near))


def _denied(head: str, *, named: bool) -> bool:
    """Tell whether the words before a disease deny it, and not only its course; without a known name `head` is all that is said."""
    absent = _ABSENT.search(head)
    if absent and not _OF_ITS_COURSE.search(head[absent.end() :]):
        return True
    begins = _BEGINS_ABSENT.search(head)
    if begins is None or _OF_ITS_COURSE.search(begins["more"]):
        return False
    return not named or len(begins["more"].split()) <= _MOST_BETWEEN


@lru_cache(maxsize=4096)
def stance_of(text: str) -> Stance:
    """Return whether a text asserts what it names, or suspects, remembers, excludes it, or means a relative.

    What is said about something else in the same text ("no evidence of relapse", "with history of stroke") does not count.
    """
    plain = fold(text)
    if _FAMILY_HISTORY.search(plain):
        return "family"
    mention = _mention(plain)
    head, tail = (plain[: mention[1]], plain[mention[2] :]) if mention else (plain, "")
    if mention and (_RELATIVE_BEFORE.search(head) or _RELATIVE_AFTER.search(tail)):
        return "family"
    # Nothing between the word and the disease may begin another statement; without a known name the first one is of the disease.
    parts = _SPLIT.split(head)
    if mention is None:
        head, tail = parts[0], plain[len(parts[0]) :]
    else:
        head = parts[-1]
    last = re.search(r"(?:^|[-,;:(/]|\s-)\s*([^-,;:()/]+)\)?\W*$", tail)
    ending = last[1] if last else ""
    if not (mention and mention[0].concept in _STATES) and _denied(head, named=mention is not None):
        return "absent"
    if _ENDS_ABSENT.search(tail):
        return "absent"
    relapse = mention is not None and mention[0].concept == "multiple_myeloma_relapsed"
    if not relapse and (
        _SUSPECTED.search(head)
        or (_SUSPECTED.search(ending) and len(ending.split()) <= 3)
        or tail.rstrip().endswith("?")
    ):
        return "suspected"
    return "past" if _PAST.search(head) else "asserted"
