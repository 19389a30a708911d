"""What the chart says against the components of a regimen: resistance (`K-REFR`) and intolerance (`K-INTOL`).

Both are computed from the history; the other cautions come from the knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cards.advise.case import Case
from cards.advise.model import CautionFound
from cards.advise.words import listed, one
from cards.knowledge.model import Effect, Regimen
from fhir_mappings.history.model import Intolerance


def refractory_agents(regimen: Regimen, case: Case) -> tuple[str, ...]:
    """Return the active agents that are refractory themselves (drug level)."""
    return case.once("own failures", regimen.id, lambda: _refractory_agents(regimen, case))


def _refractory_agents(regimen: Regimen, case: Case) -> tuple[str, ...]:
    failed = refractory_drugs(case)
    return tuple(agent for agent in case.active_agents(regimen) if agent in failed) if failed else ()


def refractory_drugs(case: Case) -> frozenset[str]:
    """Return every drug that is refractory itself."""
    agents = case.history.agents or {}
    return case.once(
        "failed", "", lambda: frozenset(name for name, known in agents.items() if known.status == "refractory")
    )


def resistance_cautions(regimen: Regimen, case: Case) -> list[CautionFound]:
    """K-REFR: a component is refractory, or of a class that is; all components refractory forbids the regimen."""
    own = refractory_agents(regimen, case)
    failed = _refractory_classes(case)
    if not own and failed.isdisjoint(case.classes_in(regimen)):
        return []
    active = case.active_agents(regimen)
    mates = [agent for agent in active if agent not in own and not failed.isdisjoint(case.classes_of(agent))]
    if not own and not mates:
        return []
    all_failed = bool(own) and len(own) == len(active)
    known = f"{own} {mates} {all_failed}"
    return case.once("failed components", known, lambda: [_resistance(own, mates, case, all_failed=all_failed)])


def _resistance(own: Sequence[str], mates: Sequence[str], case: Case, *, all_failed: bool) -> CautionFound:
    failed = _refractory_classes(case)
    parts = [f"the disease is refractory to {listed(own)}"] if own else []
    behind = list(own)
    for agent in mates:
        key = next(key for key in case.classes_of(agent) if key in failed)
        behind.append(key)
        parts.append(f"{agent} is of a class that has failed ({one(key).partition(' ')[2]})")
    evidence = tuple(sorted({ref for name in behind for ref in case.refractory(name).evidence}))
    text = _sentence("; ".join(parts))
    if all_failed:
        return CautionFound("K-REFR", "BLOCK", "exclude", "present", text, evidence)
    return CautionFound("K-REFR", "WARN", "inform", "present", text, evidence)


def _refractory_classes(case: Case) -> frozenset[str]:
    return case.once("failed classes", "", lambda: frozenset(_certain_failures(case)))


def _certain_failures(case: Case) -> Iterator[str]:
    for key in {key for drug in case.knowledge.drugs.values() for key in drug.classes}:
        if case.is_refractory(key) is True:
            yield key


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


_LIFE_THREATENING = re.compile(r"anaphyla|stevens.johnson|toxic epidermal|\blyell\b", re.IGNORECASE)


def life_threatening(about: Intolerance) -> bool:
    """Tell whether a reaction was of grade 4, or by its name a threat to life, and the drug was not borne again since."""
    if about.rechallenged == "yes":
        return False
    return (about.grade or 0) >= 4 or _LIFE_THREATENING.search(about.reaction) is not None


def intolerances(regimen: Regimen, case: Case) -> list[CautionFound]:
    """Intolerance on record of a component travels with the regimen (invariant 12, F06).

    It lowers no tier by itself; after a life-threatening reaction the regimen may not be preferred (a choice of this service).
    """
    borne = case.once("not tolerated", "", lambda: _not_tolerated(case))
    if not borne:
        return []
    found = []
    for agent in case.active_agents(regimen):
        about = borne.get(agent)
        if about is None:
            continue
        grade = f" grade {about.grade}" if about.grade is not None else ""
        when = f" ({about.date})" if about.date is not None else ""
        later = {"yes": "resolved", "no": "not resolved", "unknown": "whether it resolved is not on record"}[
            about.resolved
        ]
        again = "; given again later" if about.rechallenged == "yes" else ""
        threat = life_threatening(about)
        more = "; life-threatening, so not a preferred choice" if threat else ""
        text = f"Earlier intolerance of {agent}: {about.reaction}{grade}{when}, {later}{again}{more}."
        effect: Effect = "not-preferred" if threat else "inform"
        found.append(CautionFound("K-INTOL", "WARN", effect, "present", text, about.evidence))
    return found


def _not_tolerated(case: Case) -> dict[str, Intolerance]:
    agents = case.history.agents or {}
    return {name: known.intolerance for name, known in agents.items() if known.intolerance is not None}
