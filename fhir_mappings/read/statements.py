"""What clinicians state in words or codes: responses and progression (P20), refractoriness (F14x), line and relapse numbers (L22).

Statements are kept as they stand, with their date; what they are worth is judged later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, cast

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.affirmed import affirmed, speaks_of_it
from fhir_mappings.read.facts import Facts, codes_of, first_date, own_text, start_of, texts_of, words_of
from fhir_mappings.read.resources import Condition
from fhir_mappings.record import DiseaseStatement, StatedLine, StatedRefractory, StatedStatus
from fhir_mappings.terminology.disease_names import disease_in_text
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.names import LONGEST_TEXT, agents_named, fold, unaccented
from fhir_mappings.terminology.phrases import phrase, phrase_table

_BY_CONCEPT: Final[dict[str, DiseaseStatement]] = {
    "improved": "improved",
    "stable": "SD",
    "progressive": "progression",
    "full_remission": "remission",
    "partial_remission": "PR",
    "minimal_response": "MR",
    "relapse": "relapse",
    "complete_response": "CR",
    "partial_response": "PR",
    "not_detected": "remission",
    "no_abnormality": "remission",
}

_NEGATED = phrase("not_progressed", ignore_case=True)
_STATUS = tuple((cast("DiseaseStatement", value), pattern) for value, pattern, _ in phrase_table("disease_status"))
_STATUS_QUESTION = phrase("disease_status_question")
_NOT_STATUS = re.compile(r"immune response|vaccin|antibody response|imaging request|heart|cardiac|blood pressure")
_KINDS: Final[tuple[tuple[Literal["biochemical", "imaging", "clinical"], re.Pattern[str]], ...]] = (
    ("biochemical", re.compile(r"\bbiochemical|biochemisch|serologic")),
    (
        "imaging",
        re.compile(
            r"\bpet\b|pet[/-]ct|\bmri\b|\bct\b|imaging|radiolog|new (?:\w+ )?lesions?|skeletal|x-?ray|plasmacytom"
        ),
    ),
    ("clinical", re.compile(r"\bclinical (?:relapse|progression)|symptomatic|\bcrab\b|klinisch")),
)
_PROGRESSION_REPORTED = re.compile(
    r"progressive disease|disease progression|progression of (?:myeloma|disease)|(?:consistent|compatible) with (?:\w+ ){0,2}progression"
)
_NEW_LESION = phrase("new_lesion")
_IMAGING = phrase("imaging")

_ORDINALS = {word: number for number, words in enumerate((
    "first 1st erste ersten erst premiere 1re primera 1a prima eerste",
    "second 2nd zweite zweiten zweit deuxieme seconde 2e 2eme segunda 2a seconda tweede",
    "third 3rd dritte dritten dritt troisieme 3e 3eme tercera 3a terza derde",
    "fourth 4th vierte vierten viert quatrieme 4e 4eme cuarta 4a quarta vierde",
    "fifth 5th funfte funften funft cinquieme 5e 5eme quinta 5a vijfde",
    "sixth 6th sechste sechsten sechst sixieme 6e 6eme sexta 6a sesta zesde",
    "seventh 7th siebte siebten septieme 7e septima settima zevende",
    "eighth 8th achte achten huitieme 8e octava ottava achtste",
), 1) for word in words.split()}  # fmt: skip
_WORD = "|".join(sorted(_ORDINALS, key=lambda word: (-len(word), word)))
_LINE = phrase("line_number")
_NOT_THERAPY_LINE = re.compile(
    r"\b(?:picc|central|arterial|venous|midline|iv|hickman|infusion|port|suture|cell|bundle) lines?\b|lijn infuus"
)
_RELAPSE_NUMBER = phrase("relapse_number")
_LINE_QUESTION = phrase("line_question")
_PRIOR_COUNT = re.compile(r"prior|previous|number of lines|vorherige|vorangegangene")

_REFRACTORY_TO = phrase("refractory_to")
_X_REFRACTORY = phrase("refractory_after")
_NOT_REFRACTORY = phrase("refractory_denied")
_STOP = re.compile(
    r"\b(?:but|sensitive|responsive|responding|while|exposed|naive|intoleran\w*|aber|mais|pero|ma|relapsed after)\b"
)
_PI = re.compile(r"\bPIs?\b")


def status_in_text(text: str) -> DiseaseStatement | None:
    """Return the response or progression that a text states; negated words do not count."""
    plain = _NEGATED.sub(" ", affirmed(unaccented(text)))
    for value, pattern in _STATUS:
        if pattern.search(plain):
            return value
    return None


def asks_for_status(codes: Iterable[Code], text: str) -> bool:
    """Tell whether an Observation is about response or progression (its code or its name says so)."""
    for code in codes:
        row = find("disease_status", code)
        if row and row.role == "observation_code":
            return True
    plain = fold(text)
    return bool(_STATUS_QUESTION.search(plain)) and not _NOT_STATUS.search(plain)


def read_status(codes: list[Code], question: str, answer: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a stated response, stable disease or progression from its codes, else its words (P20)."""
    value: DiseaseStatement | None = None
    for code in codes:
        row = find("disease_status", code)
        if row and row.role in {"value", "value_not_in_stu4"} and row.concept in _BY_CONCEPT:
            value = _BY_CONCEPT[row.concept]
            break
    said = status_in_text(answer)
    if value in {"progression", "relapse"} and said is None and speaks_of_it(answer):
        facts.warn(ref, f"the code of the disease status says {value}, its text does not affirm it; not used")
        return
    value = value or said
    if value is None:
        return
    if (
        said
        and said != value
        and {said, value} & {"progression", "relapse"}
        and not {said, value} <= {"progression", "relapse"}
    ):
        facts.warn(ref, f"the code of the disease status says {value}, its text {said}; not used")
        return
    plain = fold(f"{question} {answer}")
    number = relapse_number(answer)
    imwg = "imwg" in plain or (said or value) in {"sCR", "VGPR"} or (value == "MR" and said == "MR")
    if said in {"sCR", "VGPR", "MR", "PR", "CR"} and value in {"PR", "CR", "remission", "improved"}:
        value = said
    facts.statements.append(
        StatedStatus(ref, value, date, imwg=imwg, number=number, kind=_kind(plain), text=answer.strip()[:200])
    )
    if number:
        facts.stated_lines.append(StatedLine(ref, number, relapse=True, date=date))


