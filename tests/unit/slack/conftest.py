"""The sending half of Slack against the strict stand-in, with a memory store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import aiohttp
import pytest

from adapters.chat.rates import Gate
from adapters.slack.api import SlackApi, make_client
from adapters.slack.directory import SlackDirectory
from adapters.slack.messenger import SlackMessenger
from adapters.slack.reading import PLATFORM, Readings
from adapters.slack.tiers import slack_policy
from bot.cover import Rulebook
from bot.ports import Account, Delivery, Notice
from store import Store, open_store
from tests.standins.slack.client import Person, Slack, running
from tests.unit.stage import rulebook
from tests.unit.wording_play import START, notice

TOKEN = "xoxb-standin-bot"  # noqa: S105 - the stand-in's


@dataclass
class Clock:
    """Seconds that grow when told to."""

    seconds: float = 0.0

    def elapsed(self) -> float:
        """So many so far."""
        return self.seconds


@dataclass
class Rules:
    """The sample company, at the play's beginning."""

    rules: Rulebook = field(default_factory=rulebook)

    def now(self) -> datetime:
        """Always the same."""
        return START


@dataclass
class Sending:
    """Everything that sends, put together."""

    slack: Slack
    store: Store
    api: SlackApi
    readings: Readings
    messenger: SlackMessenger
    directory: SlackDirectory
    clock: Clock
    people: dict[str, Person] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)

    async def person(self, name: str, **details: object) -> Account:
        """Somebody of the company, in Slack and linked."""
        person = await self.slack.person(name, email=f"{name}@example.com", **details)
        self.people[name] = person
        team = (await self.api.identity()).team
        account = Account(name, PLATFORM, team, person.id)
        await self.store.directory.link(account)
        return account

    def delivery(self, to: str, *, ambiguous: bool = False, key: str = "") -> Delivery:
        """A notice's delivery."""
        told: Notice = notice("level_raised", to, {"level": 1, "by": None})
        told = Notice(key or f"{next(self._numbers)}:{to}", *(getattr(told, name) for name in Notice.__slots__[1:]))
        return Delivery("1", told, 1, ambiguous=ambiguous)

    async def seen(self, name: str) -> list[str]:
        """The texts of what the person has in their DM."""
        return [message["text"] for message in await self.people[name].messages()]

    async def posts(self) -> int:
        """How often something was posted."""
        return len(await self.slack.calls("chat.postMessage"))


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """The stand-in in this process."""
    async with running() as stand_in:
        yield stand_in


@pytest.fixture
async def sending(slack: Slack) -> AsyncIterator[Sending]:
    """The sending half, connected to the stand-in; it waits half a second for an answer."""
    store = await open_store("memory:")
    clock = Clock()
    timeout = aiohttp.ClientTimeout(total=0.5, sock_connect=0.3)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        api = SlackApi(make_client(TOKEN, slack.api, session), Gate(slack_policy(), time.monotonic, asyncio.sleep))
        readings = Readings(Rules(), store.directory, clock.elapsed)
        messenger = SlackMessenger(api, readings)
        directory = SlackDirectory(api, store.directory, readings, clock.elapsed)
        yield Sending(slack, store, api, readings, messenger, directory, clock)
    await store.close()
