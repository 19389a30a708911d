"""Feedback and used tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "used_token",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
    )
    op.create_index("ix_used_token_expires", "used_token", ["expires"])
    op.create_table(
        "feedback",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("card", sa.String(80), nullable=False),
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("subject", sa.Integer, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("happened", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suggestions", sa.Integer, nullable=False),
        sa.Column("reason_system", sa.String(200), nullable=True),
        sa.Column("reason_code", sa.String(100), nullable=True),
        sa.Column("commented", sa.Boolean, nullable=False),
    )
    op.create_index("ix_feedback_received", "feedback", ["received"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("feedback")
    op.drop_table("used_token")