def _kind(plain: str) -> Literal["biochemical", "clinical", "imaging", "unspecified"]:
    for kind, pattern in _KINDS:
        if pattern.search(plain):
            return kind
    return "unspecified"


def read_report_status(text: str, ref: str, date: ChartDate | None, facts: Facts, *, imaging: bool) -> None:
    """Read progression from the conclusion of a report: said outright, or a new lesion on imaging (P18, P22)."""
    plain = _NEGATED.sub(" ", fold(affirmed(text)))
    # What is compared or asked ("to rule out progression") is no finding.
    plain = re.sub(
        r"\b(?:rule out|evaluate for|assess for|question of|concern for|monitor for|exclude)[^.;]*", " ", plain
    )
    found = _PROGRESSION_REPORTED.search(plain)
    if found or (imaging and _NEW_LESION.search(plain)):
        kind: Literal["imaging", "unspecified"] = "imaging" if imaging else "unspecified"
        facts.statements.append(
            StatedStatus(ref, "progression", date, imwg="imwg" in plain, kind=kind, text=text.strip()[:200])
        )


def asks_for_imaging(plain: str) -> bool:
    """Tell whether the folded name of an Observation is of imaging, or of a new lesion."""
    return bool(_IMAGING.search(plain) or _NEW_LESION.search(plain))


def read_imaging(question: str, answer: str, ref: str, date: ChartDate | None, facts: Facts, *, positive: bool) -> None:
    """Read progression from imaging sent as an Observation: a new lesion that was asked for and is there, else its words (P18, P22)."""
    plain = fold(question)
    if positive and _NEW_LESION.search(fold(affirmed(question))):
        text = f"{question}: {answer}"[:200]
        facts.statements.append(StatedStatus(ref, "progression", date, kind="imaging", text=text))
    elif _IMAGING.search(plain):
        read_report_status(answer, ref, date, facts, imaging=True)


def line_number(text: str) -> int | None:
    """Return the line of therapy that a text names."""
    plain = fold(text)
    if _NOT_THERAPY_LINE.search(plain):
        return None
    found = _LINE.search(plain)
    if not found:
        return None
    if found["word"]:
        return _ORDINALS[found["word"]]
    return int(found["digit"] or found["after"] or found["short"] or found["german"])


@lru_cache(maxsize=2048)
def relapse_number(text: str) -> int | None:
    """Return the number of the relapse that a text names."""
    found = _RELAPSE_NUMBER.search(fold(text))
    if not found:
        return None
    return _ORDINALS[found["word"]] if found["word"] else int(found["digit"] or found["after"])


def asks_for_line(plain: str) -> bool:
    """Tell whether the folded name of an Observation is of a line of therapy."""
    return bool(_LINE_QUESTION.search(plain))


