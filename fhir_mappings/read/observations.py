"""Observations: laboratory values (P01–P06), qualitative results, scores, stated responses and other findings (L02, P20)."""

from __future__ import annotations

import re
from functools import lru_cache

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, codes_of, first_date, own_text, start_of, status_word, texts_of, words_of
from fhir_mappings.read.findings import asks_for_finding, read_finding
from fhir_mappings.read.genomics import asks_for_genomics, read_genomics
from fhir_mappings.read.lab_tests import IGNORED_ROLES, Test, test_of
from fhir_mappings.read.lab_values import read_test, said_by
from fhir_mappings.read.measurements import answer_in
from fhir_mappings.read.resources import Observation
from fhir_mappings.read.stages import read_stage
from fhir_mappings.read.statements import (
    asks_for_line,
    asks_for_status,
    read_line_statement,
    read_refractory,
    read_status,
)
from fhir_mappings.terminology.lab_names import band_number
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.names import fold

_NEVER = frozenset({"entered-in-error", "cancelled"})


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


def read_observation(observation: Observation, ref: str, facts: Facts) -> None:
    """Read one Observation into whatever facts it holds."""
    status = status_word(observation.status)
    codes, texts = codes_of(observation.code), texts_of(observation.code)
    test = test_of(codes, texts)
    if status in _NEVER:
        if test and test.role not in IGNORED_ROLES:
            facts.exclude(ref, f"observation status {status}", test.concept)
        return
    if test is None and not observation.component and not _could_matter(observation, codes):
        return
    date = date_of(observation)
    if test and not (test.role == "look_alike" and not test.conflict):
        read_test(test, observation, ref, date, observation, facts, codes, texts)
    elif not read_genomics(observation, ref, date, facts):
        _read_words(observation, ref, date, codes, facts)
    for component in observation.component:
        _read_component(component, observation, ref, date, facts)


def _could_matter(observation: Observation, codes: list[Code]) -> bool:
    """Tell quickly whether an Observation that is no known test can hold a fact; most of a chart's do not."""
    if observation.value_string is not None or observation.value_codeable_concept is not None:
        return True
    known = any(find("genomics", code) or find("disease_status", code) for code in codes)
    return known or _question_matters(words_of(observation.code))


@lru_cache(maxsize=4096)
def _question_matters(question: str) -> bool:
    plain = fold(question)
    return (
        asks_for_genomics(question)
        or asks_for_line(plain)
        or asks_for_status((), question)
        or asks_for_finding(plain)
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
    if test and not (test.role == "look_alike" and not test.conflict):
        read_test(test, component, ref, date, observation, facts, codes, texts)
    elif test is None and observation.code is not None:
        read_finding(own_text(component.code), component, ref, date, facts)


def _read_words(observation: Observation, ref: str, date: ChartDate | None, codes: list[Code], facts: Facts) -> None:
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
    if asks_for_status(codes, question):
        values = codes_of(observation.value_codeable_concept)
        if answer or values:
            read_status(
                values, question, " | ".join(filter(None, [answer, notes])) if answer else notes, ref, date, facts
            )
    read_stage(
        codes_of(observation.value_codeable_concept),
        f"{question} {answer}" if re.search(r"\biss\b|stag", fold(question)) else "",
        ref,
        date,
        facts,
    )
    _read_refractory(question, answer, observation, ref, date, facts)
    read_finding(question, observation, ref, date, facts)


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
