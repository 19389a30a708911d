"""Observations: laboratory values (P01–P06), qualitative results, scores, stated responses and other findings (L02, P20)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from msgspec import Struct

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.bcl2 import asks_for_bcl2, bcl2_in_text, read_bcl2
from fhir_mappings.read.csf import asks_for_csf, read_csf
from fhir_mappings.read.damage import untyped
from fhir_mappings.read.drug_reasons import indication_of_concept
from fhir_mappings.read.elements import Component, Concept
from fhir_mappings.read.facts import Facts, codes_of, first_date, own_text, start_of, status_word, texts_of, words_of
from fhir_mappings.read.findings import asks_for_finding, question_of_codes, read_finding
from fhir_mappings.read.genomics import asks_for_genomics, read_genomics
from fhir_mappings.read.lab_tests import IGNORED_ROLES, Test, test_of
from fhir_mappings.read.lab_values import read_test, said_by
from fhir_mappings.read.lenient import UnreadableError, lenient
from fhir_mappings.read.measurements import answer_in, answer_of
from fhir_mappings.read.observation_types import Observation, SentObservation
from fhir_mappings.read.residual import CONCEPT as RESIDUAL
from fhir_mappings.read.residual import read_residual
from fhir_mappings.read.resources import Condition
from fhir_mappings.read.stages import read_stage
from fhir_mappings.read.statements import (
    asks_for_imaging,
    asks_for_line,
    asks_for_status,
    read_imaging,
    read_line_statement,
    read_refractory,
    read_status,
)
from fhir_mappings.record import QualityNote
from fhir_mappings.terminology.lab_names import band_number
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.names import fold

_NEVER = frozenset({"entered-in-error", "cancelled"})


_TIME = re.compile(r"^\s*\d{4}-\d\d-\d\d[T ](\d\d:\d\d(?::\d\d)?)")


def time_of(observation: Observation) -> str:
    """Return the time of day at which a result was true, as sent; midnight to the second is how many systems write a mere date."""
    period = observation.effective_period
    for text in (
        observation.effective_date_time,
        period.start if period else None,
        observation.effective_instant,
    ):
        if text and (found := _TIME.match(text)):
            return "" if found[1] in {"00:00:00", "00:00"} else found[1]
    return ""


def date_of(observation: Observation) -> ChartDate | None:
    """Return when a result was true: effective (start of a period, instant), else when it was issued."""
    timing = observation.effective_timing
    return first_date(
        observation.effective_date_time,
        start_of(observation.effective_period),
        observation.effective_instant,
        *(timing.event if timing else ()),
        observation.issued,
    )


def could_matter(sent: SentObservation) -> bool:
    """Tell quickly, from its code and answer as sent, whether an Observation can hold a fact; most of a chart's do not."""
    if _question_in(bytes(sent.code)).matters or sent.component:
        return True
    words, answer = sent.value_string, sent.value_codeable_concept
    return bool((words and _ANSWER.search(bytes(words))) or (answer and _answer_in(bytes(answer))))


# Answers that say something whatever was asked.
_ANSWER = re.compile(rb"(?i)r(?:e|\xc3\xa9|\\u00e9)fra[ck]|resist|sensiti")


class _Question(Struct, frozen=True):
    """What an Observation asks: the code as sent, taken apart once for all results that carry it."""

    codes: tuple[Code, ...]
    texts: tuple[str, ...]
    test: Test | None
    matters: bool
    """It is of something that is read."""


@lru_cache(maxsize=8192)
def _question_in(raw: bytes) -> _Question:
    return _question_of(_concept_in(raw))


def _question_of(concept: Concept | None) -> _Question:
    codes, texts = codes_of(concept), texts_of(concept)
    test = test_of(codes, texts)
    known = test is not None or bool(question_of_codes(codes))
    known = known or any(find("genomics", code) or find("disease_status", code) for code in codes)
    matters = concept is not None and (known or _question_matters(words_of(concept)))
    return _Question(tuple(codes), tuple(texts), test, matters)


@lru_cache(maxsize=4096)
def _answer_in(raw: bytes) -> bool:
    """Tell whether an answer, as sent, says something whatever was asked: a stage, or refractoriness."""
    if _ANSWER.search(raw):
        return True
    return any(
        (row := find("disease_status", code)) is not None and row.role == "stage_value"
        for code in codes_of(_concept_in(raw))
    )


def _concept_in(raw: bytes) -> Concept | None:
    """Return a concept as sent, whatever its shape."""
    try:
        found: Concept | None = _concept_decoder.decode(raw or b"null")
    except msgspec.ValidationError:
        value = untyped(raw)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str):
            return Concept(text=value)
        found = lenient(value, Concept)[0] if isinstance(value, dict) else None
    return found


_concept_decoder = msgspec.json.Decoder(Concept | None)


def read_sent(sent: SentObservation, ref: str, facts: Facts) -> None:
    """Read an Observation that was selected; what of it cannot be read is named."""
    try:
        observation, dropped = sent.complete()
    except UnreadableError as error:
        facts.quality.append(QualityNote("error", ref, f"could not be read: {error}; not used"))
        return
    for note in dropped:
        facts.warn(ref, note)
    _read_observation(
        observation, _question_of(observation.code) if dropped else _question_in(bytes(sent.code)), ref, facts
    )


