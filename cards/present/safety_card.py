"""The card for recorded data that forbid or contradict something under way (`mm-safety`)."""

from __future__ import annotations

from cards.advise.model import Advice
from cards.present import wording
from cards.present.card import Card
from cards.present.markdown import bullets, escape, first_sentence, one_sentence, paragraphs


def safety_card(advice: Advice, *, program_version: str) -> Card:
    """Return the safety card; a hold or a dose change is said, never made (invariant 40)."""
    first = advice.safety[0]
    more = f" ({len(advice.safety) - 1} more inside)" if len(advice.safety) > 1 else ""
    room = 139 - len(more)
    parts = [
        "The record holds data that speak against a drug that is under way. Please check:",
        bullets(_item(index, advice) for index in range(len(advice.safety))),
        f"*{wording.made_with(program_version, advice.knowledge_version)} Nothing is changed by this card.*",
    ]
    head, _, rest = first.text.partition(". ")
    rest = first_sentence(rest)
    text = f"{head}: {rest[:1].lower() + rest[1:] if rest[1:2].islower() else rest}" if rest else head
    summary = one_sentence(text, room).rstrip(".") + more + "."
    return Card("mm-safety", one_sentence(summary), "warning", paragraphs(parts))


def _item(index: int, advice: Advice) -> str:
    caution = advice.safety[index]
    mark = " (unverified)" if caution.unverified else ""
    ids = ", ".join(source.removeprefix("regimens:") for source in caution.sources)
    source = f" \\[{'sources' if len(caution.sources) > 1 else 'source'} {escape(ids)}\\]" if ids else ""
    here = f" (here: {escape('; '.join(caution.found))})" if caution.found else ""
    head, _, rest = caution.text.partition(". ")
    text = f"**{escape(head)}.** {escape(rest)}" if rest else escape(first_sentence(caution.text))
    return f"{text}{here}{mark}{source}"
