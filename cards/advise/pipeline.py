"""The advice stage as a pipeline of named steps (regimens C.2): sufficiency to order.

Pure: `as_of` comes from the history, everything else is an argument. Each step adds reasons; nothing is worded for a
card here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from cards.advise import missing as missing_data
from cards.advise.case import CarTAccess, Case
from cards.advise.cautions import Cautions, cautions_for
from cards.advise.evidence_fit import evidence_for, unpublished, without_later
from cards.advise.guards import guard
from cards.advise.label import label_verdicts
from cards.advise.label_guards import guarded_labels, without_leukemia
from cards.advise.model import Advice, JurisdictionAdvice, LabelVerdict, MissingDatum, NotSuggested, Option, Tier
from cards.advise.order import ordered
from cards.advise.parameters import AdviceParameters
from cards.advise.policy import Choice, Offer, choose
from cards.advise.predicates import Scope
from cards.advise.refusals import label_reason, named, others, resistance_invariant
from cards.advise.resistance import forbidden, lowered
from cards.advise.resistance import statements as resistance_statements
from cards.advise.safety import safety_of
from cards.advise.sequencing import Sequenced, sequenced
from cards.advise.sufficiency import withheld
from cards.advise.words import short_name
from cards.knowledge.model import JURISDICTIONS, Jurisdiction, Knowledge, Policy, Regimen
from fhir_mappings.history.model import IN_SCOPE, TreatmentHistory

__all__ = ["UnknownPolicyError", "UnknownRegimenError", "advise", "label_reason"]

OBSERVATION = (
    "Biochemical progression without the thresholds for significant relapse: close observation is an option, "
    "unless risk is high or extramedullary disease is found (2011 consensus, unverified)."
)
NOT_OFFERED = "this site does not offer it (formulary)"
EXCLUDED_BY_EVERY_TRIAL = "ranked lower because the trials behind it excluded patients like this one"
NO_ACCESS = "access to CAR-T is recorded as not available here; referral to a CAR-T centre"


class UnknownPolicyError(ValueError):
    """The policy asked for is not in the knowledge."""


class UnknownRegimenError(ValueError):
    """The formulary of a site names a regimen that is not in the knowledge."""


class _Collected(Struct):
    """What the steps of one jurisdiction bring together."""

    options: list[Option] = field(default_factory=list)
    refused: dict[str, NotSuggested] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)


def advise(
    history: TreatmentHistory,
    knowledge: Knowledge,
    *,
    policy: str = "current",
    jurisdiction: Literal["US", "EU", "both"] = "US",
    car_t_access: CarTAccess = "unknown",
    parameters: AdviceParameters | None = None,
) -> Advice:
    """Say what the knowledge offers for this history, and why; `as_of` is the history's (invariant 14)."""
    if policy not in knowledge.policies:
        raise UnknownPolicyError(f"unknown policy {policy!r}; known: {', '.join(sorted(knowledge.policies))}")
    chosen = knowledge.policies[policy]
    parameters = parameters or AdviceParameters()
    _check_formulary(parameters, knowledge)
    places: tuple[Jurisdiction, ...] = JURISDICTIONS if jurisdiction == "both" else (jurisdiction,)
    cases = {place: Case(history, knowledge, place, car_t_access, parameters) for place in places}
    stop = withheld(history, knowledge)
    answers = {place: _answer(case, chosen, apply=stop is None) for place, case in cases.items()}
    first = answers[places[0]]
    shown = [datum for answer in answers.values() for datum in answer.missing]
    deciding = [datum for answer in answers.values() for datum in answer.deciding]
    return Advice(
        policy=chosen.id,
        policy_title=chosen.title,
        as_of=history.as_of,
        jurisdictions=places,
        knowledge_version=knowledge.version,
        options_apply=stop is None,
        withheld_because=stop.sentence if stop else None,
        withheld_reason_code=stop.code if stop else None,
        row=first.row,
        row_title=first.title,
        modifiers=tuple(dict.fromkeys(name for answer in answers.values() for name in answer.modifiers)),
        statements=tuple(dict.fromkeys(text for answer in answers.values() for text in answer.statements)),
        by_jurisdiction={place: answer.advice for place, answer in answers.items()},
        safety=safety_of(cases[places[0]]) if history.diagnosis.state in IN_SCOPE else (),
        missing=missing_data.unique([*deciding, *missing_data.from_history(history), *shown]),
        flags=("knowledge_stale",) if history.as_of > knowledge.review_by else (),
    )


