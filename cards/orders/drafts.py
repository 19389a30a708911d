"""What is about to be ordered, as agents; FHIR is read elsewhere."""

from __future__ import annotations

from msgspec import Struct

from cards.advise.case import Case
from cards.knowledge.model import Regimen


class Drafts(Struct, frozen=True):
    """Agents of the drafts that are asked about, of the others on the same pad, and supportive drugs among all."""

    agents: tuple[str, ...]
    beside: tuple[str, ...] = ()
    supportive: tuple[str, ...] = ()

    @property
    def all_agents(self) -> tuple[str, ...]:
        """Return every agent on the pad."""
        return tuple(sorted({*self.agents, *self.beside}))


def active(agents: tuple[str, ...], case: Case) -> frozenset[str]:
    """Leave corticosteroids out: they decide neither a regimen nor resistance."""
    return frozenset(agent for agent in agents if "STEROID" not in case.classes_of(agent))


def under_way(case: Case) -> tuple[str, ...]:
    """Return the drugs of the ongoing line that are given by the record."""
    from cards.advise.safety import current_agents

    return current_agents(case)


def regimen_of(drafts: Drafts, case: Case) -> Regimen | None:
    """Return the regimen of the knowledge that the pad, or the pad with what is under way, amounts to."""
    for agents in (drafts.all_agents, (*drafts.all_agents, *under_way(case))):
        wanted = active(agents, case)
        same = [
            regimen
            for _, regimen in sorted(case.knowledge.regimens.items())
            if wanted and frozenset(case.active_agents(regimen)) == wanted
        ]
        if same:
            return _closest(same, agents)
    return None


def _closest(same: list[Regimen], agents: tuple[str, ...]) -> Regimen:
    """Prefer the regimen that agrees about the corticosteroid as well."""
    given = set(agents)
    return min(same, key=lambda regimen: (len(given ^ set(regimen.agents)), regimen.id))


def as_regimen(drafts: Drafts) -> Regimen:
    """Treat a pad that is no known regimen as one of its own, so that the same checks apply."""
    from datetime import date

    return Regimen(
        id="draft-orders",
        name=" + ".join(drafts.all_agents),
        short=" + ".join(drafts.all_agents),
        agents=drafts.all_agents,
        labels=(),
        evidence=(),
        schedule=None,
        schedule_sources=(),
        schedule_tag="verified",
        always_say=(),
        review_by=date.max,
    )
