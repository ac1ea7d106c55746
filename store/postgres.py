"""PostgreSQL: a pool of asyncpg connections; several replicas may share one database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.ports import StoreError
from store.engine import Job, Row, T, Violation

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30
_POOL = 10


class PostgresTransaction:
    """`Transaction` on a pooled connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: object) -> Sequence[Row]:
        """All rows of a query."""
        with translated():
            return self._connection.exec_driver_sql(_in_postgres(sql), values).all()

    def run(self, sql: str, *values: object) -> int:
        """Run one statement; how many rows it touched."""
        with translated():
            return self._connection.exec_driver_sql(_in_postgres(sql), values).rowcount

    def many(self, sql: str, values: Sequence[Row]) -> None:
        """Run one statement for each tuple of values; nothing for none."""
        if values:
            with translated():
                self._connection.exec_driver_sql(_in_postgres(sql), [tuple(row) for row in values])


class PostgresEngine:
    """One database on a server."""

    alone = False

    def __init__(self, url: str) -> None:
        """Prepare the pool; connections are made when they are needed."""
        self.engine = make_engine(url)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def write(self, job: Job[T]) -> T:
        """Run a job that writes."""
        with translated():
            async with self.engine.begin() as connection:
                return await connection.run_sync(lambda plain: job(PostgresTransaction(plain)))

    async def read(self, job: Job[T]) -> T:
        """Run a job that only reads."""
        with translated():
            async with self._reading.connect() as connection:
                return await connection.run_sync(lambda plain: job(PostgresTransaction(plain)))

    async def close(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


def make_engine(url: str) -> AsyncEngine:
    """An engine whose commits are durable and whose calls end. libpq's `sslmode` is understood."""
    parsed = make_url(url)
    query = {("ssl" if name == "sslmode" else name): value for name, value in parsed.query.items()}
    return create_async_engine(
        parsed.set(drivername="postgresql+asyncpg", query=query),
        pool_size=_POOL,
        max_overflow=0,
        # Claims rely on seeing what others have committed since the transaction began.
        isolation_level="READ COMMITTED",
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": _STATEMENT_SECONDS,
            "server_settings": {"application_name": "backline", "synchronous_commit": "on"},
        },
    )


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """The driver's errors as the port's; connecting raises asyncpg's own."""
    try:
        yield
    except IntegrityError as error:
        raise Violation(str(error.orig)) from error
    except SQLAlchemyError as error:
        message = f"PostgreSQL: {getattr(error, 'orig', None) or error}"
        raise StoreError(message, permanent=isinstance(error, DataError | ProgrammingError)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        message = f"PostgreSQL: {error or type(error).__name__}; is the server up, and BACKLINE_DATABASE_URL right?"
        raise StoreError(message) from error


@lru_cache(256)
def _in_postgres(sql: str) -> str:
    number = count(1)
    return "".join(f"${next(number)}" if part == "?" else part for part in sql)
