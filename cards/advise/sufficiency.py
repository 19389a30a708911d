"""Whether options are the question at all, and if not, why (E24, E32, E33; invariants 38, 41, 44)."""

from __future__ import annotations

from msgspec import Struct

from cards.advise.facts import exposed
from cards.advise.model import WithheldCode
from cards.knowledge.model import Knowledge
from fhir_mappings.history.model import IN_SCOPE, TreatmentHistory


class Withheld(Struct, frozen=True):
    """Why no options are given, as a code and in one sentence."""

    code: WithheldCode
    sentence: str


def withheld(history: TreatmentHistory, knowledge: Knowledge) -> Withheld | None:
    """Return why options do not apply, or `None` when they do."""
    return _scope(history) or _treated(history) or _cd38(history, knowledge) or _progressing(history)


def _scope(history: TreatmentHistory) -> Withheld | None:
    state = history.diagnosis.state
    if state == "unknown":
        return Withheld("data-missing", "The record does not settle whether this is active multiple myeloma.")
    if state not in IN_SCOPE:
        return Withheld("not-in-scope", "This service is about active multiple myeloma and plasma-cell leukaemia only.")
    return None


def _treated(history: TreatmentHistory) -> Withheld | None:
    if history.lines:
        return None
    if not history.drug_data_read:
        return Withheld("data-missing", "The medication data could not be read, so no options are given.")
    if history.any_antimyeloma_drug:
        return Withheld(
            "no-active-line",
            "No line of therapy for active myeloma is on record: first-line treatment is outside this service.",
        )
    return Withheld("no-line", "No line of therapy for active myeloma is on record.")


def _cd38(history: TreatmentHistory, knowledge: Knowledge) -> Withheld | None:
    given = exposed(history, "CD38", knowledge).value
    if given is False:
        return Withheld(
            "cd38-naive", "The options of this service start after an anti-CD38 antibody, and none has been given."
        )
    if given is None:
        return Withheld(
            "data-missing",
            "No anti-CD38 antibody is on record and the treatment history is incomplete; options start after one has been given.",
        )
    return None


def _progressing(history: TreatmentHistory) -> Withheld | None:
    progressing = history.summary.progressing if history.summary else "unknown"
    if history.deceased or any(line.end_reason == "death" for line in history.lines or ()):
        return Withheld("not-progressing", "The record says that the patient has died.")
    if progressing == "yes":
        return None
    if progressing == "no":
        return Withheld("not-progressing", "The disease is not progressing, so the next line is not the question.")
    if progressing == "possible":
        return Withheld(
            "progression-possible", "Progression is possible but not confirmed; options are given once it is."
        )
    return Withheld(
        "disease-status-unknown", "The disease status is unknown: no recent disease assessment is on record."
    )
