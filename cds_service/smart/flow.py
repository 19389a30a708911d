"""The authorization-code flow with PKCE (SMART App Launch 2.2, RFC 6749, RFC 7636), without any input or output."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from cds_service.refusals import RefusalError, bad_request

STATE_S = 600
"""Seconds that a person has for signing in at the EHR."""
DEFAULT_TOKEN_S = 3600
"""How long a token is kept when the EHR does not say how long it lives (RFC 6749, section 5.1, recommends that it does)."""
MAX_TOKEN_S = 12 * 3600
PARTS: Mapping[str, str] = {
    "mmhistory": "history",
    "mmoptions": "options",
    "mmsafety": "warnings",
    "mmdata": "missing",
}
"""Topic of a card, as `appContext` or `intent` say it, without its hyphen; and the part of the page that is about it."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
_PATIENT = re.compile(r"[^\s/?#\x00-\x1f\x7f]{1,256}")


@dataclass(frozen=True, slots=True)
class Server:
    """An EHR's authorization server, as its `smart-configuration` describes it."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str | None = None
    scopes_v2: bool = False
    """Whether it knows the scopes of SMART 2 only (`patient/*.rs`)."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that was begun: what the redirect back is compared with."""

    iss: str
    token_endpoint: str
    issuer: str | None
    verifier: str = field(repr=False)
    part: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that succeeded: one patient of one FHIR server, for as long as the token lives."""

    iss: str
    token: str = field(repr=False)
    patient: str
    expires: float
    banner: bool = True
    """Whether the page has to say whose chart it shows (`need_patient_banner`)."""


def new_verifier() -> str:
    """Make a PKCE code verifier: 256 bits, 43 characters."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def scopes(server: Server, *, from_ehr: bool) -> str:
    """Return what is asked for: to read the chart of the patient in context, and who is signed in; nothing is written."""
    reading = "patient/*.rs" if server.scopes_v2 else "patient/*.read"
    return f"{'launch' if from_ehr else 'launch/patient'} {reading} openid fhirUser"


def authorize_url(
    server: Server, *, client_id: str, redirect_uri: str, iss: str, launch: str | None, state: str, verifier: str
) -> str:
    """Return where the browser is sent to sign in. `aud` is `iss` as the EHR wrote it."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": scopes(server, from_ehr=launch is not None),
        "state": state,
        "aud": iss,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **({"launch": launch} if launch is not None else {}),
    }
    parts = urlsplit(server.authorization_endpoint)
    query = "&".join(filter(None, [parts.query, urlencode(asked)]))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def part_of(*contexts: object) -> str:
    """Return the part of the page that an `appContext` or `intent` names; empty when none of them names one."""
    for given in contexts:
        key = given.replace("-", "").strip().lower() if isinstance(given, str) else ""
        if key in PARTS.values():
            return key
        if key in PARTS:
            return PARTS[key]
    return ""


def session_of(iss: str, answer: Mapping[str, Any], now: float) -> Session:
    """Read a token response, or refuse it with a text for the person who signed in.

    Kept are the access token, until it expires, and the patient; an id token or a refresh token is not used and not kept.
    """
    token, kind = answer.get("access_token"), answer.get("token_type")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise RefusalError(502, "processing", "The EHR's sign-in answered without a token that can be used.")
    patient = answer.get("patient")
    patient = patient.removeprefix("Patient/") if isinstance(patient, str) else ""
    if not _PATIENT.fullmatch(patient) or patient in {".", ".."}:
        raise bad_request(
            "The EHR did not say which patient is open, so no chart was read. Please open a patient's chart and start the "
            "app from there.",
            "required",
        )
    lives = _seconds(answer.get("expires_in"))
    if lives <= 0:
        raise RefusalError(502, "processing", "The EHR's sign-in answered with a token that has expired already.")
    return Session(
        iss, token, patient, now + min(lives, MAX_TOKEN_S), banner=answer.get("need_patient_banner") is not False
    )


def _seconds(value: object) -> float:
    if value is None:
        return DEFAULT_TOKEN_S
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else DEFAULT_TOKEN_S
