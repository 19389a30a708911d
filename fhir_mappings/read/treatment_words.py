"""What reasons, categories and notes of a drug record say: why it was stopped, what it was for, how it is given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal, cast

from fhir_mappings.read.affirmed import affirmed
from fhir_mappings.record import Intent, StopReason
from fhir_mappings.terminology.lookup import Code, find
from fhir_mappings.terminology.names import fold
from fhir_mappings.terminology.phrases import phrase, phrase_table

_STOP_CODES: Final[dict[str, StopReason]] = {
    "stop_progression": "progression",
    "stop_no_response": "no-response",
    "stop_toxicity": "toxicity",
    "stop_refusal": "patient-choice",
    "stop_noncompliance": "patient-choice",
    "stop_pregnancy": "other",
    "stop_lost_to_follow_up": "other",
    "stop_death": "death",
    "stop_trial_completed": "planned-completion",
    "stop_regular_end": "planned-completion",
    "stop_regular_end_dose_reduced": "planned-completion",
    "stop_regular_end_switch": "planned-completion",
    "stop_financial": "access",
    "stop_moved": "access",
    "stop_not_available": "access",
    "stop_other": "other",
    "progressive": "progression",
    "relapse": "progression",
}

_NO_PROGRESS = phrase("stop_reason_denied")
_STOP_WORDS = tuple((cast("StopReason", value), pattern) for value, pattern, _ in phrase_table("stop_reason"))
_STOP_VERB = phrase("stop_verb")


def stop_reason_of(codes: Iterable[Code], text: str) -> StopReason | None:
    """Return why a drug was stopped: by code where one is known, else by its words; `other` for words that say nothing known."""
    for code in codes:
        row = find("disease_status", code)
        if row and row.concept in _STOP_CODES:
            reason = _STOP_CODES[row.concept]
            # The usual set of codes has none for progression: its nearest one stands beside words that say so.
            return "progression" if reason == "no-response" and stop_reason_in(text) == "progression" else reason
    return stop_reason_in(text) or ("other" if text.strip() else None)


def stop_reason_in(text: str) -> StopReason | None:
    """Return the reason for stopping that a text names; what it denies does not count."""
    plain = _NO_PROGRESS.sub(" ", fold(affirmed(text)))
    for reason, pattern in _STOP_WORDS:
        if pattern.search(plain):
            return reason
    return None


@lru_cache(maxsize=1024)
def stop_reason_in_note(text: str) -> StopReason | None:
    """Return the reason for stopping that a note names in a sentence about stopping."""
    for sentence in re.split(r"[.;|\n]", text):
        plain = fold(sentence)
        verb = _STOP_VERB.search(plain)
        if verb and (reason := stop_reason_in(plain[verb.start() :]) or stop_reason_in(plain)):
            return reason
    return None


_INTENTS = tuple((cast("Intent", value), pattern) for value, pattern, _ in phrase_table("intent"))


@lru_cache(maxsize=4096)
def intents_in(text: str) -> tuple[Intent, ...]:
    """Return every purpose that a text names."""
    plain = fold(text)
    return tuple(intent for intent, pattern in _INTENTS if pattern.search(plain))


def intent_of(codes: Iterable[Code], statements: Iterable[str], notes: str = "") -> Intent | None:
    """Return what a record says the drug was given for: its reasons and category first, a note only when it names one purpose."""
    for code in codes:
        row = find("disease_status", code)
        if row and row.concept == "intent_supportive":
            return "supportive"
    for text in statements:
        if found := intents_in(text):
            return found[0]
    found = intents_in(notes)
    return found[0] if len(found) == 1 else None


Route = Literal["oral", "iv", "sc", "other"]
_ROUTE_CODES: Final[dict[str, Route]] = {
    "26643006": "oral",
    "47625008": "iv",
    "34206005": "sc",
    "po": "oral",
    "iv": "iv",
    "ivinfus": "iv",
    "sq": "sc",
    "sc": "sc",
    "subcut": "sc",
    "c38288": "oral",
    "c38276": "iv",
    "c38299": "sc",
    "20053000": "oral",
    "20045000": "iv",
    "20066000": "sc",
}
_ROUTE_WORDS = tuple((cast("Route", value), pattern) for value, pattern, _ in phrase_table("route"))


def route_of(codes: Iterable[Code], text: str) -> Route | None:
    """Return the route of a dose; `other` when one is given that is none of the three."""
    given = False
    for code in codes:
        if known := _ROUTE_CODES.get(code.code.lower()):
            return known
        given = given or bool(code.code)
    return _route_in(text[:2000]) or ("other" if given else None)


@lru_cache(maxsize=2048)
def _route_in(text: str) -> Route | None:
    plain = fold(text)
    return next((route for route, pattern in _ROUTE_WORDS if pattern.search(plain)), None)
