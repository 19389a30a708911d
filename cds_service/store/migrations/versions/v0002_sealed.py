"""SMART sign-ins and sessions, encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sealed",
        sa.Column("place", sa.String(64), primary_key=True),
        sa.Column("expires", sa.Float, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("ix_sealed_expires", "sealed", ["expires"])


def downgrade() -> None:
    """Remove it; whoever was signed in starts the app again."""
    op.drop_table("sealed")
