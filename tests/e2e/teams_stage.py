"""Backline as a process of its own beside the stand-in of Teams, and people of the sample company in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ports import Json
from tests.e2e.slack_stage import Backline, free_port, service
from tests.standins.teams.client import Person, Refused, Teams

PATIENCE = 10_000.0  # milliseconds: Teams' client waits so long for a press


@asynccontextmanager
async def backline(
    teams: Teams, folder: Path, *, port: int = 0, more: Mapping[str, str] | None = None
) -> AsyncIterator[Backline]:
    """Backline with Teams' settings, ready. `more`: further settings."""
    port = port or free_port()
    await teams.settings(endpoint=f"http://127.0.0.1:{port}/api/messages")
    settings = {**teams.environment, **(more or {})}
    secrets = [value for name, value in settings.items() if name.endswith(("PASSWORD", "TOKEN", "SECRET"))]
    async with service(settings, folder, secrets, port=port) as running:
        yield running


async def enter(teams: Teams, names: Sequence[str]) -> dict[str, Person]:
    """These people of the sample company, with their addresses, who install the app and are greeted."""
    people = {name: await teams.person(name, email=f"{name}@example.com") for name in names}
    for person in people.values():
        assert all(one["ok"] for one in await person.install())
        await person.until_that(lambda one: bool(one["card"]))
    return people


def in_time(sent: Json) -> Json:
    """Answered with a card, and nobody gave up waiting."""
    assert sent["ok"], sent
    assert sent["sees"] == ""
    assert sent["attempts"][-1]["ms"] < PATIENCE
    return sent


async def press(person: Person, verb: str, seconds: float = 20.0, **options: object) -> Json:
    """Press the newest button with this verb, once there is one. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return in_time(await person.press(verb=verb, **options))
            except Refused:
                await asyncio.sleep(0.02)


async def answer_checks(manager: Person, seconds: float = 30.0) -> None:
    """Say that every check of the level holds, one after another. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        answered: set[str] = set()
        while left := [check for check in await checks(manager) if check[1] not in answered]:
            message, factor = left[0]
            in_time(await manager.press(verb="factor_yes", message=message))
            answered.add(factor)
        while True:
            if not await checks(manager):
                return
            await asyncio.sleep(0.02)


async def checks(manager: Person) -> list[tuple[str, str]]:
    """The checks that they are asked for in their chat: on which message, and which."""
    return [
        (str(message["id"]), str(action["data"]["backline"]["args"]["factor"]))
        for message in reversed(await manager.messages())
        for action in (message["card"] or {}).get("actions", ())
        if action.get("verb") == "factor_yes"
    ]


async def nothing_wrong(teams: Teams) -> None:
    """Teams had nothing to complain of, and took every call."""
    assert await teams.report() == {"violations": [], "complaints": []}
    refused = [call for call in await teams.calls() if call["status"] >= 400]
    assert [(call["operation"], call["status"], call["error"]) for call in refused] == []
