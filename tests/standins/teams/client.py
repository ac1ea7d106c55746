"""The stand-in from a test's side: `async with running() as teams:` and then people act, one line each."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.standins.slack.check import Json
from tests.standins.slack.client import Refused
from tests.standins.teams.app import serve
from tests.standins.teams.model import APP, HOME, Settings
from tests.standins.teams.tokens import FORGERIES

ROOT = Path(__file__).parents[3]
__all__ = ["FORGERIES", "Person", "Refused", "Team", "Teams", "running", "spawned"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in front of Teams. Every act returns the delivery: `ok`, `sees`, `shown`, `attempts`, `payload`.

    `id` is who they are to the bot (`29:…`), `aad` in the tenant. Options of every act: `tamper` (`tokens.Tamper`) and
    `override` (dotted paths) spoil what is sent, as `**FORGERIES["expired"]` does. `where`: "chat", a channel's name or
    id, or "Team/Channel".
    """

    teams: Teams
    id: str
    aad: str
    name: str
    email: str

    async def _act(self, action: str, **what: object) -> Any:  # noqa: ANN401 - JSON
        return await self.teams.control("POST", f"people/{self.id}/{action}", what)

    async def install(self, **options: object) -> list[Json]:
        """Add the app: installationUpdate and conversationUpdate."""
        return list(await self._act("install", **options))

    async def uninstall(self, **options: object) -> list[Json]:
        """Take the app away."""
        return list(await self._act("uninstall", **options))

    async def block(self, *, blocked: bool = True) -> None:
        """Block the bot, or let it in again; the bot hears of neither."""
        await self.teams.control("PATCH", f"users/{self.id}", {"blocked": blocked})

    async def say(self, text: str, where: str = "chat", **options: object) -> Json:
        """Type a message; `@Backline` and `@Anna Nagy` become mentions. `thread`: its first message's id."""
        return dict(await self._act("say", text=text, where=where, **options))

    async def press(
        self, title: str = "", inputs: Json | None = None, *, verb: str = "", where: str = "chat", **options: object
    ) -> Json:
        """Press an action on the newest message that has it, with inputs by id, label or the end of the id.

        `under`: behind the Action.ShowCard of that title; `message`: its id; `version`: on an old copy, 0 the first.
        `sees`: the message or error that the person reads; `shown`: "card", "message", "error", "not sent".
        """
        act = {"title": title, "verb": verb, "inputs": inputs or {}, "where": where, **options}
        return dict(await self._act("press", **act))

    async def refresh(self, where: str = "chat", **options: object) -> Json:
        """Look at the newest card that refreshes, or `message`."""
        return dict(await self._act("refresh", where=where, **options))

    async def messages(self, where: str = "chat") -> list[Json]:
        """What they see there, oldest first (`person.Hands._shown`): `id`, `text`, `card`, `words`, `actions`, …"""
        return list(await self.teams.control("GET", "see", user=self.id, where=where))

    async def card(self, where: str = "chat") -> Json:
        """The newest card that they see there. Raises Refused when there is none."""
        for message in reversed(await self.messages(where)):
            if message["card"]:
                return dict(message["card"])
        raise Refused(f"{self.name} sees no card in {where}")

    async def until(self, words: str, where: str = "chat", seconds: float = 20.0) -> Json:
        """The newest message of the bot with these words to read in it, once there is one. Raises TimeoutError."""
        return await self.until_that(lambda one: words in "\n".join([one["text"], *one["words"]]), where, seconds)

    async def until_that(self, fits: Callable[[Json], bool], where: str = "chat", seconds: float = 20.0) -> Json:
        """The newest message of the bot that fits, once there is one. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                for message in reversed(await self.messages(where)):
                    if message["from"] == "bot" and fits(message):
                        return message
                await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `channels` by name, with their conversation ids. Its own id is that of the first channel."""

    teams: Teams
    id: str
    name: str
    channels: dict[str, str]

    async def install(self, by: Person, channel: str = "", **options: object) -> list[Json]:
        """Somebody adds the app to the team, in that channel."""
        return list(await self._act("install", by, channel=channel, **options))

    async def uninstall(self, by: Person, **options: object) -> list[Json]:
        """Somebody takes the app out of the team."""
        return list(await self._act("uninstall", by, **options))

    async def join(self, who: Person, **options: object) -> list[Json]:
        """Somebody comes into the team."""
        return list(await self._act("join", who, **options))

    async def _act(self, action: str, who: Person, **options: object) -> Any:  # noqa: ANN401 - JSON
        return await self.teams.control("POST", f"teams/{self.id}/{action}", {"user": who.id, **options})


