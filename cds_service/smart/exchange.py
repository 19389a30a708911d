"""The code of the redirect, exchanged for a token at the token endpoint (RFC 6749, section 4.1.3)."""

from __future__ import annotations

import time

import structlog

from cds_service.outgoing import OutgoingError, post_form
from cds_service.refusals import RefusalError, bad_request
from cds_service.smart.flow import Pending, Session, part_of, session_of

LOG = structlog.get_logger("myeloma_cds")
SECONDS = 10.0
MAX_BYTES = 1 << 20


def exchange(pending: Pending, code: str, *, client_id: str, redirect_uri: str) -> tuple[Session, str]:
    """Return the session that the code is good for, and the part of the page that the EHR asks for.

    Raises `RefusalError` with a text for the person who signed in.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "code_verifier": pending.verifier,
    }
    began = time.time()
    try:
        status, answer = post_form(pending.token_endpoint, form, seconds=SECONDS, max_bytes=MAX_BYTES)
    except OutgoingError as error:
        LOG.warning("smart_token_failed", reason=str(error))
        raise _failed("did not answer in a way that can be used") from None
    if 400 <= status < 500:
        LOG.warning("smart_token_refused", status=status)
        raise bad_request(
            "The EHR did not accept this sign-in; it may have taken too long, or was used before. Please start the app again "
            "from the EHR.",
            "login",
        )
    if status != 200 or not isinstance(answer, dict):
        LOG.warning("smart_token_failed", status=status)
        raise _failed("failed" if status != 200 else "did not answer in a way that can be used")
    return session_of(pending.iss, answer, began), part_of(answer.get("appContext"), answer.get("intent"), pending.part)


def _failed(what: str) -> RefusalError:
    return RefusalError(
        502, "processing", f"The EHR's sign-in {what}. Please try again; if it stays so, tell its administrator."
    )
