"""The copy of the assessment that travels in a card: without null and empty members (R02)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def compact(value: Any) -> Any:
    """Return a JSON value without null, empty strings, empty arrays and empty objects, at any depth."""
    if isinstance(value, Mapping):
        kept = {key: compact(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if not _nothing(member)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [compact(member) for member in value]
        return [member for member in items if not _nothing(member)]
    return value


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, str | Mapping | Sequence) and len(value) == 0)
