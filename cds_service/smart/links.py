"""The link on the cards that opens the app (R65)."""

from __future__ import annotations

from collections.abc import Sequence

from cards.present.app_link import with_app_link
from cards.present.card import Card
from cds_service.smart.setup import setup


def linked(cards: Sequence[Card]) -> tuple[Card, ...]:
    """Return the cards with the link, when there is an app to open."""
    found = setup()
    return tuple(cards) if found is None else with_app_link(cards, f"{found.base_url}/smart/launch")
