"""Why a drug was given and why it was stopped (L06, L22, F06)."""

from __future__ import annotations

import re
from typing import Literal

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.elements import Concept, Dosage
from fhir_mappings.read.facts import (
    Facts,
    codes_of,
    concepts_in,
    first_date,
    grade_in,
    notes_text,
    own_text,
    status_word,
    texts_of,
    words_of,
)
from fhir_mappings.read.indications import indication_of_codes, indication_of_text
from fhir_mappings.read.resources import (
    Condition,
    DrugResource,
    MedicationRequest,
    MedicationStatement,
    Procedure,
)
from fhir_mappings.read.statements import read_line_text
from fhir_mappings.read.treatment_words import intent_of, stop_reason_in_note, stop_reason_of
from fhir_mappings.record import DrugRecord, Indication, Intent, Reaction, StopReason
from fhir_mappings.terminology.agents import AGENTS


def indication_of(resource: DrugResource, facts: Facts) -> Indication:
    """L06: the disease in reasonReference and reasonCode; myeloma wins over a second reason, a known other disease over none."""
    found: list[Indication] = []
    for reference in resource.reason_reference:
        target = facts.references.resolve(reference, resource)
        if isinstance(target, Condition):
            found.append(indication_of_concept(target.code))
        elif reference.display:
            found.append(indication_of_text(reference.display))
    found += [indication_of_concept(reason) for reason in resource.reason_code]
    for whole in _wholes(resource, facts) if not found else ():
        found += [indication_of_concept(reason) for reason in whole.reason_code]
        for reference in whole.reason_reference:
            target = facts.references.resolve(reference, whole)
            found += [indication_of_concept(target.code)] if isinstance(target, Condition) else []
    for wanted in ("myeloma", "smoldering", "al-amyloidosis", "other"):
        if wanted in found:
            return wanted
    return "unstated"


def _wholes(resource: DrugResource, facts: Facts) -> list[Procedure]:
    """Return the treatments (Procedures) that a drug record is part of."""
    wholes = [facts.references.resolve(reference, resource) for reference in resource.part_of]
    return [whole for whole in wholes if isinstance(whole, Procedure)]


def indication_of_concept(concept: Concept | None) -> Indication:
    """Return the indication of a reason; where its code and its own words disagree, the words say what was meant."""
    by_code = indication_of_codes(codes_of(concept))
    by_text: Indication = "unstated"
    for text in texts_of(concept):
        by_text = indication_of_text(text)
        if by_text != "unstated":
            break
    if by_code == "myeloma" and by_text in {"smoldering", "al-amyloidosis"}:
        return by_text
    return by_code if by_code != "unstated" else by_text


def _categories(resource: DrugResource) -> list[Concept]:
    concepts = concepts_in(resource.category)
    course = getattr(resource, "course_of_therapy_type", None)
    return [*concepts, *([course] if course else [])]


def intent_of_drug(resource: DrugResource, text: str, dosages: list[Dosage]) -> Intent | None:
    """Return the purpose that reasons, categories, extensions or the text of a record name."""
    categories = _categories(resource)
    intents = [extension.value_codeable_concept for extension in resource.extension if extension.value_codeable_concept]
    group = getattr(resource, "group_identifier", None)
    words = [
        *(words_of(reason) for reason in resource.reason_code),
        *(reference.display or "" for reference in resource.reason_reference),
        *(words_of(category) for category in categories),
        words_of(*intents),
        text,
        (group.value or "") if group else "",
        *(dosage.text or "" for dosage in dosages),
    ]
    return intent_of(codes_of(*categories, *intents), words, notes_text(resource.note))


_WHY_IT_ENDED = re.compile(r"termination-?reason|grund-?ende|ende-?grund", re.IGNORECASE)
"""Addresses of extensions with the reason for the end: mCODE before STU4 (TreatmentTerminationReason), German oncology."""


def stop_reason_of_drug(
    resource: DrugResource, end: ChartDate | None, facts: Facts
) -> tuple[StopReason | None, str | None]:
    """Return why the drug was stopped.

    statusReason or the extension for it, by code or words; else a reason or note that speaks of stopping; else the reason for the end
    of the treatment that the drug was part of, when it ended together with it.
    """
    own = _own_stop_reason(resource)
    if own != (None, None) or not resource.part_of:
        return own
    for whole in _wholes(resource, facts):
        reason, text = stop_reason_of_procedure(whole)
        last = first_date(whole.performed_period.end) if whole.performed_period else None
        # Which of several drugs was not tolerated is not said.
        if reason not in {None, "toxicity"} and last is not None and (end is None or end.latest >= last.earliest):
            return reason, text
    return None, None


def stop_reason_of_procedure(procedure: Procedure) -> tuple[StopReason | None, str | None]:
    """Return why a treatment that comes as a Procedure ended, and the words for it: outcome, statusReason, or an extension."""
    said = words_of(procedure.outcome, procedure.status_reason)
    codes = codes_of(procedure.outcome, procedure.status_reason)
    if (said or codes) and (reason := stop_reason_of(codes, said)):
        return reason, said or None
    for extension in procedure.extension:
        concept = extension.value_codeable_concept
        if concept and re.search(r"grund|reason|ende", extension.url or "", re.IGNORECASE):
            return stop_reason_of(codes_of(concept), words_of(concept)), said or words_of(concept) or None
    return None, said or None


def _own_stop_reason(resource: DrugResource) -> tuple[StopReason | None, str | None]:
    concepts: list[Concept] = []
    for name in ("status_reason", "status_reason_codeable_concept"):
        value: Concept | list[Concept] | None = getattr(resource, name, None)
        concepts += value if isinstance(value, list) else [value] if value else []
    if not concepts:
        concepts = [
            extension.value_codeable_concept
            for extension in resource.extension
            if extension.value_codeable_concept and _WHY_IT_ENDED.search(extension.url or "")
        ]
    if concepts:
        text = words_of(*concepts)
        return stop_reason_of(codes_of(*concepts), text), own_text(concepts[0]) or text
    if isinstance(resource, MedicationRequest | MedicationStatement) and status_word(resource.status) in {
        "active",
        "intended",
    }:
        return None, None
    for said in (*(words_of(reason) for reason in resource.reason_code), *(note.text or "" for note in resource.note)):
        if reason := stop_reason_in_note(said):
            return reason, said[:200]
    return None, None


def read_toxicity(record: DrugRecord, agent: str, facts: Facts) -> None:
    """A stop for toxicity is also a reaction to the drug (F06)."""
    if record.stop_reason != "toxicity" or agent not in AGENTS:
        return
    text = record.stop_text or "not tolerated"
    facts.reactions.append(
        Reaction(
            record.ref,
            agent,
            text[:120],
            grade_in(text),
            record.end or record.asserted or record.start,
            _resolved(text),
        )
    )


def _resolved(text: str) -> Literal["yes", "no", "unknown"]:
    plain = text.lower()
    if "unresolved" in plain or "not resolved" in plain or "ongoing" in plain:
        return "no"
    return "yes" if "resolved" in plain or "recovered" in plain else "unknown"


def read_lines(resource: DrugResource, ref: str, date: ChartDate | None, facts: Facts) -> None:
    """Read a line or relapse number from category, reason and note (L22)."""
    for said in (
        *(words_of(concept) for concept in (*_categories(resource), *resource.reason_code)),
        *(note.text or "" for note in resource.note),
    ):
        if said:
            read_line_text(said, ref, date, facts)
