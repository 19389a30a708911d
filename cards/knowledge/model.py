"""The knowledge as typed data: drugs, regimens with dated labels and evidence, cautions, policies, sources.

The files under `cards/knowledge/data/` are the content; `cards.knowledge.loader` reads them into these types and refuses
what is wrong. All dates are calendar days; a label window holds from its first day (included) to its last bound (excluded).
An uncertain bound (`~` in the files) keeps both ends of its span: inside the span the label is `unknown` (regimens B.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Jurisdiction = Literal["US", "EU"]
JURISDICTIONS: tuple[Jurisdiction, ...] = ("US", "EU")
Tag = Literal["verified", "unverified", "article"]
LabelType = Literal["full", "accelerated", "conditional", "withdrawn", "pending", "off-label", "not-authorised"]
Severity = Literal["BLOCK", "WARN", "ASK", "NOTE"]
Effect = Literal["exclude", "not-now", "not-preferred", "inform"]


@dataclass(frozen=True, slots=True)
class Source:
    """A source by its id (`regimens:S6`); `text` says what it is and when it was read."""

    id: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """A day that may be known only as a span. `certain` when both ends agree."""

    earliest: date
    latest: date

    @property
    def certain(self) -> bool:
        """Tell whether the day itself is known."""
        return self.earliest == self.latest


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a label or a trial asks of the history. Empty members ask nothing.

    `exposed` and `refractory` name classes (upper-case keys) or drugs (INN). `refractory_counts` asks for a number of
    refractory drugs of a class. `progression_on_last`: `any` (the last prior line ended in progression, on or after it, E06) or
    `within-60-days`. `either` holds alternatives of which one suffices (each a full requirement).
    """

    min_lines: int | None = None
    max_lines: int | None = None
    exposed: tuple[str, ...] = ()
    refractory: tuple[str, ...] = ()
    refractory_counts: Mapping[str, int] | None = None
    not_refractory: tuple[str, ...] = ()
    not_exposed: tuple[str, ...] = ()
    intolerant: tuple[str, ...] = ()
    """Drugs of which an intolerance is on record; only trials ask this, as an exclusion."""
    progression_on_last: Literal["any", "within-60-days"] | None = None
    refractory_if_one_line: tuple[str, ...] = ()
    progression_on_last_from_lines: int | None = None
    either: tuple[Requirement, ...] = ()
    retreatment_months: Mapping[str, int] | None = None
    """Asked only of a patient who had the drug: a response to it, and a relapse at least so many months after its last dose."""
    transplant_to_progression_months: int | None = None
    """Asked only of a patient with a prior autologous transplant: at least so many months from it to progression."""


@dataclass(frozen=True, slots=True)
class LabelWindow:
    """One period of a regimen's label in a jurisdiction; with a `start` that is not known (`None`) it gives `unknown`."""

    jurisdiction: Jurisdiction
    type: LabelType
    start: Bound | None
    end: Bound | None
    requirement: Requirement
    route: Literal["SC", "IV"] | None
    note: str | None
    sources: tuple[str, ...]
    tag: Tag


