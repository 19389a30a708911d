"""The store itself, over SQLAlchemy Core. Loaded only when something is to be kept or looked up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, delete, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from cds_service.store.tables import FEEDBACK, HEAD, SEALED, USED_TOKENS

WAIT_S = 2
"""Longest wait for a lock, a connection or a statement."""
_LOCK_ID = 0x6D79656C


class StoreError(Exception):
    """The store cannot be used now; the text is a line for the operator, without the URL's password."""


class Database:
    """An open store at the newest revision."""

    def __init__(self, url: str) -> None:
        try:
            parsed = _with_driver(make_url(url))
            self.engine = _engine(parsed)
            self._insert: Any = postgresql.insert if self.engine.dialect.name == "postgresql" else sqlite.insert
            with self.engine.connect() as connection:
                current = _revision(connection)
            if current != HEAD:
                _migrate(self.engine)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(f"MYELOMA_CDS_DATABASE_URL cannot be used: {type(error).__name__}") from None
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(_reason(error)) from None

    def ping(self) -> None:
        """Ask for nothing, to see whether it answers."""
        self._do(lambda connection: connection.execute(select(1)))

    def use_token(self, digest: str, expires: float) -> bool:
        """Write down a token; false when it is there already. One statement, so that workers cannot race."""
        statement = self._new(USED_TOKENS, {"digest": digest, "expires": expires})
        return bool(self._do(lambda connection: connection.execute(statement).first() is not None))

    def add_feedback(self, rows: Sequence[dict[str, Any]]) -> int:
        """Keep feedback and return how much of it was new. Always in one order, so that two workers never wait in a circle."""
        statements = [self._new(FEEDBACK, row) for row in sorted(rows, key=lambda row: str(row["digest"]))]

        def add(connection: Connection) -> int:
            return sum(connection.execute(statement).first() is not None for statement in statements)

        return int(self._do(add))

    def _new(self, table: Table, row: dict[str, Any]) -> Any:
        """Insert what is not there yet; what is new comes back (a row count would not be reliable)."""
        return self._insert(table).values(**row).on_conflict_do_nothing().returning(table.c.digest)

    def feedback(self, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return what was kept, oldest first."""
        query = select(FEEDBACK).order_by(FEEDBACK.c.received, FEEDBACK.c.digest)
        if since is not None:
            query = query.where(FEEDBACK.c.received >= since)
        found = self._do(lambda connection: connection.execute(query).mappings().all())
        return [dict(row) for row in found]

    def put_sealed(self, place: str, expires: float, content: str) -> None:
        """Keep encrypted content at a place of its own until it expires; what has expired by now goes."""

        def put(connection: Connection) -> None:
            connection.execute(delete(SEALED).where(SEALED.c.expires < time.time()))
            connection.execute(self._insert(SEALED).values(place=place, expires=expires, content=content))

        self._do(put)

    def sealed(self, place: str) -> str | None:
        """Return what is kept at a place and has not expired."""
        query = select(SEALED.c.content).where(SEALED.c.place == place, SEALED.c.expires > time.time())
        found = self._do(lambda connection: connection.execute(query).scalar())
        return None if found is None else str(found)

    def take_sealed(self, place: str) -> str | None:
        """Return the same and forget it, in one statement, so that of two workers one gets it."""
        statement = delete(SEALED).where(SEALED.c.place == place).returning(SEALED.c.content, SEALED.c.expires)
        found = self._do(lambda connection: connection.execute(statement).first())
        return str(found.content) if found is not None and found.expires > time.time() else None

    def purge(self, retention_days: int) -> None:
        """Forget feedback older than the retention, and tokens and SMART sessions that have expired."""
        oldest = datetime.now(UTC) - timedelta(days=retention_days)

        def forget(connection: Connection) -> None:
            connection.execute(delete(USED_TOKENS).where(USED_TOKENS.c.expires < time.time()))
            connection.execute(delete(SEALED).where(SEALED.c.expires < time.time()))
            connection.execute(delete(FEEDBACK).where(FEEDBACK.c.received < oldest))

        self._do(forget)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _do(self, work: Any) -> Any:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(_reason(error)) from None


def _reason(error: Exception) -> str:
    """Say what kind of failure it was; the full text may hold parameters or the address."""
    original = getattr(error, "orig", None)
    return f"the store cannot be used: {type(original or error).__name__}"


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        options = f"-c statement_timeout={WAIT_S * 1000} -c lock_timeout={WAIT_S * 1000}"
        return create_engine(
            url,
            pool_size=4,
            max_overflow=4,
            pool_timeout=WAIT_S,
            pool_pre_ping=True,
            connect_args={"connect_timeout": WAIT_S, "options": options},
            hide_parameters=True,
        )
    if url.get_backend_name() != "sqlite":
        raise ArgumentError
    if url.database in {None, "", ":memory:"}:
        return create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True)
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = create_engine(url, connect_args={"timeout": WAIT_S}, hide_parameters=True)
    event.listen(engine, "connect", _tune)
    return engine


def _tune(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _revision(connection: Connection) -> str | None:
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None


def _migrate(engine: Engine) -> None:
    """Bring the store to the newest revision; of several processes that start at once, one does it."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import text

    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_ID})"))
        elif engine.url.database not in {None, "", ":memory:"}:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if _revision(connection) == HEAD:
            return
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
