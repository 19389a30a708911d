"""Prefetch templates (R20 to R26)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import SkipError, Target

check = Register()
_TOKEN = re.compile(r"\{\{(.*?)\}\}")
_IDS: dict[str, frozenset[str]] = {
    "order-dispatch": frozenset({"context.patientId", "context.performer"}),
    "encounter-start": frozenset({"context.userId", "context.patientId", "context.encounterId"}),
    "encounter-discharge": frozenset({"context.userId", "context.patientId", "context.encounterId"}),
}
_USUAL = frozenset({"context.userId", "context.patientId", "context.encounterId"})
_USERS = frozenset({"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"})
_FORM = re.compile(r"[A-Z][A-Za-z]+(/[^/?\s]+(\?[^\s]*)?|\?[^\s]+)|\{\{context\.userId\}\}")
_OUTSIDE = ("_include", "_revinclude", "_has", "_filter", "_query", "_contained", "_elements", "_summary")
_MODIFIERS = (":not", ":text", ":above", ":below", ":missing", ":exact", ":contains", ":iterate", ":not-in")
_PREFIXES = re.compile(r"=(ne|sa|eb|ap)\d")
_ARITHMETIC = re.compile(r"today\(|now\(|\bresolve\(|\bofType\(|%|[-+]\s*\d+\s*(day|month|year|hour)")


def _templates(target: Target) -> Iterator[tuple[str, str, str]]:
    """Yield hook, place and template. Raises `SkipError` when there are none."""
    found = False
    for number, one in enumerate(target.services):
        templates = one.get("prefetch")
        for key, text in templates.items() if isinstance(templates, dict) else ():
            if isinstance(text, str):
                found = True
                yield str(one.get("hook")), f"services[{number}].prefetch.{key}", text
    if not found:
        raise SkipError("no prefetch templates")


@check("must")
def r20_templates_are_relative_queries(target: Target) -> Iterable[str]:
    """A template is a relative read or search with balanced tokens."""
    for _, where, text in _templates(target):
        if not _FORM.fullmatch(text):
            yield f"{where} is no relative FHIR read or search"
        elif text.count("{{") != text.count("}}") or "{{}}" in text:
            yield f"{where} has a token that is not closed"


@check("must")
def r21_tokens_are_context_ids(target: Target) -> Iterable[str]:
    """Tokens name fields of the context that are ids."""
    for hook, where, text in _templates(target):
        known = _IDS.get(hook, _USUAL) | _USERS
        for token in _TOKEN.findall(text):
            if token.strip() not in known and not _ARITHMETIC.search(token):
                yield f"{where}: {{{{{token}}}}} is no token of {hook}"


@check("must")
def r22_user_id_stands_alone(target: Target) -> Iterable[str]:
    """UserId, which holds a type already, stands alone."""
    for _, where, text in _templates(target):
        if re.search(r"[A-Za-z]/\{\{\s*context\.userId", text):
            yield f"{where}: context.userId holds the type already"


@check("should")
def r23_templates_stay_in_the_subset(target: Target) -> Iterable[str]:
    """Templates stay in the queries that every client knows."""
    for _, where, text in _templates(target):
        query = text.partition("?")[2]
        for part in query.split("&") if query else ():
            name = part.partition("=")[0]
            if name.partition(":")[0] in _OUTSIDE or any(one in name for one in _MODIFIERS) or "." in name:
                yield f"{where}: {name} is outside the subset"
            if _PREFIXES.search(part):
                yield f"{where}: {part} has a date prefix outside the subset"


@check("should")
def r24_no_arithmetic_in_tokens(target: Target) -> Iterable[str]:
    """No date arithmetic and no FHIRPath in tokens."""
    for _, where, text in _templates(target):
        if any(_ARITHMETIC.search(token) for token in _TOKEN.findall(text)):
            yield f"{where} computes in a token"


@check("should")
def r25_searches_name_the_patient(target: Target) -> Iterable[str]:
    """Each search is of the patient in context."""
    for _, where, text in _templates(target):
        if "?" in text and "context.patientId" not in text and "context.encounterId" not in text:
            yield f"{where} is not limited to the patient"


@check("should")
def r26_templates_are_valid_r4(target: Target) -> Iterable[str]:
    """Templates are valid in FHIR R4."""
    for _, where, text in _templates(target):
        if re.search(r"[?&]sort(:\w+)?=", text):
            yield f"{where}: sort is _sort in R4"
        if re.match(r"Condition\?(.*&)?status=", text):
            yield f"{where}: status of a Condition is clinical-status in R4"
        if re.search(r"[?&]_count=(?!\d+(&|$))", text):
            yield f"{where}: _count is no number"
