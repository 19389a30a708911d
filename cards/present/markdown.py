"""GitHub-flavoured Markdown without raw HTML, images or links from chart text (R56).

Every text that is not written here, from a chart or from the knowledge, goes through `escape` before it stands in a
card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_RISKY = re.compile(r"[\\`*_\[\]|~&<>@]")
_LEADING = frozenset("#>+=-0123456789")
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_LINK = re.compile(r"(?i)(https?|ftp|mailto|xmpp|javascript|data)(:)")
_WWW = re.compile(r"(?i)\b(www)(\.)")
_LEADING_MARK = re.compile(r"^([#>+=-])")
_LEADING_NUMBER = re.compile(r"^(\d+)([.)])(?=\s|$)")


def plain(text: str) -> str:
    """Return one line of text without control characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()


def escape(text: str) -> str:
    """Make a text harmless inside Markdown: no markup, no HTML, no link, no image, one line."""
    text = plain(text)
    if not _is_risky(text):
        return text
    text = _SPECIAL.sub(r"\\\1", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _LINK.sub(r"\1\\\2", text)
    text = _WWW.sub(r"\1\\\2", text)
    text = text.replace("@", "&#64;")
    text = _LEADING_MARK.sub(r"\\\1", text)
    return _LEADING_NUMBER.sub(r"\1\\\2", text)


def _is_risky(text: str) -> bool:
    """Tell whether `escape` would change a text; most go through unchanged, so the cheap questions come first."""
    return (
        text[:1] in _LEADING
        or _RISKY.search(text) is not None
        or (":" in text and _LINK.search(text) is not None)
        or ("." in text and "www." in text.casefold())
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are escaped here."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def bullets(items: Iterable[str]) -> str:
    """Return a list of items that are already Markdown."""
    return "\n".join(f"- {item}" for item in items)


def paragraphs(parts: Iterable[str]) -> str:
    """Join the parts that say something."""
    return "\n\n".join(part for part in parts if part)


def one_sentence(text: str, limit: int = 139) -> str:
    """Shorten a summary to fewer than 140 characters at a word (R52)."""
    text = plain(text)
    if len(text) <= limit:
        return text
    return text[: limit - 3].rsplit(" ", 1)[0].rstrip(" ,;:-") + "..."


_SENTENCE = re.compile(r"(?<=[\w)%\"])[.;]\s+(?=[A-Z(])")


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, with its full stop."""
    text = plain(text)
    found = _SENTENCE.search(text)
    return text if found is None else text[: found.start()] + "."
