"""Backline's Slack in this process: the real desk on a store in memory, beside the stand-in of Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from adapters.chat.house import House
from adapters.secret import Secret
from adapters.settings import Settings
from adapters.slack.app import Slack
from bot.courier import Courier
from bot.cover import Rulebook
from bot.desk import Desk
from bot.events import WorkplaceReported
from bot.ports import Batch, Entry, Json, StoreError
from store import Store, open_store
from tests.standins.slack.client import Person, running
from tests.standins.slack.client import Slack as StandIn
from tests.unit.stage import Seen, rulebook

TOKEN, SECRET, APP_TOKEN = "xoxb-standin-bot", "standin-signing-secret", "xapp-1-standin-app"


class NowClock:
    """`Clock` of this computer."""

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)


@dataclass
class Counted:
    """`Counts` that remembers."""

    results: list[tuple[str, str]] = field(default_factory=list)

    def requested(self, kind: str, result: str) -> None:
        """Remember."""
        self.results.append((kind, result))


@dataclass
class MoodyJournal:
    """The store's journal, which can be told to fail, or to be slow. Counts what it was asked to write."""

    store: Store
    broken: bool = False
    slow: float = 0.0

    async def append(self, batch: Batch) -> int:
        """Write, late or not at all."""
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.broken:
            raise StoreError("no space left on the device")
        return await self.store.journal.append(batch)

    async def read(self, after: int = 0, limit: int = 10_000) -> Sequence[Entry]:
        """Read."""
        return await self.store.journal.read(after, limit)

    async def answer(self, key: str) -> Json | None:
        """Ask."""
        return await self.store.journal.answer(key)

    async def notes(self, ids: Sequence[str]) -> Json:
        """Ask."""
        return await self.store.journal.notes(ids)


@dataclass
class Indoors:
    """The whole, running."""

    standin: StandIn
    store: Store
    desk: Desk
    journal: MoodyJournal
    slack: Slack
    counts: Counted
    seen: Seen
    url: str
    people: dict[str, Person]

    def reports(self) -> list[str]:
        """Whose report is in the journal, in order."""
        return [event.person for event in self.seen.events if isinstance(event, WorkplaceReported)]

    async def linked(self, name: str) -> None:
        """Wait until this person's account is known."""
        async with asyncio.timeout(20):
            while True:
                if await self.store.directory.accounts(name):
                    return
                await asyncio.sleep(0.005)


async def see(person: Person, words: str) -> Json:
    """The newest message with these words."""
    return await person.until(words)


async def enrolled(standin: StandIn) -> None:
    """Wait until everybody in Slack has been listed."""
    async with asyncio.timeout(30):
        while True:
            if any(call["status"] for call in await standin.calls("users.list")):
                return
            await asyncio.sleep(0.005)


async def connected(standin: StandIn, lines: int = 2) -> None:
    """Wait until so many lines are up."""
    await until_lines(standin, lambda found: len([line for line in found if not line["dead"]]) >= lines)


async def until_lines(standin: StandIn, holds: Callable[[list[Json]], bool]) -> None:
    """Wait until it holds for the lines that there are."""
    async with asyncio.timeout(30):
        while True:
            if holds(await standin.socket()):
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def indoors(
    *names: str, socket_mode: bool = False, courier: bool = False, store: Store | None = None
) -> AsyncIterator[Indoors]:
    """Slack and Backline, with these people of the sample company."""
    async with running() as standin:
        people = {name: await standin.person(name, email=f"{name}@example.com") for name in names}
        async with served(standin, socket_mode=socket_mode, courier=courier, store=store) as house:
            house.people |= people
            yield house


@asynccontextmanager
async def served(
    standin: StandIn,
    *,
    socket_mode: bool = False,
    courier: bool = False,
    store: Store | None = None,
    rules: Rulebook | None = None,
) -> AsyncIterator[Indoors]:
    """Backline beside a stand-in that runs already."""
    own = store or await open_store("memory:")
    journal, seen, counts, clock = MoodyJournal(own), Seen(), Counted(), NowClock()
    desk = Desk(journal=journal, clock=clock, rules=rules or rulebook(), watch=seen, stopwatch=time.perf_counter)
    settings = Settings(
        slack_bot_token=Secret(TOKEN),
        slack_signing_secret=Secret(SECRET),
        slack_app_token=Secret(APP_TOKEN) if socket_mode else None,
        slack_api_url=standin.api,
    )
    slack = Slack(settings, House(desk, journal, own.directory, clock, counts, time.monotonic, time.time))
    bringing = Courier(
        desk=desk,
        outbox=own.outbox,
        journal=journal,
        directory=own.directory,
        finders={slack.messenger.platform: slack.people},
        rooms={slack.messenger.platform: slack.rooms},
        messengers={slack.messenger.platform: slack.messenger},
        clock=clock,
        watch=seen,
    )
    app = web.Application()
    slack.listen(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    await standin.settings(mode="socket" if socket_mode else "http", request_url=f"{url}/slack/events")
    await desk.start()
    tasks = [asyncio.create_task(bringing.run(lambda: None))] if courier else []
    tasks += [asyncio.create_task(slack.run_lines(lambda: None))] if socket_mode else []
    await slack.open(clock.now())
    try:
        await enrolled(standin)
        if socket_mode:
            await connected(standin)
        yield Indoors(standin, own, desk, journal, slack, counts, seen, url, {})
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runner.cleanup()
        await slack.close()
        await desk.close()
        if store is None:
            await own.close()
