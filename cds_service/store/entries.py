"""Feedback entries as clients send them, checked and made anonymous (R80 to R86)."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from cds_service.identifiers import subject_of, topic_of
from cds_service.refusals import bad_request

MAX_ENTRIES = 1000
UNKNOWN = "unknown"
_ACCEPTED = "accepted"
_OUTCOMES = (_ACCEPTED, "overridden")
_CODE = re.compile(r"[\w.:\-]{1,100}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?")


def read_entries(content: Any, service: str, issuer: str | None) -> list[dict[str, Any]]:
    """Return the rows of a feedback body, or refuse it as a whole with 400 and the member that is wrong."""
    if not isinstance(content, dict):
        raise bad_request("The body has to be one JSON object with the member feedback.", "structure")
    entries = content.get("feedback")
    if not isinstance(entries, list):
        raise bad_request("feedback has to be an array of feedback entries.", "required")
    if len(entries) > MAX_ENTRIES:
        raise bad_request(f"feedback may hold {MAX_ENTRIES} entries; please send smaller batches.", "too-long")
    found = [_row(entry, f"feedback[{index}]", service, issuer) for index, entry in enumerate(entries)]
    return list({row["digest"]: row for row in found}.values())


def _row(entry: Any, where: str, service: str, issuer: str | None) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise bad_request(f"{where} has to be an object.", "structure")
    card, outcome = entry.get("card"), entry.get("outcome")
    if not isinstance(card, str) or not card.strip():
        wrong = "is missing; CDS Hooks requires it" if card is None else "has to be a text that is not empty"
        raise bad_request(f"{where}.card {wrong}. Please send the uuid of the card.", "required")
    if outcome not in _OUTCOMES:
        raise bad_request(f"{where}.outcome has to be accepted or overridden.", "value")
    happened = _time(entry.get("outcomeTimestamp"), where)
    accepted = _accepted(entry, where) if outcome == _ACCEPTED else []
    system, code, commented = _reason(entry, where)
    told = [service, issuer, card, outcome, happened.isoformat(), accepted, system, code, commented]
    return {
        "digest": hashlib.sha256(json.dumps(told).encode()).hexdigest(),
        "received": datetime.now(UTC),
        "service": service,
        "card": _card_id(card),
        "topic": topic_of(card) or UNKNOWN,
        "subject": subject_of(card),
        "outcome": outcome,
        "happened": happened,
        "suggestions": len(accepted),
        "reason_system": system,
        "reason_code": code,
        "commented": commented,
    }


def _card_id(card: str) -> str:
    """Keep a UUID; of anything else, which could hold anything, only a digest."""
    try:
        return str(uuid.UUID(card))
    except ValueError:
        return "other:" + hashlib.sha256(card.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _time(value: Any, where: str) -> datetime:
    if value is None:
        raise bad_request(
            f"{where}.outcomeTimestamp is missing; CDS Hooks requires it. Please send a time such as 2026-11-01T10:00:00Z.",
            "required",
        )
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value).upper())
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise bad_request(f"{where}.outcomeTimestamp has to be a time such as 2026-11-01T10:00:00Z.", "value")


def _accepted(entry: dict[str, Any], where: str) -> list[str]:
    given = entry.get("acceptedSuggestions")
    if not isinstance(given, list) or not given:
        raise bad_request(f"{where}.acceptedSuggestions is missing; it is required with accepted.", "required")
    ids = [item.get("id") if isinstance(item, dict) else None for item in given]
    if not all(isinstance(one, str) and one.strip() for one in ids):
        raise bad_request(f"{where}.acceptedSuggestions has to hold objects with an id.", "required")
    return sorted(str(one) for one in ids)


def _reason(entry: dict[str, Any], where: str) -> tuple[str | None, str | None, bool]:
    """Read the reason of an override; some clients say `overrideReasons`, as one object or as a list."""
    given = entry.get("overrideReason")
    if given is None:
        given = entry.get("overrideReasons")
    if isinstance(given, list):
        given = given[0] if given else None
    if given is None:
        return None, None, False
    if not isinstance(given, dict):
        raise bad_request(f"{where}.overrideReason has to be an object.", "structure")
    reason, comment = given.get("reason", given), given.get("userComment")
    if reason is None and comment is None and "extension" not in given:
        raise bad_request(f"{where}.overrideReason needs a reason or a userComment.", "required")
    if not given:
        raise bad_request(f"{where}.overrideReason needs a reason or a userComment.", "required")
    if isinstance(reason, list):
        reason = reason[0] if reason else {}
    if not isinstance(reason, dict | None):
        raise bad_request(f"{where}.overrideReason.reason has to be a Coding.", "structure")
    reason = reason or {}
    return _term(reason.get("system")), _term(reason.get("code")), isinstance(comment, str) and bool(comment.strip())


def _term(value: Any) -> str | None:
    """Keep what looks like a code or a system; other texts could hold anything."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if _CODE.fullmatch(text) or re.fullmatch(r"(https?://|urn:)[\w./:\-#]{1,180}", text, re.ASCII):
        return text
    return "(other)" if text else None
