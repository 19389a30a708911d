"""Recorded data that forbid or contradict something that is under way: the content of the safety card."""

from __future__ import annotations

from msgspec.structs import replace

from cards.advise.case import Case
from cards.advise.cautions import applies, cautions_about, emit, holds
from cards.advise.model import CautionFound
from cards.advise.patient_checks import possible_pregnancy, selinexor_counts_too_low


def current_agents(case: Case) -> tuple[str, ...]:
    """Return the drugs of the ongoing line that are under way by the record."""
    ongoing = [line for line in case.history.lines or () if line.ongoing]
    if not ongoing:
        return ()
    line = ongoing[-1]
    open_phases = {agent for phase in line.phases if phase.end is None for agent in phase.agents}
    return tuple(sorted(open_phases)) or line.agents


def safety_of(case: Case) -> tuple[CautionFound, ...]:
    """Return cautions present now that forbid, hold or speak against a drug that is under way, the gravest first."""
    agents = current_agents(case)
    if not agents:
        return ()
    every: list[CautionFound] = []
    for agent in agents:
        for caution in cautions_about(case.knowledge, agent, (agent,)):
            if caution.effect == "inform" or not applies(caution, case):
                continue
            emitted = emit(caution, holds(caution, case), case)
            if emitted is not None and emitted.state == "present":
                every.append(replace(emitted, text=f"{agent} is under way. {emitted.text}"))
    found: dict[str, CautionFound] = {}
    for item in sorted(every, key=_gravity):
        found.setdefault(item.id, item)
    return tuple(sorted([*found.values(), *_fixed(agents, case, frozenset(found))], key=_gravity))


_EFFECTS = ("exclude", "not-now", "not-preferred", "inform")


def _gravity(caution: CautionFound) -> tuple[int, str]:
    return _EFFECTS.index(caution.effect), caution.id


def _fixed(agents: tuple[str, ...], case: Case, known: frozenset[str]) -> list[CautionFound]:
    """Say what must never be missed even without a caution file (invariants 28 and 30)."""
    extra = []
    imids = [agent for agent in agents if {"IMID", "CELMOD"} & set(case.classes_of(agent))]
    if (
        imids
        and possible_pregnancy(case) == "pregnancy on record"
        and not any(name.startswith(("K-IMID-1", "K-PREG")) for name in known)
    ):
        text = f"{imids[0]} is under way and pregnancy is on record: contraindicated."
        extra.append(CautionFound("K-IMID-1", "BLOCK", "exclude", "present", text))
    if "selinexor" in agents and selinexor_counts_too_low(case) and not any(name.startswith("K-SEL") for name in known):
        text = "selinexor is under way and blood counts are below the limit for giving it."
        extra.append(CautionFound("K-SEL-2", "BLOCK", "not-now", "present", text))
    return extra
