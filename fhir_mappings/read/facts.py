"""What the readers share: where facts are collected, and small questions that every reader asks of FHIR elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from msgspec import Struct, field

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Annotation, Concept, Period
from fhir_mappings.read.references import References
from fhir_mappings.record import (
    DrugRecord,
    Excluded,
    Fact,
    GenomicResult,
    LabValue,
    Problem,
    QualitativeResult,
    QualityNote,
    Reaction,
    StatedLine,
    StatedRefractory,
    StatedStatus,
    TreatmentEvent,
)
from fhir_mappings.terminology.lookup import Code, code_of
from fhir_mappings.terminology.systems import system_name
from fhir_mappings.terminology.tables import rows_of


class Facts(Struct):
    """Everything read so far about one patient; readers append, `chart` sorts."""

    references: References
    drugs: list[DrugRecord] = field(default_factory=list)
    supportive: list[DrugRecord] = field(default_factory=list)
    events: list[TreatmentEvent] = field(default_factory=list)
    labs: list[LabValue] = field(default_factory=list)
    qualitative: list[QualitativeResult] = field(default_factory=list)
    genomics: list[GenomicResult] = field(default_factory=list)
    statements: list[StatedStatus] = field(default_factory=list)
    refractory_statements: list[StatedRefractory] = field(default_factory=list)
    stated_lines: list[StatedLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)
    quality: list[QualityNote] = field(default_factory=list)
    steps: dict[tuple[str, str, float], tuple[str, float]] = field(default_factory=dict)
    """Unit as sent and rounding step of laboratory values, to tell one result of two interfaces from two results."""
    blamed: dict[str, tuple[str, ChartDate | None]] = field(default_factory=dict)
    """Drug records that an adverse event names as its cause: what happened, and when."""
    drugs_of_parts: dict[str, set[str]] = field(default_factory=dict)
    """Agents of drug records by the procedure that they are part of."""

    def warn(self, ref: str, issue: str) -> None:
        """Note something that was not used or not trusted."""
        self.quality.append(QualityNote("warning", ref, issue))

    def inform(self, ref: str, issue: str) -> None:
        """Note something that was read in another way than it was written."""
        self.quality.append(QualityNote("information", ref, issue))

    def exclude(self, ref: str, reason: str, about: str | None = None) -> None:
        """Name a record that is deliberately not used, with the reason."""
        self.excluded.append(Excluded(ref, reason, about))


def concepts_in(value: list[Concept] | Concept | None) -> list[Concept]:
    """Return the concepts of an element that is a list in one version of FHIR and single in another."""
    return value if isinstance(value, list) else [value] if value is not None else []


def codes_of(*concepts: Concept | None) -> list[Code]:
    """Return the codings of concepts with their systems by short name."""
    return [
        code_of(coding.system, coding.code, coding.display)
        for concept in concepts
        if concept is not None
        for coding in concept.coding
    ]


LONGEST_NAME = 1000
"""Characters of the name of a thing that are read."""


def texts_of(*concepts: Concept | None) -> list[str]:
    """Return the texts of concepts, the author's own words before the displays of codes."""
    found: list[str] = []
    for concept in concepts:
        if concept is None:
            continue
        if concept.text:
            found.append(concept.text[:LONGEST_NAME])
        found += [coding.display[:LONGEST_NAME] for coding in concept.coding if coding.display]
    return found if len(found) < 2 else list(dict.fromkeys(found))


def own_text(concept: Concept | None) -> str:
    """Return the words that name a concept: its text, else its first display, else its code."""
    texts = texts_of(concept)
    if texts:
        return texts[0]
    return next((coding.code for coding in concept.coding if coding.code), "") if concept else ""


def words_of(*concepts: Concept | None) -> str:
    """Return everything that concepts say in one string."""
    return " | ".join(texts_of(*concepts))


def status_code(concept: Concept | None) -> str | None:
    """Return the code of a status concept in lower case: `confirmed`, `active`, …; its text where it has no code."""
    if concept is None:
        return None
    for coding in concept.coding:
        if coding.code:
            return coding.code.strip().lower()
    return concept.text.strip().lower() if concept.text else None


def status_word(text: str | None) -> str | None:
    """Return a status in lower case; `None` without one."""
    return text.strip().lower() if text and text.strip() else None


def notes_text(notes: Iterable[Annotation]) -> str:
    """Return the text of notes in one string."""
    return " | ".join(note.text for note in notes if note.text)


def first_date(*texts: str | None) -> ChartDate | None:
    """Return the first of several dates that can be read."""
    for text in texts:
        if text and (date := _date_in(text)):
            return date
    return None


@lru_cache(maxsize=8192)
def _date_in(text: str) -> ChartDate | None:
    return ChartDate.parse(text)


def start_of(period: Period | None) -> str | None:
    """Return the start of a period, else its end."""
    return (period.start or period.end) if period else None


_GRADE = re.compile(r"\b(?:ctcae )?(?:grade|grad|gr\.?|g)[ -]?([1-5]|iii|ii|iv|i|v)\b(?!\s*(?:/|of))", re.IGNORECASE)
_NYHA = re.compile(r"\bnyha[^0-9iv]{0,12}(iii|ii|iv|i|[1-4])\b", re.IGNORECASE)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
_SEVERITY_WORDS = {"mild": 1, "moderate": 2, "severe": 3, "life-threatening": 4, "life threatening": 4, "fatal": 5}
_PAIN = re.compile(r"\bpain(?:ful)?\b|\bschmerz\w*|\bdouloureu\w*|\bdolor\w*", re.IGNORECASE)
_NO_PAIN = re.compile(
    r"\b(?:without|no|denies|ohne|sans|sin|not) (?:any )?(?:pain\w*|schmerz\w*|douleur|dolor)|\bpainless\b|\bpain[- ]free\b",
    re.IGNORECASE,
)


def grade_in(text: str) -> int | None:
    """Return the highest CTCAE grade that a text states."""
    grades = [_ROMAN.get(found.lower()) or int(found) for found in _GRADE.findall(text)]
    return max(grades, default=None)


def nyha_in(text: str) -> int | None:
    """Return the highest NYHA class that a text states."""
    return max((_ROMAN.get(found.lower()) or int(found) for found in _NYHA.findall(text)), default=None)


def severity_grade(word: str | None) -> int | None:
    """Return the CTCAE grade that a severity word stands for."""
    return _SEVERITY_WORDS.get(word.strip().lower()) if word else None


def painful_in(text: str) -> bool:
    """Tell whether a text says that it hurts."""
    return bool(_PAIN.search(_NO_PAIN.sub(" ", text)))


def graded_codes(codes: Iterable[Code], scale: str) -> Iterator[int]:
    """Return the grades that severity codes stand for."""
    table = _severity_table()
    for code in codes:
        if (found := table.get((code.system, code.code))) and found[1] == scale:
            yield found[0]


@cache
def _severity_table() -> dict[tuple[str | None, str], tuple[int, str]]:
    return {
        (system_name(row["system"]), row["code"]): (int(row["grade"]), row["scale"])
        for row in rows_of("severity_codes")
    }
