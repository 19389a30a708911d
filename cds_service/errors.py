"""Refusals as FHIR OperationOutcome (R07, R08): every answer that is not a 2xx has this shape.

A diagnostics text says what is wrong and what would help. It never repeats what the caller sent, so that neither
patient data nor a token can come back in it, and it never holds a stack trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from cds_service.json_provider import json_response
from cds_service.refusals import RefusalError

LOG = structlog.get_logger("myeloma_cds")
_DRAIN_FACTOR = 2

_TEXTS: Mapping[int, tuple[str, str]] = {
    400: ("invalid", "The request could not be read. Please send a well-formed HTTP request with a JSON body."),
    404: ("not-found", "There is nothing at this address. GET /cds-services lists the services of this server."),
    405: ("not-supported", "This address does not take this method; the Allow header names those it takes."),
    408: ("timeout", "The request did not arrive in time. Please send it again."),
    415: ("not-supported", "This address takes JSON. Please send Content-Type: application/json."),
}


def outcome(code: str, diagnostics: str, severity: str = "error") -> dict[str, Any]:
    """Make an OperationOutcome with one issue."""
    issue = {"severity": severity, "code": code, "diagnostics": diagnostics}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _answer(status: int, code: str, diagnostics: str) -> Response:
    return json_response(outcome(code, diagnostics), status)


def _refusal(error: RefusalError) -> Response:
    return _answer(error.status, error.code, error.diagnostics)


def drain() -> None:
    """Read what is left of a body that was refused, within bounds.

    Who is still sending would miss the answer, and what was not read would be taken for the next request of the connection.
    """
    stream = request.environ.get("wsgi.input")
    if stream is None or request.environ.get("HTTP_EXPECT", "").lower() == "100-continue":
        return
    left = _DRAIN_FACTOR * (request.max_content_length or 0)
    announced = request.content_length
    left = left if announced is None else min(left, announced)
    try:
        while left > 0 and (part := stream.read(min(left, 1 << 20))):
            left -= len(part)
    except Exception:  # noqa: BLE001 - whatever the server says of the rest: the answer stands
        return


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        limit = (request.max_content_length or 0) / (1024 * 1024)
        return _answer(
            413, "too-long", f"The body is larger than the {limit:.3g} MB that this server takes (MAX_BODY_MB)."
        )
    code, text = _TEXTS.get(status, ("processing", "The request could not be answered."))
    response = _answer(status, code, text)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unexpected(error: Exception) -> Response:
    """Answer 500 and log where it happened: file, line and kind, but not the text, which may quote the chart."""
    trace, frames = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    LOG.error("unexpected", kind=type(error).__name__, where=frames[-12:])
    return _answer(
        500,
        "exception",
        "The service failed while working on this request; nothing can be concluded from that about the patient. "
        "Please report it with the X-Request-ID of this answer.",
    )


def register(app: Flask) -> None:
    """Make every error of the app an OperationOutcome."""
    app.register_error_handler(RefusalError, _refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
