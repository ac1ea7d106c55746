"""Incidents played on the real desk, for what is made of the journal afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from adapters.sharepoint.records import Record, Records
from bot.commands import (
    Acknowledge,
    AnswerCover,
    AnswerFactor,
    ApproveCover,
    Cause,
    Command,
    ConfirmOnDuty,
    ConfirmRestored,
    DeclareLevel,
    ReportWorkplace,
    StandDown,
)
from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Desk
from bot.plan import parse_plan
from bot.ports import Entry
from bot.records import from_record
from store import Store, open_store
from tests.unit.stage import HandClock, Seen

STEP = 15.0  # seconds between ticks
LEFT = '    { id = "viktor", name = "Viktor", active = false },\n'
RULES = Rulebook(
    parse_plan(packaged("plan.toml")),
    parse_company(packaged("company.toml").replace("people = [\n", f"people = [\n{LEFT}", 1)),
)


@dataclass
class Play:
    """A desk at work on a store of its own."""

    store: Store
    desk: Desk
    clock: HandClock
    seen: Seen = field(default_factory=Seen)

    async def do(self, *commands: Command, minutes: float = 0.0) -> None:
        """These things happen now; then so much time passes."""
        for command in commands:
            outcome = await self.desk.handle(command)
            assert not outcome.refused, (command, outcome.refused)
        await self.wait(minutes)

    async def wait(self, minutes: float) -> None:
        """Time passes."""
        left = minutes * 60
        await self.desk.tick()
        while left > 0:
            self.clock.advance(seconds=min(STEP, left))
            left -= STEP
            await self.desk.tick()

    async def entries(self) -> Sequence[Entry]:
        """The journal."""
        return await self.store.journal.read(0, 100_000)

    async def records(self) -> Records:
        """The fold of all of it."""
        records = Records()
        for entry in await self.entries():
            records.take(from_record(entry))
        return records

    async def record(self, number: str) -> Record:
        """One incident's record."""
        return (await self.records()).by_number[number]


@asynccontextmanager
async def playing(store: Store | None = None) -> AsyncIterator[Play]:
    """A desk at work, the sample company in front of it."""
    kept = store or await open_store("memory:")
    clock, seen = HandClock(), Seen()
    desk = Desk(journal=kept.journal, clock=clock, rules=RULES, watch=seen, stopwatch=count(step=100).__next__)
    await desk.start()
    try:
        yield Play(kept, desk, clock, seen)
    finally:
        await desk.close()
        if store is None:
            await kept.close()


async def whole_incident(play: Play) -> str:
    """Two agents are out, one is covered in time and one is not; it reaches level 2 and ends. Its number."""
    await play.do(ReportWorkplace("anna", "anna", Cause.POWER, can_move=False), minutes=2)
    await play.do(Acknowledge("nora", "acme-de"), AnswerCover("carl", "acme-de", yes=True), minutes=1)
    await play.do(ApproveCover("nora", "acme-de"), minutes=4)
    await play.do(ConfirmOnDuty("carl", "acme-de"), minutes=6)
    await play.do(ReportWorkplace("bea", "bea", Cause.INTERNET, can_move=False), minutes=3)
    await play.do(AnswerCover("levente", "acme-de", yes=True), ApproveCover("nora", "acme-de"), minutes=8)
    await play.do(ConfirmOnDuty("levente", "acme-de"), minutes=5)
    for level in play.desk.rules.plan.levels.values():
        asked = play.desk.state.incidents["acme-de"].factors
        for factor in level.factors:
            if factor.id in asked:
                await play.do(AnswerFactor("nora", "acme-de", factor.id, holds=factor.id != "calls-arrive"))
    await play.do(ConfirmRestored("bea", "bea"), minutes=3)
    await play.do(DeclareLevel("nora", "acme-de", 1, "Bea is back"), ConfirmRestored("anna", "anna"), minutes=1)
    await play.do(StandDown("nora", "acme-de"))
    return play.desk.state.closed["acme-de"].number
