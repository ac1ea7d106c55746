"""The service as a whole, as a process of its own on a free port of this computer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bot.company import parse_company
from bot.data import packaged

BACKLINE = (sys.executable, "-c", "from adapters.cli import main; main()")
STARTED = 20.0  # seconds; a slow machine that does other things as well
ENDED = 10.0  # the promise


@dataclass(frozen=True, slots=True)
class Service:
    """A running one."""

    process: Process
    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, list[dict[str, object]]]:
        """Ask it to end; its exit code and what it logged. Raises `TimeoutError` when it takes too long."""
        self.process.send_signal(number)
        _, err = await asyncio.wait_for(self.process.communicate(), ENDED)
        return self.process.returncode or 0, [json.loads(line) for line in err.decode().splitlines()]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The tests' own, without settings of Backline but these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BACKLINE_", "SLACK_", "MICROSOFT_", "TEAMS_"))
    }
    tree = str(Path(__file__).parents[2])
    return {**kept, "PYTHONPATH": tree, "HOME": str(folder), "BACKLINE_LOG_FORMAT": "json", **settings}


async def backline(folder: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *BACKLINE, *arguments, cwd=folder, env=environment(folder, **settings), stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), STARTED)
    return process.returncode or 0, out.decode(), err.decode()


@asynccontextmanager
async def running(folder: Path, **settings: str) -> AsyncIterator[Service]:
    """A practice desk that is ready; killed at the end if it still runs."""
    port = free_port()
    env = environment(folder, BACKLINE_PORT=str(port), **settings)
    process = await asyncio.create_subprocess_exec(*BACKLINE, "run", cwd=folder, env=env, stdout=PIPE, stderr=PIPE)
    service = Service(process, folder, port)
    try:
        await ready(service)
        yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(service: Service) -> None:
    """Wait until it takes reports."""
    deadline = time.monotonic() + STARTED
    while True:
        try:
            if (await page(service, "/readyz"))[0] == 200:
                return
        except aiohttp.ClientError:
            assert service.process.returncode is None, "it has ended"
        assert time.monotonic() < deadline, "it does not become ready"
        await asyncio.sleep(0.05)


async def page(service: Service, path: str) -> tuple[int, str]:
    """Status and text of a page."""
    async with aiohttp.ClientSession() as browser, browser.get(service.url + path) as answer:
        return answer.status, await answer.text()


async def say(browser: aiohttp.ClientSession, service: Service, person: str, text: str) -> int:
    """Type something at the practice desk."""
    fields, headers = {"as": person, "text": text}, {"Origin": service.url}
    async with browser.post(f"{service.url}/say", data=fields, headers=headers) as answer:
        return answer.status


async def test_a_day_of_a_desk(tmp_path: Path) -> None:
    """It becomes ready, takes a report, counts it, shows it in log and metrics, and ends when asked."""
    async with running(tmp_path) as service:
        assert await page(service, "/healthz") == (200, "alive\n")
        assert (await page(service, "/"))[0] == 200
        async with aiohttp.ClientSession() as browser:
            assert await say(browser, service, "anna", "canary: my workplace is unusable") == 204
        code, log, _ = await backline(tmp_path, "log", "--json")
        assert code == 0
        assert [json.loads(line)["type"] for line in log.splitlines()][:2] == ["IncidentOpened", "WorkplaceReported"]
        code, found, _ = await backline(tmp_path, "doctor", BACKLINE_PORT=str(service.port))
        assert code == 0
        assert "takes reports" in found
        metrics = (await page(service, "/metrics"))[1]
        for line in (
            "reports_total 1.0",
            "open_incidents 1.0",
            'age_seconds{part="ticker"}',
            'sends_total{platform="web"',
        ):
            assert f"backline_{line}" in metrics
        code, lines = await service.end()
    assert code == 0
    events = [line["event"] for line in lines]
    assert events[0] == "service.ready"
    assert "report.recorded" in events
    assert "notice.sent" in events
    assert events[-1] == "service.stopped"
    assert "canary" not in json.dumps(lines)


async def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    """After a kill -9 what was answered is there again, and practice time does not go back."""
    async with running(tmp_path) as service:
        async with aiohttp.ClientSession() as browser:
            await say(browser, service, "anna", "my workplace is unusable")
        service.process.kill()
    async with running(tmp_path) as service:
        assert "backline_open_incidents 1.0" in (await page(service, "/metrics"))[1]
        assert (await service.end(signal.SIGINT))[0] == 0
    assert (await backline(tmp_path, "log", "verify"))[0] == 0


async def test_second_process_is_refused(tmp_path: Path) -> None:
    """A SQLite file serves one process: a second one ends at once and says which one has it."""
    async with running(tmp_path) as service:
        code, _, err = await backline(tmp_path, "run", BACKLINE_PORT=str(free_port()))
        assert code == 2
        assert f"in use by process {service.process.pid}" in err


async def test_port_in_use(tmp_path: Path) -> None:
    """When another program has the port, that is said with what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, _, err = await backline(tmp_path, "run", BACKLINE_PORT=port)
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "BACKLINE_PORT" in err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"BACKLINE_HOST": "0.0.0.0"}, "BACKLINE_HOST"),  # noqa: S104 - that is the point
        ({"SLACK_BOT_TOKEN": "x", "SLACK_SIGNING_SECRET": "y"}, "BACKLINE_COMPANY"),
        ({"MICROSOFT_APP_ID": "x", "MICROSOFT_APP_PASSWORD": "y"}, "MICROSOFT_APP_TENANT_ID"),
        ({"TEAMS_AUTH": "off"}, "BACKLINE_COMPANY"),
    ],
)
async def test_what_it_does_not_serve(tmp_path: Path, settings: dict[str, str], said: str) -> None:
    """The practice desk stays on this computer; Slack and Teams are for a real company, Teams for one tenant."""
    code, _, err = await backline(tmp_path, "run", **settings)
    assert code == 2
    assert said in err
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - an empty directory, whatever it is called


async def test_it_drains_under_load(tmp_path: Path) -> None:
    """Asked to end while reports come in, it ends in time, and every report that was answered is in the log."""
    people = list(parse_company(packaged("company.toml")).people)
    answered: list[str] = []
    async with running(tmp_path) as service:
        ending: asyncio.Task[tuple[int, list[dict[str, object]]]] | None = None

        async def report(browser: aiohttp.ClientSession, person: str) -> None:
            nonlocal ending
            try:
                if await say(browser, service, person, "my workplace is unusable") == 204:
                    answered.append(person)
            except aiohttp.ClientError:
                return  # it was not answered
            if ending is None and len(answered) > len(people) // 3:
                ending = asyncio.create_task(service.end())

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=16)) as browser:
            await asyncio.gather(*(report(browser, person) for person in people))
        assert ending is not None
        assert (await ending)[0] == 0
    connection = sqlite3.connect(tmp_path / "backline.db")
    rows = connection.execute("SELECT data FROM journal WHERE type = 'WorkplaceReported'").fetchall()
    connection.close()
    reported = [json.loads(data)["person"] for (data,) in rows]
    assert set(answered) <= set(reported)
    assert len(reported) == len(set(reported))
