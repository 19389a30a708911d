"""What refractory components do to a regimen (regimens C.2a rule 0, X2, invariants 1 and 3)."""

from __future__ import annotations

from cards.advise.case import Case
from cards.advise.components import refractory_agents
from cards.advise.model import Tier
from cards.advise.words import listed
from cards.knowledge.model import Regimen

CD38_STATEMENT = (
    "An anti-CD38 antibody has already failed. Changing between daratumumab and isatuximab does not overcome this resistance; "
    "what benefit there is comes mainly from the partner drugs."
)
CD38_SOURCES: tuple[str, ...] = ("regimens:S45", "regimens:S84")
_LOWER: dict[Tier, Tier] = {"T1": "T2", "T2": "T3", "T3": "T3"}


def forbidden(regimen: Regimen, case: Case) -> str | None:
    """Say why nothing in a regimen is left that may work: every component failed, or only a weak partner remains."""
    return case.once("forbidden", regimen.id, lambda: _forbidden(regimen, case))


def _forbidden(regimen: Regimen, case: Case) -> str | None:
    own = refractory_agents(regimen, case)
    active = case.active_agents(regimen)
    if not own and case.is_refractory("CD38") is not True:
        return None  # an elotuzumab that stands alone is refused only beside a component that failed
    if active and len(own) == len(active):
        return f"{listed([f'{agent} refractory' for agent in own])}: no component is left that may work"
    left = [agent for agent in active if agent not in own]
    cd38_failed = case.is_refractory("CD38") is True
    weak = [agent for agent in left if agent == "elotuzumab" or (cd38_failed and "CD38" in case.classes_of(agent))]
    if left and len(weak) == len(left) and (own or weak != ["elotuzumab"]):
        why = f"{listed(own)} refractory; " if own else ""
        return f"{why}only {listed(left)} would be left, which is not enough"
    return None


def lowered(tier: Tier, regimen: Regimen, case: Case) -> tuple[Tier, str | None]:
    """Lower the tier for refractory partners other than the anti-CD38 antibody (C.2a rule 0)."""
    own = refractory_agents(regimen, case)
    partners = [agent for agent in own if "CD38" not in case.classes_of(agent)]
    if not partners:
        return tier, None
    new: Tier = "T3" if len(own) >= 2 else _LOWER[tier]
    return new, (f"ranked lower because the disease is refractory to {listed(own)}" if new != tier else None)


def statements(regimen: Regimen, case: Case) -> tuple[str, ...]:
    """Return the class statement for anti-CD38 antibodies after failure of one (X2, invariant 3)."""
    return (CD38_STATEMENT,) if "CD38" in case.classes_in(regimen) and case.is_refractory("CD38") is True else ()
