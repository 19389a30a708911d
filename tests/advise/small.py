"""A small knowledge in code, for tests that should not change when the real knowledge does."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from cards.advise.case import Case
from cards.advise.parameters import AdviceParameters
from cards.knowledge.model import (
    Bound,
    Caution,
    Drug,
    Effect,
    Evidence,
    Jurisdiction,
    Knowledge,
    LabelType,
    LabelWindow,
    Policy,
    PolicyRow,
    Regimen,
    Requirement,
    Severity,
    Test,
)
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.histories import CLASSES

Modality = Literal["small-molecule", "antibody", "adc", "bispecific", "car-t", "steroid", "cytotoxic"]
_MODALITY: Mapping[str, Modality] = {
    "STEROID": "steroid",
    "CD38": "antibody",
    "BCMA_CART": "car-t",
    "BCMA_BSAB": "bispecific",
    "GPRC5D_BSAB": "bispecific",
    "BCMA_ADC": "adc",
}
OPEN = None
SINCE_2020 = Bound(date(2020, 1, 1), date(2020, 1, 1))


def drug(agent: str, authorised: Bound | Literal["always", "unknown", "never"] = "always") -> Drug:
    key = CLASSES[agent]
    since: Mapping[Jurisdiction, Bound | Literal["always", "unknown", "never"]] = {"US": authorised, "EU": authorised}
    return Drug(
        agent, (key,), key, _MODALITY.get(key, "small-molecule"), "oral", {}, since, ("regimens:S1",), "verified"
    )


def day(text: str) -> Bound:
    return Bound(date.fromisoformat(text), date.fromisoformat(text))


def window(
    requirement: Requirement | None = None,
    start: Bound | None = SINCE_2020,
    end: Bound | None = OPEN,
    *,
    kind: LabelType = "full",
    where: Jurisdiction = "US",
    route: Literal["SC", "IV"] | None = None,
) -> LabelWindow:
    return LabelWindow(where, kind, start, end, requirement or Requirement(), route, None, ("regimens:S1",), "verified")


def regimen(
    name: str,
    agents: tuple[str, ...],
    labels: tuple[LabelWindow, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    *,
    trial: bool = False,
) -> Regimen:
    return Regimen(
        id=name,
        name=" and ".join(agents),
        short=name,
        agents=agents,
        labels=labels or (window(), window(where="EU")),
        evidence=evidence,
        schedule=None,
        schedule_sources=(),
        schedule_tag="verified",
        always_say=(),
        review_by=date(2030, 1, 1),
        investigational=trial,
    )


def caution(
    name: str,
    when: tuple[tuple[Test, ...], ...],
    *,
    agents: tuple[str, ...] = (),
    severity: Severity = "WARN",
    effect: Effect = "inform",
    ask: str | None = None,
    dose_note: str | None = None,
    where: Jurisdiction | None = None,
    blocks_when_unknown: bool = False,
) -> Caution:
    return Caution(
        id=name,
        agents=agents,
        classes=(),
        regimens=(),
        modalities=(),
        except_regimens=(),
        severity=severity,
        effect=effect,
        when=when,
        text=f"{name} is present.",
        ask=ask,
        dose_note=dose_note,
        jurisdiction=where,
        valid_from=None,
        valid_to=None,
        sources=("regimens:S1",),
        tag="verified",
        blocks_when_unknown=blocks_when_unknown,
    )


def evidence(
    name: str = "TRIAL",
    *,
    eligibility: Requirement | None = None,
    excluded: Requirement | None = None,
    cd38: Literal["all", "most", "some", "none", "not-stated"] = "not-stated",
) -> Evidence:
    return Evidence(
        id=name.casefold(),
        trial=name,
        design="phase 3, randomised",
        population="1 to 3 lines",
        text="Progression-free survival HR 0.50.",
        sources=("regimens:S1",),
        tag="verified",
        randomised=True,
        cd38_refractory=cd38,
        eligibility=eligibility,
        excluded=excluded,
    )


def policy(*rows: PolicyRow, match: Literal["first", "all"] = "first") -> Policy:
    return Policy("current", "Test policy", "1", rows, (), match)


def knowledge(
    *regimens: Regimen,
    rows: tuple[PolicyRow, ...] = (),
    cautions: tuple[Caution, ...] = (),
    drugs: tuple[Drug, ...] = (),
) -> Knowledge:
    known = {name: drug(name) for name in CLASSES} | {item.agent: item for item in drugs}
    return Knowledge(
        version="test",
        review_by=date(2030, 1, 1),
        drugs=known,
        regimens={item.id: item for item in regimens},
        cautions=cautions,
        policies={"current": policy(*rows)},
        sources={},
    )


def case(
    history: TreatmentHistory,
    known: Knowledge | None = None,
    *,
    where: Jurisdiction = "US",
    access: Literal["yes", "no", "unknown"] = "unknown",
) -> Case:
    return Case(history, known or knowledge(), where, access, AdviceParameters())
