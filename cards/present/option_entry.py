"""How one option reads: why it is listed, what speaks against it, and its evidence in one line per trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cards.advise.model import CautionFound, EvidenceFit, Option
from cards.advise.words import listed, one
from cards.present import wording
from cards.present.markdown import escape, first_sentence
from fhir_mappings.history.model import TreatmentHistory

MOST_CAUTIONS = 4
_NEVER_LEFT_OUT = ("K-CARD", "K-NEURO", "K-BCMA", "K-INTOL")
_FIT = {
    "like-this-patient": "similar patients",
    "other-population": "other patients",
    "excluded-this-patient": "patients like this one were excluded",
    "not-stated": "fit not stated",
}
_START = {"yes": "", "not-now": ", **not now**", "unknown": ", data needed before the start"}


def display(option: Option) -> str:
    """Return the name a clinician uses."""
    return option.short or option.name


def notes_of(full: Sequence[Option], rest: Sequence[Option]) -> dict[str, int]:
    """Number what several options carry and what a summarised one must not lose; each is written once and referred to."""
    every = [text for option in full for text in _said(option)]
    shared = [text for text in dict.fromkeys(every) if every.count(text) > 1]
    must = [text for option in rest for text in _must_say(option)]
    return {text: number for number, text in enumerate(dict.fromkeys([*shared, *must]), 1)}


def _said(option: Option) -> list[str]:
    return [*option.statements, *(caution_words(caution) for caution in option.cautions if is_for_patient(caution))]


def _must_say(option: Option) -> list[str]:
    weighty = (item for item in option.cautions if is_for_patient(item) and _weighty(item))
    return [*option.statements, *(caution_words(caution) for caution in weighty)]


def _weighty(caution: CautionFound) -> bool:
    return caution.effect != "inform" or caution.id.startswith(_NEVER_LEFT_OUT)


def entry(option: Option, history: TreatmentHistory, notes: Mapping[str, int], situation: str | None) -> str:
    """Return an option in full."""
    label = escape(wording.label(option.label, history))
    head = f"- **{option.rank}. {escape(display(option))}**: {label}{_START[option.startable]}{_marks(_said(option), notes)}"
    items = [f"Why: {why}"] if (why := _why(option, situation)) else []
    items += [_evidence(item) for item in strongest(option, 2 if option.tier == "T1" else 1)]
    items += [f"Against: {text}" for text in _against(option, notes)]
    items += [f"Note: {escape(text)}" for text in option.statements if text not in notes]
    items += [f"Dose: {escape(note)}" for note in option.dose_notes[:2]]
    return "\n".join([head, *(f"  - {item}" for item in items)])


def brief(option: Option, notes: Mapping[str, int]) -> str:
    """Return a summarised option: its name, its label, and the notes it may not lose."""
    refractory = (
        f", contains {listed(option.refractory_components)}: refractory" if option.refractory_components else ""
    )
    status = f"{wording.SYMBOL[option.label.status]} {wording.label_short(option.label)}"
    start = ", not now" if option.startable == "not-now" else ""
    return f"{escape(display(option))} ({status}{start}{escape(refractory)}{_marks(_must_say(option), notes, ', ')})"


def _marks(texts: Sequence[str], notes: Mapping[str, int], lead: str = " (") -> str:
    numbers = sorted({notes[text] for text in texts if text in notes})
    if not numbers:
        return ""
    words = f"{'note' if len(numbers) == 1 else 'notes'} {', '.join(map(str, numbers))}"
    return f"{lead}{words}" + (")" if lead == " (" else "")


def _why(option: Option, situation: str | None) -> str:
    """Say in one line what speaks for it: the policy's reasons, a class not used yet."""
    reasons = [reason.rstrip(".") for reason in option.because if reason != situation][:2]
    if option.new_classes:
        reasons.append(f"not used so far: {listed([one(key) for key in option.new_classes])}")
    if not reasons and option.label.status == "met":
        reasons.append("every criterion of its label is met")
    text = "; ".join(
        reason[:1].lower() + reason[1:] if number and reason[1:2].islower() else reason
        for number, reason in enumerate(reasons)
    )
    return escape(f"{text[:1].upper()}{text[1:]}.") if text else ""