def _read_observation(observation: Observation, question: _Question, ref: str, facts: Facts) -> None:
    """Read one Observation into whatever facts it holds."""
    status = status_word(observation.status)
    codes, texts, test = question.codes, question.texts, question.test
    if status in _NEVER:
        if test and test.role not in IGNORED_ROLES:
            facts.exclude(ref, f"observation status {status}", test.concept)
        return
    date = date_of(observation)
    if test and test.concept == RESIDUAL and not test.conflict:
        read_residual(observation, observation, ref, date, facts)
    elif test and not (test.role == "look_alike" and not test.conflict):
        read_test(test, observation, ref, (date, time_of(observation)), observation, facts, codes, texts)
    elif read_bcl2(observation, observation, ref, date, facts):
        pass
    elif read_genomics(observation, ref, date, facts):
        bcl2_in_text(
            said_by(observation), ref, date, facts, f"{words_of(observation.code)} {words_of(observation.method)}"
        )
    else:
        _read_words(observation, ref, date, codes, facts)
    for component in observation.component:
        _read_component(component, observation, ref, date, facts)


@lru_cache(maxsize=4096)
def _question_matters(question: str) -> bool:
    plain = fold(question)
    return (
        asks_for_genomics(question)
        or asks_for_bcl2(plain)
        or asks_for_line(plain)
        or asks_for_status((), question)
        or asks_for_finding(plain)
        or asks_for_imaging(plain)
        or asks_for_csf(plain)
        or re.search(r"refract|refrakt|resistan|\biss\b|stag", plain) is not None
    )


def _read_component(
    component: Component, observation: Observation, ref: str, date: ChartDate | None, facts: Facts
) -> None:
    codes, texts = codes_of(component.code), texts_of(component.code)
    test = test_of(codes, texts)
    if test is None:
        parent = test_of(codes_of(observation.code), texts_of(observation.code))
        # Bands of one electrophoresis as components "band 1", "band 2".
        if parent and parent.concept == "m_protein_serum" and any(band_number(text) for text in texts):
            test = Test("m_protein_serum", "value")
    if test and test.concept == RESIDUAL and not test.conflict:
        read_residual(component, observation, ref, date, facts)
    elif test and not (test.role == "look_alike" and not test.conflict):
        read_test(test, component, ref, (date, time_of(observation)), observation, facts, codes, texts)
    elif test is None and not read_bcl2(component, observation, ref, date, facts) and observation.code is not None:
        read_finding(own_text(component.code), component, ref, date, facts)


def _read_words(
    observation: Observation, ref: str, date: ChartDate | None, codes: Sequence[Code], facts: Facts
) -> None:
    """Read what is neither a laboratory value nor genomics: statements, line numbers, stages, other findings."""
    question = words_of(observation.code)
    answer = said_by(observation)
    number = observation.value_integer
    if (
        number is None
        and observation.value_quantity is not None
        and observation.value_quantity.value is not None
        and observation.value_quantity.value.is_integer()
    ):
        number = int(observation.value_quantity.value)
    if read_line_statement(question, answer, number, ref, date, facts):
        return
    notes = " | ".join(note.text for note in observation.note if note.text)
    if asks_for_csf(fold(question)):
        read_csf(question, _answered(observation, answer, notes), ref, date, facts)
    elif asks_for_status(codes, question):
        if elsewhere := _focus_elsewhere(observation, facts):
            facts.exclude(ref, f"a statement about another disease ({elsewhere})")
            return
        values = codes_of(observation.value_codeable_concept)
        if answer or values:
            read_status(
                values, question, " | ".join(filter(None, [answer, notes])) if answer else notes, ref, date, facts
            )
    elif asks_for_imaging(fold(question)):
        words = " | ".join(filter(None, [answer, notes]))
        read_imaging(question, words, ref, date, facts, positive=answer_of(observation) == "positive")
    read_stage(
        codes_of(observation.value_codeable_concept),
        f"{question} {words_of(observation.method)} {answer}" if re.search(r"\biss\b|stag", fold(question)) else "",
        ref,
        date,
        facts,
    )
    _read_refractory(question, answer, observation, ref, date, facts)
    read_finding(question_of_codes(codes) or question, observation, ref, date, facts)


def _answered(observation: Observation, answer: str, notes: str) -> str:
    """Return the words of a result; where there are none, those of its interpretation."""
    said = answer_of(observation)
    return " | ".join(filter(None, [answer, notes])) or (said if said in {"positive", "negative"} else "") or ""


def _focus_elsewhere(observation: Observation, facts: Facts) -> str | None:
    """Return the disease that a statement is about when it is none of the plasma cells (P20, T1: linked by focus to the myeloma)."""
    names: list[str] = []
    for reference in observation.focus:
        target = facts.references.known(reference)
        if isinstance(target, Condition):
            if indication_of_concept(target.code) in PLASMA_CELL or _PLASMA_CELL.search(words_of(target.code).lower()):
                return None
            names.append(own_text(target.code) or words_of(target.code) or "a condition without a name")
        elif reference.display:
            if _PLASMA_CELL.search(reference.display.lower()):
                return None
            names.append(reference.display)
    return names[0][:80] if names else None


_PLASMA_CELL = re.compile(r"myelom|\bplasm|gammopath|amyloid|kahler")
PLASMA_CELL = frozenset({"myeloma", "smoldering", "al-amyloidosis"})


def _read_refractory(
    question: str, answer: str, observation: Observation, ref: str, date: ChartDate | None, facts: Facts
) -> None:
    """Read "refractory to X", "refractory: X" and "X refractory: yes" (F14x)."""
    plain = fold(question)
    if not re.search(r"refract|resistan|refrakt|sensitiv", f"{plain} {fold(answer)}"):
        return
    said = answer_in(answer) if answer else None
    if observation.value_boolean is False or said == "negative":
        return
    before = len(facts.refractory_statements)
    read_refractory(question, ref, date, facts)
    read_refractory(answer, ref, date, facts)
    if len(facts.refractory_statements) == before and re.search(r"refract|refrakt", plain) and answer:
        read_refractory(f"refractory to {answer}", ref, date, facts)