@dataclass(frozen=True, slots=True)
class Evidence:
    """One trial or series behind a regimen, with the population it speaks for.

    `eligibility` is what the trial asked (its own requirement) and `excluded` what it refused, both in the terms of a
    patient's history, so that `fit` can be computed; both empty gives `not-stated`. `cd38_refractory` says whether
    anti-CD38-refractory disease was part of it.
    """

    id: str
    trial: str
    design: str
    population: str
    text: str
    sources: tuple[str, ...]
    tag: Tag
    nct: str | None = None
    doi: str | None = None
    pmid: str | None = None
    randomised: bool = False
    observational: bool = False
    primary_endpoint_met: bool = True
    cd38_refractory: Literal["all", "most", "some", "none", "not-stated"] = "not-stated"
    eligibility: Requirement | None = None
    excluded: Requirement | None = None
    """Read as a disjunction: any exposure, refractoriness or count named here is an exclusion."""
    published: Bound | None = None
    """When all of its figures were public; used from the last day of the span on (`None`: not known, and said so)."""
    ecog_at_most: int | None = None
    """The trial took patients up to this ECOG performance status, where its population says so."""
    extramedullary: bool = False
    """Every patient of it had true extramedullary disease."""
    rank: int = 50
    """Order of printing; the strongest for a patient after an anti-CD38 antibody first."""


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug with its class, its brands and the day from which it was authorised for anything (`always` before 2010)."""

    agent: str
    classes: tuple[str, ...]
    target: str
    modality: Literal["small-molecule", "antibody", "adc", "bispecific", "car-t", "steroid", "cytotoxic"]
    route: str
    brands: Mapping[str, tuple[str, ...]]
    authorised_from: Mapping[Jurisdiction, Bound | Literal["always", "unknown", "never"]]
    sources: tuple[str, ...]
    tag: Tag
    withdrawn: Mapping[Jurisdiction, tuple[date, date | None]] = field(default_factory=dict)
    """Period without any authorisation after a withdrawal: first day, and the day of the next authorisation (`None`: still)."""


@dataclass(frozen=True, slots=True)
class Regimen:
    """A combination by its id (one per drug set, whatever route or schedule)."""

    id: str
    name: str
    short: str
    agents: tuple[str, ...]
    labels: tuple[LabelWindow, ...]
    evidence: tuple[Evidence, ...]
    schedule: str | None
    schedule_sources: tuple[str, ...]
    schedule_tag: Tag
    always_say: tuple[str, ...]
    """Statements that go wherever the regimen is shown (regimens C.3, D4, D6, D24)."""
    review_by: date
    investigational: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """One computable test on a patient's findings; exactly one kind is set.

    `lab`/`finding` with `below`, `at_most`, `above`, `at_least` (canonical unit) or `is_value`, within
    `days` of `as_of`;
    `problem` (condition concept) optionally `active_only`, `within_days`, `min_grade`, `max_grade`, `painful`;
    `age_at_least`; `exposed` (class or drug) optionally `within_days` of the last dose; `genomic` present;
    `supportive_any` (a supportive drug on record); `always`.
    """

    kind: Literal["finding", "problem", "age", "exposed", "refractory", "supportive", "sex", "always"]
    name: str | None = None
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None
    above_uln: float | None = None
    is_value: str | None = None
    unit: str | None = None
    within_days: int | None = None
    min_grade: int | None = None
    max_grade: int | None = None
    painful: bool | None = None
    grade_missing: bool = False
    active_only: bool = False
    negate: bool = False
    text_any: tuple[str, ...] = ()
    """Of a problem: its text must hold one of these words (any case); they part one concept into kinds."""
    text_none: tuple[str, ...] = ()
    """Of a problem: its text must hold none of these words."""
    flags_none: tuple[str, ...] = ()
    """Of a problem: none of these kinds, which the reading stage tells apart (`mild_punctate`, `dry_eye`)."""
    absence_days: int | None = None
    """Of a finding: an `absent` older than this is unknown, a `present` stays."""
    instead: str | None = None
    """A finding that stands in when `name` has no value within the look-back (creatinine clearance by eGFR)."""


@dataclass(frozen=True, slots=True)
class Caution:
    """A patient-level caution (K-…, regimens B.4). `when` is a disjunction of conjunctions of tests.

    `text` is said when it is present. `ask` is said when the data are missing (state `unknown`); without it a missing
    datum of this caution stays silent here because another caution asks for the same datum. `dose_note` is the label's
    dose advice.
    """

    id: str
    agents: tuple[str, ...]
    classes: tuple[str, ...]
    regimens: tuple[str, ...]
    modalities: tuple[str, ...]
    except_regimens: tuple[str, ...]
    severity: Severity
    effect: Effect
    when: tuple[tuple[Test, ...], ...]
    text: str
    ask: str | None
    dose_note: str | None
    jurisdiction: Jurisdiction | None
    valid_from: date | None
    valid_to: date | None
    sources: tuple[str, ...]
    tag: Tag
    part: str | None = None
    """Set when one key of B.4 needs several entries (thresholds, agents, periods); id and part are unique together."""
    programme: Literal["bispecific", "belantamab"] | None = None
    """The caution is about a restricted access programme (REMS), which configuration can declare ended."""
    blocks_when_unknown: bool = False
    """The effect holds as well when the state is `unknown` (K-VEN-1: without proof of t(11;14) nothing is shown)."""


@dataclass(frozen=True, slots=True)
class PolicyEntry:
    """A regimen in a policy row: its tier there, in order, when the named state predicates hold."""

    regimen: str
    tier: Literal["T1", "T2", "T3"]
    when: tuple[str, ...] = ()
    jurisdiction: Jurisdiction | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A regimen that a modifier row takes out of what the base row offers, when the predicates hold."""

    regimen: str
    when: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A row of regimens C.2: its state (all predicates hold) and what it offers; `not_suggested` gives fixed reasons.

    A reason `label`, alone or before `; more words`, stands for the label's own reason as of the day. `ordered` says that the order
    of the entries is given, so that label and new classes do not change it (C.2a rules 4 and 5).
    """

    id: str
    title: str
    kind: Literal["base", "modifier"]
    when: tuple[str, ...]
    entries: tuple[PolicyEntry, ...]
    not_suggested: Mapping[str, str]
    statement: str | None = None
    ordered: bool = False
    withdraws: tuple[Withdrawal, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, versioned policy: rows in order of precedence."""

    id: str
    title: str
    version: str
    rows: tuple[PolicyRow, ...]
    sources: tuple[str, ...]
    match: Literal["first", "all"] = "first"
    """`first`: the first base row that fits decides. `all`: all rows that fit are reported, in order (regimens C.1)."""
    notes: tuple[str, ...] = ()
    """The ordering rules in words (regimens C.2a)."""
    dormant: tuple[PolicyRow, ...] = ()
    """Rows of the table whose state has no predicate yet: documented, never evaluated."""


@dataclass(frozen=True, slots=True)
class ExposurePattern:
    """What a first-line trial leaves behind: the drugs its patients were given and what that means at first relapse.

    `exposed` and `refractory` are the usual state after progression on the trial's last treatment. No figures stand here: the
    efficacy of a first line never belongs on a card about relapse (regimens B.3).
    """

    id: str
    trials: tuple[str, ...]
    given: str
    implies: str
    exposed: tuple[str, ...]
    refractory: tuple[str, ...]
    sources: tuple[str, ...]
    tag: Tag


@dataclass(frozen=True, slots=True)
class StudyUnderWay:
    """A study that changes no tier until it is published (regimens B.3): named so that nobody has to look for it."""

    id: str
    trials: tuple[str, ...]
    about: str
    regimens: tuple[str, ...]
    sources: tuple[str, ...]
    tag: Tag


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """Everything the advice stage may know, under one version."""

    version: str
    review_by: date
    drugs: Mapping[str, Drug]
    regimens: Mapping[str, Regimen]
    cautions: tuple[Caution, ...]
    policies: Mapping[str, Policy]
    sources: Mapping[str, Source]
    context: tuple[Evidence, ...] = ()
    """Cohorts that describe the disease after an anti-CD38 antibody and belong to no regimen."""
    patterns: tuple[ExposurePattern, ...] = ()
    studies: tuple[StudyUnderWay, ...] = ()
    known_on: date = date.min
    """The newest confirmed event: whatever has no date of its own was public by then."""
