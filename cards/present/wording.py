"""Short clinical words for the values of the assessment. One place, so that all cards speak alike."""

from __future__ import annotations

from collections.abc import Mapping

from cards.advise.criteria import DEPENDS_ON_LINES
from cards.advise.facts import prior_lines
from cards.advise.label import UNVERIFIED
from cards.advise.model import Criterion, LabelVerdict
from cards.advise.words import joined, listed
from fhir_mappings.history.model import Line, Progression, TreatmentHistory

TRUST: Mapping[str, str] = {
    "T1": "stated by a clinician",
    "T2": "confirmed by laboratory values or imaging",
    "T3": "laboratory values, new therapy began before a second one",
    "T4": "a single value, not confirmed",
    "T5": "inferred from a change of therapy",
    "T6": "an undated statement",
}
END_REASON: Mapping[str, str] = {
    "progression": "progression",
    "toxicity": "toxicity",
    "planned-completion": "planned end",
    "patient-choice": "patient's choice",
    "access": "access",
    "death": "death",
    "other": "other reason",
    "unknown": "reason not on record",
}
STATE: Mapping[str, str] = {
    "multiple-myeloma": "Multiple myeloma",
    "plasma-cell-leukemia": "Plasma-cell leukaemia",
}
RESPONSE: Mapping[str, str] = {"SD_or_MR": "SD or MR", "not-assessable": "not assessable"}
SYMBOL: Mapping[str, str] = {
    "met": "\u2713",
    "not-met": "\u2717",
    "unknown": "?",
    "off-label": "\u25cb",
    "not-authorised": "\u2298",
    "withdrawn": "\u2298",
    "pending": "\u2026",
}
"""A sign before the words of a label status: check, cross, question mark, circle, barred circle, dots."""
TIER: Mapping[str, str] = {
    "T1": "On label, evidence in patients like this one",
    "T2": "On label with evidence from other patients, or off-label with a randomised trial in similar patients",
    "T3": "Off-label or weaker evidence",
}
STATUS_LINE: Mapping[str, str] = {
    "yes": "Progressing.",
    "possible": "Progression is possible but not confirmed.",
    "no": "Not progressing at the last assessment.",
    "unknown": "Disease status unknown: no disease assessment in the last 90 days is on record.",
}
"""The disease status where no bold type is at hand; unknown is never shown as remission (invariant 44)."""
DECISION_SUPPORT = "Decision support, not a prescription."


_NAMES: Mapping[str, str] = {
    "bela_mono": "belantamab mafodotin",
    "dara_mono": "daratumumab",
    "elra_mono": "elranatamab",
    "K_mono": "carfilzomib",
    "linvo_mono": "linvoseltamab",
    "tal_mono": "talquetamab",
    "tec_mono": "teclistamab",
    "tal_dara": "Tal-D",
    "tal_dara_pom": "Tal-DP",
    "tal_tec": "Tal-Tec",
    "tec_dara": "Tec-Dara",
    "salvage_asct": "salvage transplant",
}


def regimen_name(name: str) -> str:
    """Say the display name of a line's regimen as a clinician does."""
    return _NAMES.get(name, name.replace("_", "-"))


def prior_count(history: TreatmentHistory) -> str:
    """Return the number of prior lines with its range."""
    low, high = prior_lines(history)
    if high == low:
        return f"{low} prior line" if low == 1 else f"{low} prior lines"
    if high is None:
        return f"{low} or more prior lines" if low else "Unknown number of prior lines"
    return f"{low} to {high} prior lines"


def progression(event: Progression) -> str:
    """Say when a progression was and how it is known (P20, P21)."""
    kind = "biochemical, " if event.biochemical_only else ""
    return f"{event.date.isoformat()} ({kind}{known_by(event)})"


def known_by(event: Progression) -> str:
    """Say how a progression is known; laboratory values and a statement that agree are both named (E10)."""
    if event.trust == "T1" and "E10" in event.basis:
        return "laboratory values and a clinician's statement"
    return TRUST[event.trust]


def ended(line: Line) -> str:
    """Say why a line ended."""
    certain = [event for event in line.progressions if event.trust in {"T1", "T2", "T3"}]
    if certain:
        last = certain[-1]
        kind = "biochemical progression" if last.biochemical_only else "progression"
        return f"{kind} {last.date.isoformat()}" + (", ongoing" if line.ongoing else "")
    if line.ongoing:
        return "ongoing"
    return END_REASON[line.end_reason] if line.end_reason else "reason not on record"


def label(verdict: LabelVerdict, history: TreatmentHistory) -> str:
    """Say the label status with its place; what is not met or open is named (invariants 7, 35)."""
    place = verdict.jurisdiction
    doubt = ", unverified" if UNVERIFIED in verdict.flags else ""
    unmet = [criterion.text for criterion in verdict.criteria if criterion.state == "not-met"]
    open_ = [criterion_words(criterion, history) for criterion in verdict.criteria if criterion.state == "unknown"]
    words = {
        "met": f"on label ({place}{doubt})",
        "not-met": f"label not met ({place}{doubt}): needs {listed(unmet)}"
        if unmet
        else f"label not met ({place}{doubt})",
        "unknown": f"label status unknown ({place}{doubt})",
        "off-label": f"off-label ({place})",
        "not-authorised": f"not authorised ({place})",
        "withdrawn": f"authorisation withdrawn ({place})",
        "pending": f"decision pending ({place})",
    }
    text = words[verdict.status]
    if verdict.status == "unknown":
        reason = joined((f"open: {listed(open_)}" if open_ else None, verdict.note))
        text = f"{text}: {reason.rstrip('.')}" if reason else text
    return f"{SYMBOL[verdict.status]} {text}"


def label_short(verdict: LabelVerdict) -> str:
    """Say the label status in two words."""
    words = {
        "met": "on label",
        "not-met": "label not met",
        "unknown": "label status unknown",
        "not-authorised": "not authorised",
        "withdrawn": "authorisation withdrawn",
        "pending": "decision pending",
    }
    return words.get(verdict.status, verdict.status)


def criterion_words(criterion: Criterion, history: TreatmentHistory) -> str:
    """Return a criterion; one that only the number of lines leaves open shows the range (invariant 35)."""
    if DEPENDS_ON_LINES in criterion.flags:
        return f"{criterion.text} (depends on line count: {prior_count(history)})"
    return criterion.text


def made_with(program_version: str, knowledge_version: str) -> str:
    """Name the program and knowledge behind a card (design decision 10)."""
    return f"{DECISION_SUPPORT} myeloma-cds {program_version}, knowledge {knowledge_version}."
