"""A real server process on a fresh database, and a headless browser, for each test."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.browser import Browser, Page, browser, find_chromium

RUN = "from adapters.cli import main; main()"
DESKTOP, PHONE = (1366, 768), (360, 740)


@dataclass
class Server:
    """A running practice desk."""

    url: str
    process: asyncio.subprocess.Process

    async def stop(self) -> None:
        """End it as an operator would."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


@dataclass
class Theatre:
    """The server and who looks at it: a tab for each person, all of one size."""

    server: Server
    browser: Browser
    size: tuple[int, int]

    async def enter(self, person: str) -> Page:
        """A new tab in which one plays this person."""
        page = await self.browser.page(*self.size)
        await page.goto(f"{self.server.url}/?as={person}")
        await page.until("document.querySelector('#now')")
        return page


@pytest.fixture
def chromium() -> str:
    """The browser's path; without one the test is skipped."""
    if found := find_chromium():
        return found
    pytest.skip("no Chromium on this machine; tools/browser.sh installs Debian's")


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """`backline run` on a free port, ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    mine = {
        "BACKLINE_PORT": str(port),
        "BACKLINE_DATABASE_URL": f"sqlite:///{tmp_path}/practice.db",
        "BACKLINE_LOG_FORMAT": "json",
        "BACKLINE_LOG_LEVEL": "debug",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", RUN, "run"),
        cwd=tmp_path,
        env=kept | mine,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    await asyncio.wait_for(_ready(process.stdout), 60)
    reading = asyncio.create_task(process.stdout.read())  # a full pipe would stop the server
    running = Server(f"http://127.0.0.1:{port}", process)
    try:
        yield running
    finally:
        await running.stop()
        print((await reading).decode())  # noqa: T201 - pytest shows it when the test fails


async def _ready(said: asyncio.StreamReader) -> None:
    lines: list[str] = []
    while line := (await said.readline()).decode():
        lines.append(line)
        if line.startswith("{") and json.loads(line)["event"] == "service.ready":
            return
    raise RuntimeError("the server did not start:\n" + "".join(lines))


@pytest_asyncio.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
async def theatre(
    request: pytest.FixtureRequest, chromium: str, server: Server, tmp_path: Path
) -> AsyncIterator[Theatre]:
    """The practice desk on a laptop's and on a phone's width."""
    async with browser(chromium, tmp_path / "profile") as running:
        yield Theatre(server, running, request.param)
