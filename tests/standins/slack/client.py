"""The stand-in from a test's side: `async with running() as slack:` and then people act, one line each."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.standins.slack.app import serve
from tests.standins.slack.check import Json

ROOT = Path(__file__).parents[3]


class Refused(Exception):
    """The control API said no: a person cannot do that, or the order makes no sense."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in front of Slack. Every act returns the delivery: `ok`, `sees`, `attempts`, `payload`."""

    slack: Slack
    id: str
    name: str

    async def _act(self, action: str, **what: object) -> Any:  # noqa: ANN401 - JSON
        return await self.slack.control("POST", f"people/{self.id}/{action}", what)

    async def say(self, text: str, **options: object) -> Json:
        """Type a DM to the bot."""
        return dict(await self._act("say", text=text, **options))

    async def command(self, text: str, **options: object) -> Json:
        """Type a slash command: `/backline report no power`."""
        return dict(await self._act("command", text=text, **options))

    async def press(self, label: str = "", **options: object) -> Json:
        """Press a button by its label, or whatever `action_id`, `block_id`, `button_value`, `ts`, `where` say."""
        return dict(await self._act("press", label=label, **options))

    async def choose(self, action_id: str, value: object, **options: object) -> Json:
        """Choose an option's value in a menu."""
        return dict(await self._act("press", action_id=action_id, value=value, **options))

    async def submit(self, values: Json | None = None, **options: object) -> Json:
        """Fill in the topmost modal by block_id or action_id and submit it."""
        return dict(await self._act("submit", values=values or {}, **options))

    async def close(self, **options: object) -> list[Json]:
        """Close the topmost modal (`everything=True`: all)."""
        return list(await self._act("close", **options))

    async def shortcut(self, callback_id: str, **options: object) -> Json:
        """Use a global shortcut."""
        return dict(await self._act("shortcut", callback_id=callback_id, **options))

    async def open_home(self, **options: object) -> Json:
        """Open the app's Home tab."""
        return dict(await self._act("open_home", **options))

    async def messages(self, where: str = "dm") -> list[Json]:
        """What they see there, oldest first."""
        seen = await self.slack.control("GET", "see", user=self.id, where=where)
        return list(seen["messages"])

    async def view(self, where: str = "modal") -> Json | None:
        """Their topmost modal, or "home"; None when there is none."""
        seen = await self.slack.control("GET", "see", user=self.id, where=where)
        return dict(seen["view"]) if seen["view"] else None

    async def until(self, words: str, where: str = "dm", seconds: float = 20.0) -> Json:
        """The newest message with these words in its text or blocks, once there is one. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                for message in reversed(await self.messages(where)):
                    if words in str([message["text"], message.get("blocks")]):
                        return message
                await asyncio.sleep(0.01)


@dataclass(frozen=True, slots=True)
class Slack:
    """A running stand-in."""

    address: str
    session: aiohttp.ClientSession

    @property
    def api(self) -> str:
        """What SLACK_API_URL is to be set to."""
        return f"{self.address}/api/"

    async def control(self, verb: str, path: str, body: Json | None = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Any order of the control API. Raises Refused with its words."""
        url = f"{self.address}/_control/{path}"
        async with self.session.request(verb, url, params=query, json=body) as response:
            answer = await response.json()
            if response.status != 200:
                raise Refused(answer["error"])
            return answer

    async def settings(self, **changes: object) -> Json:
        """Change settings (`model.Settings`); all of them as they are then."""
        return dict(await self.control("PATCH", "settings", changes))

    async def person(self, name: str, **details: object) -> Person:
        """Somebody new: `email`, `locale`, `tz`, `is_restricted`, `is_bot`, `is_stranger`, `team`, …"""
        user = await self.control("POST", "users", {"name": name, **details})
        return Person(self, user["id"], name)

    async def channel(self, name: str, *members: Person, kind: str = "public") -> str:
        """A channel with these people; its id."""
        made = await self.control(
            "POST", "channels", {"name": name, "kind": kind, "members": [one.id for one in members]}
        )
        return str(made["id"])

    async def fault(self, method: str, kind: str, **details: object) -> None:
        """Order a fault (`faults.Fault`): `count`, `skip`, `where`, `retry_after`, `seconds`, `accepted`, …"""
        await self.control("POST", "faults", {"method": method, "kind": kind, **details})

    async def heal(self) -> None:
        """No more faults."""
        await self.control("DELETE", "faults")

    async def calls(self, method: str = "") -> list[Json]:
        """Web API calls so far."""
        return list(await self.control("GET", "calls", method=method))

    async def report(self) -> Json:
        """`violations` of Retry-After, and `complaints`."""
        return dict(await self.control("GET", "report"))

    async def deliveries(self, kind: str = "") -> list[Json]:
        """What was sent to the app."""
        return list(await self.control("GET", "deliveries", kind=kind))

    async def settle(self, delivery: Json) -> Json:
        """An event's delivery once all its tries are over."""
        return dict(await self.control("POST", "settle", {"id": delivery["id"]}))

    async def advance(self, seconds: float) -> None:
        """Put the workspace's clock ahead."""
        await self.control("POST", "clock", {"advance": seconds})

    async def socket(self, action: str = "", line: str = "") -> list[Json]:
        """Order trouble for the connections; those there are."""
        return list(await self.control("POST", "socket", {"action": action, "line": line} if action else {}))


@asynccontextmanager
async def running() -> AsyncIterator[Slack]:
    """The stand-in in this process."""
    async with serve() as control, aiohttp.ClientSession() as session:
        yield Slack(control.api.ws.address, session)


@asynccontextmanager
async def spawned() -> AsyncIterator[Slack]:
    """The stand-in as a process of its own."""
    command = [sys.executable, "-m", "tests.standins.slack", "--port", "0"]
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout
        address = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:
            yield Slack(address, session)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
