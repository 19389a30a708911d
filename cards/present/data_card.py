"""The card for what is missing (`mm-data`): what cannot be said, why, and what would settle it."""

from __future__ import annotations

from cards.advise.model import Advice
from cards.present import wording
from cards.present.card import Card, Indicator
from cards.present.markdown import bullets, escape, one_sentence, paragraphs
from cards.present.suggestions import data_suggestions
from fhir_mappings.history.model import IN_SCOPE, TreatmentHistory

MOST_ITEMS = 8
_SIDE_MATTERS = frozenset({"patient", "allergies", "carePlans", "diagnosticReports"})


def data_card(history: TreatmentHistory, advice: Advice, *, program_version: str) -> Card | None:
    """Return the data card, or `None` when nothing that matters is missing."""
    reason = _reason(history)
    if reason is None:
        return None
    summary, indicator = reason
    shown = [f"**{escape(item.what)}**: {escape(item.why)}. {_how(item.how)}" for item in advice.missing[:MOST_ITEMS]]
    notes = [
        f"{escape(_issue(note.issue))} ({escape(note.resource)})"
        for note in history.quality
        if note.severity != "information"
    ]
    parts = [
        escape(advice.withheld_because) if advice.withheld_because else "",
        "**What would settle it**\n\n" + bullets(shown) if shown else "",
        "**Not read or not used**\n\n" + bullets(notes[:MOST_ITEMS]) if notes else "",
        f"*{wording.made_with(program_version, advice.knowledge_version)}*",
    ]
    return Card("mm-data", one_sentence(summary), indicator, paragraphs(parts), data_suggestions(history, advice))


def _issue(text: str) -> str:
    """Return an issue without the names of flags, which only the document needs."""
    text = text.replace(" (unit_suspect)", "")
    return text[:1].upper() + text[1:] if text[1:2].islower() else text


def _how(text: str) -> str:
    text = escape(text)
    return f"{text[:1].upper()}{text[1:]}."


def _reason(history: TreatmentHistory) -> tuple[str, Indicator] | None:
    """Say what is missing and whether that keeps the service from advising."""
    if history.diagnosis.state == "unknown":
        if not history.any_antimyeloma_drug:
            return None
        return "An anti-myeloma drug is on record, but the diagnosis is not clear: no advice is given.", "warning"
    if history.diagnosis.state not in IN_SCOPE:
        return None
    if not history.drug_data_read:
        return "The medication data could not be read: the treatment history is not assessed.", "warning"
    if not history.lines:
        return _gaps(history) if any("medication" in gap.key.lower() and gap.failed for gap in history.gaps) else None
    progressing = history.summary.progressing if history.summary else "unknown"
    if progressing == "possible":
        return "Progression is possible but not confirmed: options wait until it is.", "warning"
    if progressing == "unknown":
        return "Disease status unknown: no recent disease assessment is on record.", "warning"
    return _gaps(history) or _incomplete(history)


def _gaps(history: TreatmentHistory) -> tuple[str, Indicator] | None:
    """A search that failed is always a warning (invariant 39); what was never supplied is named on the history card."""
    if all(gap.key in _SIDE_MATTERS or not gap.failed for gap in history.gaps):
        return None
    return "Part of the chart could not be read: what is not on record here may still exist.", "warning"


def _incomplete(history: TreatmentHistory) -> tuple[str, Indicator] | None:
    if history.summary is None or history.summary.history_complete != "no":
        return None
    return "The treatment history is incomplete: earlier lines or drugs may be missing.", "warning"
