"""Measurable residual disease (P16): what was found, with method and sensitivity in the words of the record."""

from __future__ import annotations

import re
from typing import Final

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, texts_of, words_of
from fhir_mappings.read.measurements import Answer, answer_in, answer_of, number_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.record import QualitativeResult
from fhir_mappings.terminology.names import fold

CONCEPT: Final = "plasma_cells_marrow_mrd_flow"
"""The name of these tests in the terminology."""
_LEAST_EXPONENT: Final = 5
"""A negative result counts from a sensitivity of 10^-5 on."""
_RAISED: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−–", "0123456789---")
_SENSITIVITY: Final = re.compile(
    r"\b10 ?\^? ?-? ?\(?-(\d)\b|\b1(?:\.0)? ?e-?0?(\d)\b|\b10 (?:hoch|puissance|exp\w*) ?-?(\d)\b"
)
_NAMED: Final = re.compile(r"\bmrd\b|(?:minimal|measurable) residual disease|minimale resterkrankung")
_PART: Final = re.compile(r"[.;|\n](?!\d)")


def read_residual(
    part: Observation | Component, observation: Observation, ref: str, date: ChartDate | None, facts: Facts
) -> None:
    """Read a test for residual disease; a negative answer of a test that is not sensitive enough is indeterminate."""
    said = [
        *texts_of(observation.code)[:1],
        part.value_string or "",
        words_of(part.value_codeable_concept),
        words_of(observation.method),
        *(note.text or "" for note in observation.note),
    ]
    answer = answer_of(part)
    number = number_of(part)
    if answer is None and number is not None:
        answer = "negative" if number.value == 0 or number.comparator == "<" else "positive"
    _add(answer, "; ".join(filter(None, said)), ref, date, facts)


def residual_in_report(text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read residual disease from the conclusion of a report: the answer stands in the sentence that names it."""
    for sentence in _PART.split(text):
        if _NAMED.search(fold(sentence)):
            _add(answer_in(sentence), sentence.strip(), ref, date, facts)


def _add(answer: Answer | None, text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    if answer is None:
        return
    if answer == "negative" and _too_coarse(text):
        answer = "indeterminate"
    facts.qualitative.append(QualitativeResult(ref, "mrd", answer, date, text[:200]))


def _too_coarse(text: str) -> bool:
    found = [int(next(filter(None, groups))) for groups in _SENSITIVITY.findall(text.translate(_RAISED).lower())]
    return bool(found) and max(found) < _LEAST_EXPONENT
