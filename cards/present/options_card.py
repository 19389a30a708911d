"""The card of options after an anti-CD38 antibody (`mm-options`): label, evidence, resistance and cautions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cards.advise.model import Advice, CautionFound, EvidenceFit, JurisdictionAdvice, NotSuggested, Option
from cards.advise.words import listed
from cards.present import wording
from cards.present.card import Card, Link
from cards.present.markdown import bullets, escape, first_sentence, one_sentence, paragraphs
from fhir_mappings.history.model import TreatmentHistory

MOST_IN_FULL = 5
MOST_SHORT = 8
MOST_REFUSED = 6
MOST_MISSING = 5
MOST_CAUTIONS = 4
_BASELINE = "post-daratumumab-2023"
_NEVER_LEFT_OUT = ("K-CARD", "K-NEURO", "K-BCMA", "K-INTOL")
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
    "EloPd",
    "SVd",
    "Kd",
    "KRd",
    "PVd",
    "SDd",
    "Sd",
    "VenVd",
    "VenD",
)
_FIT = {
    "like-this-patient": "similar patients",
    "other-population": "other patients",
    "excluded-this-patient": "patients like this one were excluded",
    "not-stated": "fit not stated",
}


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
    return Card("mm-options", _summary(advice), "info", paragraphs(parts), (), links)


def _footer(advice: Advice, program_version: str) -> str:
    made = wording.made_with(program_version, advice.knowledge_version)
    trials = "Trial results describe the patients of the trial, not what this patient will experience."
    return f"*{trials} {made} Labels and evidence as of {advice.as_of.isoformat()}.*"


def _summary(advice: Advice) -> str:
    place = advice.by_jurisdiction[advice.jurisdictions[0]]
    baseline = "2023 baseline: " if advice.policy == _BASELINE else ""
    if not place.recommendations:
        return one_sentence(f"{baseline}Next line after an anti-CD38 antibody: no option stands out; reasons inside.")
    first, *others = place.recommendations
    text = f"{baseline}Next line after an anti-CD38 antibody: {display(first)} ({wording.label_short(first.label)})"
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
    notes = shared_statements(place.recommendations)
    yield from _tiers(place, history, notes, advice.row_title)
    yield from (f"**Note {number}.** {escape(text)}" for text, number in notes.items())
    ranks = [option.rank for option in place.recommendations]
    if len(ranks) != len(set(ranks)):
        yield "Options with the same number stand in no order of preference."
    if place.not_suggested:
        shown = _first_refused(place.not_suggested)
        left = len(place.not_suggested) - len(shown)
        more = [f"{left} more in the full assessment"] if left else []
        yield "**Not suggested**\n\n" + bullets([*(_refused(item) for item in shown), *more])


def shared_statements(options: Sequence[Option]) -> dict[str, int]:
    """Number the statements and cautions that several options carry; they are written once and referred to."""
    every = [text for option in options for text in _said(option)]
    shared = [text for text in dict.fromkeys(every) if every.count(text) > 1]
    return {text: number for number, text in enumerate(shared, 1)}


def _said(option: Option) -> list[str]:
    return [*option.statements, *(caution_words(caution) for caution in option.cautions if is_for_patient(caution))]


def _tiers(
    place: JurisdictionAdvice, history: TreatmentHistory, notes: Mapping[str, int], situation: str | None
) -> Iterator[str]:
    full = short = 0
    for tier in ("T1", "T2", "T3"):
        entries = []
        for option in (option for option in place.recommendations if option.tier == tier):
            in_full = tier != "T3" and full < MOST_IN_FULL
            full += in_full
            short += not in_full
            if in_full or short <= MOST_SHORT:
                entries.append(_entry(option, history, notes, situation, in_full=in_full))
        if entries:
            yield f"**{wording.TIER[tier]}**\n\n" + "\n".join(entries)
    if short > MOST_SHORT:
        yield f"{short - MOST_SHORT} more are in the full assessment."


def _entry(
    option: Option, history: TreatmentHistory, notes: Mapping[str, int], situation: str | None, *, in_full: bool
) -> str:
    """Return an option: in full with reasons and evidence, or as one line with what must never be missing."""
    start = {"yes": "", "not-now": " - **not now**", "unknown": ""}[option.startable]
    label = escape(wording.label(option.label, history))
    head = f"- **{option.rank}. {escape(display(option))}** - {label}{start}{_note_marks(option, notes)}"
    items: list[str] = []
    if in_full:
        items += [escape(reason) for reason in option.because if reason != situation][:2]
        items += [_evidence(item) for item in strongest(option, 2 if option.tier == "T1" else 1)]
    items += _warnings(option, notes, brief=not in_full)
    return "\n".join([head, *(f"  - {item}" for item in items)])


def _note_marks(option: Option, notes: Mapping[str, int]) -> str:
    numbers = sorted({notes[text] for text in _said(option) if text in notes})
    return f" (note {', '.join(map(str, numbers))})" if numbers else ""


def display(option: Option) -> str:
    """Return the short name of a combination or CAR-T product, the drug's name of a single drug."""
    if len(option.agents) == 1 and "-cel" not in option.short:
        return option.agents[0]
    return option.short or option.name


