"""What is not suggested and why: the regimens that a reader may look for and does not find among the options."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.cautions import excluding_caution
from cards.advise.components import refractory_agents
from cards.advise.guards import authority_invariant, venetoclax_invariant
from cards.advise.model import LabelVerdict, NotSuggested
from cards.advise.patient_checks import possible_pregnancy
from cards.advise.policy import Choice
from cards.advise.resistance import forbidden
from cards.advise.sequencing import failed
from cards.advise.words import joined, listed, marked, short_name
from cards.knowledge.model import Regimen


def named(refused: Mapping[str, NotSuggested], case: Case) -> tuple[NotSuggested, ...]:
    """Give every refusal its names, in a fixed order."""
    regimens = case.knowledge.regimens
    return tuple(
        replace(refused[name], name=regimens[name].name, short=short_name(regimens[name])) for name in sorted(refused)
    )


def resistance_invariant(regimen: Regimen, case: Case) -> int | None:
    """Return the invariant behind a refusal for resistance, if one forbids the regimen."""
    active = case.active_agents(regimen)
    if len(refractory_agents(regimen, case)) == len(active):
        return 1
    return 3 if "CD38" in case.classes_in(regimen) and case.is_refractory("CD38") is True else None


def forbidding(regimen: Regimen, verdict: LabelVerdict, case: Case) -> int | None:
    """Return the invariant (regimens D) that keeps a regimen from being an option at all, whatever reason stands first."""
    if resistance_invariant(regimen, case) == 1:
        return 1
    if (number := venetoclax_invariant(regimen, case)) is not None:
        return number
    if (number := authority_invariant(regimen, verdict)) is not None:
        return number
    if {"IMID", "CELMOD"} & case.classes_in(regimen) and possible_pregnancy(case) is not None:
        return 30
    if "BCMA_CART" in case.classes_in(regimen) and failed(case, "BCMA_CART"):
        return 43
    return 42 if excluding_caution(regimen, case) else None


def label_reason(verdict: LabelVerdict) -> str:
    """Say in words why a label is not met, naming the unmet criteria (invariant 7)."""
    unmet = [criterion.text for criterion in verdict.criteria if criterion.state == "not-met"]
    if verdict.status == "not-met":
        return f"label not met ({verdict.jurisdiction}): needs {listed(unmet)}"
    if verdict.status == "unknown":
        open_ = [criterion.text for criterion in verdict.criteria if criterion.state == "unknown"]
        parts = [
            verdict.note,
            f"needs {listed(unmet)}" if unmet else "",
            f"open: {listed(open_)}" if open_ else "",
        ]
        why = joined(parts)
        return f"label status unknown ({verdict.jurisdiction})" + (f": {why}" if why else "")
    words = {
        "off-label": "off-label",
        "withdrawn": "authorisation withdrawn",
        "pending": "decision of the agency pending",
        "not-authorised": "not authorised",
        "met": "label met",
    }
    return f"{words[verdict.status]} ({verdict.jurisdiction})"


def others(
    choice: Choice, labels: Mapping[str, LabelVerdict], case: Case
) -> dict[str, tuple[tuple[str, ...], int | None]]:
    """Return regimens that are not offered but that a reader may look for, each with its reason."""
    found: dict[str, tuple[tuple[str, ...], int | None]] = {}
    for name in sorted(case.knowledge.regimens):
        regimen = case.knowledge.regimens[name]
        if (reason := _resistance_reason(regimen, case)) is not None:
            found[name] = (reason, resistance_invariant(regimen, case))
        elif (fixed := choice.not_suggested.get(name)) is not None:
            found[name] = _fixed(fixed, regimen, labels[name], case)
        elif (blocked := _blocked(regimen, case)) is not None:
            found[name] = ((blocked,), forbidding(regimen, labels[name], case))
        elif {"car-t", "bispecific"} & case.modalities_in(regimen) and labels[name].status in {"not-met", "pending"}:
            found[name] = _fixed(BY_LABEL, regimen, labels[name], case)
    return found


BY_LABEL = "label"
"""A reason of a policy row that stands for the label's own reason; more words may follow after a semicolon."""


def _fixed(reason: str, regimen: Regimen, verdict: LabelVerdict, case: Case) -> tuple[tuple[str, ...], int | None]:
    """Word a reason that a row gives; what is about the label is told as the label stands on the day (invariants 7, 14)."""
    number = forbidding(regimen, verdict, case)
    head, _, more = reason.partition("; ")
    if head != BY_LABEL:
        return (reason,), number
    if number is None and case.is_car_t(regimen):
        number = 7
    only = [criterion for criterion in verdict.criteria if criterion.state != "met"]
    text = label_reason(verdict)
    return (f"{text}; {more}" if more and verdict.status == "not-met" and len(only) == 1 else text,), number


def _blocked(regimen: Regimen, case: Case) -> str | None:
    """Say which caution keeps a regimen out whatever the row: severity BLOCK with effect exclude (regimens B.4)."""
    caution = excluding_caution(regimen, case)
    return marked(caution.text, unverified=caution.unverified) if caution else None


def _resistance_reason(regimen: Regimen, case: Case) -> tuple[str, ...] | None:
    active, own = case.active_agents(regimen), refractory_agents(regimen, case)
    if own and len(own) == len(active):
        return tuple(f"{agent} refractory" for agent in active)
    reason = forbidden(regimen, case)
    return (reason,) if reason else None
