"""The sending half of Teams on a server that answers as it was told, with a memory store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import aiohttp

from adapters.chat.rates import Gate
from adapters.teams.connector import Connector
from adapters.teams.lines import Reading
from adapters.teams.messenger import TeamsMessenger
from adapters.teams.places import PLATFORM, Place, ServiceHosts
from adapters.teams.rates import teams_policy
from adapters.teams.rooms import TeamsRooms
from bot.cards import Card, Line
from bot.ports import Account, Delivery, Urgency
from bot.wording import Reader
from store import Store, open_store
from tests.unit.stage import START, rulebook
from tests.unit.teams.scripted import Asked, Say, Scripted, serving
from tests.unit.wording_play import notice

TIMEOUT = aiohttp.ClientTimeout(total=1.0, connect=0.5)


@dataclass
class Sending:
    """Everything that sends, put together. `down`: what the server says meanwhile to everything."""

    server: Scripted
    store: Store
    connector: Connector
    messenger: TeamsMessenger
    rooms: TeamsRooms
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def answer(self, asked: Asked) -> Say:
        """As Teams: ids for what is new, one member in every chat."""
        number = next(self._numbers)
        if asked.path == "/v3/conversations" and asked.body.get("activity"):
            return Say(201, {"id": f"19:c@thread.tacv2;messageid={number}", "activityId": str(number)})
        return Say(201, {"id": f"a:{number}"}) if asked.method == "POST" else Say(body={"members": []})

    def account(self, person: str, locale: str = "en") -> Account:
        """Somebody with a chat."""
        place = Place(self.server.url, f"a:{person}", "tenant")
        ref = {"place": place.as_json(), "user": f"29:{person}"}
        return Account(person, PLATFORM, "tenant", f"aad-{person}", locale, ref)

    def delivery(self, to: str, urgency: Urgency = Urgency.NOTICE, *, ambiguous: bool = False) -> Delivery:
        """A notice's delivery."""
        told = replace(notice("level_raised", to, {"level": 1, "by": None}), urgency=urgency)
        return Delivery("1", told, 1, ambiguous=ambiguous)

    @property
    def posts(self) -> list[Asked]:
        """What was posted."""
        return [asked for asked in self.server.asked if asked.method == "POST"]


class Here:
    """`Readings` of the sample company, in the account's language."""

    async def of(self, account: Account, *shown: Card | Line) -> Reading:
        """With nobody linked."""
        reader = Reader(account.person, account.locale or "en", "UTC")
        return Reading(reader, rulebook().company, START, {})


@asynccontextmanager
async def sending_half() -> AsyncIterator[Sending]:
    """The sending half, which waits a second for an answer."""

    def answer(asked: Asked) -> Say:
        return made.answer(asked)

    store = await open_store("memory:")
    async with serving(answer) as server, aiohttp.ClientSession(timeout=TIMEOUT) as session:
        gate = Gate(teams_policy(), time.monotonic, asyncio.sleep, 16)
        connector = Connector(session, gate, ServiceHosts(["127.0.0.1"]), "app", None)
        made = Sending(server, store, connector, TeamsMessenger(connector, Here()), TeamsRooms(store.directory))
        yield made
    await store.close()


def texts(value: Any) -> str:  # noqa: ANN401 - JSON
    """Every text in it."""
    if isinstance(value, dict):
        return " ".join(texts(one) for one in value.values())
    if isinstance(value, list):
        return " ".join(texts(one) for one in value)
    return value if isinstance(value, str) else ""
