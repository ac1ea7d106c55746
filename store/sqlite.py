"""SQLite: one writer thread that commits what is waiting together, one reader thread, one process.

The bare driver does the work: a statement through SQLAlchemy costs ten times the statement, and a thread hop for
each statement (aiosqlite) more still; together that would be twice the time the disk needs for a commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from bot.ports import StoreError
from store.engine import Job, Row, T, Violation
from store.instants import to_text

_GROUP = 64  # jobs in one commit; bounds how long the first of them waits for the others
_BUSY_MS = 5_000
_FULL = 2
_LENGTHS = (64, 32, 16, 8, 4, 2, 1)  # of an INSERT in rows
_VALUES = re.compile(r"(?<=VALUES )(\([^()]*\))")


class SqliteTransaction:
    """`Transaction` on the bare sqlite3 driver."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: object) -> Sequence[Row]:
        """All rows of a query."""
        with _translated():
            return self._connection.execute(_in_sqlite(sql), _bound(values)).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; how many rows it touched."""
        with _translated():
            return self._connection.execute(_in_sqlite(sql), _bound(values)).rowcount

    def many(self, sql: str, values: Sequence[Row]) -> None:
        """Run one statement for each tuple of values; nothing for none."""
        with _translated():
            for piece, some in _pieces(_in_sqlite(sql), values):
                self._connection.execute(piece, [_value(one) for row in some for one in row])


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A job, and who waits for it."""

    job: Job[Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a job ended."""

    value: Any = None
    error: Exception | None = None


class SqliteEngine:
    """One database file, held by this process until `close`."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open the file. Raises `StoreError` when another process has it or it does not keep what it is told."""
        self.alone = not read_only
        self._lock = None if read_only else lock(path)
        try:
            self._writing = None if read_only else connect(path)
            self._reading = connect(path, query_only=True)
        except BaseException:
            self._unlock()
            raise
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._closed = False
        self._reader = ThreadPoolExecutor(1, "store-reader")
        self._writer = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        if self._writing is not None:
            self._writer.start()

    async def write(self, job: Job[T]) -> T:
        """Run a job that writes, in one commit with others that are waiting."""
        if self._closed or self._writing is None:
            why = "closed" if self._closed else "open for reading only"
            message = f"the store is {why}"
            raise StoreError(message, permanent=True)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Waiting(job, loop, future))
        return await future

    async def read(self, job: Job[T]) -> T:
        """Run a job that only reads; it sees every commit that was answered before."""
        if self._closed:
            message = "the store is closed"
            raise StoreError(message, permanent=True)
        return await asyncio.get_running_loop().run_in_executor(self._reader, job, SqliteTransaction(self._reading))

    async def close(self) -> None:
        """Finish what was handed in and let go of the file."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._finish)

    def _finish(self) -> None:
        self._reader.shutdown()
        self._reading.close()
        if self._writing is not None:
            self._queue.put(None)
            self._writer.join()
            self._writing.close()
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _serve(self) -> None:
        """The writer thread: take what waits, commit it together, answer everybody."""
        while group := self._next_group():
            outcomes = self._commit(group)
            for waiting, outcome in zip(group, outcomes, strict=True):
                # A loop that is gone has nobody left who waits.
                with contextlib.suppress(RuntimeError):
                    waiting.loop.call_soon_threadsafe(_answer, waiting.future, outcome)

    def _next_group(self) -> list[_Waiting]:
        """At least one job, and those that are waiting behind it; none when the store closes."""
        group: list[_Waiting] = []
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            if len(group) == _GROUP:
                return group
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return group
        if group:
            self._queue.put(None)  # the end comes after this group
        return group

    def _commit(self, group: list[_Waiting]) -> list[_Outcome]:
        """Run the jobs in one transaction; a job that fails is undone alone, a commit that fails undoes all."""
        connection = self._writing
        assert connection is not None  # noqa: S101 - the thread runs only with a writing connection
        try:
            with _translated():
                connection.execute("BEGIN IMMEDIATE")
                if len(group) == 1:  # nobody else is undone with it
                    outcomes = [_Outcome(value=group[0].job(SqliteTransaction(connection)))]
                else:
                    outcomes = [_attempt(connection, waiting.job) for waiting in group]
                connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the outermost loop of this thread; everyone waiting is told
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return [_Outcome(error=error)] * len(group)
        return outcomes


def connect(path: Path, *, query_only: bool = False) -> sqlite3.Connection:
    """A connection that commits durably (WAL, `synchronous=FULL`), or one that cannot write. Raises `StoreError`."""
    with _translated():
        # The threads take turns by construction; the driver need not check it.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            if query_only:
                connection.execute("PRAGMA query_only = ON")
            else:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync does not reach the disk
                connection.execute("PRAGMA foreign_keys = ON")
                demand(connection, "journal_mode", "wal")
                demand(connection, "synchronous", _FULL)
                demand(connection, "foreign_keys", 1)
        except BaseException:
            connection.close()
            raise
    return connection


def demand(connection: sqlite3.Connection, pragma: str, wanted: str | int) -> None:
    """Refuse a database whose `pragma` does not read back as `wanted`: its commits would not be durable."""
    (found,) = connection.execute(f"PRAGMA {pragma}").fetchone()
    if found != wanted:
        message = f"SQLite says {pragma}={found}, not {wanted}: put the database on a local disk"
        raise StoreError(message, permanent=True)


def lock(path: Path) -> int:
    """Hold `<path>.lock` for this process; the descriptor that holds it. Raises `StoreError` when another does."""
    side = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"cannot open {side}: {error.strerror}; the directory must exist and be writable"
        raise StoreError(message, permanent=True) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        message = (
            f"{path} is in use by process {holder}; stop that one first. "
            "SQLite serves one process: several need PostgreSQL (BACKLINE_DATABASE_URL=postgresql://…)"
        )
        raise StoreError(message, permanent=True) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
    return descriptor


def _attempt(connection: sqlite3.Connection, job: Job[Any]) -> _Outcome:
    connection.execute("SAVEPOINT job")
    try:
        outcome = _Outcome(value=job(SqliteTransaction(connection)))
    except Exception as error:  # handed to whoever waits for the job
        if not connection.in_transaction:
            raise  # a full disk or the like: SQLite has undone the whole group
        connection.execute("ROLLBACK TO job")
        outcome = _Outcome(error=error)
    connection.execute("RELEASE job")
    return outcome


def _answer(future: asyncio.Future[Any], outcome: _Outcome) -> None:
    if future.done():
        return  # whoever waited was cancelled
    if outcome.error is not None:
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome.value)


class _translated:  # noqa: N801 - used like a function
    """The driver's errors as the port's. A class, because a generator costs as much as the statement it guards."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.IntegrityError):
            raise Violation(str(error)) from error
        if isinstance(error, sqlite3.Error | UnicodeError | OverflowError):
            message = f"SQLite: {error}"
            raise StoreError(message, permanent=not isinstance(error, sqlite3.OperationalError)) from error


def _bound(values: Sequence[object]) -> list[Any]:
    return [_value(value) for value in values]


def _value(value: object) -> Any:  # noqa: ANN401 - whatever the driver takes
    return to_text(value) if isinstance(value, datetime) else value


@lru_cache(256)
def _in_sqlite(sql: str) -> str:
    return sql.partition(" FOR UPDATE")[0]


def _pieces(sql: str, values: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """The statement for as many rows at once as it takes, with the rows.

    Between two steps of SQLite the driver lets other threads run, and this one waits for its turn: with a row a step a
    commit would wait a hundred times for the thread that answers people. The lengths are few, so that the driver
    knows the statements already.
    """
    start = 0
    while start < len(values):
        longest = next(length for length in _LENGTHS if length <= len(values) - start)
        piece, length = _for_rows(sql, longest)
        yield piece, values[start : start + length]
        start += length


@lru_cache(256)
def _for_rows(sql: str, rows: int) -> tuple[str, int]:
    """The statement for this many rows if it inserts, else for one."""
    before, values, after = _VALUES.split(sql, 1) if rows > 1 and sql.count("VALUES") == 1 else (sql, "", "")
    return (before + ", ".join([values] * rows) + after, rows) if values else (sql, 1)
