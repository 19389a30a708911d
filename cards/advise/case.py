"""One patient's question in one jurisdiction: what every step of the pipeline is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Literal, TypeVar

from cards.advise.facts import Answer, exposed, refractory
from cards.advise.model import Criterion
from cards.advise.parameters import AdviceParameters
from cards.advise.tri import Tri
from cards.knowledge.model import Jurisdiction, Knowledge, Regimen, Requirement
from fhir_mappings.history.model import TreatmentHistory

_Value = TypeVar("_Value")
CarTAccess = Literal["yes", "no", "unknown"]


@lru_cache(maxsize=4096)
def _active(knowledge: Knowledge, agents: tuple[str, ...]) -> tuple[str, ...]:
    drugs = knowledge.drugs
    return tuple(agent for agent in agents if agent not in drugs or "STEROID" not in drugs[agent].classes)


@lru_cache(maxsize=4096)
def _classes(knowledge: Knowledge, agents: tuple[str, ...]) -> frozenset[str]:
    drugs = knowledge.drugs
    return frozenset(key for agent in _active(knowledge, agents) if agent in drugs for key in drugs[agent].classes)


@lru_cache(maxsize=4096)
def _modalities(knowledge: Knowledge, agents: tuple[str, ...]) -> frozenset[str]:
    drugs = knowledge.drugs
    return frozenset(drugs[agent].modality for agent in _active(knowledge, agents) if agent in drugs)


@dataclass(frozen=True)
class Case:
    """History, knowledge, place and parameters; pure data with a few shorthands."""

    history: TreatmentHistory
    knowledge: Knowledge
    jurisdiction: Jurisdiction
    configured_access: CarTAccess
    parameters: AdviceParameters
    memo: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)
    """Answers that many regimens ask for, computed once per case; never changes an answer."""
    judged: dict[int, tuple[Requirement, tuple[Criterion, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Requirements that have been judged, by identity."""

    def once(self, kind: str, name: str, compute: Callable[[], _Value]) -> _Value:
        """Return a remembered answer, or compute and remember it."""
        key = kind, name
        if key not in self.memo:
            self.memo[key] = compute()
        found: _Value = self.memo[key]
        return found

    @property
    def as_of(self) -> date:
        """The day the question is asked for (invariant 14: never the clock)."""
        return self.history.as_of

    @cached_property
    def car_t_access(self) -> CarTAccess:
        """Access to CAR-T: what the chart says of this patient, else the configuration; never guessed (invariant 8)."""
        finding = self.history.findings.get("car_t_access")
        if finding is not None and finding.value in {"present", "yes"}:
            return "yes"
        if finding is not None and finding.value in {"absent", "no"}:
            return "no"
        return self.configured_access

    def exposed(self, name: str) -> Answer:
        """Exposure to a drug or class."""
        found: Answer | None = self.memo.get(("exposed", name))
        return found or self.once("exposed", name, lambda: exposed(self.history, name, self.knowledge))

    def refractory(self, name: str) -> Answer:
        """Refractoriness to a drug or class."""
        found: Answer | None = self.memo.get(("refractory", name))
        return found or self.once("refractory", name, lambda: refractory(self.history, name, self.knowledge))

    def is_refractory(self, name: str) -> Tri:
        """Refractoriness without its evidence."""
        return self.refractory(name).value

    def classes_of(self, agent: str) -> tuple[str, ...]:
        """Classes of a drug by the knowledge."""
        drug = self.knowledge.drugs.get(agent)
        return drug.classes if drug else ()

    def active_agents(self, regimen: Regimen) -> tuple[str, ...]:
        """All components except corticosteroids (regimens, conventions)."""
        return _active(self.knowledge, regimen.agents)

    def classes_in(self, regimen: Regimen) -> frozenset[str]:
        """Classes of the active agents."""
        return _classes(self.knowledge, regimen.agents)

    def modalities_in(self, regimen: Regimen) -> frozenset[str]:
        """Modalities of the active agents."""
        return _modalities(self.knowledge, regimen.agents)

    def is_car_t(self, regimen: Regimen) -> bool:
        """Tell whether a regimen is a CAR-T product."""
        return "car-t" in self.modalities_in(regimen)

    def elsewhere(self, jurisdiction: Jurisdiction) -> Case:
        """Ask the same of another jurisdiction."""
        return replace(self, jurisdiction=jurisdiction, memo={}, judged={})
