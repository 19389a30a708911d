"""The assessment document as far as the invariants ask of it, typed."""

from datetime import date

from msgspec import Struct


class ToldCaution(Struct, rename="camel"):
    """A caution as the document has it."""

    id: str
    severity: str
    effect: str
    state: str
    text: str


class ToldCriterion(Struct, rename="camel"):
    """A criterion of a label as the document has it."""

    text: str
    state: str
    depends_on_line_count: bool


class ToldLabel(Struct, rename="camel"):
    """A label as the document has it."""

    jurisdiction: str
    as_of: date
    status: str
    criteria: list[ToldCriterion]
    note: str | None


class ToldEvidence(Struct, rename="camel"):
    """A piece of evidence as the document has it."""

    trial: str
    population: str
    text: str
    sources: list[str]
    unverified: bool
    fit: str


class ToldOption(Struct, rename="camel"):
    """An option as the document has it."""

    regimen: str
    agents: list[str]
    tier: str
    rank: int
    startable: str
    label: ToldLabel
    because: list[str]
    refractory_components: list[str]
    cautions: list[ToldCaution]
    evidence: list[ToldEvidence]
    statements: list[str]
    dose_notes: list[str]


class ToldRefusal(Struct, rename="camel"):
    """What is not suggested, as the document has it."""

    regimen: str
    because: list[str]
    invariant: int | None
    cautions: list[ToldCaution]


class Told(Struct, rename="camel"):
    """What the document says for one jurisdiction."""

    options: list[ToldOption]
    refused: list[ToldRefusal]
    labels: dict[str, ToldLabel]
