"""Reading a resource whose values have other shapes than FHIR says: what can be understood is, the rest is named.

Numbers as strings, single objects where lists belong, plain strings where a concept belongs, null in lists. A field that decides what the
record means (`CRITICAL`) and cannot be read makes the whole resource unreadable: a record must not turn into its opposite.
"""

from __future__ import annotations

import re
import types
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from fhir_mappings.read.elements import Coding, Concept, Part, Period, Quantity, Reference

P = TypeVar("P", bound=Part)
CRITICAL = frozenset(
    {
        "status",
        "verification_status",
        "intent",
        "do_not_perform",
        "subject",
        "patient",
        "comparator",
        "clinical_status",
        "adherence",
    }
)
"""Fields that can turn a record into its opposite: where one of them cannot be read, the resource is not used."""

_NUMBER = re.compile(r"\s*[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*\Z")


class UnreadableError(ValueError):
    """A value that has no sense for its type."""


@cache
def _fields(kind: type[Part]) -> tuple[tuple[str, str, Any], ...]:
    """Return the fields of a structure: name here, name in FHIR, type."""
    return tuple((one.name, one.encode_name, one.type) for one in msgspec.structs.fields(kind))


def lenient(value: dict[str, Any], kind: type[P]) -> tuple[P, list[str]]:
    """Return the resource as far as it can be read, and the paths of what could not be; raises `UnreadableError`."""
    dropped: list[str] = []
    return _structure(value, kind, "", dropped), dropped


def _structure(value: dict[str, Any], kind: type[P], path: str, dropped: list[str]) -> P:
    known: dict[str, Any] = {}
    for name, key, expected in _fields(kind):
        if (given := value.get(key)) is None:
            continue
        here = f"{path}{key}"
        try:
            known[name] = _value(given, expected, here, dropped)
        except UnreadableError:
            if name in CRITICAL:
                raise UnreadableError(f"{here} is not readable") from None
            dropped.append(here)
    return kind(**known)


def _value(value: Any, expected: Any, path: str, dropped: list[str]) -> Any:
    origin = get_origin(expected)
    if origin in {Union, types.UnionType}:
        choices = [choice for choice in get_args(expected) if choice is not type(None)]
        return _value(value, choices[0], path, dropped)
    if origin is list:
        return _list(value, get_args(expected)[0], path, dropped)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if expected is msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(value))
    if isinstance(expected, type) and issubclass(expected, Part):
        return _structure(_as_object(value, expected), expected, f"{path}.", dropped)
    return _scalar(value, expected)


def _list(value: Any, expected: Any, path: str, dropped: list[str]) -> list[Any]:
    found: list[Any] = []
    for one in value if isinstance(value, list) else [value]:
        if one is None:
            continue
        try:
            found.append(_value(one, expected, path, dropped))
        except UnreadableError:
            dropped.append(path)
    return found


def _as_object(value: Any, expected: type[Part]) -> dict[str, Any]:
    """Return a value as the object that was meant."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        plain = {Concept: "text", Reference: "reference", Coding: "code", Period: "start"}.get(expected)
        if plain:
            return {plain: value}
        if issubclass(expected, Quantity) and _NUMBER.match(value):
            return {"value": value}
    if isinstance(value, (int, float)) and not isinstance(value, bool) and issubclass(expected, Quantity):
        return {"value": value}
    raise UnreadableError


def _scalar(value: Any, expected: Any) -> Any:
    if expected is str:
        if isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return f"{value:.12g}" if isinstance(value, float) else str(value)
    elif expected is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
    elif not isinstance(value, bool):
        number = _number(value)
        if number is not None and (expected is float or number.is_integer()):
            return number if expected is float else int(number)
    raise UnreadableError


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float)):
        try:
            return float(value) if abs(value) < 1e300 else None
        except OverflowError:
            return None
    if isinstance(value, str) and _NUMBER.match(value):
        number = float(value.strip().replace(",", "."))
        return number if abs(number) < 1e300 else None
    return None
