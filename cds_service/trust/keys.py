"""Key sets: fetched when first needed, kept, fetched again for an unknown `kid` but not too often (R96)."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import jwt
import orjson
import structlog

from cds_service.outgoing import OutgoingError, fetch_json
from cds_service.trust.issuers import Issuer

LOG = structlog.get_logger("myeloma_cds")
MAX_AGE_S = 3600.0
MIN_PAUSE_S = 30.0
FETCH_S = 3.0
MAX_BYTES = 262_144
MAX_KEYS = 100
MIN_RSA_BITS = 2048
Key = dict[str, Any]


def _now() -> float:
    return time.monotonic()


class KeySet:
    """The public keys of one issuer. Between two attempts to read them lie at least `MIN_PAUSE_S` seconds."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: dict[str, tuple[Key, ...]] = {}
        self._read_at: float | None = None
        self._tried_at: float | None = None
        self._lock = threading.Lock()

    def find(self, kid: str, algorithm: str) -> list[jwt.PyJWK]:
        """Return the keys of this id that fit the algorithm; several only while an issuer uses one id twice."""
        if self._stale() or kid not in self._keys:
            self._refresh(kid)
        return [key for data in self._keys.get(kid, ()) if (key := usable(data, algorithm)) is not None]

    def _stale(self) -> bool:
        return self._read_at is None or _now() - self._read_at > MAX_AGE_S

    def _refresh(self, kid: str) -> None:
        """Read the keys again unless that was tried a moment ago; the old ones stay when it fails."""
        if not self._lock.acquire(timeout=FETCH_S):
            return
        try:
            if not self._stale() and kid in self._keys:
                return
            if self._tried_at is not None and _now() - self._tried_at < MIN_PAUSE_S:
                return
            self._tried_at = _now()
            try:
                self._keys = _by_id(self._load())
                self._read_at = _now()
            except (OutgoingError, OSError, ValueError) as error:
                LOG.warning("key_set_unreadable", iss=self._issuer.iss, reason=type(error).__name__)
        finally:
            self._lock.release()

    def _load(self) -> Any:
        if self._issuer.jwks_file is not None:
            data = Path(self._issuer.jwks_file).read_bytes()
            return orjson.loads(data)
        return fetch_json(self._issuer.jku or "", seconds=FETCH_S, max_bytes=MAX_BYTES)


def _by_id(content: Any) -> dict[str, tuple[Key, ...]]:
    keys = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(keys, list):
        raise ValueError("not a key set")  # noqa: TRY004 - one kind of error for every unusable content
    found: dict[str, tuple[Key, ...]] = {}
    for key in keys[:MAX_KEYS]:
        if isinstance(key, dict) and isinstance(key.get("kid"), str):
            found[key["kid"]] = (*found.get(key["kid"], ()), key)
    return found


def usable(data: Key, algorithm: str) -> jwt.PyJWK | None:
    """Return a key as PyJWT wants it, or `None` when it is not a public signature key for this algorithm (R94)."""
    if data.get("kty") not in {"EC", "RSA", "OKP"} or data.get("use", "sig") != "sig":
        return None
    if data.get("alg", algorithm) != algorithm:
        return None
    curves = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
    if algorithm in curves and data.get("crv") != curves[algorithm]:
        return None
    public = {name: value for name, value in data.items() if name not in {"d", "p", "q", "dp", "dq", "qi", "key_ops"}}
    try:
        key = jwt.PyJWK({**public, "alg": algorithm}, algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if data["kty"] == "RSA" and key.key.key_size < MIN_RSA_BITS:
        return None
    return key
