"""Procedures: transplant, CAR-T, cell collection, radiotherapy, and regimens that come as procedures (L01, L10, L18, L19)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, cast

from fhir_mappings.dates import ChartDate
from fhir_mappings.read.drug_reasons import stop_reason_of_procedure
from fhir_mappings.read.facts import (
    Facts,
    codes_of,
    concepts_in,
    first_date,
    notes_text,
    own_text,
    start_of,
    status_word,
    texts_of,
    words_of,
)
from fhir_mappings.read.indications import indication_of_codes, indication_of_text
from fhir_mappings.read.references import normal_reference
from fhir_mappings.read.resources import Condition, Procedure
from fhir_mappings.read.statements import read_line_text
from fhir_mappings.read.treatment_words import intent_of
from fhir_mappings.record import DrugRecord, Fact, Indication, TreatmentEvent
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.names import drugs_in_text, fold
from fhir_mappings.terminology.phrases import phrase, phrase_table

Kind = Literal[
    "autologous-transplant",
    "allogeneic-transplant",
    "transplant",
    "car-t",
    "apheresis",
    "stem-cell-collection",
    "radiotherapy",
    "lymphodepletion",
    "intrathecal",
]

_BY_CONCEPT: Final[dict[str, Kind]] = {
    "hsct_autologous": "autologous-transplant",
    "hsct_allogeneic": "allogeneic-transplant",
    "hsct_syngeneic": "allogeneic-transplant",
    "hsct_unspecified": "transplant",
    "hsct_with_high_dose_chemo": "autologous-transplant",
    "car_t_idecabtagene": "car-t",
    "car_t_ciltacabtagene": "car-t",
    "car_t_unspecified": "car-t",
    "car_t_administration": "car-t",
    "car_t_collection": "apheresis",
    "leukapheresis": "apheresis",
    "stem_cell_collection": "stem-cell-collection",
    "stem_cell_harvest_t_depleted": "stem-cell-collection",
    "radiotherapy_course": "radiotherapy",
    "radiotherapy": "radiotherapy",
}
_PRODUCTS: Final = {"car_t_idecabtagene": "idecabtagene vicleucel", "car_t_ciltacabtagene": "ciltacabtagene autoleucel"}
_KINDS = tuple((cast("Kind", value), pattern, excludes) for value, pattern, excludes in phrase_table("procedure"))
MIN_TANDEM_DAYS: Final = 28
"""Nobody has a second transplant sooner: an earlier end is the end of the hospital stay."""
_BIOPSY = phrase("marrow_biopsy")
_EYE = phrase("eye_visit")
_DIALYSIS = re.compile(
    r"^(?!.*(?:access|fistula|catheter|shunt|education|training|counsel|microdialys)).*\b(?:ha?emo|peritoneal )?dialys\w*|\bhamodialyse\b"
)
"""A dialysis by its name; access surgery and teaching are none."""


def _kind_of(codes: list[Code], texts: list[str]) -> tuple[Kind | None, str | None, bool]:
    """Return the kind of a procedure, the CAR-T product, and whether it is known to be something else."""
    for code in codes:
        row = find("procedures", code)
        if row is None:
            continue
        if row.role == "look_alike":
            return None, None, True
        if kind := _BY_CONCEPT.get(row.concept):
            return kind, _PRODUCTS.get(row.concept), False
        return None, None, row.role != "treatment_event"
    kind_in_text = next((found for text in texts if (found := _kind_in(text))), None)
    return kind_in_text, None, False


@lru_cache(maxsize=2048)
def _kind_in(text: str) -> Kind | None:
    """Return the kind of treatment that the name of a procedure says."""
    plain = fold(text)
    for kind, pattern, excludes in _KINDS:
        if pattern.search(plain) and not (excludes and excludes.search(plain)):
            return kind
    return None


def _product_in(texts: list[str]) -> str | None:
    """Return the CAR-T product, or its target, that the texts of a procedure name."""
    for text in texts:
        for agent in drugs_in_text(text).agents:
            if agent.endswith(("autoleucel", "vicleucel", "_CART")):
                return agent
        if re.search(r"bcma", text, re.IGNORECASE):
            return "unnamed:BCMA_CART"
        if re.search(r"gprc5d", text, re.IGNORECASE):
            return "unnamed:GPRC5D_CART"
    return None


def read_procedure(procedure: Procedure, ref: str, names: frozenset[str], facts: Facts) -> None:
    """Read a Procedure; `names` are the ways in which parts may refer to it."""
    codes = codes_of(procedure.code)
    texts = texts_of(procedure.code)
    date = first_date(procedure.performed_date_time, start_of(procedure.performed_period), procedure.performed_string)
    kind, product, known_other = _kind_of(codes, texts)
    if kind == "transplant" and re.search(r"\bauto(?:log\w*)?\b|\basct\b", fold(notes_text(procedure.note))):
        kind = "autologous-transplant"
    regimen = None if kind or known_other else _drugs(texts, names, facts)
    status = status_word(procedure.status)
    if status not in {"completed", "in-progress"} and not (status is None and date):
        if kind or regimen:
            facts.exclude(
                ref, f"procedure status {status or 'missing'}", kind or ", ".join(regimen[0] if regimen else ())
            )
        return
    if status == "in-progress" and kind:
        facts.inform(ref, "the procedure is in progress; counted from its start")
    if kind:
        agent = (
            (product or _product_in([*texts, *texts_of(*procedure.used_code), notes_text(procedure.note)]))
            if kind == "car-t"
            else None
        )
        site = words_of(*procedure.body_site) or None
        text = own_text(procedure.code)[:200]
        for one, when in _single(kind, texts, date, procedure):
            facts.events.append(TreatmentEvent(ref, one, when, agent=agent, text=text, body_site=site))
        read_line_text(notes_text(procedure.note), ref, date, facts)
    elif regimen:
        _read_regimen(procedure, ref, regimen, date, status or "", facts)
    _read_other(procedure, ref, texts, date, facts)


_TANDEM = re.compile(
    r"\btandem\b|double (?:autologous|auto)|doppelte? autologe|doble (?:trasplante|auto)|doppio (?:trapianto|auto)"
)


def _single(
    kind: Kind, texts: list[str], date: ChartDate | None, procedure: Procedure
) -> list[tuple[Kind, ChartDate | None]]:
    """Return the transplants of a tandem: the first at the start, the second at the end of its time (L10)."""
    plain = fold(" | ".join(texts))
    if "transplant" not in kind or not _TANDEM.search(plain):
        return [(kind, date)]
    period = procedure.performed_period
    end = first_date(period.end if period else None)
    if kind == "allogeneic-transplant" and re.search(r"\bauto", plain):
        return [("autologous-transplant", date), (kind, end or date)]
    if end is None or date is None or (end.earliest - date.latest).days < MIN_TANDEM_DAYS:
        return [(kind, date)]
    return [(kind, date), (kind, end)]


def _drugs(texts: list[str], names: frozenset[str], facts: Facts) -> tuple[tuple[str, ...], str | None] | None:
    """Return drugs that a procedure stands for beyond those of its own parts, and the regimen's name."""
    there = set().union(*(facts.drugs_of_parts.get(name, set()) for name in names))
    for text in texts:
        named = drugs_in_text(text)
        if named.agents and not named.local_form and not _BIOPSY.search(fold(text)):
            return tuple(agent for agent in named.agents if agent not in there), named.regimen or text[:80]
    return None


