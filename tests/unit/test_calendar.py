"""Calendar work: in UTC, once a day, and no failure ends it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import pytest

from adapters.calendar import Calendar
from adapters.readiness import check_all
from bot.commands import CheckReadiness, Command
from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Outcome
from bot.plan import parse_plan

NOW = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)


async def test_it_does_what_is_due() -> None:
    """Work at a time of day is done when that time comes, and done again the next day when it failed."""
    calendar, done = Calendar(), asyncio.Event()

    async def work() -> None:
        done.set()
        raise RuntimeError("boom")

    soon = datetime.now(UTC) + timedelta(minutes=1)
    calendar.daily("check", time(soon.hour, soon.minute), work)
    calendar.start()
    calendar.run_now("check")
    await asyncio.wait_for(done.wait(), 5)
    assert calendar.next("check") is not None
    calendar.stop()


@pytest.mark.parametrize("hour", [0, 7, 23])
async def test_times_are_utc(hour: int) -> None:
    """A time of day means UTC, wherever the computer is."""
    calendar = Calendar()

    async def work() -> None:
        pass

    calendar.daily("check", time(hour, 30), work)
    calendar.start()
    due = calendar.next("check")
    calendar.stop()
    assert due is not None
    assert (due.utcoffset(), due.hour, due.minute) == (timedelta(), hour, 30)


class FakeDesk:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.rules = Rulebook(parse_plan(packaged("plan.toml")), parse_company(packaged("company.toml")))
        self.clock = self
        self.asked: list[tuple[Command, str | None]] = []

    def now(self) -> datetime:
        """The time."""
        return NOW

    async def handle(self, command: Command, key: str | None = None) -> Outcome:
        """Take a command."""
        self.asked.append((command, key))
        return Outcome()


async def test_readiness_is_checked_for_each_project_once_a_day() -> None:
    """Each project gets one command, with a key that is the same for every process on that day."""
    desk = FakeDesk()
    await check_all(desk)
    projects = list(desk.rules.company.projects)
    assert desk.asked == [(CheckReadiness(one), f"readiness:{date(2026, 3, 2)}:{one}") for one in projects]
