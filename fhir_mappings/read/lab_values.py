"""Results of laboratory tests: numbers in canonical units (P01 to P03), answers in words, scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, codes_of, own_text, status_word, texts_of, words_of
from fhir_mappings.read.lab_tests import IGNORED_ROLES, QUALITATIVE, Test, counted, plain_name
from fhir_mappings.read.measurements import NotUsedError, Number, answer_of, half_step, measured, number_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.record import Fact, LabValue, QualitativeResult
from fhir_mappings.terminology.check_digits import loinc_valid
from fhir_mappings.terminology.lab_names import band_number
from fhir_mappings.terminology.lookup import Code
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase

_SCORES = frozenset({"ecog", "karnofsky", "lvef"})


_TOO_LITTLE_TO_MEASURE = phrase("too_little_to_measure")


_NONE_FOUND = phrase("none_found")


def read_test(
    test: Test,
    part: Observation | Component,
    ref: str,
    when: tuple[ChartDate | None, str],
    observation: Observation,
    facts: Facts,
    codes: Sequence[Code],
    texts: Sequence[str],
) -> None:
    """Read the result of a test that is known into a value, an answer or a score."""
    if test.conflict:
        facts.warn(
            ref, f"the code is of {plain_name(test.concept)}, the text of {plain_name(test.conflict)}; value not used"
        )
        return
    if test.role in IGNORED_ROLES:
        if test.role == "do_not_use_as_concentration":
            facts.inform(ref, "percent of total protein is no concentration; value not used")
        elif test.role == "do_not_use_as_24h":
            facts.inform(ref, "M-protein in urine as a concentration is no 24-hour excretion; value not used")
        return
    for code in codes:
        if code.system == "loinc" and code.code and not loinc_valid(code.code):
            facts.inform(
                ref, f"LOINC {code.code} has a wrong check digit; read by its text as {plain_name(test.concept)}"
            )
    date, time = when
    if test.concept in _SCORES:
        _read_score(test.concept, part, ref, date, facts)
    elif test.concept in QUALITATIVE or test.role == "qualitative":
        _read_qualitative(test.concept, part, ref, date, facts)
    else:
        _read_value(test, part, ref, date, observation, facts, codes, texts, time)


def said_by(part: Observation | Component) -> str:
    """Return the words of a result."""
    return " | ".join(filter(None, [part.value_string, words_of(part.value_codeable_concept)]))


def _read_value(
    test: Test,
    part: Observation | Component,
    ref: str,
    date: ChartDate | None,
    observation: Observation,
    facts: Facts,
    codes: Sequence[Code],
    texts: Sequence[str],
    time: str,
) -> None:
    """Read a number with a unit into a `LabValue`."""
    number = number_of(part)
    flags: set[str] = set()
    concept = counted(test, codes, texts, number.unit if number else None)
    if number is None:
        number = _nothing_found(concept, part, ref, date, facts)
    if number is None:
        if said_by(part):
            facts.warn(ref, f"the value of {plain_name(concept)} is not a number ({said_by(part)[:40]}); not used")
        elif part.data_absent_reason is not None:
            facts.inform(
                ref, f"{plain_name(concept)} has no value: {own_text(part.data_absent_reason) or 'reason not given'}"
            )
        return
    if date is None:
        facts.warn(ref, f"{plain_name(concept)} has no date; value not used")
        return
    try:
        result = measured(concept, number, part.reference_range)
    except NotUsedError as reason:
        facts.warn(ref, f"{plain_name(concept)}: {reason}")
        return
    if "unit_suspect" in result.flags:
        facts.warn(ref, f"{plain_name(concept)}: unit not certain (unit_suspect)")
    flags.update(result.flags)
    status = status_word(observation.status)
    if status in {"preliminary", "registered"}:
        flags.add("preliminary")
    elif status in {"corrected", "amended"}:
        flags.add("corrected")
    band = None
    if concept == "m_protein_serum":
        band = _band(tuple(codes), (*texts, *(texts_of(observation.code) if part is not observation else ())))
    if band:
        flags.add(f"band:{band}")
    facts.steps[ref, concept, result.value] = (number.unit or "", half_step(number.value, result.factor))
    facts.labs.append(
        LabValue(
            ref=ref,
            concept=concept,
            value=result.value,
            unit=result.unit,
            date=date,
            comparator=result.comparator,
            upper_normal=result.upper_normal,
            lower_normal=result.lower_normal,
            method=words_of(observation.method) or None,
            flags=tuple(sorted(flags)),
            time=time,
        )
    )


_BAND_CODES: Final = {"51435-6": 1, "35559-4": 2}


@lru_cache(maxsize=1024)
def _band(codes: tuple[Code, ...], texts: tuple[str, ...]) -> int | None:
    for code in codes:
        if code.code in _BAND_CODES:
            return _BAND_CODES[code.code]
    return next((number for text in texts if (number := band_number(text))), None)


def _nothing_found(
    concept: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts
) -> Number | None:
    """Read "not detected" and "not quantifiable" of an M-protein as 0 (P03); the latter is a positive immunofixation."""
    if concept not in {"m_protein_serum", "m_protein_urine_24h"}:
        return None
    said = fold(said_by(part))
    if not said:
        return None
    if _TOO_LITTLE_TO_MEASURE.search(said):
        facts.qualitative.append(
            QualitativeResult(
                ref,
                f"immunofixation_{'serum' if concept == 'm_protein_serum' else 'urine'}",
                "positive",
                date,
                said[:120],
            )
        )
        return Number(0.0, None)
    return Number(0.0, None) if _NONE_FOUND.search(said) else None


def _read_qualitative(
    concept: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts
) -> None:
    answer = answer_of(part)
    if answer is None and concept.startswith("immunofixation") and _ISOTYPE.search(fold(said_by(part))):
        answer = "positive"
    if answer is None and (number := number_of(part)) is not None:
        if concept == "pregnancy_test":
            answer = (
                "negative"
                if number.value < 5 or number.comparator == "<"
                else "positive"
                if number.value >= 25
                else "indeterminate"
            )
        elif concept == "hbv_dna":
            answer = "negative" if number.comparator == "<" or number.value == 0 else "positive"
    if answer:
        facts.qualitative.append(QualitativeResult(ref, concept, answer, date, said_by(part)[:200]))


# An immunofixation that names an isotype has found one.
_ISOTYPE = re.compile(r"\big[gamde]\b|\bkappa\b|\blambda\b|paraprotein|m-?protein|light chain|bence")

_ECOG_ANSWERS: Final = {
    "LA9622-7": 0.0,
    "LA9623-5": 1.0,
    "LA9624-3": 2.0,
    "LA9625-0": 3.0,
    "LA9626-8": 4.0,
    "LA9627-6": 5.0,
    "425389002": 0.0,
    "422512005": 1.0,
    "422894000": 2.0,
    "423053003": 3.0,
    "423237006": 4.0,
    "423409001": 5.0,
}
_ECOG_WORDS = (
    "fully active",
    "restricted in physically strenuous",
    "ambulatory and capable of all self",
    "capable of only limited self",
    "completely disabled",
    "dead",
)


def _read_score(concept: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read ECOG, Karnofsky and ejection fraction into facts."""
    number = number_of(part)
    said = fold(said_by(part))
    value = number.value if number else None
    if concept == "ecog" and value is None:
        value = next(
            (_ECOG_ANSWERS[code.code] for code in codes_of(part.value_codeable_concept) if code.code in _ECOG_ANSWERS),
            None,
        )
    if concept == "ecog" and value is None:
        # Registries answer with the bare score, in a code system of their own.
        value = next(
            (
                float(code.code)
                for code in codes_of(part.value_codeable_concept)
                if code.code in {"0", "1", "2", "3", "4", "5"} and "ecog" in (code.system or "")
            ),
            None,
        )
    if value is None and said:
        limits = {"ecog": r"\b([0-5])\b", "karnofsky": r"\b(\d0|100)\b", "lvef": r"\b(\d{2})(?: ?%|\b)"}
        found = re.search(limits[concept], said)
        value = (
            float(found[1])
            if found
            else next(
                (float(score) for score, words in enumerate(_ECOG_WORDS) if concept == "ecog" and words in said), None
            )
        )
    if value is None:
        return
    unit = "%" if concept == "lvef" else "{score}"
    if concept == "lvef":
        try:
            value = (
                measured("lvef", number or Number(value, "%"), part.reference_range).value
                if number and number.unit
                else (value * 100 if value <= 1 else value)
            )
        except NotUsedError as reason:
            facts.warn(ref, f"lvef: {reason}")
            return
    limit = {"ecog": 5.0, "karnofsky": 100.0, "lvef": 90.0}[concept]
    if not 0 <= value <= limit or (concept == "ecog" and not value.is_integer()):
        facts.warn(ref, f"{value:g} is not a possible value of {concept}; not used")
        return
    bound = number.comparator if number and concept == "lvef" else None
    facts.facts.append(Fact(ref, concept, value, date, unit, bound))
