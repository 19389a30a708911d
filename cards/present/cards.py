"""Which cards a chart gets: at most four, and none where there is nothing to say (interfaces, cards of patient-view)."""

from __future__ import annotations

from cards.advise.model import Advice
from cards.present.assessment import compact_document
from cards.present.card import Card, Link
from cards.present.data_card import data_card
from cards.present.history_card import history_card
from cards.present.options_card import options_card
from cards.present.safety_card import safety_card
from fhir_mappings.history.model import IN_SCOPE, TreatmentHistory


def cards_for(
    history: TreatmentHistory, advice: Advice, *, program_version: str, links: tuple[Link, ...] = ()
) -> tuple[Card, ...]:
    """Return the cards of patient-view for one patient, the most urgent first.

    Out of scope: none. After death: the history and nothing to be done.
    `links` (for example to the therapy timeline) go to the history card and the options card.
    """
    if history.diagnosis.state not in {*IN_SCOPE, "unknown"}:
        return ()
    data = None if history.deceased else data_card(history, advice, program_version=program_version)
    if history.diagnosis.state == "unknown" or not history.lines:
        return (data,) if data else ()
    cards: list[Card] = []
    if advice.safety and not history.deceased:
        cards.append(safety_card(advice, program_version=program_version))
    assessment = compact_document(history, advice, program_version=program_version)
    cards.append(history_card(history, advice, assessment, program_version=program_version, links=links))
    if advice.options_apply:
        cards.append(options_card(history, advice, program_version=program_version, links=links))
    if data:
        cards.append(data)
    return tuple(cards)
