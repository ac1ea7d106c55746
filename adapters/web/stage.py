"""The stage: everything the page can look at and do. Knows the real desk, no HTML and no store.

`app` builds it in this order: `Stage(journal, mailbox, rules, clock)`; the desk with `stage.clock`, telling
`stage.committed`; the courier with `stage.messenger`; `await stage.open(desk)`. `stage.tick` every real second.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from adapters.web.conversations import Conversations
from adapters.web.exercises import Exercise, exercises, report
from adapters.web.history import History, Point
from adapters.web.live import Changes
from adapters.web.messenger import WebMessenger
from adapters.web.practice_clock import PracticeClock
from adapters.web.render import render, render_line
from bot.board import Tally, tallies
from bot.cards import Card, Press
from bot.commands import ConfirmRestored, StandDown
from bot.company import Company, Role, holders
from bot.cover import Rulebook
from bot.events import Event
from bot.ports import Journal, Json, Letter, Mailbox, Sync, no_sync
from bot.reception import FrontDesk, Reception, Reply
from bot.wording import Reader, View, menu

SOONEST = timedelta(milliseconds=1)
A_MOMENT = timedelta(seconds=1)  # what an action takes on a paused clock: cards are refreshed once a second
MOST_TICKS = 500  # deadlines one after another before the page gets a word in again


class Desk(FrontDesk, Protocol):
    """What the stage needs of `bot.desk.Desk`."""

    async def tick(self) -> None:
        """Fire what is due."""


class Stage:
    """One practice desk. The cast are the people one plays by default; an exercise changes them."""

    heartbeat = 10.0  # real seconds without news after which an open page hears of the clock again

    def __init__(
        self, journal: Journal, mailbox: Mailbox, rules: Rulebook, clock: PracticeClock, sync: Sync = no_sync
    ) -> None:
        self._filed = rules
        self._sync = sync
        self.changes = Changes()
        self._journal = journal
        self.history = History(journal)
        self.clock = clock
        clock.wait_for(self.history.next_due)
        self.conversations = Conversations(mailbox, self.changes)
        self.messenger = WebMessenger(self.conversations)
        self.exercise: Exercise | None = None
        self._desk: Desk | None = None
        self._news = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @property
    def rules(self) -> Rulebook:
        """The rules in force; until the desk is open, those of the files."""
        return self._desk.rules if self._desk else self._filed

    @property
    def company(self) -> Company:
        """The company, with the roles in force."""
        return self.rules.company

    @property
    def desk(self) -> Desk:
        """The desk, once opened."""
        if self._desk is None:
            raise RuntimeError("the practice desk is not open yet; await open() first")
        return self._desk

    @property
    def reception(self) -> Reception:
        """What is done with a sentence or a press."""
        return Reception(self.desk, self._journal, self._sync)

    async def open(self, desk: Desk) -> None:
        """Read the mailbox and the journal, and follow what happens from now on."""
        self._desk = desk
        await self.conversations.load(list(self.company.people))
        await self.history.catch_up()
        self._reader = asyncio.create_task(self._follow(), name="practice-history")

    async def close(self) -> None:
        """Stop following."""
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    def committed(self) -> None:
        """The desk has written something."""
        self._news.set()

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self.history.catch_up()
            self.changes.ring()

    # --- looking --------------------------------------------------------------------------------------------------

    def exercises(self) -> Sequence[Exercise]:
        """Ready-made ones, by level."""
        return exercises(self.rules, self.clock.now())

    def cast(self) -> Sequence[str]:
        """Agent, cover, Account Manager and CMT lead of the project that is played."""
        company = self.company
        first = min(company.projects.values(), key=lambda one: (one.priority, one.id))
        project = self.exercise.project if self.exercise else first.id
        agents, backups = company.active_agents(project), company.projects[project].backups
        played = (self.exercise.agent, self.exercise.cover) if self.exercise else ()
        roles = (*holders(company, Role.ACCOUNT_MANAGER, project), *holders(company, Role.CMT_LEAD, project))
        people = (*(played or (*agents[:1], *backups[:1])), *roles)
        return tuple(dict.fromkeys(person for person in people if person))

    def reader(self, person: str, locale: str | None = None) -> Reader:
        """The person as a reader, in their language unless another is wanted."""
        return Reader(person, locale or self.company.people[person].locale or "en", self.company.zone_of(person))

    def view(self) -> View:
        """What cards are made from, now."""
        return self.reception.view()

    def letters(self, person: str) -> Sequence[Letter]:
        """The person's conversation, oldest first."""
        return self.conversations.letters(person)

    def menu(self, person: str) -> Card:
        """What the person can always do."""
        return menu(self.view(), self.reader(person))

    def board(self) -> Mapping[str, Tally]:
        """Every project's numbers."""
        return tallies(self.desk.state, self.rules, self.clock.now())

    def points(self, project: str) -> Sequence[Point]:
        """The project's open incident over time; nothing when none is open."""
        return self.history.points(project) if self.desk.state.incident(project) else ()

    def timeline(self, limit: int) -> Sequence[tuple[int, Event]]:
        """The latest events since the table was cleared, newest first, with their seq."""
        cleared = self.conversations.cleared_at_seq
        return [(seq, event) for seq, event in self.history.latest(limit) if seq > cleared]

    # --- doing ----------------------------------------------------------------------------------------------------

    async def say(self, person: str, text: str) -> Reply:
        """The person types something; the words stay in the conversation, and so does the answer."""
        now, letter = self.clock.now(), uuid.uuid4().hex
        await self.conversations.add(f"said:{letter}", person, now, {"said": text})
        reply = await self._done(self.reception.say(self.reader(person), text, f"said:{letter}"))
        await self.conversations.add(f"reply:{letter}", person, now + timedelta(microseconds=1), _reply(reply))
        return reply

    async def press(self, press: Press) -> Reply:
        """The person presses a button."""
        key = f"press:{press.key}" if press.key else None
        return await self._done(self.reception.press(self.reader(press.by), replace(press, key=key)))

    async def _done(self, reply: Awaitable[Reply]) -> Reply:
        """Whatever is done takes a moment, on a paused clock too."""
        said = await reply
        if not self.clock.speed:
            self.clock.advance(A_MOMENT)
        return said

    async def tick(self) -> None:
        """Fire what is due, deadline after deadline, until the clock is held by none."""
        for _ in range(MOST_TICKS):
            await self.desk.tick()
            await self.history.catch_up()
            if not self.clock.held:
                return

    async def advance(self, step: timedelta) -> None:
        """Move the practice clock on, and fire what falls due on the way."""
        self.clock.advance(step)
        await self.tick()
        self.changes.ring()

    def run(self, speed: int) -> None:
        """Let the practice clock go at this speed; 0 pauses."""
        if speed:
            self.clock.run(speed)
        else:
            self.clock.pause()
        self.changes.ring()

    async def restore_all(self) -> None:
        """Every workplace is usable again: the disruption is over, the incidents are still to be stood down."""
        for person in sorted(self.desk.state.workplaces):
            await self.desk.handle(ConfirmRestored(person, person))

    async def reset(self) -> None:
        """End all that is open, and clear the table. The journal keeps what happened: it only ever grows."""
        await self.restore_all()
        allowed = self.rules.plan.permissions["stand_down"]
        for project, incident in sorted(self.desk.state.incidents.items()):
            by = next(one for role in Role if role in allowed for one in holders(self.company, role, project))
            await self.desk.handle(StandDown(by, project, incident.number))
        await self.history.catch_up()
        await self.conversations.clear(self.clock.now(), self.history.seq)
        self.clock.advance(SOONEST)
        self.exercise = None
        self.changes.ring()

    async def play(self, exercise: Exercise) -> None:
        """From a cleared table, all its people report at once."""
        await self.reset()
        self.exercise = exercise
        for person in exercise.reports:
            await self.desk.handle(report(person))
        self.changes.ring()


def _reply(reply: Reply) -> Json:
    if isinstance(reply.said, Card):
        return {"card": render(reply.said)}
    return {"line": render_line(reply.said), "refused": reply.rejected is not None}
