"""`POST /cds-services/{id}/feedback` (R80 to R86): what clinicians did with cards, once each, without free text."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from cds_service import logs, metrics
from cds_service.bodies import read_body
from cds_service.hooks.discovery import SERVICES
from cds_service.hooks.messages import malformed
from cds_service.json_provider import json_response
from cds_service.refusals import RefusalError, bad_request
from cds_service.store.access import StoreDownError, store
from cds_service.store.entries import read_entries
from cds_service.trust.callers import caller

blueprint = Blueprint("feedback", __name__)
_IDS = frozenset(service["id"] for service in SERVICES)


@blueprint.post("/cds-services/<service>/feedback")
def feedback(service: str) -> Response:
    """Keep a batch of feedback. What was sent before is recognised and counts once (R82)."""
    if service not in _IDS:
        raise RefusalError(404, "not-found", "There is no such service. GET /cds-services lists the services.")
    body = read_body()
    if not body.strip():
        raise bad_request("The body is empty; feedback is one JSON object.", "structure")
    try:
        content = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise malformed(error) from None
    rows = read_entries(content, service, caller())
    try:
        kept = store().add_feedback(rows) if rows else 0
    except StoreDownError:
        raise RefusalError(
            503,
            "transient",
            "Feedback cannot be kept at the moment. Please send it again later; nothing is lost by that.",
        ) from None
    for row in rows:
        metrics.count("feedback_total", topic=row["topic"], outcome=row["outcome"])
    logs.note(service=service, entries=len(content["feedback"]), kept=kept)
    return json_response({"received": len(content["feedback"]), "new": kept})