def _warnings(option: Option, notes: Mapping[str, int], *, brief: bool) -> list[str]:
    items = []
    if option.refractory_components:
        names = listed([escape(name) for name in option.refractory_components])
        items.append(f"Contains {names}: refractory")
    items += [escape(statement) for statement in option.statements if statement not in notes]
    present = [item for item in option.cautions if is_for_patient(item) and caution_words(item) not in notes]
    present = sorted(present, key=lambda caution: (caution.severity != "BLOCK", caution.effect == "inform"))
    if brief:
        present = [item for item in present if item.effect != "inform" or item.id.startswith(_NEVER_LEFT_OUT)]
    items += [escape(caution_words(caution)) for caution in present[:MOST_CAUTIONS]]
    if len(present) > MOST_CAUTIONS:
        items.append(f"{len(present) - MOST_CAUTIONS} more cautions are in the full assessment")
    return items + [f"Dose: {escape(note)}" for note in option.dose_notes[:2]]


def is_for_patient(caution: CautionFound) -> bool:
    """Tell a caution about this patient from a general note; resistance is said on its own line."""
    return caution.state == "present" and caution.severity in {"BLOCK", "WARN"} and caution.id != "K-REFR"


def caution_words(caution: CautionFound) -> str:
    """Return a caution in one sentence, marked when it is not verified."""
    return first_sentence(caution.text) + (" (unverified)" if caution.unverified else "")


def strongest(option: Option, most: int) -> Sequence[EvidenceFit]:
    """Return the one or two strongest verified pieces of evidence; unverified ones only when there is nothing else."""
    usable = [item for item in option.evidence if item.evidence.text]
    verified = [item for item in usable if item.evidence.tag == "verified" and item.evidence.sources]
    order = {"like-this-patient": 0, "other-population": 1, "not-stated": 1, "excluded-this-patient": 2}
    chosen = sorted(verified or usable, key=lambda item: (order[item.fit], item.evidence.rank))
    by_trial: dict[str, EvidenceFit] = {}
    for item in chosen:
        by_trial.setdefault(item.evidence.trial, item)
    return list(by_trial.values())[: most if verified else 1]


def _evidence(item: EvidenceFit) -> str:
    """Return a result with its trial, population and source (invariants 33, 34)."""
    evidence = item.evidence
    mark = "" if evidence.tag == "verified" else " (unverified)"
    why = f": {escape(item.because)}" if item.because else ""
    source = "; ".join([*evidence.sources[:2], *([f"doi:{evidence.doi}"] if evidence.doi else [])]) or "no source"
    return (
        f"{escape(evidence.trial)}{mark} ({escape(_first_part(evidence.design))}; {escape(_population(item))}): "
        f"{escape(first_sentence(evidence.text))} *{_FIT[item.fit]}{why}* \\[{escape(source)}\\]"
    )


def _first_part(text: str) -> str:
    return text.partition(";")[0].strip()


def _population(item: EvidenceFit) -> str:
    """Return the first part of the population, and always how much of it was anti-CD38-refractory where most was."""
    text = _first_part(item.evidence.population)
    share = {"all": "all anti-CD38-refractory", "most": "most anti-CD38-refractory"}.get(item.evidence.cd38_refractory)
    return f"{text}, {share}" if share and "anti-cd38-refractory" not in text.casefold() else text


def _first_refused(items: Sequence[NotSuggested]) -> list[NotSuggested]:
    """Return the refusals that a reader will look for first."""
    place = {name: number for number, name in enumerate(_LOOKED_FOR)}
    return sorted(items, key=lambda item: (place.get(item.regimen, len(place)), item.regimen))[:MOST_REFUSED]


def _refused(item: NotSuggested) -> str:
    return f"{escape(item.short or item.regimen)}: {escape('; '.join(item.because))}"


def _missing(advice: Advice) -> str:
    if not advice.missing:
        return ""
    shown = [
        f"{escape(datum.what)}: {escape(datum.why)}; {escape(datum.how)}" for datum in advice.missing[:MOST_MISSING]
    ]
    left = len(advice.missing) - len(shown)
    more = [f"{left} more in the full assessment"] if left > 0 else []
    return "**Missing**\n\n" + bullets([*shown, *more])
