"""The courier: brings out what waits in the outbox, outside any transaction.

Claim, word in the reader's language, send, settle. A temporary failure comes back later, each time after a longer
while; a permanent one, or too many, is a dead letter, and the desk is told so that somebody hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from bot.cards import Card
from bot.channels import Channels, is_room
from bot.commands import RecordUndelivered
from bot.desk import Desk
from bot.ports import (
    Account,
    Clock,
    Dead,
    Delivery,
    Directory,
    Journal,
    Later,
    Messenger,
    Notice,
    Outbox,
    Quota,
    Rooms,
    SendError,
    Sent,
    StoreError,
    Urgency,
)
from bot.wording import Reader, View, note_ids, superseded, word

AT_ONCE = 64  # deliveries claimed at a time
LEASE = timedelta(seconds=60)
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=24)  # a notice older than that no longer helps anybody
POLL = 1.0  # seconds between looks when nothing wakes the courier
GIVE_WAY, QUIET = 0.5, 0.05  # seconds that receipts wait for decisions: at most, and after the last of them


class SendWatch(Protocol):
    """Who looks on, for the logs and the metrics."""

    def delivered(self, delivery: Delivery, platform: str, outcome: str) -> None:
        """`outcome`: sent, updated, later or dead."""

    def failed(self, what: str, error: Exception) -> None:
        """Something broke that should not; the courier goes on."""


class Finder(Protocol):
    """Finds somebody on a platform to whom it was never linked."""

    async def account_for(self, person: str) -> Account | None:
        """Their account, linked from now on; None: they have none there. Raises `SendError` when that is not known."""


class Turns(Protocol):
    """Who knows that a platform takes no more for now: what must wait is not claimed, or sent away unworded."""

    def quota(self) -> Quota:
        """How much of what can wait may be claimed now."""

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now."""


def is_urgent(delivery: Delivery) -> bool:
    """Whether somebody must decide or answer."""
    return not delivery.is_refresh and delivery.notice.urgency < Urgency.NOTICE


def wait_before(attempt: int, wish: timedelta | None) -> timedelta:
    """How long to wait after the `attempt`-th failure (from 1): what the platform asks for, else doubling."""
    return wish or min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempt - 1, 16)))


