"""The copy of the assessment that travels in a card: without null and empty members (R02)."""

from __future__ import annotations

from typing import Any

_CONTAINERS = frozenset({str, list, tuple, dict})
"""The types of a JSON document; exact types, because the document is built of nothing else and it is walked on every call."""


def compact(value: Any) -> Any:
    """Return a JSON value without null, empty strings, empty arrays and empty objects, at any depth."""
    kind = type(value)
    if kind is dict:
        kept = {key: compact(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if not _nothing(member)}
    if kind in {list, tuple}:
        items = [compact(member) for member in value]
        return [member for member in items if not _nothing(member)]
    return value


def _nothing(value: Any) -> bool:
    return value is None or (type(value) in _CONTAINERS and not value)
