"""The gate in front of hooks, feedback, `/assess` and `/timeline` with `AUTH=required` (R90, R91, R98).

Discovery, health, metrics, schemas and preflights stay open. Wrong addresses and methods keep their 404 and 405.
"""

from __future__ import annotations

from typing import cast

import structlog
from flask import Flask, Response, current_app, g, request

from cds_service import metrics
from cds_service.errors import outcome
from cds_service.json_provider import json_response
from cds_service.settings import Settings
from cds_service.store.access import store
from cds_service.trust.issuers import Issuer, parse_issuers, sandbox_issuer
from cds_service.trust.tokens import RefusedTokenError, Verifier

LOG = structlog.get_logger("myeloma_cds")
_VERIFIER = "myeloma-cds-verifier"
TEXT = "Please authenticate with a signed token of a trusted issuer (CDS Hooks, Trusting CDS Clients)."


def issuers_of(settings: Settings) -> tuple[Issuer, ...]:
    """Return everybody to trust by the settings."""
    extra = (sandbox_issuer(),) if settings.sandbox else ()
    return (*parse_issuers(settings.trusted_issuers), *extra)


def register(app: Flask, settings: Settings, base_url: str) -> None:
    """Close the gate. `base_url` is what callers see, so that `aud` can be the URL of the endpoint (R93)."""
    app.extensions[_VERIFIER] = Verifier(
        issuers_of(settings), lambda iss, jti, until: store().use_token(iss, jti, until)
    )
    base = base_url.rstrip("/")

    @app.before_request
    def check() -> Response | None:
        if not _protected():
            return None
        try:
            verifier = cast("Verifier", current_app.extensions[_VERIFIER])
            found = verifier.verify(_bearer(), base + request.path.rstrip("/"))
        except RefusedTokenError as error:
            LOG.warning("unauthorized", request_id=g.get("request_id"), reason=str(error))
            metrics.count("tokens_refused_total")
            return _refuse()
        g.caller = found.iss
        return None


def _protected() -> bool:
    if request.method == "OPTIONS" or request.routing_exception is not None:
        return False
    path = request.path.rstrip("/")
    return path in {"/assess", "/timeline"} or path.startswith("/cds-services/")


def _bearer() -> str:
    given = request.headers.getlist("Authorization")
    if len(given) != 1:
        raise RefusedTokenError("no-token")
    scheme, _, token = given[0].strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or not token.isascii():
        raise RefusedTokenError("no-token")
    return token.strip()


def _refuse() -> Response:
    """Answer 401 without a reason (R98)."""
    response = json_response(outcome("login", TEXT), 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
