"""The store: journal, outbox, directory, mailbox and positions on SQLite, PostgreSQL or in memory.

Where to look:

- `open_store` below: a URL in, a `Store` with everything out;
- `journal`, `outbox`, `directory`, `mailbox`, `positions`: the ports of `bot.ports` on SQL; `memory`: the same without;
- `engine`: what they need from a database; `sqlite`, `postgres`: the two that give it;
- `chain`: the journal's hash chain and how it is verified;
- `rows`: the tables; `migrations/`, `schema`: how a database gets them; `urls`, `instants`, `delivery`: small things.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.ports import Directory, Journal, Mailbox, Outbox, Positions, StoreError
from store.delivery import CARD_INTERVAL, DeadLetter
from store.directory import SqlDirectory
from store.engine import Engine, Transaction
from store.journal import SqlJournal
from store.mailbox import SqlMailbox
from store.memory import MemoryDirectory, MemoryJournal, MemoryMailbox, MemoryOutbox, MemoryPositions
from store.outbox import SqlOutbox
from store.positions import SqlPositions
from store.schema import demand_current, upgrade, upgrade_file
from store.sqlite import SqliteEngine
from store.urls import MEMORY, sqlite_path

__all__ = ["DeadLetter", "OperatorsOutbox", "Store", "open_store", "upgrade"]


class OperatorsOutbox(Outbox, Protocol):
    """The outbox, and what operators ask of it."""

    async def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """What was given up, newest first."""


class Store(Protocol):
    """An open store."""

    @property
    def journal(self) -> Journal:
        """The one truth."""

    @property
    def outbox(self) -> OperatorsOutbox:
        """What waits to be sent."""

    @property
    def directory(self) -> Directory:
        """Whose platform accounts are whose."""

    @property
    def mailbox(self) -> Mailbox:
        """Conversations kept here."""

    @property
    def positions(self) -> Positions:
        """How far readers of the journal have come."""

    async def ping(self) -> None:
        """Prove that the database takes writes; leaves nothing behind. Raises `StoreError`."""

    async def reset(self) -> None:
        """Wipe everything. For the practice desk alone."""

    async def close(self) -> None:
        """Finish what was handed in and let go of the database."""


@dataclass(frozen=True, slots=True)
class SqlStore:
    """`Store` on SQLite or PostgreSQL."""

    engine: Engine
    journal: SqlJournal
    outbox: SqlOutbox
    directory: SqlDirectory
    mailbox: SqlMailbox
    positions: SqlPositions

    @classmethod
    def on(cls, engine: Engine, card_interval: timedelta) -> SqlStore:
        """Everything on one engine."""
        outbox = SqlOutbox(engine, card_interval)
        return cls(engine, SqlJournal(engine), outbox, SqlDirectory(engine), SqlMailbox(engine), SqlPositions(engine))

    async def ping(self) -> None:
        """Write, and take it back."""
        with contextlib.suppress(_TakenBackError):
            await self.engine.write(_write_and_take_back)

    async def reset(self) -> None:
        """Wipe everything."""
        await self.engine.write(_wipe)
        self.directory.forget()

    async def close(self) -> None:
        """Finish what was handed in and let go of the database."""
        await self.engine.close()


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """`Store` in memory."""

    outbox: MemoryOutbox
    journal: MemoryJournal
    directory: MemoryDirectory = field(default_factory=MemoryDirectory)
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    positions: MemoryPositions = field(default_factory=MemoryPositions)

    async def ping(self) -> None:
        """Memory takes writes."""

    async def reset(self) -> None:
        """Wipe everything."""
        for part in (self.journal, self.outbox, self.directory, self.mailbox, self.positions):
            part.clear()

    async def close(self) -> None:
        """Nothing to let go of."""


async def open_store(url: str, *, read_only: bool = False, card_interval: timedelta = CARD_INTERVAL) -> Store:
    """Open the database at `url`: `sqlite:///file.db`, `postgresql://user:password@host/database` or `memory:`.

    SQLite is brought to the newest schema, and held: a second process is refused, unless it opens `read_only` (beside
    the running one, for `backline log`). PostgreSQL must have been upgraded before. A person's copy of a card is
    touched at most once per `card_interval`. Raises `StoreError`.
    """
    if url == MEMORY:
        outbox = MemoryOutbox(card_interval)
        return MemoryStore(outbox, MemoryJournal(outbox))
    path = sqlite_path(url)
    if path is not None:
        if read_only and not path.exists():
            raise StoreError(
                f"there is no database {path}: backline run makes it, or set BACKLINE_DATABASE_URL", permanent=True
            )
        sqlite = SqliteEngine(path, read_only=read_only)
        try:
            if not read_only:
                await asyncio.to_thread(upgrade_file, path)
        except BaseException:
            await sqlite.close()
            raise
        return SqlStore.on(sqlite, card_interval)
    # SQLAlchemy and asyncpg take a good part of a start; SQLite does without.
    from store.postgres import PostgresEngine  # noqa: PLC0415 - see the line above

    postgres = PostgresEngine(url)
    try:
        await demand_current(postgres)
    except BaseException:
        await postgres.close()
        raise
    return SqlStore.on(postgres, card_interval)


class _TakenBackError(Exception):
    """Undoes a transaction on purpose."""


def _write_and_take_back(tx: Transaction) -> None:
    tx.run("INSERT INTO answer (key, seq, data) VALUES ('ping', 0, '{}')")
    raise _TakenBackError


def _wipe(tx: Transaction) -> None:
    for table in ("card", "outbox", "answer", "note", "journal", "account", "letter", "position"):
        tx.run(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
