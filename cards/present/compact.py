"""The copy of the assessment that travels in a card: without null and empty members (R02)."""

from __future__ import annotations

from typing import Any


def compact(value: Any) -> Any:
    """Return a JSON value without null, empty strings, empty arrays and empty objects, at any depth.

    The types are exact: the document is built of nothing else, and it is walked on every call.
    """
    kind = type(value)
    if kind is dict:
        return _object(value)
    return _array(value) if kind is list or kind is tuple else value


def _object(members: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    for key, member in members.items():
        kind = type(member)
        smaller = member
        if kind is dict:
            smaller = _object(member) if member else None
        elif kind is list or kind is tuple:
            smaller = _array(member) if member else None
        if smaller or (smaller is not None and kind in _PLAIN):
            kept[key] = smaller
    return kept


def _array(items: list[Any] | tuple[Any, ...]) -> list[Any]:
    kept = []
    for item in items:
        smaller = compact(item)
        if smaller or (smaller is not None and type(item) in _PLAIN):
            kept.append(smaller)
    return kept


_PLAIN = frozenset({bool, int, float})
"""The types of which no value is empty: `false` and 0 say something."""


def without_empty(members: dict[str, Any]) -> dict[str, Any]:
    """Return an object without its null and empty members; what they hold is compact already."""
    return {key: member for key, member in members.items() if member or member == 0}
