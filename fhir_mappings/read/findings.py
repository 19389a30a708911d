"""Findings by their words: extramedullary and CNS disease, frailty, CAR-T access, eye examinations, pregnancy, infection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Component
from fhir_mappings.read.facts import Facts, grade_in, nyha_in, words_of
from fhir_mappings.read.measurements import answer_in, answer_of, number_of
from fhir_mappings.read.observation_types import Observation
from fhir_mappings.record import Fact, Problem
from fhir_mappings.terminology.lookup import Code
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase, phrase_table
from fhir_mappings.terminology.systems import system_name
from fhir_mappings.terminology.tables import rows_of

_YES_NO = tuple((value, pattern) for value, pattern, _ in phrase_table("finding"))
_CAR_T_ACCESS = phrase("car_t_access")
_NO_ACCESS = re.compile(r"\bno\b|\bnot\b|\bnone\b|unavailable|without|\blacks?\b|kein|denied|\bfalse\b")
_FRAILTY = re.compile(r"frailty|frail\b|gebrechlich")
_FRAILTY_VALUES = (
    ("intermediate", re.compile(r"intermediate|unfit|pre-?frail")),
    ("fit", re.compile(r"\bfit\b|not frail|non-?frail|robust")),
    ("frail", re.compile(r"\bfrail\b|severely frail")),
)
_EYE = phrase("eye_exam")
_NOT_DONE = re.compile(
    r"\bnot (?:yet )?(?:done|performed|examined|assessed|completed)\b|\bdeclin\w*|\brefus\w*|\bscheduled\b|\bplanned\b|\bpending\b"
    r"|\boverdue\b|\bcancel\w*|\bmissed\b|\bno[- ]show\b|nicht (?:durchgefuhrt|erfolgt)|non (?:fait|effettuat\w)|no realizad\w"
)
"""Words for an examination that did not take place (yet)."""
_NEUROPATHY = re.compile(r"(?:peripheral |sensory |poly)?neuropath\w*")
_NYHA = re.compile(r"\bnyha\b")


@cache
def _finding_codes() -> dict[tuple[str | None, str], str]:
    return {(system_name(row["system"]), row["code"]): row["question"] for row in rows_of("finding_codes")}


def question_of_codes(codes: Iterable[Code]) -> str:
    """Return what a code asks that needs no words: pregnancy status."""
    table = _finding_codes()
    return next((found for code in codes if (found := table.get((code.system, code.code)))), "")


def asks_for_finding(plain: str) -> bool:
    """Tell whether the folded name of an Observation is of one of the findings that cards use."""
    return any(pattern.search(plain) for _, pattern in _YES_NO) or any(
        pattern.search(plain) for pattern in (_CAR_T_ACCESS, _FRAILTY, _EYE, _NYHA, _NEUROPATHY)
    )


def read_finding(question: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read an Observation (or component) about one of the findings that cards use; anything else is passed over."""
    plain = fold(question)
    if not plain:
        return
    said = " | ".join(filter(None, [part.value_string, words_of(part.value_codeable_concept)]))
    for name, pattern in _YES_NO:
        if pattern.search(plain):
            answer = answer_of(part)
            value = {"positive": "present", "negative": "absent"}.get(answer or "")
            if value:
                facts.facts.append(Fact(ref, name, value, date))
            return
    if _CAR_T_ACCESS.search(plain):
        if value := access_in(said, part.value_boolean):
            facts.facts.append(Fact(ref, "car_t_access", value, date))
    elif _FRAILTY.search(plain):
        _read_frailty(said, part, ref, date, facts)
    elif _EYE.search(plain):
        _read_eye_exam(said, ref, date, facts)
    elif _NYHA.search(plain):
        number = nyha_in(f"nyha {said}") or _whole(part)
        if number:
            facts.facts.append(Fact(ref, "nyha", float(number), date))
    elif _NEUROPATHY.search(plain):
        _read_neuropathy(plain, said, part, ref, date, facts)


def _read_eye_exam(said: str, ref: str, date: ChartDate | None, facts: Facts) -> None:
    if _NOT_DONE.search(fold(said)):
        facts.exclude(ref, "the examination did not take place", "eye examination")
    else:
        facts.facts.append(Fact(ref, "eye_exam", said[:120] or "done", date))


def _whole(part: Observation | Component) -> int | None:
    number = number_of(part)
    return int(number.value) if number and number.value.is_integer() and 0 <= number.value <= 5 else None


def access_in(said: str, flag: bool | None = None) -> str | None:
    """Return `yes` or `no` for a statement about access to CAR-T; `None` when it says neither."""
    if flag is not None:
        return "yes" if flag else "no"
    plain = fold(said)
    if not plain or re.search(r"unknown|pending|unclear|unbekannt", plain):
        return None
    if _NO_ACCESS.search(plain):
        return "no"
    return "yes" if answer_in(said) == "positive" or re.search(r"\byes\b|availab\w*|\baccess\b|\bja\b", plain) else None


def access_statement(text: str) -> str | None:
    """Return what a free text (a Flag) says about access to CAR-T."""
    plain = fold(text)
    return access_in(text) if _CAR_T_ACCESS.search(plain) or re.search(r"no car[- ]?t\b", plain) else None


def _read_frailty(said: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a frailty score: its category by name, else the IMWG score as a number (0 fit, 1 intermediate, 2 and more frail)."""
    plain = fold(said)
    for value, pattern in _FRAILTY_VALUES:
        if pattern.search(plain):
            facts.facts.append(Fact(ref, "frailty", value, date))
            return
    if part.value_boolean is not None:
        facts.facts.append(Fact(ref, "frailty", "frail" if part.value_boolean else "fit", date))
    elif (number := number_of(part)) is not None:
        facts.facts.append(Fact(ref, "frailty", number.value, date, "{score}"))


def _read_neuropathy(
    plain: str, said: str, part: Observation | Component, ref: str, date: ChartDate | None, facts: Facts
) -> None:
    """Read a graded neuropathy that is documented as an Observation (CTCAE)."""
    grade = grade_in(said) or _whole(part)
    if grade is None and answer_of(part) != "positive":
        return
    if grade == 0:
        return
    pain = bool(re.search(r"\bpain(?:ful)?\b", f"{plain} {fold(said)}")) and not re.search(
        r"without pain|no pain|painless", fold(said)
    )
    facts.problems.append(
        Problem(
            ref,
            "peripheral_neuropathy",
            "comorbidity",
            onset=date,
            recorded=date,
            active=None,
            grade=grade,
            painful=pain,
            text=f"{plain}: {said}"[:200],
        )
    )