def _check_formulary(parameters: AdviceParameters, knowledge: Knowledge) -> None:
    unknown = sorted({*parameters.hidden_regimens, *parameters.marked_regimens} - knowledge.regimens.keys())
    if unknown:
        raise UnknownRegimenError(f"the formulary names regimens that are not known here: {', '.join(unknown)}")


class _Answer(Struct, frozen=True):
    """The answer for one jurisdiction with what belongs to the whole advice."""

    advice: JurisdictionAdvice
    row: str | None = None
    title: str | None = None
    modifiers: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    missing: tuple[MissingDatum, ...] = ()
    deciding: tuple[MissingDatum, ...] = ()
    """Data that decide between the rows of the policy."""


def _answer(case: Case, policy: Policy, *, apply: bool) -> _Answer:
    if case.history.agents is None or case.history.line_count is None:
        return _Answer(JurisdictionAdvice(case.jurisdiction, (), (), {}))
    labels = guarded_labels(label_verdicts(case), case)
    if not apply:
        row, statements = _zero_lines_row(policy, case, labels)
        labels = without_leukemia(labels, case)
        return _Answer(JurisdictionAdvice(case.jurisdiction, (), (), labels), row, None, (), statements)
    choice = choose(policy, Scope(case, labels))
    labels = without_leukemia(labels, case)
    found = _collect(choice, labels, case)
    options = ordered(
        found.options, {name: offer.position for name, offer in choice.offers.items()}, case, given=choice.ordered
    )
    names = [option.regimen for option in options]
    missing = (
        *missing_data.for_options(case, labels, names),
        *missing_data.from_cautions(found.asked, found.needed),
    )
    return _Answer(
        JurisdictionAdvice(case.jurisdiction, options, named(found.refused, case), labels),
        row="+".join(choice.matched) if _branches(choice, policy) else (choice.row.id if choice.row else None),
        title=_title(choice, policy),
        modifiers=tuple(row.id for row in choice.modifiers),
        statements=(*_observation(case), *without_later(choice.statements, case)),
        missing=missing,
        deciding=() if choice.settled else missing_data.deciding(case),
    )


def _branches(choice: Choice, policy: Policy) -> bool:
    """Tell whether the rows that fit can be named: all of them, or where branches overlap those that certainly fit (C.1)."""
    return bool(choice.matched) and (choice.settled or policy.match == "all")


def _title(choice: Choice, policy: Policy) -> str | None:
    if (choice.settled or _branches(choice, policy)) and choice.readings:
        return "; ".join(row.title for row in choice.readings)
    return choice.row.title if choice.row else None


def _zero_lines_row(
    policy: Policy, case: Case, labels: Mapping[str, LabelVerdict]
) -> tuple[str | None, tuple[str, ...]]:
    """Regimens C.2, first row: without a line for active myeloma the policy only has a statement."""
    if case.history.lines or not case.history.any_antimyeloma_drug:
        return None, ()
    choice = choose(policy, Scope(case, labels))
    return (choice.row.id, choice.statements) if choice.row and not choice.offers else (None, ())


def _observation(case: Case) -> tuple[str, ...]:
    """E38: a biochemical progression below the thresholds, without risk factors, may be watched."""
    history = case.history
    if not history.lines or history.summary is None or not history.lines[-1].progressions:
        return ()
    last = max(history.lines[-1].progressions, key=lambda event: event.date)
    risk = (
        history.summary.cytogenetic_risk.value == "high"
        or history.summary.functional_high_risk.value == "yes"
        or history.summary.extramedullary == "yes"
        or "clinical_relapse_suspected" in history.flags
    )
    return (OBSERVATION,) if last.biochemical_only and last.significant is False and not risk else ()


def _collect(choice: Choice, labels: Mapping[str, LabelVerdict], case: Case) -> _Collected:
    found = _Collected()
    for offer in sorted(choice.offers.values(), key=lambda item: (item.position, item.regimen)):
        regimen = case.knowledge.regimens.get(offer.regimen)
        if regimen is None:
            continue
        cautions = cautions_for(regimen, case)
        result = _option(offer, regimen, labels[regimen.id], cautions, case)
        if isinstance(result, NotSuggested):
            found.refused[regimen.id] = result
            continue
        found.options.append(result)
        for name in cautions.asked:
            found.asked.setdefault(name, []).append(short_name(regimen))
        found.needed |= cautions.needed
    offered = {option.regimen for option in found.options}
    for name, because in others(choice, labels, case).items():
        if name not in offered and name not in found.refused:
            cautions = cautions_for(case.knowledge.regimens[name], case)
            found.refused[name] = NotSuggested(name, because[0], because[1], cautions.found)
    for name in case.parameters.hidden_regimens - found.refused.keys():
        regimen = case.knowledge.regimens[name]
        found.refused[name] = NotSuggested(name, (NOT_OFFERED,), None, cautions_for(regimen, case).found)
    return found


