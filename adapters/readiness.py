"""The daily readiness check: one command a project, so that reports get their turn in between."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.commands import CheckReadiness, Command
from bot.cover import Rulebook
from bot.desk import Outcome
from bot.ports import Clock


class Desk(Protocol):
    """What the check needs of `bot.desk.Desk`."""

    @property
    def rules(self) -> Rulebook:
        """The plan and the company."""

    @property
    def clock(self) -> Clock:
        """The desk's time."""

    async def handle(self, command: Command, key: str | None = None) -> Outcome:
        """Decide and commit."""


async def check_all(desk: Desk) -> None:
    """Check every project; once a day, however many processes ask. Raises `StoreError`."""
    today: datetime = desk.clock.now()
    for project in desk.rules.company.projects:
        await desk.handle(CheckReadiness(project), f"readiness:{today:%Y-%m-%d}:{project}")