def read_line_statement(
    question: str, answer: str, number: int | None, ref: str, date: ChartDate | None, facts: Facts
) -> bool:
    """Read an Observation that states a line number (L22); tells whether it was one."""
    plain = fold(question)
    if not _LINE_QUESTION.search(plain):
        return False
    stated = number if number is not None else line_number(answer)
    if stated is None and (digits := re.fullmatch(r"\s*([1-9])\s*(?:lines?)?\s*", answer)):
        stated = int(digits[1])
    if stated is None:
        return True
    # "Number of prior lines: 3" is the fourth line to come, but three lines that are known.
    if 0 < stated < 20:
        facts.stated_lines.append(StatedLine(ref, stated, relapse=bool(_PRIOR_COUNT.search(plain)), date=date))
    return True


def read_line_text(text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a line or relapse number from the words of a plan, a reason or a category."""
    line, relapse = _numbers_in(text[:LONGEST_TEXT])
    if line:
        facts.stated_lines.append(StatedLine(ref, line, relapse=False, date=date))
    if relapse:
        facts.stated_lines.append(StatedLine(ref, relapse, relapse=True, date=date))


@lru_cache(maxsize=1024)
def _numbers_in(text: str) -> tuple[int | None, int | None]:
    return line_number(text), relapse_number(text)


def refractory_targets(text: str) -> tuple[str, ...]:
    """Return the agents and classes that a text says the disease is refractory to."""
    text = text[:LONGEST_TEXT]
    if not _SPEAKS_OF_IT.search(fold(text)):
        return ()
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    found = {target for piece in pieces for target in _targets_in(piece)}
    return tuple(sorted(target.removeprefix("unnamed:") for target in found))


_PIECE = 2000
_SPEAKS_OF_IT = re.compile(r"refract|refrakt|resist")


def _targets_in(text: str) -> list[str]:
    """Return the agents and classes of a piece of text that is short enough for patterns that look far ahead."""
    plain = _NOT_REFRACTORY.sub(" ", fold(affirmed(text)))
    targets: list[str] = []
    for found in _REFRACTORY_TO.finditer(plain):
        targets += agents_named(_STOP.split(found["what"], maxsplit=1)[0])
    for found in _X_REFRACTORY.finditer(plain):
        # Only what stands right before the word: "VRd then lenalidomide-refractory" is about lenalidomide.
        segment = re.split(
            r"\b(?:after|then|followed by|nach|with|on|sensitive|exposed|progressed)\b|[:(]", found["what"]
        )[-1]
        targets += agents_named(segment)
        if re.search(r"triple[- ]class|tcr\b", segment):
            targets += ["unnamed:PI", "unnamed:IMID", "unnamed:CD38"]
        elif re.search(r"\bdouble(?:[- ]class)?$", segment.strip()):
            targets += ["unnamed:PI", "unnamed:IMID"]
    if targets or re.search(r"refract|resistant|refrakt", plain):
        if re.search(r"refractory to [^.;|]*\bPIs?\b|\bPI[- ]refractory", text):
            targets.append("unnamed:PI")
        if re.search(r"refractory to [^.;|]*\bcd38\b|\bcd38[- ]refractory", plain):
            targets.append("unnamed:CD38")
    return targets


def read_refractory(text: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read statements that the disease is refractory to a drug or a class (F14x)."""
    facts.refractory_statements.extend(StatedRefractory(ref, target, date) for target in refractory_targets(text))


def read_condition_statements(condition: Condition, ref: str, facts: Facts) -> None:
    """Read what a Condition's text, stages, notes and extensions state.

    The onset of a myeloma problem is not the date of a refractoriness that its text names; a problem that is nothing but the
    refractoriness has its own.
    """
    name = own_text(condition.code)
    if targets := refractory_targets(name):
        about_disease = any(disease_in_text(text) for text in texts_of(condition.code)) or any(
            find("conditions", code) for code in codes_of(condition.code)
        )
        own = first_date(condition.onset_date_time, start_of(condition.onset_period), condition.recorded_date)
        date = None if about_disease else own
        facts.refractory_statements.extend(StatedRefractory(ref, target, date) for target in targets)
    if number := relapse_number(name):
        facts.stated_lines.append(StatedLine(ref, number, relapse=True, date=first_date(condition.recorded_date)))
    for stage in condition.stage:
        read_refractory(words_of(stage.summary), ref, None, facts)
    for note in condition.note:
        if note.text:
            when = first_date(note.time)
            read_refractory(note.text, ref, when, facts)
            if number := relapse_number(note.text):
                facts.stated_lines.append(StatedLine(ref, number, relapse=True, date=when))
    for extension in condition.extension:
        said = " | ".join(filter(None, [words_of(extension.value_codeable_concept), extension.value_string]))
        when = first_date(extension.value_date_time, extension.value_date)
        if extension.url and "refractory" in extension.url.lower() and said and not refractory_targets(said):
            named = {target.removeprefix("unnamed:") for target in agents_named(said)}
            facts.refractory_statements.extend(StatedRefractory(ref, target, when) for target in sorted(named))
        elif said:
            read_refractory(said, ref, when, facts)