def _option(
    offer: Offer, regimen: Regimen, verdict: LabelVerdict, cautions: Cautions, case: Case
) -> Option | NotSuggested:
    """Run a regimen through label, resistance, sequence, cautions and guards."""
    if regimen.id in case.parameters.hidden_regimens:
        return NotSuggested(regimen.id, (NOT_OFFERED,), None, cautions.found)
    if (reason := forbidden(regimen, case)) is not None:
        return NotSuggested(regimen.id, (reason,), resistance_invariant(regimen, case), cautions.found)
    if (
        case.is_car_t(regimen)
        and verdict.status in {"not-met", "off-label", "withdrawn", "pending"}
        and not regimen.investigational
    ):
        return NotSuggested(regimen.id, (label_reason(verdict),), 7, cautions.found)
    tier, why_lowered = lowered(_by_label(offer.tier, verdict), regimen, case)
    sequence = sequenced(tier, regimen, case)
    if sequence.tier is None:
        return NotSuggested(regimen.id, (sequence.because or "",), sequence.invariant, cautions.found)
    placed: Tier = sequence.tier
    evidence = evidence_for(regimen, case)
    sequence, placed = _as_published(sequence, placed, offer, verdict, case)
    if placed == "T1" and evidence and all(item.fit == "excluded-this-patient" for item in evidence):
        sequence, placed = replace(sequence, because=EXCLUDED_BY_EVERY_TRIAL), "T2"
    option = Option(
        regimen=regimen.id,
        name=regimen.name,
        short=short_name(regimen),
        agents=regimen.agents,
        tier=placed,
        rank=0,
        startable="unknown" if cautions.count_needed else "yes",
        label=verdict,
        because=tuple(text for text in (*without_later(offer.because, case), why_lowered, sequence.because) if text)
        or (offer.title,),
        refractory_components=(),
        cautions=cautions.found,
        evidence=evidence,
        statements=(*resistance_statements(regimen, case), *_always(regimen, case)),
        dose_notes=cautions.dose_notes,
        new_classes=tuple(key for key in sorted(case.classes_in(regimen)) if case.exposed(key).value is False),
    )
    return guard(_by_access(option, regimen, case), case)


def _as_published(
    sequence: Sequenced, tier: Tier, offer: Offer, verdict: LabelVerdict, case: Case
) -> tuple[Sequenced, Tier]:
    """Without a label, what rests on a trial that was published after the day is no more than T3 on that day."""
    later = unpublished(case)
    rests = any(trial in text for trial in later for text in offer.because)
    known = case.knowledge.regimens[offer.regimen].evidence
    none_yet = bool(known) and all(item.trial in later for item in known) and verdict.status != "unknown"
    if tier == "T3" or verdict.status == "met" or not (rests or none_yet):
        return sequence, tier
    why = f"the trial that supports it here was published after {case.as_of.isoformat()}"
    return replace(sequence, because="; ".join(text for text in (sequence.because, why) if text)), "T3"


def _always(regimen: Regimen, case: Case) -> tuple[str, ...]:
    access = ("Whether CAR-T is within reach is not known here.",) if _unknown_access(regimen, case) else ()
    note = case.parameters.marked_regimens.get(regimen.id)
    return (*regimen.always_say, *access, *([f"Note of this site: {note}"] if note else []))


def _unknown_access(regimen: Regimen, case: Case) -> bool:
    return case.is_car_t(regimen) and case.car_t_access == "unknown"


def _by_access(option: Option, regimen: Regimen, case: Case) -> Option:
    """Without access a CAR-T stays visible as a referral, never preferred; unknown access changes nothing (invariant 8)."""
    if case.is_car_t(regimen) and case.car_t_access == "no":
        return replace(option, tier="T3", startable="not-now", because=(*option.because, NO_ACCESS))
    return option


def _by_label(tier: Tier, verdict: LabelVerdict) -> Tier:
    """T1 rests on a label that is met; an unknown one leaves T2, any other T3 (invariant 35)."""
    if tier != "T1" or verdict.status == "met":
        return tier
    return "T2" if verdict.status == "unknown" else "T3"