def _against(option: Option, notes: Mapping[str, int]) -> list[str]:
    items = []
    if option.refractory_components:
        items.append(f"contains {escape(listed(option.refractory_components))}, refractory.")
    present = [item for item in option.cautions if is_for_patient(item) and caution_words(item) not in notes]
    present = sorted(
        present, key=lambda caution: (caution.severity != "BLOCK", caution.effect == "inform", not _weighty(caution))
    )
    items += [escape(_low(caution_words(caution))) for caution in present[:MOST_CAUTIONS]]
    if len(present) > MOST_CAUTIONS:
        items.append(f"{len(present) - MOST_CAUTIONS} more cautions are in the full assessment.")
    return items


def _low(text: str) -> str:
    """Begin a sentence in lower case after a colon, unless it begins with an abbreviation or a name in capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def is_for_patient(caution: CautionFound) -> bool:
    """Tell a caution about this patient from a general note; resistance is said on its own line."""
    return caution.state == "present" and caution.severity in {"BLOCK", "WARN"} and caution.id != "K-REFR"


def caution_words(caution: CautionFound) -> str:
    """Return a caution in one sentence with what it rests on in the chart, marked when it is not verified."""
    here = f" (here: {'; '.join(caution.found)})" if caution.found else ""
    return first_sentence(caution.text) + here + (" (unverified)" if caution.unverified else "")


def strongest(option: Option, most: int) -> Sequence[EvidenceFit]:
    """Return the one or two strongest verified pieces of evidence; unverified ones only when there is nothing else."""
    usable = [item for item in option.evidence if item.evidence.text]
    verified = [item for item in usable if item.evidence.tag == "verified" and item.evidence.sources]
    order = {"like-this-patient": 0, "other-population": 1, "not-stated": 1, "excluded-this-patient": 2}
    chosen = sorted(verified or usable, key=lambda item: (order[item.fit], item.not_asked_for, item.evidence.rank))
    by_trial: dict[str, EvidenceFit] = {}
    for item in chosen:
        by_trial.setdefault(item.evidence.trial, item)
    return list(by_trial.values())[: most if verified else 1]


def _evidence(item: EvidenceFit) -> str:
    """Return a result with its trial, population and source (invariants 33, 34)."""
    evidence = item.evidence
    mark = {"verified": "", "unverified": " (unverified)", "article": " (2023 baseline article only, unverified)"}[
        evidence.tag
    ]
    why = f": {escape(item.because)}" if item.because else ""
    return (
        f"Evidence: {escape(evidence.trial)}{mark} ({escape(_first_part(evidence.design))}; {escape(_population(item))}): "
        f"{escape(first_sentence(evidence.text))} *{_FIT[item.fit]}{why}* \\[{escape(_source(item))}\\]"
    )


def _source(item: EvidenceFit) -> str:
    """Name the paper or the study's registration, and the ids under which the sources are listed in the documentation."""
    evidence = item.evidence
    known = [f"doi:{evidence.doi}"] if evidence.doi else [f"PMID {evidence.pmid}"] if evidence.pmid else []
    if not known and evidence.nct:
        known = [evidence.nct]
    listed_as = "sources " if len(evidence.sources[:2]) > 1 else "source "
    ids = ", ".join(source.removeprefix("regimens:") for source in evidence.sources[:2])
    return "; ".join([*known, *([listed_as + ids] if ids else [])]) or "no source"


def _first_part(text: str) -> str:
    return text.partition(";")[0].strip()


def _population(item: EvidenceFit) -> str:
    """Return the first part of the population, and always how much of it was anti-CD38-refractory where most was."""
    text = _first_part(item.evidence.population)
    share = {"all": "all anti-CD38-refractory", "most": "most anti-CD38-refractory"}.get(item.evidence.cd38_refractory)
    return f"{text}, {share}" if share and "anti-cd38-refractory" not in text.casefold() else text
