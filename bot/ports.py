"""What the rules need from the outside: small protocols, no platform words.

Whoever implements one of these passes its contract suite (`tests/contract/`). Every instant
that crosses a port is an aware UTC `datetime`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bot.cards import Card

Json = Mapping[str, Any]


class Urgency(IntEnum):
    """The order in which the outbox is emptied; smaller goes first."""

    DECISION = 0  # somebody must decide or act now: Account Manager, CMT lead, ladder
    COVER = 1  # questions to backups, and what follows for them
    NOTICE = 2  # receipts and things to know
    REFRESH = 3  # a card that is already there changes


@dataclass(frozen=True, slots=True)
class Notice:
    """One new message to one person. `key` is unique for ever: the same key is never queued twice.

    `card` names a live card (`incident:2026-0042`, `cover:2026-0042`, `workplace`): the message becomes
    that person's copy of the card, and a later `Refresh` of it changes the message instead of adding one.
    `data` holds ids, numbers and ISO instants only, never names or people's words.
    """

    key: str
    to: str
    kind: str
    urgency: Urgency
    at: datetime
    project: str | None = None
    incident: str | None = None
    card: str | None = None
    data: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Refresh:
    """`to`'s copy of the live card `card` shows something old. A flag, not a queue entry."""

    to: str
    card: str


@dataclass(frozen=True, slots=True)
class Note:
    """People's own words (a reason, a report's sentence), kept beside the journal so that they can be erased."""

    id: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A journal entry before it has a place: `type` and JSON `data` as `bot.events.to_record` gives them."""

    at: datetime
    type: str
    data: Json


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry. `hash` = SHA-256 over the previous hash and this entry's canonical text."""

    seq: int
    at: datetime
    type: str
    data: Json
    hash: str


@dataclass(frozen=True, slots=True)
class Batch:
    """All that one decision (or a group of them) writes, in one transaction.

    `expected` is the seq of the last entry the decision was based on (0: empty journal). `answers` maps the
    idempotency keys of the commands in the batch to the JSON answer each got.
    """

    expected: int
    entries: Sequence[Draft] = ()
    notices: Sequence[Notice] = ()
    refreshes: Sequence[Refresh] = ()
    notes: Sequence[Note] = ()
    answers: Mapping[str, Json] = field(default_factory=dict)


class StoreError(Exception):
    """The store did not take it. `permanent` is False when the same call may work later."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Conflict(StoreError):
    """Somebody else appended after `expected`, or used one of the keys: read what is newer and decide again."""


class Journal(Protocol):
    """The one truth: append-only, one global order, a hash chain; `seq` is the optimistic lock."""

    async def append(self, batch: Batch) -> int:
        """Write all of `batch` durably or nothing; the new last seq. Raises `Conflict`, `StoreError`."""

    async def read(self, after: int = 0, limit: int = 10_000) -> Sequence[Entry]:
        """Entries with seq > `after`, in order, at most `limit`."""

    async def last(self) -> Entry | None:
        """The newest entry; None in an empty journal."""

    async def answer(self, key: str) -> Json | None:
        """What the command with this idempotency key was answered, if it was ever committed."""

    async def notes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The texts of these notes; an erased or unknown one is left out."""


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message is: opaque to the rules, JSON for its platform's messenger."""

    platform: str
    ref: Json


@dataclass(frozen=True, slots=True)
class Delivery:
    """One claimed piece of work. `attempt` counts from 1. A refresh has no `notice.key` of its own: its
    `notice` is the one that made the card. `message` is where the person's copy of the card is now (None: not sent
    yet); a notice that posts the card again leaves an older copy there.
    `ambiguous`: an earlier attempt may have reached the platform, its answer was lost or its worker died.
    """

    id: str
    notice: Notice
    attempt: int
    message: MessageRef | None = None
    is_refresh: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform has it, at `message`."""

    message: MessageRef


@dataclass(frozen=True, slots=True)
class Later:
    """Not sent: try again at `at`. `why` is for operators; `ambiguous` when the platform may have it after all."""

    at: datetime
    why: str
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up for good; stays in the store for operators."""

    why: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in the outbox: undelivered notices, dirty cards, the oldest due instant, dead letters."""

    notices: int
    refreshes: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of what can wait is wanted at most: new messages to know (`Urgency.NOTICE`), changes of cards."""

    notices: int
    refreshes: int


