"""The latent story: disease, treatments with their own dates, response, progression. All days are ordinals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["systemic", "conditioning", "mobilization", "lymphodepletion", "car-t"]
Reason = Literal["progression", "toxicity", "planned-completion", "patient-choice", "access", "death", "other"]
Disease = Literal[
    "multiple-myeloma",
    "plasma-cell-leukemia",
    "smoldering-myeloma",
    "mgus",
    "solitary-plasmacytoma",
    "al-amyloidosis",
    "other-plasma-cell-disorder",
    "none",
]
Marker = Literal["serum", "flc", "none"]


@dataclass(slots=True)
class Given:
    """One uninterrupted exposure to one drug: first dose, last dose, and why it ended (`None` while it goes on)."""

    agent: str
    start: int
    last: int
    reason: Reason | None = None
    role: Role = "systemic"
    dose_mg: float | None = None
    line: int = 0
    """Number of the line; 0 for a drug that was given for another disease or before active disease."""
    phase: str = "treatment"
    toxicity: tuple[str, int] | None = None
    """Reaction and CTCAE grade, when toxicity ended it."""
    blinded: bool = False
    indication: str = "myeloma"
    only_ordered: bool = False
    """A single order that nobody can say was filled (L01)."""
    words: str = ""
    """How the record names it, when not by the drug's own names: a product, a study drug."""
    told: bool | None = None
    """Whether the record says why it ended; `None` leaves that to the habits of the style."""

    @property
    def ongoing(self) -> bool:
        """Tell whether the drug is still being given at the end of the story."""
        return self.reason is None


@dataclass(slots=True)
class Phase:
    """A part of a line, with its own drugs."""

    kind: str
    start: int
    end: int
    agents: tuple[str, ...]


@dataclass(slots=True)
class Progress:
    """A progression: the day on which it was first documented, and the day on which the disease truly crossed the limit."""

    day: int
    crossed: int
    line: int
    by: Literal["marker", "imaging", "statement"] = "marker"


@dataclass(slots=True)
class Line:
    """A line of therapy as its doctors meant it."""

    number: int
    start: int
    baseline: int
    """Day of the measurement that responses are compared with: the one before the line, or that of the line before (E04)."""
    phases: list[Phase] = field(default_factory=list)
    progressions: list[Progress] = field(default_factory=list)
    courses: list[int] = field(default_factory=list)
    """Days on which a new course of the same regimen began after a progression off therapy (E03)."""
    end_reason: Reason | None = None
    begun_for: str = "first"
    """first, progression, toxicity, access, choice, non-response."""
    adds_to_max: int = 0
    """How many of the readings of E14 apply to this line."""
    drops_from_min: bool = False
    """Whether a reader may join this line to the one before (E15)."""
    order_only: bool = False


@dataclass(slots=True)
class Segment:
    """One stretch of the marker: a fall from `level` towards `nadir`, and regrowth from `regrow` with a doubling time."""

    start: int
    level: float
    nadir: float
    half_life: float
    regrow: int | None = None
    doubling: float = 40.0
    scale: float = 0.5
    most: float = 85.0
    """Where growth ends."""


@dataclass(slots=True)
class Event:
    """A procedure or another dated event; `text` names what is not in the kind."""

    kind: str
    day: int
    text: str = ""
    line: int = 0
    end: int | None = None


@dataclass(slots=True)
class Gain:
    """An aberration that the clone did not have at diagnosis, and whether the record shows a test of that time."""

    name: str
    day: int
    tested: bool


@dataclass(slots=True, kw_only=True)
class Finding:
    """Something else that the chart says: another illness, a result, a drug beside the treatment, a plan, a reaction."""

    kind: Literal["condition", "result", "medicine", "plan", "reaction", "procedure"]
    words: str
    day: int
    value: float | str | None = None
    """A number in `unit`, or words; of an illness its severity, of a reaction the drug, of a drug the status of its record."""
    unit: str = ""
    comparator: str = ""
    code: str = ""
    """LOINC."""
    high: float | None = None
    """Upper limit of the laboratory."""
    method: str = ""
    until: int | None = None
    """The last day on which the chart vouches for a drug."""


@dataclass(slots=True)
class Story:
    """Everything that truly happened to one patient up to `until`."""

    sex: str
    birth: int
    disease: Disease
    diagnosis: int
    until: int
    marker: Marker = "serum"
    isotype: str = "IgG"
    chain: str = "kappa"
    genomics: dict[str, bool] = field(default_factory=dict)
    """Aberrations at diagnosis."""
    gained: list[Gain] = field(default_factory=list)
    b2m: float = 3.5
    creatinine: float = 0.9
    comorbidities: list[tuple[str, int]] = field(default_factory=list)
    car_t_access: str = "unknown"
    ecog: int = 1
    lines: list[Line] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    """Marker without measurement error at each visit, in g/L (serum) or mg/L (involved minus uninvolved light chain)."""
    death: int | None = None
    lost: int | None = None
    smoldering_since: int | None = None
    amyloidosis_since: int | None = None
    extramedullary: int | None = None
    stated_line: int | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Names of what makes this story special, for the features of the accuracy report."""

    @property
    def last_seen(self) -> int:
        """Return the last day on which anything can have been recorded."""
        last = self.until
        if self.death is not None and self.death < last:
            last = self.death
        return self.lost if self.lost is not None and self.lost < last else last

    @property
    def most(self) -> float:
        """Return where growth of the marker ends, in its unit."""
        return 20_000.0 if self.marker == "flc" else 85.0
