"""How far readers of the journal have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.rows import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup."""
    op.create_table(
        "position",
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("holder", sa.Text),
        sa.Column("leased_until", Instant),
    )
