"""Tokens for services that ask for them: one per call, with the address of the call as `aud` (R91 to R93)."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import orjson

_ALGORITHMS = {("EC", "P-384"): "ES384", ("EC", "P-256"): "ES256", ("RSA", None): "RS384"}


class Signer:
    """Signs with a private JSON Web Key. Raises `ValueError` when the file holds none."""

    def __init__(self, key_file: Path, issuer: str, jku: str | None = None) -> None:
        import jwt

        try:
            key = orjson.loads(key_file.read_bytes())
            kind = (key["kty"], key.get("crv"))
            self._algorithm = key.get("alg") or _ALGORITHMS[kind]
            self._key: Any = jwt.PyJWK(key, algorithm=self._algorithm).key
            self._kid = key["kid"]
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
            raise ValueError(
                f"{key_file} holds no private JSON Web Key with kty and kid ({type(error).__name__})"
            ) from None
        self._issuer = issuer
        self._jku = jku

    def token(self, url: str) -> str:
        """Return a new token for a call of this URL."""
        import jwt

        now = int(time.time())
        header = {"kid": self._kid, "typ": "JWT", **({"jku": self._jku} if self._jku else {})}
        claims = {
            "iss": self._issuer, "aud": url.partition("?")[0], "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()),
        }  # fmt: skip
        return jwt.encode(claims, self._key, algorithm=self._algorithm, headers=header)
