"""The server's own pages tell the truth about its health."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.http import Health, make_http
from adapters.upkeep import SILENT, Pulse
from bot.ports import StoreError

Client = TestClient[web.Request, web.Application]
Ping = Callable[[], Awaitable[None]]


class Installation:
    """A server whose database and ticker can be broken."""

    def __init__(self) -> None:
        self.at = 0.0
        self.error: Exception | None = None
        self.ticker = Pulse("ticker", lambda: self.at)

    async def ping(self) -> None:
        """The database's answer to a write."""
        if self.error:
            raise self.error

    async def metrics(self) -> bytes:
        """A page."""
        return b"backline_reports_total 0.0\n"


@pytest.fixture
def installation() -> Installation:
    """A healthy one."""
    return Installation()


@pytest_asyncio.fixture
async def client(installation: Installation) -> AsyncIterator[Client]:
    """A browser on it."""
    app = make_http(Health(installation.ping, [installation.ticker]), installation.metrics)

    async def broken(_request: web.Request) -> web.Response:
        raise ZeroDivisionError("canary")

    app.router.add_get("/broken", broken)
    async with TestClient(TestServer(app)) as browser:
        yield browser


async def ready(client: Client) -> tuple[int, str]:
    """Status and text of `/readyz`."""
    answer = await client.get("/readyz")
    return answer.status, await answer.text()


async def test_healthy(client: Client) -> None:
    """A healthy server is alive, ready, and shows its metrics."""
    assert (await client.get("/healthz")).status == 200
    assert await ready(client) == (200, "ready\n")
    assert "backline_reports_total" in await (await client.get("/metrics")).text()


async def test_database_takes_no_writes(client: Client, installation: Installation) -> None:
    """When the database takes no writes it is not ready, says why, and is alive all the same."""
    installation.error = StoreError("SQLite: database or disk is full")
    assert await ready(client) == (503, "the database takes no writes: SQLite: database or disk is full\n")
    assert (await client.get("/healthz")).status == 200


async def test_silent_ticker(client: Client, installation: Installation) -> None:
    """When the ticker is silent for too long it is not ready; when it beats again it is."""
    installation.at = SILENT + 1
    status, text = await ready(client)
    assert (status, text) == (503, f"ticker has been silent for {SILENT + 1:.0f} s\n")
    installation.ticker.beat()
    assert (await ready(client))[0] == 200


async def test_every_trouble_is_told(client: Client, installation: Installation) -> None:
    """All reasons are told at once, a line each."""
    installation.error = StoreError("no")
    installation.ticker.running = False
    assert (await ready(client))[1].count("\n") == 2


async def test_what_nobody_expected_is_not_shown(client: Client) -> None:
    """An error inside is an answer without details; they are in the log."""
    answer = await client.get("/broken")
    assert answer.status == 500
    assert "canary" not in await answer.text()


async def test_database_that_hangs() -> None:
    """A database that does not answer in time counts as one that takes no writes."""

    async def hang() -> None:
        await asyncio.Event().wait()

    (trouble,) = await Health(hang, [], patience=0.01).troubles()
    assert trouble.startswith("the database did not take a write within")
