"""Adverse reactions to anti-myeloma drugs: AllergyIntolerance and AdverseEvent (F06). Intolerance is never refractoriness."""

from __future__ import annotations

from typing import Literal

from fhir_mappings.read.facts import (
    Facts,
    codes_of,
    first_date,
    grade_in,
    graded_codes,
    notes_text,
    own_text,
    severity_grade,
    start_of,
    status_code,
    status_word,
    texts_of,
    words_of,
)
from fhir_mappings.read.medications import agents_of
from fhir_mappings.read.references import normal_reference
from fhir_mappings.read.resources import AdverseEvent, AllergyIntolerance, DrugResource
from fhir_mappings.record import Reaction
from fhir_mappings.terminology.agents import AGENTS
from fhir_mappings.terminology.lookup import drugs_of


def read_allergy(allergy: AllergyIntolerance, ref: str, facts: Facts) -> None:
    """Read an allergy or intolerance to a drug that matters."""
    agents = [agent for agent in drugs_of(codes_of(allergy.code), texts_of(allergy.code)).agents if agent in AGENTS]
    for reaction in allergy.reaction:
        agents += [
            agent
            for agent in drugs_of(codes_of(reaction.substance), texts_of(reaction.substance)).agents
            if agent in AGENTS and agent not in agents
        ]
    if not agents:
        return
    verification = status_code(allergy.verification_status)
    if verification in {"refuted", "entered-in-error"}:
        facts.exclude(ref, f"verification status {verification}", ", ".join(agents))
        return
    clinical = status_code(allergy.clinical_status)
    resolved: Literal["yes", "no", "unknown"] = "yes" if clinical in {"resolved", "inactive"} else "unknown"
    texts = [
        text
        for one in allergy.reaction
        for text in (*(own_text(sign.what) for sign in one.manifestation), one.description or "")
        if text
    ]
    notes = notes_text(allergy.note)
    grade = grade_in(" | ".join([*texts, notes])) or max(
        (found for one in allergy.reaction if (found := severity_grade(one.severity))), default=None
    )
    date = first_date(
        *(one.onset for one in allergy.reaction),
        allergy.onset_date_time,
        start_of(allergy.onset_period),
        allergy.last_occurrence,
        allergy.recorded_date,
    )
    words = "; ".join(dict.fromkeys(texts)) or notes[:120] or "allergy or intolerance"
    facts.reactions.extend(Reaction(ref, agent, words[:200], grade, date, resolved) for agent in agents)


def read_adverse_event(event: AdverseEvent, ref: str, facts: Facts) -> None:
    """Read harm that is suspected to come from a drug that matters; a potential event is none."""
    if status_word(event.actuality) == "potential" or status_word(event.status) in {"entered-in-error", "unknown"}:
        return
    agents: dict[str, None] = {}
    for suspect in event.suspect_entity:
        if suspect.instance is None:
            continue
        cause = facts.references.resolve(suspect.instance, event)
        found = agents_of(cause, facts) if cause is not None else ()
        if not found and suspect.instance.display:
            found = drugs_of([], [suspect.instance.display]).agents
        agents.update(dict.fromkeys(agent for agent in found if agent in AGENTS))
        if isinstance(cause, DrugResource) and suspect.instance.reference:
            when = first_date(event.date, event.detected, event.recorded_date)
            name = f"{cause.kind}/{cause.id}" if cause.id else normal_reference(suspect.instance.reference)
            known = facts.blamed.get(name)
            if known is None or (own_text(event.event), str(when)) < (known[0], str(known[1])):
                facts.blamed[name] = (own_text(event.event) or "adverse event", when)
    if not agents:
        return
    said = " | ".join([words_of(event.event), words_of(event.severity), words_of(event.seriousness)])
    grade = (
        grade_in(said)
        or max(graded_codes(codes_of(event.severity), "ctcae"), default=None)
        or severity_grade(own_text(event.severity))
    )
    date = first_date(event.date, event.detected, event.recorded_date)
    text = own_text(event.event) or "adverse event"
    facts.reactions.extend(Reaction(ref, agent, text[:200], grade, date, _resolved(event)) for agent in agents)


def _resolved(event: AdverseEvent) -> Literal["yes", "no", "unknown"]:
    outcomes = event.outcome if isinstance(event.outcome, list) else [event.outcome] if event.outcome else []
    outcome = " ".join([*(status_code(one) or "" for one in outcomes), words_of(*outcomes).lower()])
    if any(word in outcome for word in ("resolved", "recovered")) and not any(
        word in outcome for word in ("not resolved", "unresolved", "not recovered", "resolving", "recovering")
    ):
        return "yes"
    return (
        "no"
        if any(word in outcome for word in ("ongoing", "not resolved", "unresolved", "not recovered"))
        else "unknown"
    )
