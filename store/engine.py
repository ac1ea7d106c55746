"""What the journal, outbox, directory and mailbox need from a database engine.

A *job* is a plain function of a `Transaction`. SQLite runs it on its writer thread, PostgreSQL on a pooled
connection: the statements are the same. SQL is written for PostgreSQL with `?` for values; SQLite leaves out
`FOR UPDATE`, because a write transaction has the whole database there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from bot.ports import StoreError

Row = Sequence[Any]
T = TypeVar("T")


class Violation(StoreError):
    """A unique key is taken, or a row points nowhere."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class Transaction(Protocol):
    """Statements inside one transaction. Values may be datetimes (aware, UTC). Raises `Violation`, `StoreError`."""

    def rows(self, sql: str, *values: object) -> Sequence[Row]:
        """All rows of a query."""

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; how many rows it touched."""

    def many(self, sql: str, values: Sequence[Row]) -> None:
        """Run one statement for each tuple of values; nothing for none."""


Job = Callable[[Transaction], T]


class Engine(Protocol):
    """A database. Every job is one transaction: all of it is durable when `write` returns, or none of it happened.

    `alone`: nobody else writes to it, so that what was read stays so until something is written here.
    """

    alone: bool

    async def write(self, job: Job[T]) -> T:
        """Run a job that writes. Whatever it raises undoes it and comes out here."""

    async def read(self, job: Job[T]) -> T:
        """Run a job that only reads, beside the writers."""

    async def close(self) -> None:
        """Finish what was handed in and let go of the database."""


def one(rows: Sequence[Row]) -> Row | None:
    """The first row, if there is one."""
    return rows[0] if rows else None
