"""The tables (issue of migrations: `cds_service/store/migrations`). No patient id, no free text, no token that can be read."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Float, Index, Integer, MetaData, String, Table, Text

HEAD = "0002"
"""The newest migration; a store at this revision is used without loading alembic."""

METADATA = MetaData()

USED_TOKENS = Table(
    "used_token",
    METADATA,
    Column("digest", String(64), primary_key=True, doc="SHA-256 of issuer and jti"),
    Column("expires", Float, nullable=False, doc="seconds since 1970 until which the token could be used again"),
    Index("ix_used_token_expires", "expires"),
)

SEALED = Table(
    "sealed",
    METADATA,
    Column("place", String(64), primary_key=True, doc="SHA-256 of what only the browser that it belongs to knows"),
    Column("expires", Float, nullable=False, doc="seconds since 1970 until which it is kept"),
    Column("content", Text, nullable=False, doc="a SMART sign-in or session, encrypted with a key from SECRET_KEY"),
    Index("ix_sealed_expires", "expires"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("digest", String(64), primary_key=True, doc="SHA-256 of the entry: the same feedback counts once"),
    Column("received", DateTime(timezone=True), nullable=False),
    Column("service", String(64), nullable=False),
    Column("card", String(80), nullable=False, doc="the card's UUID, or a digest of another id"),
    Column("topic", String(32), nullable=False, doc="from the UUID, or `unknown`"),
    Column("subject", Integer, nullable=False, doc="number of the regimen or drug in the UUID; 0 for none"),
    Column("outcome", String(16), nullable=False),
    Column("happened", DateTime(timezone=True), nullable=True, doc="outcomeTimestamp"),
    Column("suggestions", Integer, nullable=False, doc="number of accepted suggestions"),
    Column("reason_system", String(200), nullable=True),
    Column("reason_code", String(100), nullable=True),
    Column("commented", Boolean, nullable=False, doc="whether there was a userComment; its text is not kept"),
    Index("ix_feedback_received", "received"),
)
