"""A small stage for the desk and the courier: sample company, memory store, a clock that is set by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.cards import Card
from bot.commands import Command
from bot.company import parse_company
from bot.courier import Courier
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Desk
from bot.events import Event
from bot.plan import parse_plan
from bot.ports import Account, Delivery, MessageRef, Rooms, SendError
from bot.situation import Situation
from bot.turn import Rejected
from store import Store

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def rulebook() -> Rulebook:
    """The packaged plan, the sample company."""
    return Rulebook(parse_plan(packaged("plan.toml")), parse_company(packaged("company.toml")))


@dataclass
class HandClock:
    """`Clock`, set by hand."""

    at: datetime = START

    def now(self) -> datetime:
        """Where it was set."""
        return self.at

    def advance(self, **time: float) -> None:
        """Set it later: `advance(minutes=5)`."""
        self.at += timedelta(**time)


@dataclass
class Seen:
    """`Watch` and `SendWatch` that remember."""

    events: list[Event] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    deliveries: list[tuple[str, str]] = field(default_factory=list)
    standings: list[tuple[str, bool]] = field(default_factory=list)

    def committed(self, events: Sequence[Event], state: Situation) -> None:
        """Remember them."""
        self.events += events

    def refused(self, command: Command, rejected: Rejected) -> None:
        """Remember why."""
        self.refusals.append(rejected.code)

    def settled(self, seconds: float) -> None:
        """Nothing to remember."""

    def failed(self, what: str, error: Exception) -> None:
        """Remember what."""
        self.failures.append(f"{what}: {error}")

    def reaches(self, platform: str, *, up: bool) -> None:
        """Remember it."""
        self.standings.append((platform, up))

    def delivered(self, delivery: Delivery, platform: str, outcome: str) -> None:
        """Remember kind and outcome."""
        self.deliveries.append((delivery.notice.kind, outcome))


@dataclass
class Wall:
    """`Messenger` that pins cards up. `broken`: what the next sends raise, one after another."""

    platform: str = "wall"
    cards: dict[str, list[Card]] = field(default_factory=dict)
    messages: dict[str, Card] = field(default_factory=dict)
    broken: list[SendError] = field(default_factory=list)

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Pin it up."""
        if self.broken:
            raise self.broken.pop(0)
        self.cards.setdefault(to.person, []).append(card)
        self.messages[delivery.notice.key] = card
        return MessageRef(self.platform, {"id": delivery.notice.key})

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Pin it over."""
        self.messages[json.loads(json.dumps(dict(message.ref)))["id"]] = card
        return message


def desk_on(store: Store, clock: HandClock, seen: Seen, ticks: Sequence[float] = ()) -> Desk:
    """A desk that has not started; `ticks`: what its stopwatch shows, then always far later."""
    shown = iter(ticks)
    last = [0.0]

    def stopwatch() -> float:
        last[0] = next(shown, last[0] + 100.0)
        return last[0]

    return Desk(journal=store.journal, clock=clock, rules=rulebook(), watch=seen, stopwatch=stopwatch)


async def courier_on(  # noqa: PLR0917 - the stage and its props
    store: Store, desk: Desk, clock: HandClock, seen: Seen, wall: Wall, rooms: Mapping[str, Rooms] | None = None
) -> Courier:
    """A courier with everybody of the company on the wall."""
    for person in desk.rules.company.people:
        await store.directory.link(Account(person, wall.platform, "here", person))
    return Courier(
        desk=desk,
        outbox=store.outbox,
        journal=store.journal,
        directory=store.directory,
        messengers={wall.platform: wall},
        clock=clock,
        watch=seen,
        rooms=rooms or {},
    )