class Outbox(Protocol):
    """What waits to be sent. Claims are leases: a worker that dies loses its claim when the lease ends."""

    async def claim(
        self, now: datetime, lease: timedelta, limit: int, quota: Quota | None = None
    ) -> Sequence[Delivery]:
        """Due work, most urgent first, then oldest; claimed for `lease`. One claim per card and reader at a time.

        Decisions and cover up to `limit`; of the rest no more than the `quota`, if one is given.
        """

    async def settle(self, delivery: Delivery, result: Sent | Later | Dead) -> None:
        """Record how it ended. `Sent` of a notice with a `card` makes its message that card's place."""

    async def depth(self, now: datetime) -> Depth:
        """For metrics and `/readyz`."""


class SendError(Exception):
    """A message did not go out. `permanent`: never will. `ambiguous`: it may have. `retry_after`: its wish.
    `down`: not for the message's sake; nothing gets through to the platform now.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: timedelta | None = None,
        down: bool = False,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.ambiguous = ambiguous
        self.retry_after = retry_after
        self.down = down


class Messenger(Protocol):
    """One platform's way of showing a card to a person."""

    platform: str

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Show a new card, once. Raises `SendError`."""

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change a card that is there. Raises `SendError`."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person on a platform. `tenant` and `user` are the platform's own stable ids; `ref` is what sending needs."""

    person: str
    platform: str
    tenant: str
    user: str
    locale: str | None = None
    ref: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """A channel for those who steer an incident. `id` stands where a person's id would; `people` are to be in it."""

    id: str
    name: str
    topic: str
    people: tuple[str, ...]
    open: bool


class Rooms(Protocol):
    """One platform's way of giving an incident a channel."""

    async def room(self, room: Room) -> Account | None:
        """The channel, made or brought up to date: people, topic. None: none to be had here. Raises `SendError`."""

    async def pin(self, account: Account, message: MessageRef) -> None:
        """Keep the status card on top of the channel. Raises `SendError`."""


class Directory(Protocol):
    """Which platform accounts are whose. A platform account belongs to one person."""

    async def link(self, account: Account) -> None:
        """Remember an account, or its new `locale`, `ref`. A permanent `StoreError` if it is another person's."""

    async def accounts(self, person: str) -> Sequence[Account]:
        """The person's accounts, the one linked or used last first."""

    async def everybody(self, platform: str) -> Sequence[Account]:
        """All accounts on a platform, the one linked or used last first."""

    async def who(self, platform: str, tenant: str, user: str) -> str | None:
        """The person behind an account."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A card in a local mailbox (the practice desk's conversation). `changed` counts its versions from 1."""

    id: str
    person: str
    at: datetime
    changed: int
    body: Json


@dataclass(frozen=True, slots=True)
class SyncState:
    """How far the company's records elsewhere (SharePoint) are: `waiting` rows, the oldest of them since `since`.

    `trouble`: why nothing goes on now, as a code of `bot.wording.sync.TROUBLES`; None: nothing is wrong.
    """

    waiting: int
    since: datetime | None
    trouble: str | None


Sync = Callable[[], SyncState | None]  # None: there is no such record


def no_sync() -> SyncState | None:
    """Where no record is kept elsewhere."""
    return None


class Mailbox(Protocol):
    """Conversations kept here rather than on a platform."""

    async def put(self, letter: Letter) -> None:
        """Add it, or replace the one with this id."""

    async def letters(self, person: str) -> Sequence[Letter]:
        """A person's letters, oldest first."""


class Positions(Protocol):
    """How far readers of the journal have come. A place is claimed for a while, so that one process reads on."""

    async def claim(self, reader: str, holder: str, now: datetime, lease: timedelta) -> Json | None:
        """The reader's place, claimed for `holder` until `now + lease`; None: another holder has it."""

    async def keep(self, reader: str, holder: str, place: Json) -> None:
        """Remember the place its holder has reached. Raises `Conflict` when another holder has claimed it since."""

    async def release(self, reader: str, holder: str) -> None:
        """Let the next holder claim it at once."""

    async def place(self, reader: str) -> Json:
        """The place; empty before the first `keep`."""


class Clock(Protocol):
    """The time in UTC. Never goes back while the process lives."""

    def now(self) -> datetime:
        """An aware UTC datetime."""
