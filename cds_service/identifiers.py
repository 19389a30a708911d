"""Card ids that carry their topic, so that feedback can be filed without a store.

A card's `uuid` is an RFC 9562 UUID of version 8: random, but for the twelve bits after the version and the last 24.
The twelve hold a mark of this project and the number of the topic; the numbers are part of the format and are never
reused. The 24 hold the subject of the card, a regimen or a drug, as a short digest of its id; zero means none.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid

_TOPICS: dict[str, int] = {"mm-history": 1, "mm-options": 2, "mm-safety": 3, "mm-data": 4}
_NAMES = {number: topic for topic, number in _TOPICS.items()}
_MARK = 0x6D0  # the upper eight of the twelve bits; the lower four are the topic's number


def subject_number(subject: str | None) -> int:
    """Return the number of a regimen or drug: the first 24 bits of a digest of its id, never 0."""
    return int.from_bytes(hashlib.sha256(subject.encode()).digest()[:3]) or 1 if subject else 0


def card_uuid(topic: str, subject: str | None = None) -> str:
    """Make a new id for a card of this topic and subject (R67)."""
    custom = _MARK | _TOPICS.get(topic, 0)
    value = secrets.randbits(128)
    value &= ~(0xFFFF << 64) & ~(0xC << 60)
    value = value & ~0xFFFFFF | subject_number(subject)
    value |= (0x8000 | custom) << 64 | 0x8 << 60
    return str(uuid.UUID(int=value))


def subject_of(card: str) -> int:
    """Return the number of a card's subject by its id; 0 when it has none or the id is not one of ours."""
    return uuid.UUID(card).int & 0xFFFFFF if topic_of(card) else 0


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
