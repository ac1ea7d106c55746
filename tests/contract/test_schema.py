"""Migrations and tables are the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import store as package
from bot.ports import StoreError
from store import open_store, upgrade
from store.postgres import PostgresEngine, make_engine
from store.rows import Table
from store.schema import HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.contract.postgres import Server


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to bring this database to the tables."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Table.metadata))


async def test_sqlite_migrations_give_the_tables(sqlite_url: str) -> None:
    """A migrated SQLite database has exactly the tables of `rows`."""
    await upgrade(sqlite_url)
    engine = create_engine(sqlite_url)

    with engine.connect() as connection:
        assert differences(connection) == []
    engine.dispose()


@pytest.mark.postgres
async def test_postgres_migrations_give_the_tables(postgres_url: str) -> None:
    """A migrated PostgreSQL database has exactly the tables of `rows`."""
    engine = make_engine(postgres_url)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


def test_head_is_the_newest_migration() -> None:
    """The revision that the program expects is the last one there is."""
    config = Config()
    config.set_main_option("script_location", str(Path(package.__file__).parent / "migrations"))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


async def test_upgrading_again_changes_nothing(durable_url: str) -> None:
    """An upgrade of a database that is up to date is nothing, and memory needs none."""
    await upgrade(durable_url)
    await upgrade(durable_url)
    await upgrade("memory:")

    await (await open_store(durable_url)).close()


@pytest.mark.postgres
async def test_postgres_without_schema_is_refused(postgres: Server) -> None:
    """An empty PostgreSQL database is refused with the command that prepares it."""
    with pytest.raises(StoreError, match="backline db upgrade"):
        await open_store(postgres.url("postgres"))


async def test_a_newer_database_is_refused(durable_url: str) -> None:
    """A database written by a newer version is refused, and says so."""
    await upgrade(durable_url)
    newer = "UPDATE alembic_version SET version_num = '9999'"
    if durable_url.startswith("sqlite"):
        engine = create_engine(durable_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(newer)
        engine.dispose()
    else:
        postgres = PostgresEngine(durable_url)
        await postgres.write(lambda tx: tx.run(newer))
        await postgres.close()

    with pytest.raises(StoreError, match="newer Backline"):
        await upgrade(durable_url)
    with pytest.raises(StoreError):
        await open_store(durable_url)
