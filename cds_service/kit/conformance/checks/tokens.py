"""Services that ask for a token (R90 to R98); one that is open is not looked at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterable

import orjson

from cds_service.kit.conformance.model import Register
from cds_service.kit.conformance.target import Answer, SkipError, Target

check = Register()


def _part(value: object) -> str:
    data = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _forged(url: str, algorithm: str) -> str:
    """Return a token that nobody should accept."""
    now = int(time.time())
    claims = {"iss": "https://ehr.example.org", "aud": url, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
    signed = f"{_part({'alg': algorithm, 'kid': 'k', 'typ': 'JWT'})}.{_part(claims)}"
    digest = hmac.new(b"secret", signed.encode(), hashlib.sha256).digest() if algorithm != "none" else b""
    return f"{signed}.{_part(digest)}"


def _closed(target: Target) -> Answer:
    """Return the refusal of a call without a token. Raises `SkipError` when the service is open."""
    call = target.first
    answer = target.again_unsigned("unsigned", call)
    if answer.status not in {401, 403}:
        raise SkipError("the service answers without a token")
    return answer


@check("must")
def r90_without_a_token_it_is_401(target: Target) -> Iterable[str]:
    """Without a token the answer is 401."""
    if _closed(target).status != 401:
        yield f"answered {_closed(target).status}"


@check("must")
def r94_forged_tokens_are_refused(target: Target) -> Iterable[str]:
    """Unsigned and symmetric tokens, and no tokens, are refused."""
    _closed(target)
    call = target.first
    for name, token in (
        ("none", _forged(target.base + call.path, "none")),
        ("HS256", _forged(target.base + call.path, "HS256")),
        ("no token", "x"),
    ):
        answer = target.post(call.path, call.request, signed=False, headers={"Authorization": f"Bearer {token}"})
        if answer.status != 401:
            yield f"{name}: answered {answer.status}"


@check("should")
def r98_a_refusal_gives_no_reason(target: Target) -> Iterable[str]:
    """A refusal gives no reason."""
    first = _closed(target)
    token = _forged(target.base + target.first.path, "none")
    second = target.post(
        target.first.path, target.first.request, signed=False, headers={"Authorization": f"Bearer {token}"}
    )
    if first.text != second.text:
        yield "refusals for different reasons differ"


@check("should")
def r85_feedback_asks_for_a_token(target: Target) -> Iterable[str]:
    """Feedback asks for a token as calls do."""
    _closed(target)
    answer = target.post(f"{target.first.path}/feedback", {"feedback": []}, signed=False)
    if answer.status not in {401, 403, 404, 405}:
        yield f"answered {answer.status}"
