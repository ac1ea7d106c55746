"""Backline as a process of its own beside the stand-in of Slack, and people of the sample company in front of it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.data import packaged
from bot.ports import Json
from tests.standins.slack.client import Person, Slack

RUN = (sys.executable, "-c", "from adapters.cli import main; main()", "run")
ROOT = Path(__file__).parents[2]
STARTED, ENDED = 20.0, 10.0
SECRETS = ("xoxb-standin-bot", "standin-signing-secret", "xapp-1-standin-app")


@dataclass
class Backline:
    """A running one."""

    process: asyncio.subprocess.Process
    url: str
    folder: Path
    log: list[str]

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            return answer.status, await answer.text()

    async def kill(self) -> None:
        """End it without warning."""
        self.process.kill()
        await self.process.wait()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def backline(
    slack: Slack, folder: Path, *, socket_mode: bool = False, port: int = 0, log_level: str = "info"
) -> AsyncIterator[Backline]:
    """Backline with nothing but Slack's settings, ready; its log is kept. In Socket Mode when asked."""
    port = port or free_port()
    where = f"http://127.0.0.1:{port}/slack/events"
    await slack.settings(mode="socket" if socket_mode else "http", request_url=where)
    async with process(slack.api, folder, socket_mode=socket_mode, port=port, log_level=log_level) as running:
        async with asyncio.timeout(STARTED):
            while True:
                if not socket_mode or len(await slack.socket()) == 2:
                    break
                await asyncio.sleep(0.05)
        yield running


@asynccontextmanager
async def process(
    api: str, folder: Path, *, socket_mode: bool = False, port: int = 0, log_level: str = "info", database: str = ""
) -> AsyncIterator[Backline]:
    """Backline beside whatever answers at this Web API's address; ended at the end, and no secret is in its log."""
    settings = {"SLACK_BOT_TOKEN": SECRETS[0], "SLACK_SIGNING_SECRET": SECRETS[1], "SLACK_API_URL": api}
    if socket_mode:
        settings["SLACK_APP_TOKEN"] = SECRETS[2]
    if database:
        settings["BACKLINE_DATABASE_URL"] = database
    async with service(settings, folder, SECRETS, port=port, log_level=log_level) as running:
        yield running


@asynccontextmanager
async def service(
    settings: Mapping[str, str], folder: Path, secrets: Sequence[str], *, port: int = 0, log_level: str = "info"
) -> AsyncIterator[Backline]:
    """Backline with these settings and no other credentials; ended at the end, and no secret is in its log."""
    port = port or free_port()
    env = {**_environment(folder, port), "BACKLINE_LOG_LEVEL": log_level, **settings}
    child = await asyncio.create_subprocess_exec(*RUN, cwd=folder, env=env, stderr=asyncio.subprocess.PIPE)
    running = Backline(child, f"http://127.0.0.1:{port}", folder, [])
    reader = asyncio.create_task(_keep_log(running))
    try:
        async with asyncio.timeout(STARTED):
            await _ready(running)
        yield running
    except BaseException:
        sys.stdout.writelines(running.log)  # pytest shows it with the failure
        raise
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), ENDED)
            except TimeoutError:
                child.kill()
                await child.wait()
        await reader
    assert not [secret for secret in secrets if secret in "".join(running.log)], "a secret is in the log"


def _environment(folder: Path, port: int) -> dict[str, str]:
    company = folder / "company.toml"
    if not company.exists():
        company.write_text(packaged("company.toml"), encoding="utf-8")
    ours = ("BACKLINE_", "SLACK_", "MICROSOFT_", "TEAMS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {"BACKLINE_COMPANY": str(company), "BACKLINE_PORT": str(port), "BACKLINE_LOG_FORMAT": "json"}
    return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(folder), **settings}


async def _keep_log(running: Backline) -> None:
    assert running.process.stderr
    async for line in running.process.stderr:
        running.log.append(line.decode())


async def _ready(running: Backline) -> None:
    while True:
        assert running.process.returncode is None, "".join(running.log)
        try:
            if (await running.get("/readyz"))[0] == 200:
                return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)


async def enter(slack: Slack, names: Sequence[str], **details: object) -> dict[str, Person]:
    """These people of the sample company, with their addresses."""
    return {name: await slack.person(name, email=f"{name}@example.com", **details) for name in names}


async def opened(person: Person, seconds: float = 20.0) -> Json:
    """Their topmost modal, once one is open. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if (view := await person.view()) is not None:
                return view
            await asyncio.sleep(0.01)


async def home_with(person: Person, words: str, seconds: float = 20.0) -> Json:
    """Their Home, once these words are on it. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if words in str(view := await person.view("home") or {}):
                return view
            await asyncio.sleep(0.01)
