"""Keys from `SECRET_KEY`: one signs the cookie, another encrypts what lies in the store. The secret itself is never used twice."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeTimedSerializer

COOKIE_S = 24 * 3600
_SALT = b"myeloma-cds smart 1"


@dataclass(frozen=True, slots=True)
class Browser:
    """What the cookie holds: a random name of the browser, and the session that it opened last. No secret of the EHR."""

    name: str
    last: str = ""


class Vault:
    """Signs and encrypts. Without a secret, a new one is made: what it made cannot be read after a restart."""

    def __init__(self, secret: str | None) -> None:
        material = secret.encode("utf-8", "surrogateescape") if secret else secrets.token_bytes(32)
        self._store = Fernet(urlsafe_b64encode(_derive(material, b"store")))
        self._cookie = URLSafeTimedSerializer(
            _derive(material, b"cookie"),
            salt="smart",
            signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"},
        )

    def seal(self, place: str, content: dict[str, Any]) -> str:
        """Encrypt content for one place of the store; anywhere else it cannot be opened."""
        return self._store.encrypt(orjson.dumps({"place": place, "content": content})).decode()

    def open(self, place: str, sealed: str) -> dict[str, Any] | None:
        """Decrypt what was sealed for this place; `None` when it was sealed with another key or was changed."""
        try:
            found = orjson.loads(self._store.decrypt(sealed))
        except (InvalidToken, orjson.JSONDecodeError):
            return None
        content: dict[str, Any] | None = found["content"] if found.get("place") == place else None
        return content

    def write_cookie(self, browser: Browser) -> str:
        """Sign what a browser keeps."""
        return str(self._cookie.dumps([browser.name, browser.last]))

    def read_cookie(self, text: str) -> Browser | None:
        """Return what was signed; `None` when it is too old or not ours."""
        try:
            name, last = self._cookie.loads(text, max_age=COOKIE_S)
        except (BadData, TypeError, ValueError):
            return None
        return Browser(str(name), str(last))


def _derive(material: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, _SALT, purpose).derive(material)
