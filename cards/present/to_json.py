"""A card as CDS Hooks JSON (R50 to R69): no null or empty member, and the topic is a Coding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from cards.present.card import Card, Link, Suggestion
from cards.present.compact import compact

TOPIC_SYSTEM = "urn:myeloma-cds:topic"
OVERRIDE_SYSTEM = "urn:myeloma-cds:override-reason"
TOPIC_DISPLAY: Mapping[str, str] = {
    "mm-history": "Myeloma treatment history",
    "mm-options": "Options after an anti-CD38 antibody",
    "mm-safety": "Recorded data against a drug under way",
    "mm-data": "Missing data",
}
OVERRIDE_REASONS: tuple[tuple[str, str], ...] = (
    ("already-known", "Already known or already done"),
    ("patient-preference", "The patient prefers otherwise"),
    ("clinical-judgement", "Clinical judgement differs"),
    ("data-wrong", "The record behind this card is wrong"),
    ("not-relevant", "Not relevant now"),
)
TopicStyle = Literal["hyphen", "alnum"]


def card_json(
    card: Card, *, uuid: str, topic_style: TopicStyle = "hyphen", source_label: str, source_url: str | None = None
) -> dict[str, Any]:
    """Return a card as plain JSON data."""
    code = card.topic.replace("-", "") if topic_style == "alnum" else card.topic
    result: dict[str, Any] = {
        "uuid": uuid,
        "summary": card.summary,
        "detail": card.detail,
        "indicator": card.indicator,
        "source": {
            "label": source_label,
            "url": source_url,
            "topic": {"system": TOPIC_SYSTEM, "code": code, "display": TOPIC_DISPLAY[card.topic]},
        },
        "suggestions": [_suggestion(suggestion, uuid, number) for number, suggestion in enumerate(card.suggestions, 1)],
        "selectionBehavior": "any" if card.suggestions else None,
        "overrideReasons": [
            {"code": code, "system": OVERRIDE_SYSTEM, "display": display} for code, display in OVERRIDE_REASONS
        ]
        if card.topic != "mm-history"
        else None,
        "links": [_link(link) for link in card.links],
    }
    plain: dict[str, Any] = compact(result)
    if card.extension:
        plain["extension"] = dict(card.extension)  # compact already: it is most of an answer, and not walked twice
    return plain


def _suggestion(suggestion: Suggestion, card: str, number: int) -> dict[str, Any]:
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{card}/{number}")),
        "label": suggestion.label,
        "isRecommended": suggestion.recommended,
        "actions": [
            {"type": action.type, "description": action.description, "resource": dict(action.resource)}
            for action in suggestion.actions
        ],
    }


def _link(link: Link) -> dict[str, Any]:
    context = link.app_context if link.type == "smart" else None
    return {"label": link.label, "url": link.url, "type": link.type, "appContext": context}
