"""One token, verified in an order that lets nobody fill the store or the key cache (R91 to R98).

Form, issuer, `jku`, algorithm, key, signature, audience, times, tenant - and only then is `jti` written down. Whatever is
wrong, the caller learns nothing but 401; the log gets a word of ours, never the token or what it holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from cds_service.trust.issuers import Issuer
from cds_service.trust.keys import KeySet

LEEWAY_S = 30
MAX_LIFE_S = 86_400
MAX_TOKEN = 16_384
_REQUIRED = ["iss", "aud", "exp", "iat", "jti"]
UseToken = Callable[[str, str, float], bool]
"""Remember a `jti` of an issuer until a time; false when it was used before."""


class RefusedTokenError(Exception):
    """A token that is not accepted. The word is for our log; it comes from here and never from the token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, by a verified token."""

    iss: str
    tenant: str | None = None


class Verifier:
    """Checks tokens against the trusted issuers."""

    def __init__(self, issuers: Sequence[Issuer], use_token: UseToken) -> None:
        self._trusted = [(issuer, KeySet(issuer)) for issuer in issuers]
        self._use_token = use_token

    def verify(self, token: str, endpoint: str) -> Caller:
        """Return the caller. `endpoint` is the URL of what is called, without its query (R93)."""
        if not token or len(token) > MAX_TOKEN:
            raise RefusedTokenError("form")
        header, claims = _unverified(token)
        for issuer, keys in self._candidates(header, claims):
            payload = _verified(token, header, issuer, keys, endpoint)
            if payload is not None:
                return self._once(issuer, payload)
        raise RefusedTokenError("signature")

    def _candidates(self, header: dict[str, Any], claims: dict[str, Any]) -> list[tuple[Issuer, KeySet]]:
        """Return the entries of the allow list that this token may belong to (R95)."""
        iss, jku, algorithm = claims.get("iss"), header.get("jku"), header.get("alg")
        same = [(issuer, keys) for issuer, keys in self._trusted if issuer.iss == iss]
        if not same:
            raise RefusedTokenError("issuer")
        if jku is not None:
            same = [(issuer, keys) for issuer, keys in same if issuer.jku in {None, jku}]
            if not same:
                raise RefusedTokenError("jku")
        same = [(issuer, keys) for issuer, keys in same if algorithm in issuer.algorithms]
        if not same:
            raise RefusedTokenError("algorithm")
        return same

    def _once(self, issuer: Issuer, payload: dict[str, Any]) -> Caller:
        """Accept a verified token unless it was used before (R97)."""
        jti, tenant = payload["jti"], payload.get("tenant")
        if not isinstance(jti, str) or not 0 < len(jti) <= 512:
            raise RefusedTokenError("jti")
        if issuer.tenants and tenant not in issuer.tenants:
            raise RefusedTokenError("tenant")
        try:
            expires, issued = float(payload["exp"]), float(payload["iat"])
        except (OverflowError, ValueError, TypeError):
            raise RefusedTokenError("life-time") from None
        if not -LEEWAY_S <= expires - issued <= MAX_LIFE_S or expires > time.time() + MAX_LIFE_S:
            raise RefusedTokenError("life-time")
        if not self._use_token(issuer.iss, jti, expires + LEEWAY_S):
            raise RefusedTokenError("replay")
        return Caller(issuer.iss, tenant if isinstance(tenant, str) else None)


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError, TypeError):
        raise RefusedTokenError("form") from None
    typ = header.get("typ")
    kid = header.get("kid")
    if "crit" in header or (typ is not None and str(typ).upper() != "JWT") or not isinstance(kid, str):
        raise RefusedTokenError("header")
    if not isinstance(claims.get("iss"), str) or not isinstance(header.get("jku", ""), str):
        raise RefusedTokenError("form")
    return header, claims


def _verified(token: str, header: dict[str, Any], issuer: Issuer, keys: KeySet, endpoint: str) -> dict[str, Any] | None:
    """Return the payload, or `None` when no key of this entry signed the token."""
    algorithm: str = header["alg"]
    for key in keys.find(header["kid"], algorithm):
        try:
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=[*issuer.audiences, endpoint],
                issuer=issuer.iss,
                leeway=LEEWAY_S,
                options={"require": _REQUIRED},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidKeyError):
            continue
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise RefusedTokenError(type(error).__name__) from None
        return payload
    return None
