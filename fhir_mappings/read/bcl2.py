"""BCL2 expression of the plasma cells (regimens B.4, K-VEN-1): a high result of a quantitative assay that the record names.

Immunohistochemistry never suffices, and neither does a result whose assay nobody names: both are named as not used. An answer that says
neither high nor the contrary is unknown. Rearrangements and mutations of the gene are no expression.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, codes_of, texts_of, words_of
from fhir_mappings.read.measurements import PENDING, answer_of, number_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.record import GenomicResult
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase

CONCEPT: Final = "bcl2_expression_high"
Value = Literal["present", "absent", "unknown"]

_NAMED: Final = re.compile(r"\bbcl ?-?2\b(?! ?-?l\d)")
_NOT_EXPRESSION: Final = phrase("bcl2_not_expression")
_HIGH: Final = phrase("expression_high")
_NOT_HIGH: Final = phrase("expression_not_high")
_ASSAY: Final = phrase("quantitative_expression_assay")
_WITHOUT_NUMBERS: Final = phrase("not_quantitative")
_DOUBT: Final = phrase("expression_doubt")
_LIMITS: Final = re.compile(
    r"\([^)]*[<>≥≤\d][^)]*\)|\b(?:cut-?off|threshold|reference|normal range|limits?|defined as)\b[^.;|]*|[<>≥≤] ?\d\S*"
)
_PIECE: Final = re.compile(
    r"\.(?!\d)|[;|\n]|,\s|\b(?:and|but|with|while|whereas|und|aber|et|mais|y|pero|e|ma|en|maar)\b"
)
_SENTENCE: Final = re.compile(r"\.(?!\d)|[;|\n]")
_RESULT: Final = re.compile(
    r"^(?:result|interpretation|expression|level|status|ergebnis|befund|resultat|resultado|risultato)\b"
)
_HOW: Final = re.compile(r"\b(?:method|assay|technique|platform|methode|metodo)")
_ANSWERS: Final[dict[tuple[str, str], Value]] = {
    ("snomed", "75540009"): "present",
    ("snomed", "35105006"): "present",
    ("snomed", "62482003"): "absent",
    ("snomed", "1250004"): "absent",
    ("snomed", "17621005"): "absent",
}
"""High, increased; low, decreased, normal."""


def asks_for_bcl2(plain: str) -> bool:
    """Tell whether the folded name of a result is of BCL2 expression."""
    return _NAMED.search(plain) is not None and _NOT_EXPRESSION.search(plain) is None


def read_bcl2(
    part: Observation | Component, observation: Observation, ref: str, date: ChartDate | None, facts: Facts
) -> bool:
    """Read BCL2 expression sent as a question with its answer, in an Observation or one of its components; tells whether it was one."""
    question = fold(words_of(part.code))
    if not asks_for_bcl2(question):
        return False
    said_in = [part, *(one for one in observation.component if part is observation and _RESULT.search(_asked(one)))]
    answer = fold(" | ".join(text for one in said_in for text in _words(one)))
    method = [words_of(observation.method), *(note.text or "" for note in observation.note)]
    method += [words_of(observation.code)] if part is not observation else []
    for other in observation.component:
        if other is not part and _HOW.search(_asked(other)):
            method += [other.value_string or "", words_of(other.value_codeable_concept)]
    if (
        answer
        or part.value_codeable_concept is not None
        or part.value_boolean is not None
        or number_of(part) is not None
    ):
        said = f"{question} | {answer} | {fold(' | '.join(filter(None, method)))}"
        _add(_value_of(question, answer, part), said, ref, date, facts)
    return True


def _asked(part: Component) -> str:
    return fold(words_of(part.code))


def _words(part: Observation | Component) -> list[str]:
    return [text for text in (part.value_string, *texts_of(part.value_codeable_concept)) if text]


def bcl2_in_text(text: str, ref: str, date: ChartDate | None, facts: Facts, title: str = "") -> None:
    """Read BCL2 expression from the words of a report; what they only look for says nothing."""
    plain = fold(text.replace("\n", " | "))
    if not _NAMED.search(plain):
        return
    found: dict[Value, str] = {}
    for sentence in _SENTENCE.split(plain):
        if not _NAMED.search(sentence):
            continue
        if (said := _value_in_sentence(_LIMITS.sub(" ", sentence))) is not None:
            found.setdefault(said, sentence)
    if not found:
        return
    value: Value = next(iter(found)) if len(found) == 1 else "unknown"
    own = " | ".join(found.values())
    _add(
        value,
        own if _ASSAY.search(own) or _WITHOUT_NUMBERS.search(own) else f"{fold(title)} | {plain}",
        ref,
        date,
        facts,
    )


def _value_in_sentence(sentence: str) -> Value | None:
    if _DOUBT.search(sentence):
        return None
    if PENDING.search(sentence):
        return "unknown"
    pieces = [piece for piece in _PIECE.split(sentence) if piece and asks_for_bcl2(piece)]
    found = {value for piece in pieces if (value := _value_in(piece)) is not None}
    return found.pop() if len(found) == 1 else "unknown" if found else None


def _value_of(question: str, answer: str, part: Observation | Component) -> Value:
    """Return what an answer says; to the question whether it is high, yes and no are answers too."""
    for code in codes_of(part.value_codeable_concept):
        if (value := _ANSWERS.get((code.system or "", code.code))) is not None:
            return value
    said = _LIMITS.sub(" ", answer)
    if PENDING.search(said) or _DOUBT.search(said):
        return "unknown"
    if _HIGH.search(question):
        known = answer_of(part)
        return (
            "unknown" if known is None or known == "indeterminate" else "present" if known == "positive" else "absent"
        )
    pieces = [piece for piece in _PIECE.split(said) if piece.strip()]
    found = {value for piece in pieces if (value := _value_in(piece)) is not None}
    return found.pop() if len(found) == 1 else "unknown"


def _value_in(words: str) -> Value | None:
    if _NOT_HIGH.search(words):
        return "absent"
    return "present" if _HIGH.search(words) else None


def _add(value: Value, said: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    if _WITHOUT_NUMBERS.search(said):
        facts.exclude(ref, "by immunohistochemistry or without numbers: never enough for venetoclax", "BCL2 expression")
    elif not _ASSAY.search(said):
        facts.exclude(ref, "no quantitative expression assay is named", "BCL2 expression")
    else:
        facts.genomics.append(GenomicResult(ref, CONCEPT, value, date, None, None))
