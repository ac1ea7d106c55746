"""What the fault runs of Slack share: projects whose people are known, requests as Slack sends them, what is kept."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from adapters.slack.verify import SIGNATURE, TIMESTAMP, signature
from bot.ports import Json
from tests.bench.bench_slack import prepare, user_of
from tests.e2e.slack_stage import SECRETS, Backline
from tests.standins.slack.client import Person, Slack

FULL = os.environ.get("BACKLINE_FAULTS") == "full"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
TEAM = "T0STANDIN"
PATIENCE = 180.0  # seconds until a run that gets no further is given up
EVERY = 0.02  # seconds between reports while somebody is silent
MOST_WAIT = 1.0  # seconds for an answer, whoever is silent: the promise
_LONG_AGO = "2000-01-01T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Answered:
    """What Backline said to a request, and after how many seconds. `status` 0: nothing."""

    status: int
    text: str
    took: float

    @property
    def recorded(self) -> bool:
        """A report's number is in it."""
        return self.status == 200 and "R-" in self.text


@dataclass(frozen=True, slots=True)
class Sender:
    """Slack's side of `POST /slack/events`, without the stand-in: quick, and as often as wanted."""

    session: aiohttp.ClientSession
    url: str

    async def post(self, body: bytes, headers: Json) -> Answered:
        """These bytes. Whoever hangs up has answered nothing."""
        began = time.perf_counter()
        try:
            async with self.session.post(f"{self.url}/slack/events", data=body, headers=dict(headers)) as answer:
                return Answered(answer.status, await answer.text(), time.perf_counter() - began)
        except (aiohttp.ClientError, ConnectionError):
            return Answered(0, "", time.perf_counter() - began)

    async def send(self, body: bytes, kind: str = FORM) -> Answered:
        """These bytes, signed now."""
        return await self.post(body, signed(body, kind))

    async def report(self, person: str, trigger: str, text: str = "report no power") -> Answered:
        """`/backline …` of this person."""
        return await self.send(command(person, trigger, text))


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[Sender]:
    """With connections of its own."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        yield Sender(session, url)


def signed(body: bytes, kind: str) -> dict[str, str]:
    """Headers as Slack sends them."""
    stamp = str(int(time.time()))
    return {TIMESTAMP: stamp, SIGNATURE: signature(SECRETS[1], stamp, body), "Content-Type": kind}


def command(person: str, trigger: str, text: str) -> bytes:
    """The body of `/backline …`."""
    who = {"team_id": TEAM, "user_id": user_of(person), "user_name": person}
    return urlencode({**who, "command": "/backline", "text": text, "trigger_id": trigger, "channel_id": "D1"}).encode()


def message(person: str, ts: str, event_id: str, text: str = "no power") -> bytes:
    """The body of the event that somebody typed a direct message."""
    event = {"type": "message", "channel_type": "im", "channel": f"D{user_of(person)}", "user": user_of(person)}
    outer = {"type": "event_callback", "team_id": TEAM, "event_id": event_id}
    return json.dumps({**outer, "event": {**event, "ts": ts, "text": text}}).encode()


def subfolder(parent: Path, name: str) -> Path:
    """A new folder in it."""
    made = parent / name
    made.mkdir()
    return made


async def settle_in(slack: Slack, folder: Path, agents: int, projects: int) -> dict[str, Person]:
    """A company of so many projects, its people linked here and present in Slack: agents a0…, managers m0…, …"""
    await prepare(folder, agents, projects)
    names = ["zita", "ivan", *(f"a{number}" for number in range(agents))]
    names += [f"{role}{number}" for number in range(projects) for role in ("m", "b", "s")]
    return {name: await slack.person(name, id=user_of(name), email=f"{name}@example.com") for name in names}


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """What the database has, beside whoever works on it."""
    with closing(sqlite3.connect(f"file:{folder / 'backline.db'}?mode=ro", uri=True)) as database:
        return list(database.execute(query))


def end_leases(folder: Path) -> int:
    """The minute is over for which the dead process had claimed what it was sending; how many pieces those were."""
    with closing(sqlite3.connect(folder / "backline.db")) as database, database:
        database.execute("UPDATE card SET leased_until = ? WHERE leased_until IS NOT NULL", (_LONG_AGO,))
        ended = database.execute("UPDATE outbox SET leased_until = ? WHERE leased_until IS NOT NULL", (_LONG_AGO,))
        return ended.rowcount


async def all_sent(folder: Path, seconds: float = PATIENCE) -> None:
    """Return when no notice waits any more. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if not rows(folder, "SELECT 1 FROM outbox WHERE state = 'waiting' LIMIT 1"):
                return
            await asyncio.sleep(0.05)


async def struck(slack: Slack, times: int = 1, seconds: float = PATIENCE) -> None:
    """Return when the fault ordered first has been met so often. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if (await slack.control("GET", "faults"))[0]["hits"] >= times:
                return
            await asyncio.sleep(0.005)


async def keys_shown(people: dict[str, Person]) -> list[str]:
    """The key of every notice that somebody sees in Slack, once for each message."""
    shown: list[str] = []
    for person in people.values():
        found = [one.get("metadata") or {} for one in await person.messages()]
        shown += [one["event_payload"]["key"] for one in found if one.get("event_type") == "backline_notice"]
    return shown


@dataclass(frozen=True, slots=True)
class Silence:
    """Reports while somebody is silent, and what `/readyz` said meanwhile: status, and after how many seconds."""

    answers: list[Answered]
    ready: list[tuple[int, float]]

    def __str__(self) -> str:
        slow, longest = p99([one.took for one in self.answers]), max(took for _, took in self.ready)
        return (
            f"{len(self.answers)} reports answered, p99 {slow * 1000:.0f} ms; {len(self.ready)} looks at /readyz, "
            f"slowest {longest * 1000:.0f} ms"
        )

    def demand(self) -> None:
        """All were recorded and answered in time, and the service was ready."""
        assert [answer for answer in self.answers if not answer.recorded] == []
        assert {status for status, _ in self.ready} == {200}
        assert p99([one.took for one in self.answers]) <= MOST_WAIT


async def through_the_silence(running: Backline, sender: Sender, projects: int, seconds: float) -> Silence:
    """Everybody reports, again and again; meanwhile, is it ready, and after how many seconds does it say so?"""
    loop = asyncio.get_running_loop()
    over = loop.time() + seconds
    ready: list[tuple[int, float]] = []

    async def look() -> None:
        while loop.time() < over:
            began = loop.time()
            status, _ = await running.get("/readyz")
            ready.append((status, loop.time() - began))
            await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    asked: list[asyncio.Task[Answered]] = []
    while loop.time() < over:
        number = len(asked)
        asked.append(asyncio.create_task(sender.report(f"a{number % projects}", f"1.{number}.x")))
        await asyncio.sleep(EVERY)
    await looking
    return Silence(await asyncio.gather(*asked), ready)


def p99(took: Sequence[float]) -> float:
    """Seconds within which 99 of 100 were answered."""
    return statistics.quantiles(took, n=100)[98]
