"""An issuer of tokens for tests, with keys that are made once per run."""

from __future__ import annotations

import json
import time
import uuid
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://ehr.example.org"
KEYS = f"{ISSUER}/jwks.json"
BASE = "https://cds.example.org"
SERVICE = "/cds-services/myeloma-patient-view"


@cache
def private_key(name: str) -> Any:
    if name.startswith("rsa1024"):
        return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1() if name.startswith("p256") else ec.SECP384R1())


def public_jwk(name: str, kid: str | None = None, **more: Any) -> dict[str, Any]:
    algorithm = RSAAlgorithm if name.startswith("rsa") else ECAlgorithm
    found = json.loads(algorithm.to_jwk(private_key(name).public_key()))
    return {**{key: value for key, value in found.items() if key != "key_ops"}, "kid": kid or name, **more}


def key_set(*names: str) -> dict[str, Any]:
    return {"keys": [public_jwk(name) for name in names]}


def make_token(
    path: str = SERVICE,
    *,
    key: str = "ec1",
    alg: str = "ES384",
    header: dict[str, Any] | None = None,
    leave_out: tuple[str, ...] = (),
    **claims: Any,
) -> str:
    """Sign a token; a header or claim of `None` is left out."""
    now = int(time.time())
    payload = {
        "iss": ISSUER, "aud": BASE + path, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), **claims,
    }  # fmt: skip
    payload = {name: value for name, value in payload.items() if name not in leave_out}
    headers = {"kid": key, "typ": "JWT", "jku": KEYS, **(header or {})}
    headers = {name: value for name, value in headers.items() if value is not None}
    return jwt.encode(payload, private_key(key), algorithm=alg, headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
