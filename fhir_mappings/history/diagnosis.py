"""Which plasma-cell disorder a patient has, and since when (L06, L23; E22, E24, E33, E34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from fhir_mappings.dates import ChartDate, days_between
from fhir_mappings.history.model import IN_SCOPE, Diagnosis, DiagnosisState
from fhir_mappings.record import DrugRecord, PatientRecord, Problem
from fhir_mappings.terminology.agents import classes_of

_STATES: dict[str, DiagnosisState] = {
    "plasma_cell_leukemia": "plasma-cell-leukemia",
    "smoldering_myeloma": "smoldering-myeloma",
    "asymptomatic_myeloma": "smoldering-myeloma",
    "indolent_myeloma": "smoldering-myeloma",
    "mgus": "mgus",
    "monoclonal_gammopathy": "mgus",
    "benign_monoclonal_gammopathy": "mgus",
    "solitary_plasmacytoma": "solitary-plasmacytoma",
    "solitary_osseous_myeloma": "solitary-plasmacytoma",
    "plasmacytoma": "solitary-plasmacytoma",
    "extramedullary_plasmacytoma": "solitary-plasmacytoma",
    "multiple_solitary_plasmacytomas": "solitary-plasmacytoma",
    "primary_cutaneous_plasmacytoma": "solitary-plasmacytoma",
    "al_amyloidosis": "al-amyloidosis",
    "waldenstrom": "other-plasma-cell-disorder",
    "lymphoplasmacytic_lymphoma": "other-plasma-cell-disorder",
    "osteosclerotic_myeloma": "other-plasma-cell-disorder",
    "immunoglobulin_deposition_disease": "other-plasma-cell-disorder",
    "poems": "other-plasma-cell-disorder",
}
_PRECEDENCE: tuple[DiagnosisState, ...] = (
    "plasma-cell-leukemia",
    "multiple-myeloma",
    "al-amyloidosis",
    "smoldering-myeloma",
    "solitary-plasmacytoma",
    "other-plasma-cell-disorder",
    "mgus",
)
_PROOFS = frozenset({"marrow_biopsy", "iss_stage", "r_iss_stage", "r2_iss_stage"})
_GIVEN = frozenset({"taken", "ordered", "unclear"})
_CLONAL_MARROW_PERCENT = 10
_PROOF_DAYS = 90
_TELLING_CLASSES = frozenset({"CD38", "SLAMF7", "BCMA_ADC", "BCMA_CART", "BCMA_BSAB", "GPRC5D_BSAB", "GPRC5D_CART"})


class Disorders(Struct, frozen=True):
    """The plasma-cell disorders of a chart with the first day of each, for the indication of drugs (L06)."""

    diagnosis: Diagnosis
    active_since: ChartDate | None
    smoldering_since: ChartDate | None
    smoldering_on_record: bool
    al_since: ChartDate | None
    al_on_record: bool


def disorders_of(record: PatientRecord) -> Disorders:
    """Return the diagnosis. A code that its own text contradicts, or a mere suspicion, gives `unknown`, never a diagnosis."""
    plasma = [(state, problem) for problem in record.problems if (state := _state_of(problem))]
    trusted = [(state, p) for state, p in plasma if "conflict" not in p.flags and p.verification != "suspected"]
    doubted = [p for _, p in plasma if not any(p is own for _, own in trusted)]
    present = {state for state, _ in trusted}
    state = next((candidate for candidate in _PRECEDENCE if candidate in present), None)
    diagnosis: Diagnosis
    if state is not None:
        own = [p for s, p in trusted if s == state]
        if state == "plasma-cell-leukemia":
            own += [p for s, p in trusted if s == "multiple-myeloma"]
        since, refs = _since(own, record) if state in IN_SCOPE and present <= IN_SCOPE else (_earliest(own), ())
        diagnosis = Diagnosis(state, since, basis=("E34", "L06"), evidence=tuple(sorted({*_refs(own), *refs})))
    elif doubted:
        flags = tuple(sorted({flag for p in doubted for flag in p.flags if flag == "conflict"}))
        diagnosis = Diagnosis("unknown", None, basis=("L06",), evidence=_refs(doubted), flags=flags)
    elif _speaks_for_myeloma(record.drugs):
        diagnosis = Diagnosis("unknown", None, basis=("L06",), flags=("indication_unclear",))
    else:
        diagnosis = Diagnosis("none", None, basis=("E24",))
    smoldering = [p for s, p in trusted if s == "smoldering-myeloma"]
    amyloid = [p for s, p in trusted if s == "al-amyloidosis"]
    return Disorders(
        diagnosis, diagnosis.since, _earliest(smoldering), bool(smoldering), _earliest(amyloid), bool(amyloid)
    )


def _state_of(problem: Problem) -> DiagnosisState | None:
    known = _STATES.get(problem.concept)
    if known is None and (problem.role.startswith("in_scope") or problem.concept.startswith("multiple_myeloma")):
        return "multiple-myeloma"
    return known


def _earliest(problems: Sequence[Problem]) -> ChartDate | None:
    return min((p.onset for p in problems if p.onset), default=None)


def _since(problems: Sequence[Problem], record: PatientRecord) -> tuple[ChartDate | None, tuple[str, ...]]:
    """E34: the earliest of onset, biopsy and staging, with the resource where it is none of the problems.

    A biopsy or a stage counts up to 90 days before the onset; what is older belongs to something else. Without an onset it must come
    before treatment; a later one is a control. Where an earlier disorder is on
    record it is not asked: the biopsy may have been for that.
    """
    onset = _earliest(problems)
    dated = [(fact.date, fact.ref) for fact in record.facts if fact.name in _PROOFS and fact.date]
    dated += [
        (lab.date, lab.ref)
        for lab in record.labs
        if lab.concept == "plasma_cells_marrow_percent" and lab.value >= _CLONAL_MARROW_PERCENT
    ]
    if onset is None:
        begun = min((d.start.earliest for d in record.drugs if d.start and d.taken in _GIVEN), default=date.max)
        dated = [(day, ref) for day, ref in dated if day.earliest <= begun]
    else:
        dated = [(day, ref) for day, ref in dated if 0 < days_between(day.earliest, onset.earliest) <= _PROOF_DAYS]
    first = min(dated, default=None)
    return (first[0], (first[1],)) if first is not None else (onset, ())


def _refs(problems: Iterable[Problem]) -> tuple[str, ...]:
    return tuple(sorted({p.ref for p in problems}))


def _speaks_for_myeloma(drugs: Iterable[DrugRecord]) -> bool:
    """A drug that says it is for myeloma, or one that is hardly given for anything else, asks for a diagnosis."""
    return any(
        drug.taken in _GIVEN
        and (
            drug.indication == "myeloma"
            or (drug.indication == "unstated" and _TELLING_CLASSES & set(classes_of(drug.agent)))
        )
        for drug in drugs
    )


def before_active_disease(day: date, disorders: Disorders, lead_days: int) -> bool:
    """Tell whether a day lies clearly before the active disease (more than the lead that L08 allows)."""
    since = disorders.active_since
    return since is not None and (since.earliest - day).days > lead_days
