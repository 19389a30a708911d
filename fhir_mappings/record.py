"""What the chart says: `PatientRecord`, the output of the reading stage and the only input of the history stage.

Plain immutable data. Every fact names the resource it was read from (`ref`, e.g. `MedicationStatement/abc`). Dates are
`ChartDate`s, laboratory values stand in the canonical unit of `terminology/data/lab_units.csv` (UCUM). Nothing here is inferred:
an absent value is `None` and means "not on record", never "no".
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from fhir_mappings.dates import ChartDate

DrugSource = Literal["administration", "dispense", "statement", "request", "procedure"]
"""Where a drug record comes from, best evidence first (L01)."""

Taken = Literal["taken", "ordered", "planned", "not-taken", "unclear"]
"""`taken`: status says exposure. `ordered`: an order only (E19). `planned`: intended, never exposure. `not-taken`: a positive
negative that defeats an order (L02). `unclear`: status unknown, exposure with confidence low."""

StopReason = Literal[
    "progression", "no-response", "toxicity", "planned-completion", "patient-choice", "access", "death", "other"
]

Intent = Literal[
    "induction",
    "mobilization",
    "conditioning",
    "consolidation",
    "maintenance",
    "bridging",
    "lymphodepletion",
    "premedication",
    "supportive",
]
"""What a record's category, reason or course says the drug was given for."""

Indication = Literal["myeloma", "smoldering", "al-amyloidosis", "other", "unstated"]

ConfidenceLevel = Literal["high", "moderate", "low"]


class DrugRecord(Struct, frozen=True):
    """One anti-myeloma drug or steroid as one resource reports it.

    `agent` is the agent key of `interfaces` (an INN), `start` and `end` bound the exposure this resource speaks for (an
    administration has both on one day; `end` of a dispense or order is the end of its supply). `ongoing` is true only when the
    resource itself says active and gives no end. `asserted` is when it was last confirmed.
    """

    ref: str
    agent: str
    source: DrugSource
    taken: Taken
    start: ChartDate | None = None
    end: ChartDate | None = None
    ongoing: bool = False
    asserted: ChartDate | None = None
    recorded: ChartDate | None = None
    stop_reason: StopReason | None = None
    stop_text: str | None = None
    indication: Indication = "unstated"
    intent: Intent | None = None
    dose_mg: float | None = None
    route: Literal["oral", "iv", "sc", "other"] | None = None
    supply_covers_cycle: bool = False
    regimen_text: str | None = None
    blinded: bool = False
    text: str = ""


