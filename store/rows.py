"""The tables. Storage, not types: what crosses a port is `bot.ports`' values, converted at the edge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, Integer, MetaData, Text, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from store.instants import instant, to_text, utc


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: `timestamptz` on PostgreSQL, fixed-width ISO text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column's type on this engine."""
        on_postgres = dialect.name == "postgresql"
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if on_postgres else Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        """On the way in."""
        if value is None:
            return None
        return utc(value) if dialect.name == "postgresql" else to_text(value)

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """On the way out."""
        return None if value is None else instant(value)


Big = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's own row number


class Table(SQLModel):
    """What all tables share: metadata of our own."""

    metadata = MetaData()


class Journal(Table, table=True):
    """The truth. `data` is canonical JSON text, exactly as it was hashed."""

    seq: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)
    type: str = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class Note(Table, table=True):
    """People's own words, so that they can be erased."""

    id: str = Field(primary_key=True, sa_type=Text)
    author: str = Field(sa_type=Text, index=True)
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Text)


class Answer(Table, table=True):
    """What the command with this idempotency key was answered, and the journal's last seq then."""

    __table_args__ = ({"sqlite_with_rowid": False},)  # one tree instead of two

    key: str = Field(primary_key=True, sa_type=Text)
    seq: int = Field(sa_type=Big)
    data: str = Field(sa_type=Text)


class Outbox(Table, table=True):
    """Notices. Rows stay when they are `sent`, so that a key is never queued twice, and when they are `dead`."""

    __table_args__ = (
        Index(
            "outbox_waiting",
            "urgency",
            "due",
            "number",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("outbox_dead", "number", sqlite_where=text("state = 'dead'"), postgresql_where=text("state = 'dead'")),
        # A number is never given twice, not even after a reset: a late settle must not hit somebody else's notice.
        {"sqlite_autoincrement": True},
    )

    number: int = Field(primary_key=True, sa_type=Big)
    key: str = Field(sa_type=Text, unique=True)
    person: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    urgency: int = Field(sa_type=Integer)
    at: datetime = Field(sa_type=Instant)
    project: str | None = Field(sa_type=Text)
    incident: str | None = Field(sa_type=Text)
    card: str | None = Field(sa_type=Text)
    data: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)  # waiting | sent | dead
    due: datetime = Field(sa_type=Instant)
    leased_until: datetime | None = Field(sa_type=Instant)
    attempt: int = Field(sa_type=Integer)
    ambiguous: bool
    why: str | None = Field(sa_type=Text)
    platform: str | None = Field(sa_type=Text)
    ref: str | None = Field(sa_type=Text)


class Card(Table, table=True):
    """One person's copy of a live card. It is dirty while `shown` < `wanted`; each refresh asks for one more."""

    __table_args__ = (
        Index("card_dirty", "due", sqlite_where=text("shown < wanted"), postgresql_where=text("shown < wanted")),
        {"sqlite_with_rowid": False},
    )

    person: str = Field(primary_key=True, sa_type=Text)
    card: str = Field(primary_key=True, sa_type=Text)
    notice: int | None = Field(sa_type=Big, foreign_key="outbox.number")  # the one whose message this is
    platform: str | None = Field(sa_type=Text)
    ref: str | None = Field(sa_type=Text)
    wanted: int = Field(sa_type=Integer)
    shown: int = Field(sa_type=Integer)
    due: datetime = Field(sa_type=Instant)
    leased_until: datetime | None = Field(sa_type=Instant)
    holder: str | None = Field(sa_type=Text)  # the delivery that has the lease
    attempt: int = Field(sa_type=Integer)
    dead: bool
    why: str | None = Field(sa_type=Text)


class Account(Table, table=True):
    """A person on a platform. `turn` grows with each link: the highest was used last."""

    platform: str = Field(primary_key=True, sa_type=Text)
    tenant: str = Field(primary_key=True, sa_type=Text)
    account: str = Field(primary_key=True, sa_type=Text)  # the platform's user id
    person: str = Field(sa_type=Text, index=True)
    locale: str | None = Field(sa_type=Text)
    ref: str = Field(sa_type=Text)
    turn: int = Field(sa_type=Big)


class Letter(Table, table=True):
    """A card in a local mailbox; `number` keeps the order of letters of one instant."""

    __table_args__ = (Index("letter_person", "person", "at", "number"),)

    number: int = Field(primary_key=True, sa_type=Big)
    id: str = Field(sa_type=Text, unique=True)
    person: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    changed: int = Field(sa_type=Integer)
    body: str = Field(sa_type=Text)


class Position(Table, table=True):
    """How far a reader of the journal has come, as JSON of its own; `holder` reads on until `leased_until`."""

    reader: str = Field(primary_key=True, sa_type=Text)
    place: str = Field(sa_type=Text)
    holder: str | None = Field(sa_type=Text)
    leased_until: datetime | None = Field(sa_type=Instant)
