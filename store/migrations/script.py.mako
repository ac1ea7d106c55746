"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.rows import Big, Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup."""
    ${upgrades if upgrades else "pass"}
