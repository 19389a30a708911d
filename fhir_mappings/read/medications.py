"""Drug records: MedicationStatement, MedicationRequest, MedicationAdministration, MedicationDispense (L01, L02, L04, L06, L21, E19).

Which drug it is comes from the medication's own codes and texts only: a reason that names a drug is never an exposure to it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from fhir_mappings.read.courses import Course, course_of, within
from fhir_mappings.read.drug_reasons import (
    indication_of,
    intent_of_drug,
    read_lines,
    read_toxicity,
    stop_reason_of_drug,
)
from fhir_mappings.read.durations import dose_mg
from fhir_mappings.read.elements import Concept, Dosage, Reference
from fhir_mappings.read.facts import (
    Facts,
    codes_of,
    first_date,
    own_text,
    texts_of,
    words_of,
)
from fhir_mappings.read.references import normal_reference
from fhir_mappings.read.resources import (
    DrugResource,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from fhir_mappings.read.treatment_words import route_of
from fhir_mappings.record import DrugRecord, TreatmentEvent
from fhir_mappings.terminology.lookup import LONGEST_NAME, NO_DRUG, Code, Drugs, drugs_of
from fhir_mappings.terminology.names import fold


def read_drug(resource: DrugResource, ref: str, facts: Facts) -> None:
    """Read one drug record into one `DrugRecord` per drug that it names."""
    codes, texts, description = _medication(resource, facts)
    known = drugs_of(codes, texts)
    if not _is_named(codes, texts):
        facts.inform(ref, "does not say which drug it is; not used")
        return
    if known is NO_DRUG and not any(_names_cns_drug(text[:LONGEST_NAME]) for text in texts if text):
        return
    if _intrathecal(_dosages(resource), texts):
        _read_intrathecal(course_of(resource), texts, ref, facts)
    elif known.agents or known.supportive or known.lymphodepletion or known.contradiction:
        _read_named(resource, ref, codes, texts, description, facts)
    else:
        for other in known.others:
            facts.exclude(ref, "not a myeloma drug", other)


_NO_CODES = ("nullflavor", "absent-unknown", "data-absent-reason")
_NO_NAMES = re.compile(
    r"(?i)\W*(?:unk|unknown|ni|na|nav|nask|asku|msk|oth|other|masked|null|nullflavor|not (?:available|known)|no information(?: \(.*\))?"
    r"|unbekannt|keine angaben?|n/a)?\W*"
)


def _is_named(codes: list[Code], texts: list[str | None]) -> bool:
    """Tell whether a record says which drug it is: null flavours, and "no information" of patient summaries, do not."""
    if any(code.code and not any(word in (code.system or "") for word in _NO_CODES) for code in codes):
        return True
    return any(text and not _NO_NAMES.fullmatch(text) and not _NONE_KNOWN.match(text) for text in texts)


_NONE_KNOWN = re.compile(r"(?i)\s*no (?:known|information about) medications?\b")


def _read_named(
    resource: DrugResource, ref: str, codes: list[Code], texts: list[str | None], description: str, facts: Facts
) -> None:
    """Read a record whose drugs are known, by its course: a reused code means what it meant on the day."""
    dosages = _dosages(resource)
    course = within(course_of(resource), resource, facts)
    drugs = drugs_of(codes, texts, course.start.earliest if course.start else None)
    if drugs.contradiction:
        facts.warn(ref, f"code and text name different drugs ({drugs.contradiction}); not used")
        facts.exclude(ref, f"code and text contradict each other: {drugs.contradiction}")
        return
    if drugs.misspelled:
        facts.inform(ref, f"'{drugs.misspelled}' read as {', '.join(drugs.agents)}: one letter differs")
    if drugs.agents:
        read_lines(resource, ref, course.start, facts)
    if (drugs.agents or drugs.supportive or drugs.lymphodepletion) and _counts(course, drugs, dosages, ref, facts):
        _keep(_template(resource, ref, course, drugs, description, dosages, facts), drugs, facts)
        for part in resource.part_of:
            facts.drugs_of_parts.setdefault(_part_key(part), set()).update(drugs.agents)


_INTO_CSF = re.compile(r"intra-?the[ck]al|intratecal|intratekal|intraventric|ommaya")
_INTO_CSF_CODES = frozenset({"72607000", "ithinj", "c38267", "20042000"})
_CNS_DRUGS = re.compile(
    r"meth?otrexat|metotrexat|cytarabin|citarabin|thiotepa|depocyt|\bmtx\b|\bara-?c\b|hydrocorti|idrocorti|dexamet|prednis"
)


@lru_cache(maxsize=4096)
def _names_cns_drug(text: str) -> bool:
    return _CNS_DRUGS.search(fold(text)) is not None


def _intrathecal(dosages: list[Dosage], texts: list[str | None]) -> bool:
    """Tell whether a dose goes into the cerebrospinal fluid."""
    if any(code.code.lower() in _INTO_CSF_CODES for code in _route_codes(dosages)):
        return True
    said = [*texts, *(dosage.text for dosage in dosages), *(words_of(dosage.route) for dosage in dosages)]
    return any(_names_csf(text[:LONGEST_NAME]) for text in said if text)


@lru_cache(maxsize=4096)
def _names_csf(text: str) -> bool:
    return _INTO_CSF.search(fold(text)) is not None


def _read_intrathecal(course: Course, texts: list[str | None], ref: str, facts: Facts) -> None:
    """Read intrathecal chemotherapy as a local treatment of its own; it is no exposure of the body (L18)."""
    text = " | ".join(text for text in texts if text)
    if not _CNS_DRUGS.search(fold(text)):
        return
    if course.why_not or course.taken not in {"taken", "unclear"}:
        facts.exclude(ref, course.why_not or "an order for intrathecal therapy is no event", "intrathecal")
        return
    facts.events.append(TreatmentEvent(ref, "intrathecal", course.start, text=text[:200]))
    facts.exclude(ref, "given into the cerebrospinal fluid: local therapy, no exposure of the body", text[:80])


def _counts(course: Course, drugs: Drugs, dosages: list[Dosage], ref: str, facts: Facts) -> bool:
    """Tell whether a record says anything about its drugs; why it is no exposure stands in `excluded` (L02)."""
    about = ", ".join((*drugs.agents, *drugs.supportive, *(("fludarabine",) if drugs.lymphodepletion else ())))
    if course.why_not:
        facts.exclude(ref, course.why_not, about)
    if course.taken is None:
        return False
    if drugs.agents and (drugs.local_form or _local_route(dosages)):
        facts.exclude(ref, "form that never counts (eye, ear, skin, inhaled)", about)
        return False
    return True


def _keep(record: DrugRecord, drugs: Drugs, facts: Facts) -> None:
    """Append a record for each drug: supportive ones apart (L04), lymphodepletion also as an event (L19)."""
    for agent in drugs.agents:
        facts.drugs.append(record if agent == record.agent else replace(record, agent=agent))
        read_toxicity(record, agent, facts)
    for name in drugs.supportive:
        facts.supportive.append(replace(record, agent=name, intent=record.intent or "supportive"))
    if drugs.lymphodepletion:
        facts.supportive.append(replace(record, agent="fludarabine", intent="lymphodepletion"))
        if record.taken in {"taken", "unclear"}:
            facts.events.append(TreatmentEvent(record.ref, "lymphodepletion", record.start, text=record.text))


def _part_key(part: Reference) -> str:
    return normal_reference(part.reference or "")


def _template(
    resource: DrugResource, ref: str, course: Course, drugs: Drugs, text: str, dosages: list[Dosage], facts: Facts
) -> DrugRecord:
    """Return the record that the drugs of one resource share."""
    reason, reason_text = stop_reason_of_drug(resource, course.end, facts)
    return DrugRecord(
        ref=ref,
        agent=drugs.agents[0] if drugs.agents else "",
        source=course.source,
        taken=course.taken or "unclear",
        start=course.start,
        end=course.end,
        ongoing=course.ongoing,
        asserted=course.asserted,
        recorded=course.asserted or first_date(resource.meta.last_updated if resource.meta else None),
        stop_reason=reason,
        stop_text=reason_text,
        indication=indication_of(resource, facts),
        intent=intent_of_drug(resource, text, dosages),
        dose_mg=dose_mg(dosages) if len(drugs.agents) + len(drugs.supportive) == 1 else None,
        route=route_of(
            _route_codes(dosages),
            " | ".join(
                [text, *(dosage.text or "" for dosage in dosages), words_of(*(dosage.route for dosage in dosages))]
            ),
        ),
        supply_covers_cycle=course.supply_covers_cycle,
        regimen_text=drugs.regimen,
        blinded=drugs.blinded,
        text=text[:200],
    )


def _medication(resource: DrugResource, facts: Facts) -> tuple[list[Code], list[str | None], str]:
    """Return the codes and texts that say which drug it is, and one of them to show."""
    concept = resource.medication_codeable_concept
    named = _named_in(msgspec.json.encode(concept)) if concept else _NO_NAME
    codes, texts, shown = list(named.codes), list(named.texts), named.shown
    reference = resource.medication_reference
    if reference is not None:
        texts.append(reference.display)
        shown = shown or reference.display or ""
        product = facts.references.resolve(reference, resource)
        if isinstance(product, Medication):
            more_codes, more_texts, name = _product(product, facts)
            codes += more_codes
            texts += more_texts
            shown = shown or name
        if reference.identifier and reference.identifier.value:
            codes.append(Code(None, reference.identifier.value))
    return codes, texts, shown


class _Name(Struct, frozen=True):
    """What a concept calls a drug: its codes, its text, and the words to show."""

    codes: tuple[Code, ...] = ()
    texts: tuple[str | None, ...] = ()
    shown: str = ""


_NO_NAME = _Name()
_CONCEPT = msgspec.json.Decoder(Concept)


@lru_cache(maxsize=4096)
def _named_in(raw: bytes) -> _Name:
    """Take the concept of a drug apart; the records of a chart name few different ones."""
    concept = _CONCEPT.decode(raw)
    return _Name(tuple(codes_of(concept)), (concept.text,), own_text(concept))


def _product(product: Medication, facts: Facts, depth: int = 0) -> tuple[list[Code], list[str | None], str]:
    codes = codes_of(product.code)
    texts: list[str | None] = [product.code.text if product.code else None]
    # A form that never counts (eye drops) is said beside the name.
    if product.form and texts_of(product.form) and texts_of(product.code):
        texts.append(f"{texts_of(product.code)[0]} {texts_of(product.form)[0]}")
    for ingredient in product.ingredient:
        codes += codes_of(ingredient.item_codeable_concept)
        texts.append(ingredient.item_codeable_concept.text if ingredient.item_codeable_concept else None)
        inner = facts.references.resolve(ingredient.item_reference, product)
        if isinstance(inner, Medication) and depth < 3:
            more_codes, more_texts, _ = _product(inner, facts, depth + 1)
            codes += more_codes
            texts += more_texts
    return codes, texts, own_text(product.code)


def drugs_named_by(resource: DrugResource, facts: Facts) -> Drugs:
    """Return the drugs of a resource whatever its status says (draft orders, suspected causes)."""
    codes, texts, _ = _medication(resource, facts)
    return drugs_of(codes, texts)


def agents_of(resource: object, facts: Facts) -> tuple[str, ...]:
    """Return the agents that a drug record or a Medication stands for."""
    if isinstance(resource, DrugResource):
        return drugs_named_by(resource, facts).agents
    if isinstance(resource, Medication):
        codes, texts, _ = _product(resource, facts)
        return drugs_of(codes, texts).agents
    return ()


def _dosages(resource: DrugResource) -> list[Dosage]:
    if isinstance(resource, MedicationAdministration):
        return [resource.dosage] if resource.dosage else []
    if isinstance(resource, MedicationStatement):
        return resource.dosage
    if isinstance(resource, (MedicationRequest, MedicationDispense)):
        return resource.dosage_instruction
    return []


_LOCAL_ROUTES = (
    "ophthalm",
    "otic",
    "nasal",
    "topical",
    "inhal",
    "intravitreal",
    "intra-articular",
    "intraarticular",
    "cutaneous route",
    "rectal",
    "ocular",
    "eye",
)


def _local_route(dosages: list[Dosage]) -> bool:
    said = words_of(*(dosage.route for dosage in dosages)).lower()
    return any(word in said for word in _LOCAL_ROUTES) and "subcutaneous" not in said


def _route_codes(dosages: list[Dosage]) -> list[Code]:
    return codes_of(*(dosage.route for dosage in dosages))


_HARM_DAYS = 30


def stopped_for_harm(facts: Facts) -> None:
    """Give drug records that ended without a stated reason the adverse event that names them and that happened as they ended (L13, L16)."""
    for position, record in enumerate(facts.drugs):
        known = facts.blamed.get(normal_reference(record.ref))
        if known is None or record.stop_reason is not None or record.end is None or record.source == "administration":
            continue
        text, when = known
        if when is not None and 0 <= (record.end.latest - when.earliest).days <= _HARM_DAYS:
            facts.drugs[position] = replace(record, stop_reason="toxicity", stop_text=text[:200])
