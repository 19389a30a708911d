"""The card of options after an anti-CD38 antibody (`mm-options`): label, evidence, resistance and cautions.

At most five options are shown for each jurisdiction; the rest stand in one line with their label and the notes that they may
not lose, and in full in the assessment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cards.advise.model import Advice, JurisdictionAdvice, NotSuggested, Option
from cards.advise.words import listed
from cards.present import wording
from cards.present.card import Card, Link
from cards.present.markdown import bullets, escape, one_sentence, paragraphs
from cards.present.option_entry import brief, display, entry, notes_of
from cards.present.suggestions import options_suggestions
from fhir_mappings.history.model import TreatmentHistory

MOST_SHOWN = 5
MOST_REFUSED = 5
MOST_MISSING = 5
_BASELINE = "post-daratumumab-2023"
_LOOKED_FOR = (
    "cilta_cel",
    "ide_cel",
    "tec_dara",
    "tec_mono",
    "tal_mono",
    "elra_mono",
    "linvo_mono",
    "BVd",
    "BPd",
    "IsaPd",
    "IsaKd",
    "DPd",
    "DKd",
    "DRd",
    "Kd",
    "EloPd",
    "SVd",
    "KRd",
    "PVd",
    "SDd",
    "Sd",
    "VenVd",
    "VenD",
)


def options_card(
    history: TreatmentHistory, advice: Advice, *, program_version: str, links: tuple[Link, ...] = ()
) -> Card:
    """Return the options card."""
    parts = [
        _policy(advice),
        *(escape(statement) for statement in advice.statements),
        f"**Situation:** {escape(advice.row_title)}." if advice.row_title else "",
        *(part for place in advice.jurisdictions for part in _place(advice.by_jurisdiction[place], history, advice)),
        _missing(advice),
        _footer(advice, program_version),
    ]
    suggestions = options_suggestions(history, advice)
    return Card("mm-options", _summary(advice), "info", paragraphs(parts), suggestions, links)


def _footer(advice: Advice, program_version: str) -> str:
    made = wording.made_with(program_version, advice.knowledge_version)
    trials = "Trial results describe the patients of the trial, not what this patient will experience."
    trials += " S numbers name the sources in the documentation."
    return f"*{trials} {made} Labels as of {advice.as_of.isoformat()}, evidence as published by then.*"


def _summary(advice: Advice) -> str:
    place = advice.by_jurisdiction[advice.jurisdictions[0]]
    baseline = "2023 baseline: " if advice.policy == _BASELINE else ""
    if not place.recommendations:
        return one_sentence(f"{baseline}Next line after an anti-CD38 antibody: no option stands out; reasons inside.")
    first, *others = place.recommendations
    label = f"{wording.label_short(first.label)}, {place.jurisdiction}"
    text = f"{baseline}Next line after an anti-CD38 antibody: {display(first)} ({label})"
    names = [display(option) for option in others if option.tier != "T3"][:2]
    then = f", then {listed(names)}" if names else ""
    left = len(others) - len(names)
    return one_sentence(f"{text}{then}{f'; {left} more inside' if left else ''}.")


def _policy(advice: Advice) -> str:
    """Name the policy; the baseline is always named with its date (invariant 37)."""
    if advice.policy == "current":
        return ""
    dated = " (2023 baseline)" if advice.policy == _BASELINE else ""
    return f"**Policy:** {escape(advice.policy_title)}{dated}"


def _place(place: JurisdictionAdvice, history: TreatmentHistory, advice: Advice) -> Iterator[str]:
    if len(advice.jurisdictions) > 1:
        yield f"## {place.jurisdiction}"
    if not place.recommendations:
        yield "**No regimen of the knowledge fits this history.**"
    shown, rest = place.recommendations[:MOST_SHOWN], place.recommendations[MOST_SHOWN:]
    notes = notes_of(shown, rest)
    yield from _tiers(shown, history, notes, advice.row_title)
    if rest:
        yield f"**Also possible:** {', '.join(brief(option, notes) for option in rest)}. Details are in the full assessment."
    yield from (f"**Note {number}.** {escape(text)}" for text, number in notes.items())
    ranks = [option.rank for option in shown]
    if len(ranks) != len(set(ranks)):
        yield "Options with the same number stand in no order of preference."
    if place.not_suggested:
        yield "**Not suggested**\n\n" + bullets(_refusals(place.not_suggested))


def _tiers(
    shown: Sequence[Option], history: TreatmentHistory, notes: Mapping[str, int], situation: str | None
) -> Iterator[str]:
    for tier in ("T1", "T2", "T3"):
        entries = [entry(option, history, notes, situation) for option in shown if option.tier == tier]
        if entries:
            yield f"**{wording.TIER[tier]}**\n\n" + "\n".join(entries)


def _refusals(items: Sequence[NotSuggested]) -> list[str]:
    """Return the refusals that a reader will look for first; regimens with one reason stand in one line."""
    place = {name: number for number, name in enumerate(_LOOKED_FOR)}
    grouped: dict[str, list[str]] = {}
    for item in sorted(items, key=lambda item: (place.get(item.regimen, len(place)), item.regimen)):
        grouped.setdefault("; ".join(item.because), []).append(item.short or item.regimen)
    shown = list(grouped.items())[:MOST_REFUSED]
    left = len(items) - sum(len(names) for _, names in shown)
    more = [f"{left} more in the full assessment"] if left else []
    return [*(f"{escape(listed(names))}: {escape(reason)}" for reason, names in shown), *more]


def _missing(advice: Advice) -> str:
    if not advice.missing:
        return ""
    shown = [
        f"{escape(datum.what)}: {escape(datum.why)}; {escape(datum.how)}" for datum in advice.missing[:MOST_MISSING]
    ]
    left = len(advice.missing) - len(shown)
    more = [f"{left} more in the full assessment"] if left > 0 else []
    return "**Missing**\n\n" + bullets([*shown, *more])
