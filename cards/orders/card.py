"""The card about draft orders: one for the whole pad, so that a clinician is interrupted once (decision: one card)."""

from __future__ import annotations

from cards.advise.model import CautionFound
from cards.advise.words import listed
from cards.orders.check import OrderCheck
from cards.present import wording
from cards.present.card import Card
from cards.present.markdown import bullets, escape, one_sentence, paragraphs


def order_card(check: OrderCheck, *, program_version: str) -> Card | None:
    """Return the card, or `None` when there is nothing to say (R51)."""
    if not check.findings:
        return None
    names = escape(listed(list(check.agents)))
    first, more = check.findings[0], len(check.findings) - 1
    tail = f" ({more} more inside)" if more else ""
    head = f"Draft order of {listed(list(check.agents))}: "
    if len(head) > 70:
        head = "Draft orders: "
    text = first.text.rstrip(".")
    text = text[:1].lower() + text[1:] if text.partition(" ")[0].istitle() and not _is_name(check, text) else text
    summary = one_sentence(head + text, 138 - len(tail)).rstrip(".") + tail + "."
    detail = paragraphs(
        [
            f"**Draft orders of {names}**, checked against the treatment history on record:",
            bullets(_item(one) for one in check.findings),
            f"*{wording.made_with(program_version, check.knowledge_version)} Nothing is changed by this card.*",
        ]
    )
    return Card("mm-safety", one_sentence(summary), check.indicator, detail)


def _is_name(check: OrderCheck, text: str) -> bool:
    """Tell whether a text begins with the regimen's own name."""
    return check.regimen is not None and text.startswith(check.regimen)


_WORDS = {"BLOCK": "Speaks against it", "WARN": "Caution", "ASK": "Missing", "NOTE": "Note"}


def _item(finding: CautionFound) -> str:
    word = "Not now" if finding.effect == "not-now" else _WORDS[finding.severity]
    mark = " (unverified)" if finding.unverified else ""
    ids = ", ".join(source.removeprefix("regimens:") for source in finding.sources)
    source = f" \\[{'sources' if len(finding.sources) > 1 else 'source'} {escape(ids)}\\]" if ids else ""
    known = "; ".join(finding.found) or ", ".join(finding.evidence[:4])
    evidence = f" On record: {escape(known)}." if known else ""
    return f"**{word}:** {escape(finding.text)}{mark}{source}{evidence}"
