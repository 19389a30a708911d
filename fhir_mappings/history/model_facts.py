"""The smaller parts of the history model: trails, intolerance, rechallenge, risk, stages, course, residual disease."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from fhir_mappings.dates import ChartDate

Answer = Literal["yes", "no", "possible", "unknown"]
ResponseCategory = Literal["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "SD_or_MR", "not-assessable"]


class Derived(Struct, frozen=True, kw_only=True):
    """The trail of a derived value: rules, resources, flags."""

    basis: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Intolerance(Struct, frozen=True):
    """Why a drug was not tolerated (F06); never by itself a reason for refractoriness."""

    reaction: str
    grade: int | None
    date: ChartDate | None
    resolved: Literal["yes", "no", "unknown"]
    rechallenged: Literal["yes", "no", "unknown"]
    evidence: tuple[str, ...]


class Rechallenge(Struct, frozen=True):
    """A response to a drug that was refractory before (F11): when, how deep, together with what."""

    date: date
    category: ResponseCategory
    partners: tuple[str, ...]


class FunctionalHighRisk(Struct, frozen=True):
    """Early first progression (E31)."""

    value: Answer
    months: float | None
    since: Literal["first-transplant", "first-line-start"] | None
    cutoff: int


class CytogeneticRisk(Struct, frozen=True):
    """2025 consensus (F13). A missing test is unknown, never standard risk."""

    value: Literal["high", "not-high", "unknown"]
    present: tuple[str, ...]
    missing: tuple[str, ...]


class Staging(Struct, frozen=True):
    """ISS, R-ISS and R2-ISS at diagnosis, stated or computed (F13); `None` where a value is missing, which `missing` names."""

    iss: Literal["I", "II", "III"] | None
    r_iss: Literal["I", "II", "III"] | None
    r2_iss: Literal["I", "II", "III", "IV"] | None
    r2_iss_points: float | None
    missing: tuple[str, ...]
    evidence: tuple[str, ...]


class Pattern(Derived, frozen=True):
    """F05: the course of the disease as a whole; `best` says whether primary refractory means stable disease or progression."""

    value: Literal["primary-refractory", "relapsed-and-refractory", "relapsed", "not-progressed", "unknown"]
    best: Literal["SD", "PD"] | None = None


class Mrd(Struct, frozen=True):
    """One test for measurable residual disease (P16); its return is not progression."""

    value: Literal["positive", "negative", "indeterminate"]
    date: ChartDate | None
    text: str
    evidence: tuple[str, ...]
