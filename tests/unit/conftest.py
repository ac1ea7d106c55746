"""What several tests need: the command line, a database with a history, a desk at work."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.cli import main
from bot.commands import Command, ConfirmRestored, ReportWorkplace, StandDown
from bot.desk import Desk
from store import Store, open_store
from tests.unit.stage import HandClock, Seen, desk_on, rulebook
from tests.unit.terminal import Ran, Run
from tests.unit.two_platforms import Making, Two, two

OURS = ("BACKLINE_", "SLACK_", "MICROSOFT_", "TEAMS_", "AZURE_", "GRAPH_", "LC_", "LANG")
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def backline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty directory, with no settings but those given."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")

    monkeypatch.setattr(logging.getLogger(), "handlers", logging.getLogger().handlers[:])  # as they were, afterwards

    def run(*arguments: str, **settings: str) -> Ran:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = capsys.readouterr()
        return Ran(int(ended.value.code or 0), said.out, said.err)

    return run


async def _happen(url: str, commands: list[Command]) -> None:
    store = await open_store(url)
    desk = Desk(journal=store.journal, clock=HandClock(AT), rules=rulebook(), watch=Seen(), stopwatch=lambda: 0.0)
    await desk.start()
    for command in commands:
        await desk.handle(command)
    await desk.close()
    await store.close()


@pytest.fixture
def history(backline: Run) -> Path:
    """A database in which Anna reported and came back, Bianca reported, and Anna's incident was stood down."""
    commands = [
        ReportWorkplace("anna", "anna", can_move=False, words="canary words"),
        ReportWorkplace("bianca", "bianca", can_move=False),
        ConfirmRestored("anna", "anna"),
        StandDown("nora", "acme-de"),
    ]
    asyncio.run(_happen("sqlite:///backline.db", commands))
    return Path("backline.db").resolve()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """An empty store in memory."""
    store = await open_store("memory:")
    yield store
    await store.close()


@pytest.fixture
def clock() -> HandClock:
    """A clock set by hand."""
    return HandClock()


@pytest.fixture
def seen() -> Seen:
    """What was seen."""
    return Seen()


@pytest.fixture
async def desk(store: Store, clock: HandClock, seen: Seen) -> AsyncIterator[Desk]:
    """A desk at work."""
    desk = desk_on(store, clock, seen)
    await desk.start()
    yield desk
    await desk.close()


@pytest.fixture
async def making(store: Store) -> AsyncIterator[Making]:
    """Makes it on the store, and closes its desk."""
    made: list[Two] = []

    async def make(**details: Any) -> Two:  # noqa: ANN401 - as for `two`
        made.append(await two(store, **details))
        return made[-1]

    yield make
    for one in made:
        await one.desk.close()
