"""What the chart means: `TreatmentHistory`, the output of the history stage and the only clinical input of the advice stage.

Every derived value carries `basis` (rule ids of `docs/rules/`), `evidence` (references of the resources it rests on) and
`flags` (names of `interfaces`). Enumerations are those of the assessment document, so that presentation only has to print them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from fhir_mappings.dates import ChartDate
from fhir_mappings.history.model_facts import (
    Answer,
    CytogeneticRisk,
    Derived,
    FunctionalHighRisk,
    Intolerance,
    Mrd,
    Pattern,
    Rechallenge,
    ResponseCategory,
    Staging,
)
from fhir_mappings.record import ConfidenceLevel, Excluded, Gap, LabValue, Problem, QualityNote

__all__ = [
    "IN_SCOPE",
    "AgentStatus",
    "Answer",
    "ClassStatus",
    "CriteriaState",
    "CytogeneticRisk",
    "Derived",
    "Diagnosis",
    "DiagnosisState",
    "EndReason",
    "Finding",
    "FunctionalHighRisk",
    "Intolerance",
    "Line",
    "LineCount",
    "Mrd",
    "Pattern",
    "Phase",
    "PhaseKind",
    "Progression",
    "Range",
    "Rechallenge",
    "Response",
    "ResponseCategory",
    "Staging",
    "Status",
    "Summary",
    "TreatmentHistory",
    "Trust",
]

DiagnosisState = Literal[
    "multiple-myeloma",
    "plasma-cell-leukemia",
    "smoldering-myeloma",
    "mgus",
    "solitary-plasmacytoma",
    "al-amyloidosis",
    "other-plasma-cell-disorder",
    "none",
    "unknown",
]
IN_SCOPE: frozenset[str] = frozenset({"multiple-myeloma", "plasma-cell-leukemia"})

Status = Literal["naive", "not-recorded", "exposed-not-refractory", "exposed-unknown", "refractory"]
CriteriaState = Literal["met", "not-met", "unknown", "depends-on-line-count"]
PhaseKind = Literal[
    "bridging",
    "induction",
    "mobilization",
    "transplant",
    "consolidation",
    "maintenance",
    "lymphodepletion",
    "car-t",
    "treatment",
]
EndReason = Literal[
    "progression", "toxicity", "planned-completion", "patient-choice", "access", "death", "other", "unknown"
]
Trust = Literal["T1", "T2", "T3", "T4", "T5", "T6"]


class Diagnosis(Derived, frozen=True):
    """The plasma-cell disorder at `as_of`. `since` follows E34 (onset, biopsy, staging; never the recorded date)."""

    state: DiagnosisState
    since: ChartDate | None


class Phase(Struct, frozen=True):
    """A part of a line with one purpose."""

    kind: PhaseKind
    start: date
    end: date | None
    agents: tuple[str, ...]


class Response(Derived, frozen=True):
    """The best response of a line (P11–P17)."""

    category: ResponseCategory
    date: date | None
    source: Literal["stated", "computed"]
    detail: str = ""
    """The values behind it: baseline, the value that counts, the change."""


class Progression(Derived, frozen=True):
    """A progression event at its level of trust (P18–P22, E10). Only T1–T3 count as PD."""

    date: date
    trust: Trust
    biochemical_only: bool
    confidence: ConfidenceLevel
    significant: bool | None = None
    """E38 (P23): a biochemical relapse that meets the significance thresholds; `None` when it does not apply."""
    reason_for: frozenset[str] = frozenset()
    """Agents whose own record names progression as the reason for stopping."""
    latest_date: dt.date | None = None
    """The latest possible day, where the date is known only to the month or the year (section 0, F14)."""
    other_dates: tuple[dt.date, ...] = ()
    """Dates of the other evidence for the same progression (E10): where they fall on the other side of day 60, confidence is low."""
    want_of_response: bool = False
    """Nothing but drugs stopped for want of response: it takes as much of a drug as non-response does (F04)."""
    detail: str = ""
    """The values or words behind it, e.g. `M-protein 1.1 -> 6.5 g/L, +5.4, confirmed 2024-02-06`."""


class Line(Derived, frozen=True):
    """One line of therapy (L07). `end` is the last day of its last drug; `None` while ongoing."""

    number: int
    start: date
    end: date | None
    ongoing: bool
    regimen: str
    agents: tuple[str, ...]
    phases: tuple[Phase, ...]
    best_response: Response | None
    progressions: tuple[Progression, ...]
    end_reason: EndReason | None
    boundary: str
    confidence: ConfidenceLevel
    start_precision: ChartDate | None = None
    reason: str = ""
    """Why a new line begins here, in one plain sentence with dates."""
    other_names: tuple[tuple[str, str], ...] = ()
    """Other names of the same drugs as `regimen`, each with the reason why it may be the one meant."""
    planned_by: Literal["plan", "coded", "heuristic"] | None = None
    """How a sequence of several phases was recognised as planned, the weakest means that was needed (L09)."""


class Range(Struct, frozen=True):
    """A count with its honest bounds; `None` means "no upper limit known" for `max`."""

    imwg: int
    min: int
    max: int | None


class LineCount(Struct, frozen=True):
    """All lines begun, and those that count as prior (E05)."""

    all: Range
    prior: Range
    stated: int | None
    flags: tuple[str, ...] = ()


class AgentStatus(Derived, frozen=True):
    """What is known of one drug: exposure and, from its own last dose, refractoriness (F01–F14)."""

    agent: str
    status: Status
    since: date | None
    confidence: ConfidenceLevel
    first_exposure: ChartDate | None
    last_exposure: ChartDate | None
    lines: tuple[int, ...]
    intolerance: Intolerance | None = None
    best_response: ResponseCategory | None = None
    """Best response recorded or computed while on the drug or within 60 days of its last dose."""
    reason: str = ""
    """One plain sentence: how the status is known."""
    rechallenge: Rechallenge | None = None
    refractory_at_last_exposure: bool | None = None
    """F11: what the latest exposure alone shows; `None` when it shows neither."""
    target: str | None = None
    modality: str | None = None
    """Target and kind of a targeted therapy (F10): `BCMA`, `CAR-T`."""

    @property
    def last_given(self) -> str | None:
        """Return the last exposure as written; of an end that was inferred, the day it was set to (L03)."""
        last = self.last_exposure
        return None if last is None else last.latest.isoformat() if "end_imputed" in self.flags else str(last)


class ClassStatus(Struct, frozen=True):
    """REF > UNK > ENR > naive over the agents of the class (F01)."""

    status: Status
    agents: tuple[str, ...]


class Summary(Struct, frozen=True):
    """The composite facts of the assessment document (F13, E23, E27, E32)."""

    on_therapy: Answer
    progressing: Answer
    extramedullary: Answer
    double_refractory: Answer
    triple_class_exposed: Answer
    triple_class_refractory: Answer
    penta_refractory: Answer
    lenalidomide_refractory: Answer
    bcma_exposed: Answer
    gprc5d_exposed: Answer
    prior_transplant: Answer
    prior_car_t: Answer
    functional_high_risk: FunctionalHighRisk
    cytogenetic_risk: CytogeneticRisk
    months_since_anti_cd38: float | None
    history_complete: Answer
    pattern: Pattern | None = None
    refractory_group: Literal["triple", "quad", "penta"] | None = None
    """The largest of the drug groups of F13 that is certain."""
    staging: Staging | None = None
    flags: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """The latest value of a fact that advice uses, at `as_of`."""

    value: str | float
    unit: str | None
    date: ChartDate | None
    evidence: tuple[str, ...]
    upper_normal: float | None = None
    comparator: str | None = None
    derived: str | None = None
    """How it was worked out, in words, where nobody measured it."""


class TreatmentHistory(Struct, frozen=True):
    """One patient's treatment history as of a date. `None` members (E24): without myeloma they are not stated."""

    patient: str
    as_of: date
    age: int | None
    sex: Literal["female", "male", "other", "unknown"]
    diagnosis: Diagnosis
    lines: tuple[Line, ...] | None
    line_count: LineCount | None
    agents: Mapping[str, AgentStatus] | None
    classes: Mapping[str, ClassStatus] | None
    summary: Summary | None
    criteria_sets: Mapping[str, CriteriaState] | None
    findings: Mapping[str, Finding]
    problems: tuple[Problem, ...]
    supportive_agents: tuple[str, ...]
    """Supportive drugs on record within the last 90 days, by name (for prophylaxis cautions)."""
    labs: tuple[LabValue, ...]
    open_questions: tuple[str, ...]
    """Why the history may be incomplete, in plain words (L23)."""
    excluded: tuple[Excluded, ...]
    flags: tuple[str, ...]
    quality: tuple[QualityNote, ...]
    gaps: tuple[Gap, ...]
    drug_data_read: bool
    any_antimyeloma_drug: bool
    status_question: str | None = None
    """What would settle whether the disease progresses, where that is open (E32)."""
    mrd: tuple[Mrd, ...] = ()
    involved_chain: Literal["kappa", "lambda"] | None = None
    """The light chain of the clone (P04); `None` where the record does not tell."""
    mrd_sustained: bool | None = None
    """Two negative results twelve months apart or more with none positive between (P16); `None` without results."""
    deceased: bool = False
    """The patient had died by the day of the assessment."""
    car_t_planned: tuple[str, ...] = ()
    """Plans for a CAR-T made since the last line began, while nothing has been infused in it (E37)."""

    def agent(self, name: str) -> AgentStatus | None:
        """Return what is known of a drug, or `None` without any record of it."""
        return (self.agents or {}).get(name)

    def status_of(self, name: str) -> Status:
        """Return a drug's or a class's status; without a record it is `naive` only if the history is complete (F15, E23)."""
        known = (self.agents or {}).get(name) or (self.classes or {}).get(name)
        if known is not None:
            return known.status
        complete = self.summary is not None and self.summary.history_complete == "yes"
        return "naive" if complete else "not-recorded"
