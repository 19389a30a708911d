"""What has to be remembered between two requests, in the shared store, so that any replica can go on.

A row is found only with the browser's name from its cookie and a random handle together, and its content is encrypted: the
store alone shows neither a token nor a patient, and a link alone opens nothing.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from hashlib import sha256

from cds_service.refusals import RefusalError
from cds_service.smart.flow import STATE_S, Pending, Session
from cds_service.smart.vault import Vault
from cds_service.store.access import Store, StoreDownError


class Sessions:
    """Sign-ins that were begun, once each, and those that succeeded, until their token expires."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def begin(self, browser: str, pending: Pending) -> str:
        """Remember a sign-in and return its `state`. Raises `RefusalError` when the store is down."""
        state = secrets.token_urlsafe(32)
        place = _place("state", browser, state)
        self._put(place, time.time() + STATE_S, asdict(pending))
        return state

    def resume(self, browser: str, state: str) -> Pending | None:
        """Return the sign-in of a `state` and forget it, so that it works once and in the browser that began it."""
        place = _place("state", browser, state)
        try:
            sealed = self._store.take_sealed(place)
        except StoreDownError:
            raise _down() from None
        content = self._vault.open(place, sealed) if sealed else None
        return Pending(**content) if content else None

    def keep(self, browser: str, session: Session) -> str:
        """Remember a session and return its handle. Raises `RefusalError` when the store is down."""
        handle = secrets.token_urlsafe(18)
        self._put(_place("session", browser, handle), session.expires, asdict(session))
        return handle

    def find(self, browser: str, handle: str) -> Session | None:
        """Return a session of this browser, if its token still lives."""
        place = _place("session", browser, handle)
        try:
            sealed = self._store.sealed(place)
        except StoreDownError:
            raise _down() from None
        content = self._vault.open(place, sealed) if sealed else None
        session = Session(**content) if content else None
        return session if session is not None and session.expires > time.time() else None

    def end(self, browser: str, handle: str) -> bool:
        """Forget a session; tell whether there was one."""
        try:
            return self._store.take_sealed(_place("session", browser, handle)) is not None
        except StoreDownError:
            raise _down() from None

    def _put(self, place: str, expires: float, content: dict[str, object]) -> None:
        try:
            self._store.put_sealed(place, expires, self._vault.seal(place, content))
        except StoreDownError:
            raise _down() from None


def _place(kind: str, browser: str, handle: str) -> str:
    return sha256(f"{kind}\0{browser}\0{handle}".encode("utf-8", "surrogatepass")).hexdigest()


def _down() -> RefusalError:
    return RefusalError(
        503, "transient", "Sign-ins cannot be kept just now, because the store does not answer. Please try again soon."
    )
