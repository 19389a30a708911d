"""What the checks ask of a case, kept apart from the code under test: read from the data, not from its predicates."""

from collections.abc import Iterator
from datetime import date

from cards.advise.facts import prior_lines
from cards.advise.model import CautionFound, LabelVerdict, Option
from cards.knowledge.model import Jurisdiction
from fhir_mappings.history.model import TreatmentHistory
from tests.advise.invariants.sample import KNOWLEDGE, Sampled

EXPOSED = {"refractory", "exposed-not-refractory", "exposed-unknown"}
BCMA = {"BCMA_CART", "BCMA_BSAB", "BCMA_ADC"}


def options(case: Sampled) -> Iterator[Option]:
    for place in case.advice.by_jurisdiction.values():
        yield from place.recommendations


def preferred(case: Sampled) -> Iterator[Option]:
    """T1 or first in T2."""
    for place in case.advice.by_jurisdiction.values():
        yield from (option for option in place.recommendations if option.tier == "T1")
        second = [option for option in place.recommendations if option.tier == "T2"]
        yield from (option for option in second if option.rank == second[0].rank)


def labels(case: Sampled) -> Iterator[tuple[Jurisdiction, str, LabelVerdict]]:
    for place, advice in case.advice.by_jurisdiction.items():
        for name, verdict in advice.labels.items():
            yield place, name, verdict


def label_of(case: Sampled, place: Jurisdiction, name: str) -> LabelVerdict | None:
    advice = case.advice.by_jurisdiction.get(place)
    return advice.labels.get(name) if advice else None


def classes(agents: tuple[str, ...]) -> set[str]:
    return {key for name in agents for key in KNOWLEDGE.drugs[name].classes}


def active(agents: tuple[str, ...]) -> list[str]:
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


def number(history: TreatmentHistory, name: str) -> float | None:
    found = history.findings.get(name)
    return None if found is None or isinstance(found.value, str) else float(found.value)


def word(history: TreatmentHistory, name: str) -> str | None:
    found = history.findings.get(name)
    return found.value if found is not None and isinstance(found.value, str) else None


def says(option: Option, text: str) -> bool:
    return any(text.casefold() in statement.casefold() for statement in option.statements)


def caution(option: Option, key: str) -> CautionFound | None:
    return next((item for item in option.cautions if item.id.startswith(key)), None)


def text_of(case: Sampled) -> str:
    return " ".join(f"{card.summary} {card.detail}" for card in case.cards.values())


def since(case: Sampled, day: date) -> bool:
    return case.history.as_of >= day


def least_lines(case: Sampled) -> int:
    return prior_lines(case.history)[0]


def triple_exposed(history: TreatmentHistory) -> bool:
    return all(history.status_of(key) in EXPOSED for key in ("PI", "IMID", "CD38"))