class Courier:
    """One per process; several on one database share the work through claims."""

    def __init__(
        self,
        *,
        desk: Desk,
        outbox: Outbox,
        journal: Journal,
        directory: Directory,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        watch: SendWatch,
        finders: Mapping[str, Finder] = MappingProxyType({}),
        rooms: Mapping[str, Rooms] = MappingProxyType({}),
        turns: Mapping[str, Turns] = MappingProxyType({}),
    ) -> None:
        self._desk = desk
        self._outbox = outbox
        self._journal = journal
        self._directory = directory
        self._messengers = messengers
        self._clock = clock
        self._watch = watch
        self._finders = finders
        self._turns = turns
        self._channels = Channels(desk, rooms)
        self._mail = asyncio.Event()
        self._urgent = 0  # decisions and questions under way
        self._calm = asyncio.Event()  # there have been none for a moment
        self._calming: asyncio.TimerHandle | None = None
        self._calm.set()

    def wake(self, urgency: Urgency = Urgency.DECISION) -> None:
        """There may be something to bring out, so urgent at most. Nobody is woken for what no platform takes now."""
        quota = None if urgency < Urgency.NOTICE else self._quota()
        if quota is None or (quota.notices if urgency is Urgency.NOTICE else quota.refreshes):
            self._mail.set()

    async def run(self, alive: Callable[[], None]) -> None:
        """Work until cancelled; calls `alive` on every round. Raises nothing but what cancels it, or `alive` raises.

        A piece of work that takes long holds up no other: whenever one is done, the most urgent is claimed next.
        """
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                alive()
                self._mail.clear()
                if not await self._claim_into(under_way):
                    await self._rest()
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _claim_into(self, under_way: set[asyncio.Task[None]]) -> int:
        if len(under_way) >= AT_ONCE:
            return 0
        try:
            room = AT_ONCE - len(under_way)
            claimed = await self._outbox.claim(self._clock.now(), LEASE, room, self._quota())
        except StoreError as error:
            self._watch.failed("courier", error)
            return 0
        await self._begin(claimed)
        for delivery in claimed:
            task = asyncio.create_task(self._deliver(delivery))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            task.add_done_callback(lambda _: self._mail.set())
        return len(claimed)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._mail.wait(), POLL)
        except TimeoutError:
            return

    async def deliver_once(self) -> int:
        """Bring out what is due now, and wait for it; how many pieces that were. Raises `StoreError`."""
        claimed = await self._outbox.claim(self._clock.now(), LEASE, AT_ONCE, self._quota())
        await self._begin(claimed)
        await asyncio.gather(*(self._deliver(delivery) for delivery in claimed))
        return len(claimed)

    def _quota(self) -> Quota | None:
        """What all platforms together take of what can wait; None: one of them takes whatever comes."""
        if not self._turns or self._messengers.keys() - self._turns.keys():
            return None
        quotas = [turns.quota() for turns in self._turns.values()]
        return Quota(sum(one.notices for one in quotas), sum(one.refreshes for one in quotas))

    async def _begin(self, claimed: Sequence[Delivery]) -> None:
        """What another process wrote may be what a card is about."""
        self._urgent += sum(map(is_urgent, claimed))
        if self._urgent:
            self._calm.clear()
            if self._calming:
                self._calming.cancel()
        if claimed:
            try:
                await self._desk.look_around()
            except StoreError as error:  # then the cards show what is known here
                self._watch.failed("courier", error)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            async with self._in_order(delivery):
                result = await self._send(delivery)
        except Exception as error:  # noqa: BLE001 - one bad notice must not stop the others
            self._watch.failed(f"delivery of {delivery.notice.kind}", error)
            result = self._after(delivery, SendError(f"{type(error).__name__} while sending", ambiguous=True), "none")
        try:
            if isinstance(result, Dead) and not delivery.is_refresh and not is_room(delivery.notice.to):
                await self._tell_of(delivery.notice)
            await self._outbox.settle(delivery, result)
        except StoreError as error:  # the claim ends by itself, and it is tried again
            self._watch.failed("settling a delivery", error)

    @asynccontextmanager
    async def _in_order(self, delivery: Delivery) -> AsyncIterator[None]:
        """What can wait lets what cannot go first, for a moment: one wording less in the way of a decision."""
        if is_urgent(delivery):
            try:
                yield
            finally:
                self._urgent -= 1
                if not self._urgent:
                    self._calming = asyncio.get_running_loop().call_later(QUIET, self._calm.set)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_WAY):
                await self._calm.wait()
        yield

    async def _tell_of(self, notice: Notice) -> None:
        """Somebody who can help hears of what was given up."""
        command = RecordUndelivered(notice.to, notice.kind, notice.project, notice.incident)
        await self._desk.handle(command, f"dead:{notice.key}")

    async def _send(self, delivery: Delivery) -> Sent | Later | Dead:
        person = delivery.notice.to
        platform = "none"
        try:
            account = await (self._channels.account(delivery.notice) if is_room(person) else self._account(person))
            if account is None:
                return Dead("no platform has a channel for it; those who steer have the card themselves")
            platform = account.platform
            if turns := self._turns.get(platform):
                turns.demand(delivery)
            return await self._send_to(delivery, account)
        except SendError as error:
            return self._after(delivery, error, platform)

    async def _account(self, person: str) -> Account:
        """Where the person is reached. Raises `SendError`."""
        accounts = [one for one in await self._directory.accounts(person) if one.platform in self._messengers]
        return accounts[0] if accounts else await self._found(person)

    async def _found(self, person: str) -> Account:
        """Somebody who is reached for the first time. Raises `SendError`."""
        error = SendError(f"{person} has no account on a platform that is set up")
        for finder in self._finders.values():
            try:
                if account := await finder.account_for(person):
                    return account
            except SendError as failed:
                error = failed
        raise error

    async def _send_to(self, delivery: Delivery, account: Account) -> Sent:
        notice, messenger = delivery.notice, self._messengers[account.platform]
        wanted = note_ids(notice, self._desk.state)
        notes = await self._journal.notes(wanted) if wanted else {}
        view = View(self._desk.state, self._desk.rules, self._desk.now(), notes, self._desk.basis)
        reader = self._channels.reader(notice) if is_room(notice.to) else self.reader(account)
        card = word(notice, view, reader, refreshed=delivery.is_refresh)
        if delivery.is_refresh and delivery.message:
            place = await messenger.update(delivery.message, account, card)
            self._watch.delivered(delivery, account.platform, "updated")
        else:
            place = await messenger.send(account, card, delivery)
            self._watch.delivered(delivery, account.platform, "sent")
            await self._retire(delivery, account, card)
            if is_room(notice.to):
                await self._channels.pin(account, place)
        return Sent(place)

    async def _retire(self, delivery: Delivery, account: Account, card: Card) -> None:
        """Take the buttons off the older copy of a card that was posted again. Not vital: a stale press is refused."""
        old, project = delivery.message, self._desk.rules.company.projects.get(delivery.notice.project or "")
        if old and old.platform == account.platform:
            left = superseded(card, self.reader(account), project.name if project else None)
            try:
                await self._messengers[old.platform].update(old, account, left)
            except (SendError, StoreError) as error:
                self._watch.failed("retiring a card", error)

    def reader(self, account: Account) -> Reader:
        """In which language and zone the person reads: the company file's, else the platform's, else English."""
        company = self._desk.rules.company
        person = company.people.get(account.person)
        locale = (person.locale if person else None) or account.locale or "en"
        return Reader(account.person, locale, company.zone_of(account.person) if person else "UTC")

    def _after(self, delivery: Delivery, error: SendError, platform: str) -> Later | Dead:
        """Again later, or given up."""
        now: datetime = self._clock.now()
        if error.permanent or (not delivery.is_refresh and now - delivery.notice.at > GIVE_UP_AFTER):
            self._watch.delivered(delivery, platform, "dead")
            return Dead(str(error))
        self._watch.delivered(delivery, platform, "later")
        return Later(now + wait_before(delivery.attempt, error.retry_after), str(error), error.ambiguous)
