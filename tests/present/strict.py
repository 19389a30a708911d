"""What every card and document must keep, whatever it says."""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import jsonschema

from cards.present.card import Card

SCHEMA: dict[str, Any] = json.loads(files("cards").joinpath("schemas/assessment.json").read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
_TAG = re.compile(r"<[a-zA-Z/!?]")
FORBIDDEN = (
    "available for this patient",
    "is eligible",
    "eligible for",
    "approved for this patient",
    "no cautions",
    "in remission",
)


def schema_errors(document: Mapping[str, Any]) -> list[str]:
    return [f"{list(error.path)}: {error.message[:200]}" for error in _VALIDATOR.iter_errors(document)]


def empty_members(value: object, path: str = "") -> list[str]:
    """Return the paths of null and empty members (R02)."""
    if isinstance(value, Mapping):
        found = [] if value else [path]
        return found + [name for key, member in value.items() for name in empty_members(member, f"{path}/{key}")]
    if isinstance(value, list):
        found = [] if value else [path]
        return found + [name for index, member in enumerate(value) for name in empty_members(member, f"{path}/{index}")]
    return [path] if value is None or value == "" else []


def check_card(card: Card) -> None:
    assert 0 < len(card.summary) < 140
    assert "\n" not in card.summary
    assert card.indicator in {"info", "warning"}
    assert not _TAG.search(card.detail), card.detail
    assert "![" not in card.detail
    assert not re.search(r"(?<!\\)\]\(", card.detail)
    assert "Decision support, not a prescription" in card.detail
    assert "None" not in card.detail
    for words in FORBIDDEN:
        assert words not in f"{card.summary} {card.detail}".casefold(), words
