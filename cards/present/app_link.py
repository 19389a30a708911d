"""The link from a card to the SMART app, which shows the same in full (R65)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cards.present.card import Card, Link, Topic

_LABELS: Mapping[Topic, str] = {
    "mm-history": "Therapy timeline with its evidence",
    "mm-options": "All options with criteria and evidence",
    "mm-safety": "Warnings beside the whole history",
    "mm-data": "What is missing, and why it matters",
}


def with_app_link(cards: Sequence[Card], launch_url: str) -> tuple[Card, ...]:
    """Return the cards, each with a link to the app; `appContext` is the card's topic and says which part to open."""
    return tuple(
        replace(card, links=(*card.links, Link(_LABELS[card.topic], launch_url, "smart", card.topic))) for card in cards
    )
