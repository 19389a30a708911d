"""How the service uses the store: opened when first needed, and its failure never stops advice.

While the store is down, the `jti` of a token is remembered by this process alone; every failure is counted and logged, and
`/readyz` says degraded.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import structlog
from flask import current_app

from cds_service import metrics

if TYPE_CHECKING:
    from cds_service.store.database import Database

STORE = "myeloma-cds-store"
LOG = structlog.get_logger("myeloma_cds")
PAUSE_S = 5.0
"""After a failure the store is left alone for so long, so that calls do not queue up behind it."""
PURGE_EVERY_S = 3600.0
_MAX_REMEMBERED = 100_000


class StoreDownError(Exception):
    """Something could not be kept or read."""


class Store:
    """A store that may be down."""

    def __init__(self, url: str, retention_days: int) -> None:
        self._url = url
        self._retention_days = retention_days
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._down_until = 0.0
        self._purged_at: float | None = None
        self._remembered: dict[str, float] = {}

    def use_token(self, issuer: str, jti: str, expires: float) -> bool:
        """Write down a verified token (R97); false when it was used before."""
        digest = hashlib.sha256(f"{issuer}\0{jti}".encode("utf-8", "surrogatepass")).hexdigest()
        with self._lock:
            if self._remembered.get(digest, 0.0) > time.time():
                return False
        try:
            return bool(self._run(lambda database: database.use_token(digest, expires)))
        except StoreDownError:
            return self._remember(digest, expires)

    def add_feedback(self, rows: Sequence[dict[str, Any]]) -> int:
        """Keep feedback; return how much of it was new. Raises `StoreDownError`."""
        return int(self._run(lambda database: database.add_feedback(rows)))

    def feedback(self, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return what was kept. Raises `StoreDownError`."""
        return list(self._run(lambda database: database.feedback(since)))

    def put_sealed(self, place: str, expires: float, content: str) -> None:
        """Keep encrypted content at a place of its own. Raises `StoreDownError`."""
        self._run(lambda database: database.put_sealed(place, expires, content))

    def sealed(self, place: str) -> str | None:
        """Return what is kept at a place. Raises `StoreDownError`."""
        return cast("str | None", self._run(lambda database: database.sealed(place)))

    def take_sealed(self, place: str) -> str | None:
        """Return what is kept at a place and forget it. Raises `StoreDownError`."""
        return cast("str | None", self._run(lambda database: database.take_sealed(place)))

    def usable(self) -> bool:
        """Tell whether the store answers now."""
        try:
            self._run(lambda database: database.ping())
        except StoreDownError:
            return False
        return True

    def close(self) -> None:
        """Give all connections back, for example before workers are forked."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _remember(self, digest: str, expires: float) -> bool:
        """Keep a token in this process; when too many are remembered, the oldest are forgotten."""
        now = time.time()
        with self._lock:
            if self._remembered.get(digest, 0.0) > now:
                return False
            if len(self._remembered) >= _MAX_REMEMBERED:
                alive = {key: until for key, until in self._remembered.items() if until > now}
                excess = len(alive) - _MAX_REMEMBERED // 2
                for key in list(alive)[: max(0, excess)]:
                    del alive[key]
                self._remembered = alive
            self._remembered[digest] = expires
        return True

    def _open(self) -> Database:
        from cds_service.store.database import Database

        with self._lock:
            if self._database is None:
                self._database = Database(self._url)
            return self._database

    def _run(self, work: Any) -> Any:
        if time.monotonic() < self._down_until:
            metrics.count("store_failures_total")
            raise StoreDownError
        from cds_service.store.database import StoreError

        try:
            database = self._open()
            self._purge(database)
            return work(database)
        except StoreError as error:
            self._down_until = time.monotonic() + PAUSE_S
            metrics.count("store_failures_total")
            LOG.error("store_down", reason=str(error))  # noqa: TRY400 - a trace could hold the address
            raise StoreDownError from None

    def _purge(self, database: Database) -> None:
        now = time.monotonic()
        if self._purged_at is None or now - self._purged_at > PURGE_EVERY_S:
            self._purged_at = now
            database.purge(self._retention_days)


def store() -> Store:
    """Return the store of the app that answers."""
    return cast("Store", current_app.extensions[STORE])
