"""A courier with two chat platforms, for the tests of what goes by which."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.cards import Card
from bot.commands import ReportWorkplace
from bot.company import Chat, Company
from bot.courier import Courier
from bot.cover import Rulebook
from bot.desk import Desk
from bot.ports import Account, Delivery, MessageRef, Rooms, SendError
from bot.routing import Finder
from store import Store
from tests.unit.stage import HandClock, Seen, Wall, rulebook

ANNA_OUT = ReportWorkplace("anna", "anna", can_move=False)  # a receipt for her, decisions for nora and sam, carl asked
BOTH = ("slack", "teams")
Making = Callable[..., Awaitable["Two"]]
DOWN = SendError("no answer", down=True)
MAYBE = SendError("no answer", ambiguous=True, down=True)
BLOCKED = SendError("blocked", permanent=True)


@dataclass
class Chatting(Wall):
    """A wall that may be in trouble; `tried` counts who was to be written to. `trouble`: for one person, or ''."""

    trouble: dict[str, SendError] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    hangs: asyncio.Event | None = None
    enough: int = 1  # tries after which it is `full`
    full: asyncio.Event = field(default_factory=asyncio.Event)
    changed: list[str] = field(default_factory=list)

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Pin it up, unless there is trouble."""
        await self._try(to)
        return await super().send(to, card, delivery)

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Pin it over, unless there is trouble."""
        await self._try(to)
        self.changed.append(to.person)
        return await super().update(message, to, card)

    async def _try(self, to: Account) -> None:
        self.tried.append(to.person)
        if len(self.tried) >= self.enough:
            self.full.set()
        if self.hangs:
            await self.hangs.wait()
        if error := self.trouble.get(to.person, self.trouble.get("")):
            raise error


@dataclass
class Two:
    """A desk and a courier with two platforms. Everybody is on both, on Slack last."""

    store: Store
    desk: Desk
    clock: HandClock
    seen: Seen
    slack: Chatting
    teams: Chatting
    courier: Courier

    async def deliver(self, seconds: float = 0.0) -> None:
        """Bring out all that is due after so many seconds."""
        self.clock.advance(seconds=seconds)
        while await self.courier.deliver_once():
            pass

    def told(self, person: str) -> tuple[int, int]:
        """How many messages the person has on Slack, and on Teams."""
        return len(self.slack.cards.get(person, ())), len(self.teams.cards.get(person, ()))


def preferring(company: Company, **chats: Chat) -> Company:
    """The company with these people's wishes."""
    people = {name: replace(person, chat=chats.get(name, person.chat)) for name, person in company.people.items()}
    return replace(company, people=people)


async def two(
    store: Store,
    *,
    on: Callable[[str], tuple[str, ...]] = lambda _: BOTH,
    finders: Mapping[str, Finder] | None = None,
    rooms: Mapping[str, Rooms] | None = None,
    within: float = 50.0,
    **chats: Chat,
) -> Two:
    """All of it. `on`: where somebody is, the one used last at the end; `chats`: where they want to be written to."""
    clock, seen = HandClock(), Seen()
    rules = Rulebook(rulebook().plan, preferring(rulebook().company, **chats))
    desk = Desk(journal=store.journal, clock=clock, rules=rules, watch=seen, stopwatch=lambda: 0.0)
    await desk.start()
    for person in rules.company.people:
        for platform in reversed(on(person)):
            await store.directory.link(Account(person, platform, "here", person))
    slack, teams = Chatting("slack"), Chatting("teams")
    courier = Courier(
        desk=desk,
        outbox=store.outbox,
        journal=store.journal,
        directory=store.directory,
        messengers={"slack": slack, "teams": teams},
        clock=clock,
        watch=seen,
        finders=finders or {},
        rooms=rooms or {},
        within=within,
    )
    return Two(store, desk, clock, seen, slack, teams, courier)
