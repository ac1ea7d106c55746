"""Bringing a database to the schema of this version, and finding out whether it is there.

The migrations are in `migrations/versions`. Alembic is loaded when there is something to migrate, because
loading it costs a good part of a start.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot.ports import StoreError
from store.engine import Engine, Transaction, one
from store.sqlite import SqliteTransaction, connect, lock
from store.urls import MEMORY, sqlite_path

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0002"
"""The newest revision in `migrations/versions`."""

_VERSION = "SELECT version_num FROM alembic_version"
_LOCK = 0x6261636B  # any number; all replicas take the same one while they migrate


async def upgrade(url: str) -> None:
    """Bring the database at `url` to the newest schema, in one transaction. Raises `StoreError`."""
    if url == MEMORY:
        return
    path = sqlite_path(url)
    if path is None:
        await _upgrade_postgres(url)
        return
    held = lock(path)
    try:
        await asyncio.to_thread(upgrade_file, path)
    finally:
        os.close(held)


def upgrade_file(path: Path) -> None:
    """`upgrade` for a SQLite file whose lock the caller holds."""
    connection = connect(path)
    try:
        tx = SqliteTransaction(connection)
        if tx.rows("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'") and version(tx) == HEAD:
            return
    finally:
        connection.close()
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415 - see above

    engine = create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)
    with engine.begin() as migrating:
        migrating.exec_driver_sql("BEGIN IMMEDIATE")
        migrate(migrating)


async def _upgrade_postgres(url: str) -> None:
    from store.postgres import make_engine, translated  # noqa: PLC0415 - see above

    engine = make_engine(url)
    try:
        with translated():
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                await connection.run_sync(migrate)
    finally:
        await engine.dispose()


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, inside the caller's transaction. Raises `StoreError`."""
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above
    from alembic.util import CommandError  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(f"{error}: a newer Backline wrote this database; use that one", permanent=True) from error


def version(tx: Transaction) -> str | None:
    """The revision the database is at."""
    row = one(tx.rows(_VERSION))
    return None if row is None else str(row[0])


async def demand_current(engine: Engine) -> None:
    """Refuse a database that is not at this version's schema. Raises `StoreError`."""
    found = await engine.read(lambda tx: version(tx) if _has_version(tx) else None)
    if found != HEAD:
        raise StoreError(f"the database's schema is {found}, not {HEAD}: run `backline db upgrade`", permanent=True)


def _has_version(tx: Transaction) -> bool:
    return bool(tx.rows("SELECT 1 WHERE to_regclass('alembic_version') IS NOT NULL"))