def _read_regimen(
    procedure: Procedure,
    ref: str,
    regimen: tuple[tuple[str, ...], str | None],
    date: ChartDate | None,
    status: str,
    facts: Facts,
) -> None:
    agents, name = regimen
    period = procedure.performed_period
    end = first_date(period.end if period else None)
    indications = [_indication(reason_text, reason_codes) for reason_text, reason_codes in _reasons(procedure, facts)]
    indication: Indication = next(
        (one for one in ("myeloma", "smoldering", "al-amyloidosis", "other") if one in indications), "unstated"
    )
    reason, outcome = stop_reason_of_procedure(procedure)
    intent = intent_of(
        codes_of(*concepts_in(procedure.category)),
        [words_of(*concepts_in(procedure.category)), words_of(*procedure.reason_code), own_text(procedure.code)],
        notes_text(procedure.note),
    )
    for agent in agents:
        facts.drugs.append(
            DrugRecord(
                ref=ref,
                agent=agent,
                source="procedure",
                taken="taken",
                start=date,
                end=end,
                ongoing=status == "in-progress" and end is None,
                asserted=end or date,
                stop_reason=reason,
                stop_text=outcome,
                indication=indication,
                intent=intent,
                regimen_text=name,
                text=own_text(procedure.code)[:200],
            )
        )


def _reasons(procedure: Procedure, facts: Facts) -> list[tuple[str, list[Code]]]:
    found = [(words_of(reason), codes_of(reason)) for reason in procedure.reason_code]
    for reference in procedure.reason_reference:
        target = facts.references.resolve(reference, procedure)
        if isinstance(target, Condition):
            found.append((words_of(target.code), codes_of(target.code)))
    return found


def _indication(text: str, codes: list[Code]) -> Indication:
    by_code = indication_of_codes(codes)
    return by_code if by_code != "unstated" else indication_of_text(text)


def _read_other(procedure: Procedure, ref: str, texts: list[str], date: ChartDate | None, facts: Facts) -> None:
    """Read examinations whose date matters: marrow biopsy (E34), eye examination (belantamab), dialysis."""
    said = fold(" | ".join(texts))
    if _BIOPSY.search(said):
        facts.facts.append(Fact(ref, "marrow_biopsy", "done", date))
    if _EYE.search(said):
        facts.facts.append(Fact(ref, "eye_exam", "done", date))
    rows = (find("procedures", code) for code in codes_of(procedure.code))
    if any(row and row.role == "comorbidity_evidence" for row in rows) or _DIALYSIS.search(said):
        facts.facts.append(Fact(ref, "dialysis", "done", date))


def procedure_names(ref: str, full_url: str | None) -> frozenset[str]:
    """Return how other resources may refer to a procedure."""
    return frozenset({normal_reference(ref), *((normal_reference(full_url),) if full_url else ())})
