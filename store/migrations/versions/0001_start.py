"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.rows import Big, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the way back is a backup."""
    _journal()
    _outbox()
    _card()
    _people()


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", Big, primary_key=True, autoincrement=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("author", sa.Text, nullable=False, index=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "answer",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("seq", Big, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("number", Big, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("project", sa.Text),
        sa.Column("incident", sa.Text),
        sa.Column("card", sa.Text),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due", Instant, nullable=False),
        sa.Column("leased_until", Instant),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("ambiguous", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("platform", sa.Text),
        sa.Column("ref", sa.Text),
        sqlite_autoincrement=True,
    )
    _partial("outbox_waiting", "outbox", ["urgency", "due", "number"], "state = 'waiting'")
    _partial("outbox_dead", "outbox", ["number"], "state = 'dead'")


def _card() -> None:
    op.create_table(
        "card",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("card", sa.Text, primary_key=True),
        sa.Column("notice", Big, sa.ForeignKey("outbox.number")),
        sa.Column("platform", sa.Text),
        sa.Column("ref", sa.Text),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("due", Instant, nullable=False),
        sa.Column("leased_until", Instant),
        sa.Column("holder", sa.Text),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("dead", sa.Boolean, nullable=False),
        sa.Column("why", sa.Text),
        sqlite_with_rowid=False,
    )
    _partial("card_dirty", "card", ["due"], "shown < wanted")


def _people() -> None:
    op.create_table(
        "account",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False, index=True),
        sa.Column("locale", sa.Text),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("turn", Big, nullable=False),
    )
    op.create_table(
        "letter",
        sa.Column("number", Big, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("letter_person", "letter", ["person", "at", "number"])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
