"""Cytology and flow cytometry of the cerebrospinal fluid: clonal plasma cells there are disease of the central nervous system (P22).

What is only suspected, and plasma cells that nobody calls clonal, say neither.
"""

from __future__ import annotations

import re
from typing import Literal

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.facts import Facts
from fhir_mappings.record import Fact
from fhir_mappings.terminology.names import fold

_FLUID = re.compile(
    r"\bcsf\b|cerebro-?spinal|cerebral spinal|\bspinal fluid\b|\bliquor\w*|lumbar puncture|lumbalpunktion|cephalo-?rachidien|\blcr\b"
    r"|cefalorraquideo|cefalorachidiano"
)
_CELLS_ASKED = re.compile(
    r"[cz]ytolog|citolog|cytospin|[cz]ytometr|citometr|\bflow\b|immun\w*pheno?t|immunphanot|plasma ?cell|plasma ?zell|plasm[oa]cyt"
    r"|malign|myelom|mielom"
)
_CYTOLOGY = re.compile(r"[cz]ytolog|citolog|cytospin|malign|myelom|mielom|plasma ?cell|plasma ?zell|plasm[oa]cyt")
_PLASMA = r"(?:plasma ?cells?|plasma ?zellen?|plasm[oa]cyt\w*|myelom\w*(?: ?cells?| ?zellen?)?|mielom\w*)"
_CLONAL = re.compile(
    r"\b(?:mono)?(?:c|k)lonal\w* "
    + _PLASMA
    + r"|\b(?:malign\w*|neoplasti\w*|aberrant\w*|abnormal|(?:kappa|lambda)[- ]restricted) "
    r"(?:\w+ )?"
    + _PLASMA
    + r"|\bpositi\w* (?:for|fur|pour|para|per) (?:\w+ ){0,3}?"
    + _PLASMA
    + r"|\b(?:involve\w*|infiltrat\w*|infiltration|befall) (?:by|with|durch|von|par|por|da) (?:\w+ ){0,3}?"
    + _PLASMA
    + r"|\b(?:consistent|compatible) with (?:\w+ ){0,4}?"
    + _PLASMA
    + r"|\b(?:myeloma|myelom) ?(?:cells?|zellen) (?:\w+ )?(?:present|seen|identified|detected|found|nachweisbar|nachgewiesen)"
    + r"|\bnachweis (?:von |der )?(?:\w+ )?(?:myelomzellen|klonale\w* plasmazellen)"
    + r"|\bplasm[oa]cyt\w* (?:mono)?clonal\w*|\bcelulas plasmaticas (?:mono)?clonales"
    r"|\benvahissement par (?:un |le )?(?:myelom|plasmocyt)\w*"
    + r"|\bmyelomatous\b|\bmyelomatos[ae]\b|\bmeningeosis myelomatosa\b"
    + r"|\bpositi\w* (?:for|fur|pour|para|per) (?:malign\w*|(?:malign|neoplasti|tumou?r)\w* (?:cells?|zellen))"
    + r"|\bmalign\w* (?:cells?|zellen) (?:\w+ )?(?:present|seen|identified|detected|found|nachweisbar|nachgewiesen)"
)
_DOUBT = re.compile(
    r"suspici|suspect|possib|probab|cannot|can not|not (?:be )?exclud|rule out|r/o\b|question|equivocal|indetermin|inconclusive"
    r"|atypical|atypisch|verdach|fraglich|contaminat|traumatic|peripheral blood|bloody"
    r"|history of|known|indication|clinical (?:history|information)|reactive"
    r"|reaktiv|polyclonal|polyklonal|polytypic|pending|insufficient|non-?diagnostic|not (?:done|performed)|unsatisfactory|bone marrow"
)
_DENIED = re.compile(
    r"\bnegati\w*|\bno\b|\bnot\b|\bnone\b|\bwithout\b|\babsen\w*|\bfree of\b|\bkein\w*|\bohne\b|\bnicht\b|\bpas d|\baucun\w*|\bsin\b"
    r"|\bsenza\b|\bnessun\w*|\bundetect\w*|\bnormal\b|\bunauffallig\w*"
)
_NAMED = re.compile(_PLASMA + r"|malign\w*")
_OTHER_CELLS = re.compile(r"lymphom|leuk\w*mi|carcinom|\bblasts?\b|metasta|melanom|glio|lymphoid|b-cell|t-cell")
_SHORT_YES = re.compile(r"\W*(?:positive?|positiv[oa]?|pos|present|detected|yes|abnormal)\W*")
_SHORT_NO = re.compile(r"\W*(?:negative?|negativ[oa]?|neg|absent|not detected|none|no|normal|unauffallig)\W*")


def asks_for_csf(plain: str) -> bool:
    """Tell whether a folded name is of cells in the cerebrospinal fluid."""
    return bool(_FLUID.search(plain) and _CELLS_ASKED.search(plain))


def read_csf(question: str, answer: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read the cytology of the cerebrospinal fluid; an answer that says neither is named."""
    if not answer:
        return
    value = csf_in(question, answer)
    if value == "present":
        facts.facts.append(Fact(ref, "cns_disease", value, date))
    elif value == "absent":
        # One negative sample does not clear the central nervous system; it only makes a later positive one new.
        facts.facts.append(Fact(ref, "csf_cytology", value, date))
    else:
        facts.inform(ref, f"cells in the cerebrospinal fluid: '{answer[:80]}' says neither clonal nor none; not used")


def csf_in(question: str, answer: str) -> Literal["present", "absent"] | None:
    """Return whether a result shows clonal plasma cells in the cerebrospinal fluid, or none; `None` where it says neither."""
    asked = fold(question)
    pieces = [piece for piece in re.split(r"\.(?=\s|$)|[;|\n]|\bbut\b|\baber\b", fold(answer)) if piece.strip()]
    said = {_piece(asked, piece) for piece in pieces}
    if "present" in said:
        return "present"
    return "absent" if "absent" in said and "doubt" not in said else None


def _piece(asked: str, piece: str) -> Literal["present", "absent", "doubt"] | None:
    if _SHORT_NO.fullmatch(piece):
        return "absent" if not _OTHER_CELLS.search(asked) else None
    if _SHORT_YES.fullmatch(piece):
        return "present" if _CYTOLOGY.search(asked) and not _OTHER_CELLS.search(asked) else "doubt"
    named = _NAMED.search(piece)
    if _DOUBT.search(piece):
        return "doubt" if named else None
    found = _CLONAL.search(piece)
    target = found or named
    if target is None:
        return None
    before, after = piece[: target.start()], piece[target.end() :]
    denied = _DENIED.search(before)
    if denied and found and "," in before[denied.end() :] and not re.search(r"\b(?:or|nor|and|oder|noch)\b", piece):
        return "doubt"
    if denied or _DENIED.search(target[0]) or re.search(r"^\s*(?:\w+ )?(?:not|nicht|absent|negative|undetect)", after):
        return "absent"
    if not found or (_OTHER_CELLS.search(piece) and not re.search(_PLASMA, found[0])):
        return "doubt"
    return "present"
