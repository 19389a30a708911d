"""A card as CDS Hooks 2.0 has it, before it becomes JSON (rows R50 to R70 of the protocol page)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

Indicator = Literal["info", "warning", "critical"]
Topic = Literal["mm-history", "mm-options", "mm-safety", "mm-data"]


class Action(Struct, frozen=True):
    """One action of a suggestion (R60, R61). `resource` is a complete draft resource."""

    type: Literal["create", "update"]
    description: str
    resource: Mapping[str, Any]


class Suggestion(Struct, frozen=True):
    """A suggestion with one action (clients differ; decision 6 of the protocol page)."""

    label: str
    actions: tuple[Action, ...]
    recommended: bool = False
    """Always sent: some clients cannot read a suggestion without `isRecommended`."""


class Link(Struct, frozen=True):
    """A link of type `absolute` or `smart` (R65)."""

    label: str
    url: str
    type: Literal["absolute", "smart"] = "absolute"
    app_context: str | None = None


class Card(Struct, frozen=True):
    """One card.

    `summary` has fewer than 140 characters (R52); `detail` is GitHub-flavoured Markdown without HTML (R56).
    """

    topic: Topic
    summary: str
    indicator: Indicator
    detail: str
    suggestions: tuple[Suggestion, ...] = ()
    links: tuple[Link, ...] = ()
    extension: Mapping[str, Any] = field(default_factory=dict)
