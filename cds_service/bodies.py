"""Request bodies: the media type (415), the size (413, by Flask's own limit) and the bytes."""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from cds_service.errors import drain
from cds_service.limits import time_to_send
from cds_service.refusals import RefusalError, bad_request

JSON_TYPES = frozenset({"application/json", "application/fhir+json", "application/json+fhir", "text/json"})
NDJSON_TYPES = frozenset(
    {
        "application/x-ndjson",
        "application/ndjson",
        "application/fhir+ndjson",
        "application/jsonl",
        "application/x-jsonlines",
    }
)


def read_body(*, ndjson: bool = False) -> bytes:
    """Return the body, or refuse it by media type or size. A request without Content-Type is taken as JSON."""
    media = (request.mimetype or "").lower()
    allowed = JSON_TYPES | NDJSON_TYPES if ndjson else JSON_TYPES
    if media and media not in allowed:
        extra = " (or application/x-ndjson)" if ndjson else ""
        raise RefusalError(415, "not-supported", f"Please send Content-Type: application/json{extra}.")
    charset = str(request.mimetype_params.get("charset", "utf-8")).lower().replace("_", "-")
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise RefusalError(415, "not-supported", "Please send JSON in UTF-8.")
    if (request.headers.get("Content-Encoding") or "identity").lower() != "identity":
        raise RefusalError(415, "not-supported", "Please send the body without Content-Encoding.")
    try:
        with time_to_send():
            data = _announced() if request.content_length is not None else request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # noqa: BLE001 - servers have errors of their own for a body that is cut off or broken
        raise bad_request("The body could not be read to its end. Please send it again.", "structure") from None
    if request.content_length is None and len(data) >= (request.max_content_length or len(data) + 1):
        raise RequestEntityTooLarge  # a chunked body is cut off at the limit without a word
    return data


def _announced() -> bytes:
    """Return a body of known length in one piece.

    It is asked for at once: servers hold what they read ahead, and copy all of it for each of the small steps of Werkzeug's own reading.
    """
    length = request.content_length or 0
    if request.max_content_length is not None and length > request.max_content_length:
        raise RequestEntityTooLarge
    stream = request.environ["wsgi.input"]
    data: bytes = stream.read(length)
    while len(data) < length and (more := stream.read(length - len(data))):
        data += more
    if len(data) < length:
        raise EOFError
    return data


def register(app: Flask) -> None:
    """Leave nothing unread behind a refusal, so that the connection can be used for the next call."""

    @app.after_request
    def settle(response: Response) -> Response:
        if response.status_code >= 400:
            with time_to_send():
                drain()
        return response