@dataclass(frozen=True, slots=True)
class Teams:
    """A running stand-in."""

    address: str
    session: aiohttp.ClientSession

    @property
    def service_url(self) -> str:
        """The serviceUrl of every activity, as the settings begin."""
        return f"{self.address}/{Settings.service_path}/"

    @property
    def environment(self) -> dict[str, str]:
        """What Backline is to be started with to find everything here."""
        return {
            "TEAMS_OPENID_METADATA_URL": f"{self.address}/v1/.well-known/openidconfiguration",
            "TEAMS_TOKEN_URL": f"{self.address}/{HOME}/oauth2/v2.0/token",
            "TEAMS_SERVICE_URLS": "127.0.0.1",
            "MICROSOFT_APP_ID": APP,
            "MICROSOFT_APP_PASSWORD": Settings.app_secret,
            "MICROSOFT_APP_TENANT_ID": HOME,
        }

    async def control(self, verb: str, path: str, body: Json | None = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Any order of the control API. Raises Refused with its words."""
        url = f"{self.address}/_control/{path}"
        async with self.session.request(verb, url, params=query, json=body) as response:
            answer = await response.json()
            if response.status != 200:
                raise Refused(answer["error"])
            return answer

    async def settings(self, **changes: object) -> Json:
        """Change settings (`model.Settings`), `endpoint` before all; all of them as they are then."""
        return dict(await self.control("PATCH", "settings", changes))

    async def person(self, name: str, **details: object) -> Person:
        """Somebody new: `aad`, `email`, `locale` (hu-HU), `timezone`, `guest`, `tenant`, …"""
        user = await self.control("POST", "users", {"name": name, **details})
        return Person(self, user["id"], user["aad"], name, user["email"])

    async def team(self, name: str, *members: Person, channels: tuple[str, ...] = ("General",)) -> Team:
        """A team with these people and channels, without the app."""
        order = {"name": name, "channels": list(channels), "members": [one.id for one in members]}
        made = await self.control("POST", "teams", order)
        return Team(self, made["id"], name, made["channels"])

    async def chat(self, name: str, *members: Person) -> str:
        """A group chat of these people, the app in it; its id."""
        made = await self.control("POST", "chats", {"name": name, "members": [one.id for one in members]})
        return str(made["id"])

    async def hostile(self, *texts: str) -> None:
        """These are people's words: a complaint wherever one of them becomes markup in a card."""
        await self.control("POST", "hostile", {"texts": list(texts)})

    async def fault(self, operation: str, kind: str, **details: object) -> None:
        """Order a fault (`slack.faults.Fault`): `count`, `skip`, `where={"conversation": …}`, `retry_after`, `seconds`,
        `accepted`, `status`, `error`; for "token", "openid", "keys", "create", "post", "update", "delete", "members",
        "member", "pagedmembers", or "*": all of the connector.
        """
        await self.control("POST", "faults", {"method": operation, "kind": kind, **details})

    async def heal(self) -> None:
        """No more faults."""
        await self.control("DELETE", "faults")

    async def rotate(self, *, keep: bool = True) -> list[str]:
        """Sign with a new key; the old ones stay published if `keep`. The published keys' ids, the signing one last."""
        return list((await self.control("POST", "rotate", {"keep": keep}))["keys"])

    async def calls(self, operation: str = "") -> list[Json]:
        """The bot's calls so far: `operation`, `conversation`, `body`, `status`, `error`, `fault`, `inside_window`."""
        return list(await self.control("GET", "calls", operation=operation))

    async def report(self) -> Json:
        """`violations` of Retry-After, and `complaints`."""
        return dict(await self.control("GET", "report"))

    async def deliveries(self, kind: str = "") -> list[Json]:
        """What was sent to the bot; `kind`: an activity's type."""
        return list(await self.control("GET", "deliveries", kind=kind))

    async def settle(self, delivery: Json) -> Json:
        """A delivery once all its tries are over."""
        return dict(await self.control("POST", "settle", {"id": delivery["id"]}))

    async def again(self, delivery: Json, **options: object) -> Json:
        """The same once more: `exact` (byte for byte; its attempt), or anew, with another id if `new_id`."""
        return dict(await self.control("POST", "again", {"id": delivery["id"], **options}))

    async def storm(self, delivery: Json, count: int, **options: object) -> Json:
        """A delivery so many times with changed bytes: how often which status came back."""
        return dict(await self.control("POST", "storm", {"id": delivery["id"], "count": count, **options}))

    async def raw(self, **order: object) -> Json:
        """Any `body` or `hex` with any `headers` to the bot, with a good token or `tamper`; the attempt."""
        return dict(await self.control("POST", "raw", order))

    async def activity(self, activity: Json, **order: object) -> Json:
        """Any activity to the bot."""
        return dict(await self.control("POST", "activity", {"activity": activity, **order}))

    async def advance(self, seconds: float) -> None:
        """Put Microsoft's clock ahead."""
        await self.control("POST", "clock", {"advance": seconds})

    async def stop_clock(self) -> None:
        """From now on Microsoft's clock goes on only by `advance`."""
        await self.control("POST", "clock", {"stop": True})


@asynccontextmanager
async def running() -> AsyncIterator[Teams]:
    """The stand-in in this process."""
    async with serve() as control, aiohttp.ClientSession() as session:
        yield Teams(control.cloud.address, session)


@asynccontextmanager
async def spawned() -> AsyncIterator[Teams]:
    """The stand-in as a process of its own."""
    command = [sys.executable, "-m", "tests.standins.teams", "--port", "0"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            yield Teams(address, session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
