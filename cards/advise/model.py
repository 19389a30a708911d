"""What may come next: `Advice`, the output of the advice stage and the input of presentation.

Nothing here is worded for a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from msgspec import Struct

from cards.knowledge.model import Effect, Evidence, Jurisdiction, Severity

LabelStatus = Literal["met", "not-met", "unknown", "off-label", "not-authorised", "withdrawn", "pending"]
CriterionState = Literal["met", "not-met", "unknown"]
Fit = Literal["like-this-patient", "other-population", "excluded-this-patient", "not-stated"]
Tier = Literal["T1", "T2", "T3"]
WithheldCode = Literal[
    "not-in-scope",
    "no-line",
    "cd38-naive",
    "not-progressing",
    "progression-possible",
    "disease-status-unknown",
    "no-active-line",
    "data-missing",
]
"""Why no options are given (`withheldReason` of the assessment)."""


class Criterion(Struct, frozen=True):
    """One criterion of a label with its answer and what it rests on.

    `flags` may hold `pd_off_therapy` or `depends on line count`.
    """

    text: str
    state: CriterionState
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class LabelVerdict(Struct, frozen=True):
    """A regimen's label status for this patient in a jurisdiction as of a day."""

    jurisdiction: Jurisdiction
    as_of: date
    status: LabelStatus
    criteria: tuple[Criterion, ...]
    note: str | None = None
    sources: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class CautionFound(Struct, frozen=True):
    """A caution as it stands for this patient."""

    id: str
    severity: Severity
    effect: Effect
    state: Literal["present", "absent", "unknown"]
    text: str
    evidence: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    unverified: bool = False
    found: tuple[str, ...] = ()
    """What of the chart makes it hold: values with unit and date, problems, drugs."""


class EvidenceFit(Struct, frozen=True):
    """A piece of evidence and how its population relates to this patient."""

    evidence: Evidence
    fit: Fit
    because: str | None = None
    not_asked_for: bool = False
    """The trial's own criteria of entry do not fit this patient."""


class Option(Struct, frozen=True):
    """A regimen that may be considered: tier, rank (ties share it), label, reasons, cautions, evidence."""

    regimen: str
    name: str
    agents: tuple[str, ...]
    tier: Tier
    rank: int
    startable: Literal["yes", "not-now", "unknown"]
    label: LabelVerdict
    because: tuple[str, ...]
    refractory_components: tuple[str, ...]
    cautions: tuple[CautionFound, ...]
    evidence: tuple[EvidenceFit, ...]
    statements: tuple[str, ...] = ()
    dose_notes: tuple[str, ...] = ()
    short: str = ""
    """The regimen's short name for cards."""
    new_classes: tuple[str, ...] = ()
    """Classes of its active drugs that the patient has certainly never had."""


class NotSuggested(Struct, frozen=True):
    """A regimen that is not an option here, with the reason and the invariant (regimens D) that forbids it, if one does."""

    regimen: str
    because: tuple[str, ...]
    invariant: int | None
    cautions: tuple[CautionFound, ...]
    name: str = ""
    short: str = ""


class MissingDatum(Struct, frozen=True):
    """A datum that would change the advice, why, and how to get it."""

    what: str
    why: str
    how: str


class JurisdictionAdvice(Struct, frozen=True):
    """Options and labels of one jurisdiction."""

    jurisdiction: Jurisdiction
    recommendations: tuple[Option, ...]
    not_suggested: tuple[NotSuggested, ...]
    labels: Mapping[str, LabelVerdict]


class Advice(Struct, frozen=True):
    """What the knowledge says about this history under a policy.

    `options_apply` is true when the next line is the question (E32), a line for active myeloma and an anti-CD38
    antibody have been given; otherwise `withheld_because` says in one sentence why no options are given and
    `by_jurisdiction` holds labels only.
    """

    policy: str
    policy_title: str
    as_of: date
    jurisdictions: tuple[Jurisdiction, ...]
    knowledge_version: str
    options_apply: bool
    withheld_because: str | None
    withheld_reason_code: WithheldCode | None
    row: str | None
    modifiers: tuple[str, ...]
    statements: tuple[str, ...]
    by_jurisdiction: Mapping[Jurisdiction, JurisdictionAdvice]
    safety: tuple[CautionFound, ...]
    """Recorded data that forbid or contradict something that is under way."""
    missing: tuple[MissingDatum, ...]
    flags: tuple[str, ...]
    row_title: str | None = None
    """What the base row is for, in words."""