class TreatmentEvent(Struct, frozen=True):
    """A procedure that matters for lines: transplant, CAR-T infusion, cell collection, radiotherapy.

    `agent` is the CAR-T product where it is known.
    """

    ref: str
    kind: Literal[
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
    date: ChartDate | None
    agent: str | None = None
    text: str = ""
    body_site: str | None = None


class LabValue(Struct, frozen=True):
    """One laboratory result in its canonical unit. `comparator` is `<` or `>` where the value is a bound (P03)."""

    ref: str
    concept: str
    value: float
    unit: str
    date: ChartDate
    comparator: Literal["<", ">"] | None = None
    upper_normal: float | None = None
    lower_normal: float | None = None
    method: str | None = None
    flags: tuple[str, ...] = ()
    time: str = ""
    """Time of day as sent (`08:30:00`), to order values of one day and to tell a correction from a second sample; empty when not known."""


class QualitativeResult(Struct, frozen=True):
    """A result that is positive, negative or indeterminate: immunofixation, serology, pregnancy test."""

    ref: str
    concept: str
    value: Literal["positive", "negative", "indeterminate"]
    date: ChartDate | None
    text: str = ""


class GenomicResult(Struct, frozen=True):
    """A cytogenetic or sequencing fact by its name in `interfaces` (`t(11;14)`, `del(17p)`, …).

    `percent` is the share of nuclei where it is given.
    """

    ref: str
    name: str
    value: Literal["present", "absent", "unknown"]
    date: ChartDate | None
    percent: float | None = None
    method: str | None = None


DiseaseStatement = Literal["progression", "relapse", "sCR", "CR", "VGPR", "PR", "MR", "SD", "improved", "remission"]


class StatedStatus(Struct, frozen=True):
    """A clinician's dated statement about the disease: a response, stable disease or progression (P20)."""

    ref: str
    value: DiseaseStatement
    date: ChartDate | None
    imwg: bool = False
    number: int | None = None
    kind: Literal["biochemical", "clinical", "imaging", "unspecified"] = "unspecified"
    text: str = ""


class StatedRefractory(Struct, frozen=True):
    """A statement that the disease is refractory to a drug or a class (F14x)."""

    ref: str
    target: str
    date: ChartDate | None


class StatedLine(Struct, frozen=True):
    """A line number or relapse number that the record states (L22, E28). `relapse` true: the Nth relapse."""

    ref: str
    number: int
    relapse: bool
    date: ChartDate | None


class Problem(Struct, frozen=True):
    """A condition by concept: plasma-cell disorder or comorbidity (`terminology/data/conditions.csv`).

    `active` is `None` where the resource does not say. `grade` is a CTCAE grade or NYHA class as the concept has it.
    """

    ref: str
    concept: str
    role: str
    onset: ChartDate | None
    recorded: ChartDate | None = None
    abatement: ChartDate | None = None
    active: bool | None = None
    verification: Literal["confirmed", "suspected", "unstated"] = "unstated"
    clinical_status: str | None = None
    grade: int | None = None
    painful: bool = False
    text: str = ""
    flags: tuple[str, ...] = ()


class Reaction(Struct, frozen=True):
    """An adverse reaction to an anti-myeloma drug (AllergyIntolerance, AdverseEvent) (F06)."""

    ref: str
    agent: str
    reaction: str
    grade: int | None
    date: ChartDate | None
    resolved: Literal["yes", "no", "unknown"] = "unknown"


class Fact(Struct, frozen=True):
    """Another fact that cards use: `ecog`, `frailty`, `car_t_access`, `eye_exam`, `extramedullary_disease` and the like."""

    ref: str
    name: str
    value: str | float
    date: ChartDate | None
    unit: str | None = None
    comparator: Literal["<", ">"] | None = None
    """Where only a bound was sent (an ejection fraction "<40 %")."""


class QualityNote(Struct, frozen=True):
    """Something in the chart that could not be read or trusted, and what was done about it."""

    severity: Literal["information", "warning", "error"]
    resource: str
    issue: str


class Excluded(Struct, frozen=True):
    """A record that was read and deliberately not used, with the reason (L02, L04, L06)."""

    resource: str
    reason: str
    about: str | None = None


class Gap(Struct, frozen=True):
    """A kind of data that could not be had: a failed search, a page that was out of reach."""

    key: str
    reason: str
    failed: bool = True
    """False when it was simply never supplied: nobody looked, so what it might hold is not taken as absent, nor as lost."""


class PatientRecord(Struct, frozen=True):
    """Everything of one patient's chart that can matter, each fact with its resource. Sorted: equal charts give equal records."""

    patient: str
    birth_date: ChartDate | None = None
    sex: Literal["female", "male", "other", "unknown"] = "unknown"
    deceased: bool = False
    death: ChartDate | None = None
    """When the patient died, where the record says so."""
    drugs: tuple[DrugRecord, ...] = ()
    events: tuple[TreatmentEvent, ...] = ()
    labs: tuple[LabValue, ...] = ()
    qualitative: tuple[QualitativeResult, ...] = ()
    genomics: tuple[GenomicResult, ...] = ()
    statements: tuple[StatedStatus, ...] = ()
    refractory_statements: tuple[StatedRefractory, ...] = ()
    stated_lines: tuple[StatedLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    supportive: tuple[DrugRecord, ...] = ()
    facts: tuple[Fact, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    quality: tuple[QualityNote, ...] = ()
    gaps: tuple[Gap, ...] = ()
    drug_resources_seen: bool = False
