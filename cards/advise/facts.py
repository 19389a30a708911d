"""Questions to the treatment history, each answered yes, no or undecided, with the resources it rests on.

Exposure that is only "not on record" is undecided while the history is incomplete (E23); an order with nothing else
is undecided too (E19). Classes answer from their drugs; melflufen also counts as alkylator exposure (E39).
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from cards.advise.tri import Tri, all_of, any_of
from cards.advise.words import is_class
from cards.knowledge.model import Knowledge
from fhir_mappings.history.model import AgentStatus, Line, TreatmentHistory

_UNIONS: dict[str, tuple[str, ...]] = {
    "ALKYLATOR": ("ALKYLATOR", "PEPTIDE_DRUG_CONJ"),
    "BCMA": ("BCMA_CART", "BCMA_BSAB", "BCMA_ADC"),
    "GPRC5D": ("GPRC5D_BSAB", "GPRC5D_CART"),
}
BCMA_CLASSES: tuple[str, ...] = _UNIONS["BCMA"]


class Answer(Struct, frozen=True):
    """An answer with its evidence and flags."""

    value: Tri
    evidence: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


def agents_of(history: TreatmentHistory, name: str) -> tuple[AgentStatus, ...]:
    """Return what is on record for a drug, or for every drug of a class."""
    known = history.agents or {}
    if not is_class(name):
        return (known[name],) if name in known else ()
    found: set[str] = set()
    for key in _UNIONS.get(name, (name,)):
        status = (history.classes or {}).get(key)
        found.update(agent for agent in (status.agents if status else ()) if agent in known)
    return tuple(known[agent] for agent in sorted(found))


def evidence_of(history: TreatmentHistory, name: str) -> tuple[str, ...]:
    """Return the resources behind what is known of a drug or class."""
    return tuple(sorted({ref for agent in agents_of(history, name) for ref in agent.evidence}))


def _only_ordered(agent: AgentStatus) -> bool:
    return agent.status == "exposed-unknown" and "order_only" in agent.flags and not agent.lines


def _unnamed_mate(history: TreatmentHistory, name: str, knowledge: Knowledge | None) -> bool:
    """Tell whether a record names only the drug's class, so that it may have been this drug."""
    if is_class(name) or knowledge is None or name not in knowledge.drugs:
        return False
    return any(f"unnamed:{key}" in (history.agents or {}) for key in knowledge.drugs[name].classes)


def exposed(history: TreatmentHistory, name: str, knowledge: Knowledge | None = None) -> Answer:
    """Tell whether a drug or class was given (E19, E23, E39)."""
    if name in _UNIONS:
        return Answer(any_of(_exposed_to(history, key, knowledge) for key in _UNIONS[name]), evidence_of(history, name))
    return Answer(_exposed_to(history, name, knowledge), evidence_of(history, name))


def _exposed_to(history: TreatmentHistory, name: str, knowledge: Knowledge | None) -> Tri:
    status = history.status_of(name)
    if status in {"refractory", "exposed-not-refractory"}:
        return True
    if status == "exposed-unknown":
        agents = agents_of(history, name)
        return None if agents and all(_only_ordered(agent) for agent in agents) else True
    if status == "not-recorded" or _unnamed_mate(history, name, knowledge):
        return None
    return False


def refractory(history: TreatmentHistory, name: str, knowledge: Knowledge | None = None) -> Answer:
    """Tell whether the disease is refractory to a drug or class; an unknown outcome stays unknown (F01, E23)."""
    keys = (name,) if name not in _UNIONS or name == "ALKYLATOR" else _UNIONS[name]
    return Answer(any_of(_refractory_to(history, key, knowledge) for key in keys), evidence_of(history, name))


def _refractory_to(history: TreatmentHistory, name: str, knowledge: Knowledge | None) -> Tri:
    status = history.status_of(name)
    if status == "refractory":
        return True
    if status in {"exposed-unknown", "not-recorded"} or (status == "naive" and _unnamed_mate(history, name, knowledge)):
        return None
    return False


def sensitive(history: TreatmentHistory, name: str) -> Tri:
    """Tell whether a drug or class was given and did not fail."""
    status = history.status_of(name)
    if status == "exposed-not-refractory":
        return True
    return None if status in {"exposed-unknown", "not-recorded"} else False


def refractory_count(history: TreatmentHistory, name: str) -> tuple[int, int | None]:
    """Return how many drugs of a class are refractory: certainly, and at most (`None`: no upper limit known)."""
    agents = agents_of(history, name)
    named = [agent for agent in agents if not agent.agent.startswith("unnamed:")]
    certain = sum(agent.status == "refractory" for agent in named)
    if not certain and any(agent.status == "refractory" for agent in agents):
        certain = 1
    open_ = sum(agent.status == "exposed-unknown" for agent in named) + (len(agents) - len(named))
    complete = history.summary is not None and history.summary.history_complete == "yes"
    return certain, (certain + open_ if complete else None)


def at_least(minimum: int, low: int, high: int | None) -> Tri:
    """Judge `count >= minimum` for a count known as a range; `high` `None` means no upper limit (invariant 35)."""
    if low >= minimum:
        return True
    return False if high is not None and high < minimum else None


