"""What the checks ask of a case: the document and the cards as a client reads them, and the patient's data as they are.

Nothing here goes through the predicates or guards of the code under test.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from datetime import date

from cards.knowledge.model import Jurisdiction
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.invariants.sample import KNOWLEDGE, Sampled
from tests.advise.invariants.told import ToldCaution, ToldLabel, ToldOption, ToldRefusal

EXPOSED = {"refractory", "exposed-not-refractory", "exposed-unknown"}
BCMA = {"BCMA_CART", "BCMA_BSAB", "BCMA_ADC"}
CERTAIN = {"T1", "T2", "T3"}


def options(case: Sampled) -> Iterator[ToldOption]:
    for told in case.answers.values():
        yield from told.options


def refusals(case: Sampled) -> Iterator[tuple[Jurisdiction, ToldRefusal]]:
    for place, told in case.answers.items():
        for item in told.refused:
            yield place, item


def preferred(case: Sampled) -> Iterator[ToldOption]:
    """T1 or first in T2."""
    for told in case.answers.values():
        yield from (option for option in told.options if option.tier == "T1")
        second = [option for option in told.options if option.tier == "T2"]
        yield from (option for option in second if option.rank == min(one.rank for one in second))


def labels(case: Sampled) -> Iterator[tuple[Jurisdiction, str, ToldLabel]]:
    for place, told in case.answers.items():
        for name, label in told.labels.items():
            yield place, name, label


def label_of(case: Sampled, place: Jurisdiction, name: str) -> ToldLabel | None:
    told = case.answers.get(place)
    return told.labels.get(name) if told else None


def classes(agents: Iterable[str]) -> set[str]:
    return {key for name in agents for key in KNOWLEDGE.drugs[name].classes}


def active(agents: Iterable[str]) -> list[str]:
    return [name for name in agents if "STEROID" not in KNOWLEDGE.drugs[name].classes]


def failed(history: TreatmentHistory, name: str) -> bool:
    return history.status_of(name) == "refractory"


def certainly_given(history: TreatmentHistory, name: str) -> bool:
    """Exposure to a drug or class by a record that is more than an order."""
    return any(
        status.status in EXPOSED
        and not (status.status == "exposed-unknown" and "order_only" in status.flags and not status.lines)
        for agent, status in (history.agents or {}).items()
        if agent == name or (agent in KNOWLEDGE.drugs and name in KNOWLEDGE.drugs[agent].classes)
    )


def problem(history: TreatmentHistory, concept: str, grade: int = 0) -> bool:
    return any(item.concept == concept and (item.grade or 0) >= grade for item in history.problems)


def number(history: TreatmentHistory, name: str, days: int | None = None) -> float | None:
    """A numeric finding, not older than so many days."""
    found = history.findings.get(name)
    if found is None or isinstance(found.value, str):
        return None
    if days is not None and (found.date is None or (history.as_of - found.date.earliest).days > days):
        return None
    return float(found.value)


def word(history: TreatmentHistory, name: str) -> str | None:
    found = history.findings.get(name)
    return found.value if found is not None and isinstance(found.value, str) else None


def says(option: ToldOption, text: str) -> bool:
    return any(text.casefold() in statement.casefold() for statement in option.statements)


def caution(option: ToldOption, key: str, *states: str) -> ToldCaution | None:
    """A caution by the beginning of its id, in one of some states (any, when none is named)."""
    known = (item for item in option.cautions if item.id.startswith(key))
    return next((item for item in known if not states or item.state in states), None)


def card(case: Sampled) -> str:
    """The options card as a person reads it."""
    found = case.cards.get("mm-options")
    return plain(f"{found.summary}\n{found.detail}") if found else ""


def plain(text: str) -> str:
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


def text_of(case: Sampled) -> str:
    return plain(" ".join(f"{card.summary} {card.detail}" for card in case.cards.values()))


def since(case: Sampled, day: date) -> bool:
    return case.history.as_of >= day


def least_lines(case: Sampled) -> int:
    count = case.history.line_count
    return count.prior.min if count else 0


def most_lines(case: Sampled) -> int | None:
    count = case.history.line_count
    return count.prior.max if count else None


def triple_exposed(history: TreatmentHistory) -> bool:
    return all(history.status_of(key) in EXPOSED for key in ("PI", "IMID", "CD38"))


def progressed_on_last(history: TreatmentHistory) -> bool:
    """The last prior line ended in progression, by a certain event or by its recorded end (E06)."""
    lines, count = history.lines or (), history.line_count
    if not lines or count is None or not count.prior.imwg:
        return False
    last = lines[min(count.prior.imwg, len(lines)) - 1]
    response = last.best_response.category if last.best_response else None
    certain = any(event.trust in CERTAIN for event in last.progressions)
    return certain or last.end_reason == "progression" or response == "PD"


def refractory_of(history: TreatmentHistory, key: str) -> int:
    """How many drugs of a class are refractory."""
    gone = [name for name, status in (history.agents or {}).items() if status.status == "refractory"]
    return sum(key in KNOWLEDGE.drugs[name].classes for name in gone if name in KNOWLEDGE.drugs)
