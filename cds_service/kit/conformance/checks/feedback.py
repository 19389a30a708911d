"""Feedback (R80 to R86). A service that does not take it is not looked at: feedback is optional."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Answer, SkipError, Target

check = Register()
TIME = "2026-11-01T10:00:00Z"
Body = dict[str, Any]


def _post(target: Target, *entries: Any, body: Any = None) -> Answer:
    """Post feedback. Raises `SkipError` when the service takes none."""
    path = f"{target.first.path}/feedback"
    if "feedback" not in target.tried:
        target.tried["feedback"] = target.post(path, {"feedback": [_overridden(target)]})
    if target.tried["feedback"].status in {404, 405, 501}:
        raise SkipError("the service takes no feedback")
    return target.post(path, {"feedback": list(entries)} if body is None else body)


def _card(target: Target) -> str:
    found = [card.get("uuid") for card in target.first.cards]
    return next((one for one in found if isinstance(one, str)), str(uuid.uuid4()))


def _accepted(target: Target, **changes: Any) -> Body:
    entry = {"card": _card(target), "outcome": "accepted", "acceptedSuggestions": [{"id": str(uuid.uuid4())}]}
    return {**entry, "outcomeTimestamp": TIME, **changes}


def _overridden(target: Target, **changes: Any) -> Body:
    reason = {"reason": {"code": "other", "system": "https://ehr.example.org/reasons", "display": "Other"}}
    return {
        "card": _card(target), "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": TIME, **changes,
    }  # fmt: skip


def _is_taken(answer: Answer, what: str) -> Iterable[str]:
    if not 200 <= answer.status < 300:
        yield f"{what}: answered {answer.status}"


@check("must")
def r80_accepted_is_taken(target: Target) -> Iterable[str]:
    """An accepted suggestion is taken."""
    yield from _is_taken(_post(target, _accepted(target)), "accepted")


@check("must")
def r81_overridden_is_taken(target: Target) -> Iterable[str]:
    """An overridden card is taken, with and without a reason."""
    yield from _is_taken(_post(target, _overridden(target)), "overridden with a reason")
    plain = _overridden(target)
    del plain["overrideReason"]
    yield from _is_taken(_post(target, plain), "overridden without a reason")
    yield from _is_taken(_post(target, _overridden(target, overrideReason={"userComment": "x"})), "with a comment only")


@check("must")
def r81_required_members(target: Target) -> Iterable[str]:
    """An entry that lacks a required member is 400."""
    for name in ("card", "outcome", "outcomeTimestamp"):
        entry = _overridden(target)
        del entry[name]
        answer = _post(target, entry)
        if answer.status != 400:
            yield f"without {name}: answered {answer.status} instead of 400"


@check("must")
def r81_feedback_is_an_array(target: Target) -> Iterable[str]:
    """A body without the array feedback is 400."""
    for name, body in (("no member", {}), ("no array", {"feedback": 5}), ("no JSON", b"{")):
        answer = _post(target, body=body)
        if answer.status != 400:
            yield f"{name}: answered {answer.status} instead of 400"


@check("must")
def r82_batches_and_repeats_are_taken(target: Target) -> Iterable[str]:
    """Batches, several cards, and the same feedback twice are taken."""
    batch = [_accepted(target), _overridden(target), _overridden(target, card=str(uuid.uuid4()))]
    yield from _is_taken(_post(target, *batch), "a batch")
    yield from _is_taken(_post(target, *batch), "the same batch again")
    yield from _is_taken(_post(target, batch[0], batch[0]), "an entry twice in a batch")


@check("should")
def r83_reasons_of_the_client_are_taken(target: Target) -> Iterable[str]:
    """Reasons of the client, also without display, are taken."""
    reason = {"reason": {"code": "local-7", "system": "urn:oid:1.2.3"}}
    yield from _is_taken(_post(target, _overridden(target, overrideReason=reason)), "a reason without display")


@check("should")
def r83_odd_spellings_do_not_break(target: Target) -> Iterable[str]:
    """Feedback as some clients spell it does not break the service."""
    plain = _overridden(target, card="5")
    reasons = plain.pop("overrideReason")
    for name, one in (("array", [reasons]), ("object", reasons)):
        answer = _post(target, {**plain, "overrideReasons": one})
        if answer.status >= 500:
            yield f"overrideReasons as {name}: answered {answer.status}"


@check("must")
def r84_ignored_is_no_outcome(target: Target) -> Iterable[str]:
    """There is no outcome ignored."""
    answer = _post(target, _overridden(target, outcome="ignored"))
    if answer.status != 400:
        yield f"answered {answer.status} instead of 400"


@check("must")
def r86_unknown_cards_do_not_break(target: Target) -> Iterable[str]:
    """An unknown card does not break the service."""
    for card in (str(uuid.uuid4()), "no-uuid"):
        answer = _post(target, _overridden(target, card=card))
        if answer.status >= 500:
            yield f"answered {answer.status}"


@check("must")
def r86_comments_are_not_sent_back(target: Target) -> Iterable[str]:
    """A comment is not sent back."""
    planted = "planted-comment-51c7"
    if planted in _post(target, _overridden(target, overrideReason={"userComment": planted})).text:
        yield "the answer repeats the comment"


@check("must")
def r80_an_unknown_service_is_404(target: Target) -> Iterable[str]:
    """Feedback for an unknown service is 404."""
    _post(target, _overridden(target))
    answer = target.post("/cds-services/org-example-no-such-service/feedback", {"feedback": [_overridden(target)]})
    if answer.status != 404:
        yield f"answered {answer.status}"
