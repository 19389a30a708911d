"""Small questions that several checks ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cds_service.kit.conformance.target import NO_JSON, Answer

_VOLATILE = frozenset({"uuid", "hookInstance"})


def is_text(value: object) -> bool:
    """Tell whether a value is a text that is not blank."""
    return isinstance(value, str) and bool(value.strip())


def is_absolute(value: object, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    """Tell whether a value is an absolute URL."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and not any(one.isspace() for one in value)


def empties(value: Any, where: str = "", allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield where null, empty texts, arrays and objects stand (R02)."""
    if (value is None or value in ("", [], {})) and where not in allowed:
        yield f"{where.lstrip('.')} is {'null' if value is None else 'empty'}"
    if isinstance(value, dict):
        for name, one in value.items():
            yield from empties(one, f"{where}.{name}", allowed)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from empties(one, f"{where}[{number}]", allowed)


def unknown_members(value: dict[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    """Yield members that the specification does not have: additions belong in `extension` (R16)."""
    yield from (f"{where}: member {name} is not of CDS Hooks" for name in sorted(set(value) - known))


def advice(answer: Answer) -> Any:
    """Return an answer without what is new in each call, so that two can be compared."""
    return _steady(answer.json)


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _steady(one) for name, one in value.items() if name not in _VOLATILE}
    return [_steady(one) for one in value] if isinstance(value, list) else value


def is_outcome(answer: Answer) -> bool:
    """Tell whether an answer is an OperationOutcome with an issue."""
    body = answer.json
    if body is NO_JSON or not isinstance(body, dict) or body.get("resourceType") != "OperationOutcome":
        return False
    return isinstance(body.get("issue"), list) and bool(body["issue"])


def has_cards(answer: Answer) -> bool:
    """Tell whether an answer is a success with at least one card."""
    return answer.status == 200 and isinstance(answer.json, dict) and bool(answer.json.get("cards"))
