"""Bodies that a JSON decoder refuses as a whole because of one place: broken characters, and nesting without end.

The place is made readable as damage (a replacement character, a value of no sensible shape), so that it costs its resource and no other.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import msgspec

_ESCAPE = re.compile(r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_DEEPEST: Final = 64
_SENSELESS: Final = b"[[]]"


def clean(raw: bytes) -> bytes:
    """Return a body with bytes that are no UTF-8, and halves of surrogate pairs, replaced; a sound body comes back as it is."""
    if raw.isascii():
        if b"\\" not in raw or (b"\\ud" not in raw and b"\\uD" not in raw):
            return raw
    else:
        try:
            text = raw.decode("utf-8")
            if "\\ud" not in text and "\\uD" not in text:
                return raw
        except UnicodeDecodeError:
            pass
    text = raw.decode("utf-8", "replace")
    if "\\u" in text:
        text = _ESCAPE.sub(lambda found: "\\ufffd" if len(found[0]) == 6 else found[0], text)
    return text.encode("utf-8", "replace")


def is_sound(raw: bytes) -> bool:
    """Tell whether a body is UTF-8 throughout, without halves of surrogate pairs."""
    return clean(raw) is raw


def flatten(raw: bytes) -> bytes:
    """Return a body in which what is nested deeper than any FHIR element is replaced by a value that no field accepts."""
    parts: list[bytes] = []
    depth = kept = begun = 0
    for token in _TOKEN.finditer(raw):
        sign = token[0]
        if sign in {b"{", b"["}:
            depth += 1
            if depth == _DEEPEST:
                begun = token.start()
        elif sign in {b"}", b"]"}:
            if depth == _DEEPEST:
                parts += [raw[kept:begun], _SENSELESS]
                kept = token.end()
            depth -= 1
    return b"".join([*parts, raw[kept:]]) if parts else raw


def untyped(raw: bytes | msgspec.Raw) -> Any:
    """Return JSON as plain values; numbers that no machine number can hold become text, which no field takes for a number."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return json.loads(bytes(raw), parse_float=_float, parse_int=_int, parse_constant=str)


def _float(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _int(text: str) -> int | str:
    return int(text) if len(text) <= 18 else text
