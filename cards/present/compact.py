"""The copy of the assessment that travels in a card: without null and empty members (R02)."""

from __future__ import annotations

from typing import Any

_CONTAINERS = frozenset({dict, list, tuple})
"""The types that hold others; exact types, because the document is built of nothing else and it is walked on every call."""


def compact(value: Any) -> Any:
    """Return a JSON value without null, empty strings, empty arrays and empty objects, at any depth."""
    kind = type(value)
    if kind is dict:
        kept = {}
        for key, member in value.items():
            if type(member) in _CONTAINERS:
                if member and (smaller := compact(member)):
                    kept[key] = smaller
            elif member is not None and member != "":
                kept[key] = member
        return kept
    if kind in _CONTAINERS:
        items = []
        for member in value:
            if type(member) in _CONTAINERS:
                if member and (smaller := compact(member)):
                    items.append(smaller)
            elif member is not None and member != "":
                items.append(member)
        return items
    return value
