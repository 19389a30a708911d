"""Problems: plasma-cell disorders and comorbidities (L02, L06; E34 needs the onset, never the recorded date)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from fhir_mappings.read.facts import (
    Facts,
    codes_of,
    first_date,
    grade_in,
    graded_codes,
    notes_text,
    nyha_in,
    own_text,
    painful_in,
    start_of,
    status_code,
    texts_of,
    words_of,
)
from fhir_mappings.read.problem_names import ProblemName, problem_named
from fhir_mappings.read.resources import Condition
from fhir_mappings.read.stages import read_stage
from fhir_mappings.read.statements import read_condition_statements
from fhir_mappings.record import Fact, Problem
from fhir_mappings.terminology.disease_names import DISEASE_ROLES, family_of, stance_of
from fhir_mappings.terminology.lookup import Code
from fhir_mappings.terminology.systems import normal_code

_NEVER = frozenset({"refuted", "entered-in-error"})


_DOUBTED = frozenset({"unconfirmed", "provisional", "differential"})


_MORPHOLOGY = re.compile(r"morpholog|histolog", re.IGNORECASE)


_GRADED = frozenset(
    {
        "peripheral_neuropathy",
        "icans",
        "crs",
        "ocular_surface_disease",
        "neutropenia",
        "thrombocytopenia",
        "arrhythmia",
        "atrial_fibrillation",
    }
)


def read_condition(condition: Condition, ref: str, facts: Facts) -> None:
    """Read a Condition into a `Problem`, and what its texts state about refractoriness, lines and stage."""
    texts = tuple(texts_of(condition.code))
    verification = status_code(condition.verification_status)
    reading = problem_named(tuple(_all_codes(condition)), texts)
    if verification in _NEVER or status_code(condition.clinical_status) == "entered-in-error":
        if reading:
            facts.exclude(ref, f"verification status {verification or 'entered-in-error'}", reading.concept)
        return
    if stance := _unusable_stance(texts) or _EXCLUDED.get(_certainty(condition)):
        if reading:
            facts.exclude(ref, stance, reading.concept)
        return
    read_condition_statements(condition, ref, facts)
    if reading is None:
        return
    facts.problems.append(_problem(condition, ref, reading, verification))
    if reading.conflict:
        about = reading.concept.replace("_", " ")
        facts.warn(
            ref, f"code and text name different diseases ({own_text(condition.code)}); not taken as proof of {about}"
        )
    _read_stage(condition, ref, facts)
    _read_extramedullary(condition, ref, reading, facts)
    _read_cns(condition, ref, reading, facts)


_CERTAINTY = re.compile(r"diagnosesicherheit", re.IGNORECASE)
_SIGN = re.compile(r"^[A-Z]\d\d[\d.-]*[+*!]?\s*([AVZG])$")
_EXCLUDED = {"A": "the diagnosis is excluded (A)"}


@lru_cache(maxsize=1024)
def _sign_in(code: str) -> str:
    found = _SIGN.match(code.strip().upper())
    return found[1] if found else ""


def _certainty(condition: Condition) -> str:
    """Return the German sign of certainty, in the extension of an ICD-10-GM code or behind it: A excluded, V suspected, Z status post."""
    for coding in condition.code.coding if condition.code else ():
        for extension in coding.extension or ():
            if extension.url and _CERTAINTY.search(extension.url):
                value = extension.value_coding
                return ((value.code if value else extension.value_code) or "").strip().upper()
        if coding.code and (sign := _sign_in(coding.code)):
            return sign
    return ""


def _stances(condition: Condition) -> set[str]:
    """Return how the texts and the sign of certainty speak of the diagnosis."""
    stances: set[str] = {stance_of(text) for text in texts_of(condition.code)}
    if said := {"V": "suspected", "Z": "past"}.get(_certainty(condition)):
        stances.add(said)
    return stances


def _all_codes(condition: Condition) -> list[Code]:
    """Return the codes of a condition, with the morphology that registries send in an extension."""
    codes = codes_of(condition.code)
    for extension in condition.extension:
        if extension.url and _MORPHOLOGY.search(extension.url):
            codes += codes_of(extension.value_codeable_concept)
    return codes


@lru_cache(maxsize=4096)
def _unusable_stance(texts: tuple[str, ...]) -> str | None:
    """Return why the text of a condition keeps it from being one of this patient."""
    stances = {stance_of(text) for text in texts}
    if "family" in stances:
        return "family history"
    if "absent" in stances:
        return "the text says that it is absent or ruled out"
    return None


def _problem(condition: Condition, ref: str, reading: ProblemName, verification: str | None) -> Problem:
    texts = texts_of(condition.code)
    everything = " | ".join(
        [
            *texts,
            words_of(condition.severity),
            *(words_of(stage.summary) for stage in condition.stage),
            notes_text(condition.note),
        ]
    )
    clinical = status_code(condition.clinical_status)
    abatement = first_date(condition.abatement_date_time, _end_of(condition), condition.abatement_string)
    return Problem(
        ref=ref,
        concept=reading.concept,
        role=reading.role,
        onset=first_date(condition.onset_date_time, start_of(condition.onset_period), condition.onset_string),
        recorded=first_date(condition.recorded_date),
        abatement=abatement,
        active=_active(clinical, abated=abatement is not None or condition.abatement_boolean is True),
        verification=_verification(verification, _stances(condition), reading),
        clinical_status=clinical,
        grade=_grade(condition, reading.concept, everything),
        painful=reading.concept == "peripheral_neuropathy" and painful_in(everything),
        text=own_text(condition.code),
        flags=_flags(condition, reading, everything),
    )


def _end_of(condition: Condition) -> str | None:
    period = condition.abatement_period
    return (period.end or period.start) if period else None


def _active(clinical: str | None, *, abated: bool) -> bool | None:
    if clinical in {"inactive", "remission", "resolved"}:
        return False
    if clinical in {"active", "recurrence", "relapse"}:
        return True
    return False if abated else None


def _verification(
    status: str | None, stances: set[str], reading: ProblemName
) -> Literal["confirmed", "suspected", "unstated"]:
    if status in _DOUBTED or "suspected" in stances:
        return "suspected"
    if "past" in stances and reading.role in DISEASE_ROLES:
        return "suspected"
    return "confirmed" if status == "confirmed" else "unstated"


def _grade(condition: Condition, concept: str, text: str) -> int | None:
    """Return the CTCAE grade, or the NYHA class of heart failure, from code, severity, stage or text."""
    codes = codes_of(condition.code, condition.severity, *(stage.summary for stage in condition.stage))
    if concept == "heart_failure":
        return max(graded_codes(codes, "nyha"), default=None) or nyha_in(text)
    if concept not in _GRADED:
        return None
    if stated := grade_in(text):
        return stated
    if coded := max(graded_codes(codes, "ctcae"), default=None):
        return coded
    words = words_of(condition.severity).lower()
    return next(
        (grade for word, grade in (("life", 4), ("severe", 3), ("moderate", 2), ("mild", 1)) if word in words), None
    )


def _flags(condition: Condition, reading: ProblemName, text: str) -> tuple[str, ...]:
    plain = text.lower()
    icd = [normal_code("icd-10", code.code) for code in codes_of(condition.code) if code.system == "icd-10"]
    flags = {
        "conflict": reading.conflict,
        "history_of": "past" in _stances(condition)
        or bool({"I25.2", "Z86.73"} & set(icd))
        or (reading.concept == "ischemic_heart_disease" and bool(re.match(r"old\b|prior\b|previous\b", plain))),
        "myocardial_infarction": reading.concept == "ischemic_heart_disease"
        and (
            bool(re.search(r"infarct|heart attack|stemi", plain))
            or any(code[:3] in {"I21", "I22"} for code in icd)
            or any(c.code == "22298006" for c in codes_of(condition.code))
        ),
        "unstable_angina": reading.concept == "ischemic_heart_disease"
        and ("unstable angina" in plain or "I20.0" in icd),
        "uncontrolled": bool(re.search(r"\buncontrolled\b|\bpoorly controlled\b", plain)),
        "cardiac": reading.role in DISEASE_ROLES
        and "amyloid" in plain
        and bool(re.search(r"cardiac|heart|kardial", plain)),
        "mild_punctate": reading.concept == "ocular_surface_disease"
        and bool(re.search(r"mild.*punctate|punctate.*mild|grade 1", plain)),
        "dry_eye": reading.concept == "ocular_surface_disease" and bool(re.search(r"dry eye|sicca|blepharitis", plain)),
        "febrile": reading.concept == "neutropenia"
        and bool(re.search(r"(?<!a)febrile|fever|fieber|fievre", plain) or "R50.81" in icd),
    }
    return tuple(sorted(name for name, present in flags.items() if present))


def _read_stage(condition: Condition, ref: str, facts: Facts) -> None:
    """Read ISS and R-ISS stages; their date is that of the diagnosis."""
    date = first_date(condition.onset_date_time, start_of(condition.onset_period))
    read_stage([], own_text(condition.code), ref, date, facts)
    for stage in condition.stage:
        read_stage(codes_of(stage.summary), words_of(stage.type, stage.summary), ref, date, facts)


_EXTRAMEDULLARY = re.compile(r"extra-?medullar")
_NO_EXTRAMEDULLARY = re.compile(r"\b(?:no|without|ohne|sans|sin|senza)\b[^,;.]*extra-?medullar")


def _read_extramedullary(condition: Condition, ref: str, reading: ProblemName, facts: Facts) -> None:
    """Read extramedullary disease: a condition of its own, or named in the text of the myeloma."""
    text = " | ".join(texts_of(condition.code)).lower()
    named = family_of(reading.concept) == "myeloma" and _EXTRAMEDULLARY.search(text) is not None
    if not named and reading.concept != "extramedullary_plasmacytoma":
        return
    active = _active(status_code(condition.clinical_status), abated=condition.abatement_date_time is not None)
    absent = (active is False and not named) or _NO_EXTRAMEDULLARY.search(text) is not None
    own = None if named else first_date(condition.onset_date_time, start_of(condition.onset_period))
    date = own or first_date(condition.recorded_date)
    facts.facts.append(Fact(ref, "extramedullary_disease", "absent" if absent else "present", date))


_CNS = re.compile(r"\bcns\b|central nervous|leptomening|meninge|intracranial|\bzns\b")
_NO_CNS = re.compile(r"\b(?:no|without|ohne|sans|sin|senza)\b[^,;.]*(?:\bcns\b|central nerv|mening|intracran|\bzns\b)")


def _read_cns(condition: Condition, ref: str, reading: ProblemName, facts: Facts) -> None:
    """Read disease of the central nervous system that the text of the myeloma names ("CNS myeloma"); a suspicion is none."""
    text = " | ".join(texts_of(condition.code)).lower()
    named = family_of(reading.concept) == "myeloma" and _CNS.search(text) and not _NO_CNS.search(text)
    if named and _verification(None, _stances(condition), reading) != "suspected":
        date = first_date(condition.onset_date_time, start_of(condition.onset_period), condition.recorded_date)
        facts.facts.append(Fact(ref, "cns_disease", "present", date))
