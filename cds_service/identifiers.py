"""Card ids that carry their topic, so that feedback can be filed without a store.

A card's `uuid` is an RFC 9562 UUID of version 8: random, but for the twelve bits after the version. These hold a mark
of this project and the number of the topic. The numbers are part of the format and are never reused.
"""

from __future__ import annotations

import secrets
import uuid

_TOPICS: dict[str, int] = {"mm-history": 1, "mm-options": 2, "mm-safety": 3, "mm-data": 4}
_NAMES = {number: topic for topic, number in _TOPICS.items()}
_MARK = 0x6D0  # the upper eight of the twelve bits; the lower four are the topic's number


def card_uuid(topic: str) -> str:
    """Make a new id for a card of this topic (R67)."""
    custom = _MARK | _TOPICS.get(topic, 0)
    value = secrets.randbits(128)
    value &= ~(0xFFFF << 64) & ~(0xC << 60)
    value |= (0x8000 | custom) << 64 | 0x8 << 60
    return str(uuid.UUID(int=value))


def topic_of(card: str) -> str | None:
    """Return the topic of a card by its id, or `None` when the id is not one of ours."""
    try:
        value = uuid.UUID(card)
    except ValueError:
        return None
    field = value.int >> 64 & 0xFFFF
    if value.variant != uuid.RFC_4122 or field & 0xFFF0 != 0x8000 | _MARK:
        return None
    return _NAMES.get(field & 0xF)