def prior_lines(history: TreatmentHistory) -> tuple[int, int | None]:
    """Return the smallest and largest number of prior lines (E05, E28)."""
    if history.line_count is None:
        return 0, None
    return history.line_count.prior.min, history.line_count.prior.max


def last_prior_line(history: TreatmentHistory) -> Line | None:
    """Return the last line that counts as prior (E05)."""
    lines = history.lines or ()
    if history.line_count is None:
        return None
    count = min(history.line_count.prior.imwg, len(lines))
    return lines[count - 1] if count else None


def progression_on_last(history: TreatmentHistory, within_days: int | None = None) -> Answer:
    """Tell whether the last prior line ended in progression, on it or after it (E06).

    `within_days` reads a label that prints a number of days literally.
    """
    line = last_prior_line(history)
    if line is None:
        return Answer(None if _incomplete(history) else False)
    certain = [event for event in line.progressions if event.trust in {"T1", "T2", "T3"}]
    evidence = tuple(sorted({ref for event in certain for ref in event.evidence}))
    if not certain:
        if line.end_reason == "progression" or (line.best_response and line.best_response.category == "PD"):
            return Answer(True if within_days is None else None, line.evidence)
        undecided = bool(line.progressions) or _incomplete(history)
        return Answer(None if undecided else False, line.evidence)
    off = all(_days_off_therapy(line, event.date) > 60 for event in certain)
    if within_days is not None:
        known = [_days_off_therapy(line, event.date) <= within_days for event in certain]
        return Answer(any(known), evidence)
    return Answer(True, evidence, ("pd_off_therapy",) if off else ())


def _days_off_therapy(line: Line, event: date) -> int:
    return 0 if line.end is None or line.ongoing else max(0, (event - line.end).days)


def _incomplete(history: TreatmentHistory) -> bool:
    return history.summary is None or history.summary.history_complete != "yes"


def car_t_infusions(history: TreatmentHistory) -> tuple[tuple[date, str], ...]:
    """Return BCMA CAR-T infusions as (first possible day, product), oldest first."""
    agents = agents_of(history, "BCMA_CART")
    return tuple(
        sorted((agent.last_exposure.earliest, agent.agent) for agent in agents if agent.last_exposure is not None)
    )


def months_to_relapse_after_car_t(history: TreatmentHistory) -> float | None:
    """Return the months from the last BCMA CAR-T infusion to the first progression after it, where both are known."""
    infusions = car_t_infusions(history)
    if not infusions:
        return None
    last = infusions[-1][0]
    later = [
        event.date
        for line in history.lines or ()
        for event in line.progressions
        if event.trust in {"T1", "T2", "T3"} and event.date > last
    ]
    return (min(later) - last).days / 30.4375 if later else None


def months_since(history: TreatmentHistory, name: str) -> float | None:
    """Return the months since the last known dose of a drug or class, by the shortest possible interval."""
    days = [agent.last_exposure.latest for agent in agents_of(history, name) if agent.last_exposure is not None]
    return (history.as_of - max(days)).days / 30.4375 if days else None


def long_first_remission(history: TreatmentHistory, months: float, with_maintenance: float) -> Tri:
    """Tell whether the first remission after a transplant in line 1 was long; decided only by dated events."""
    first = next(iter(history.lines or ()), None)
    starts = [phase.start for phase in first.phases if phase.kind == "transplant"] if first else []
    if first is None or not starts:
        return False
    later = [e.date for e in first.progressions if e.trust in {"T1", "T2", "T3"} and e.date > max(starts)]
    if not later:
        return None
    maintained = any(phase.kind == "maintenance" for phase in first.phases)
    return (min(later) - max(starts)).days / 30.4375 >= (with_maintenance if maintained else months)


_RESPONDED = frozenset({"sCR", "CR", "VGPR", "PR"})


def retreatment(history: TreatmentHistory, agent: str, months: int) -> Answer:
    """Tell whether a drug that was given before had worked and the relapse came late enough; met where it was never given."""
    status, known = history.status_of(agent), history.agent(agent)
    if status == "naive":
        return Answer(True)
    if known is None or status == "not-recorded":
        return Answer(None)
    if status == "refractory":
        return Answer(False, known.evidence)
    responded = None if known.best_response is None else known.best_response in _RESPONDED
    relapses = [event.date for line in history.lines or () for event in line.progressions]
    last = known.last_exposure
    late: Tri = None
    if relapses and last is not None:
        shortest, longest = ((max(relapses) - day).days / 30.4375 for day in (last.latest, last.earliest))
        late = True if shortest >= months else None if longest >= months else False
    return Answer(all_of((responded, late)), known.evidence)


def transplant_interval(history: TreatmentHistory, months: int) -> Answer:
    """Tell whether at least so many months passed from the last transplant to progression; met without a transplant."""
    known = history.summary.prior_transplant if history.summary else "unknown"
    if known != "yes":
        return Answer(True if known == "no" else None)
    phases = [phase.start for line in history.lines or () for phase in line.phases if phase.kind == "transplant"]
    events = [event for line in history.lines or () for event in line.progressions if event.trust in {"T1", "T2", "T3"}]
    later = [event for event in events if phases and event.date > max(phases)]
    if not later:
        return Answer(None)
    first = min(later, key=lambda event: event.date)
    return Answer((first.date - max(phases)).days / 30.4375 >= months, first.evidence)
