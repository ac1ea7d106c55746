"""The courier: brings out what waits in the outbox, outside any transaction.

Claim, word in the reader's language, send, settle. `bot.routing` says by which platform, and which other one when that
does not take it. A temporary failure comes back later, each time after a longer while; a permanent one, or too many, is
a dead letter, and the desk is told so that somebody hears of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from bot.cards import Card
from bot.channels import Channels, is_room
from bot.circuit import Standing
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
from bot.routing import BEARABLE, Finder, Routes, goes_elsewhere, joined, urgency_of
from bot.wording import Reader, View, note_ids, superseded, word

AT_ONCE = 64  # deliveries claimed at a time
SHARE = 48  # of them for one platform, where there are more: one that does not answer must not take all hands
_HANDS_FULL = timedelta(milliseconds=250)
LEASE = timedelta(seconds=60)
WITHIN = 50.0  # seconds for one delivery, whatever it tries: it must be over before its claim is
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
URGENT_WAIT = timedelta(seconds=30)  # the longest for who must act
GIVE_UP_AFTER = timedelta(hours=24)  # a notice older than that no longer helps anybody
POLL = 1.0  # seconds between looks when nothing wakes the courier
GIVE_WAY, QUIET = 0.5, 0.05  # seconds that receipts wait for decisions: at most, and after the last of them


class SendWatch(Protocol):
    """Who looks on, for the logs and the metrics."""

    def delivered(self, delivery: Delivery, platform: str, outcome: str) -> None:
        """`outcome`: sent, updated, later, dead, or elsewhere: not by this platform, another one is tried at once."""

    def reaches(self, platform: str, *, up: bool) -> None:
        """A platform that took messages takes none now, or takes them again."""

    def failed(self, what: str, error: Exception) -> None:
        """Something broke that should not; the courier goes on."""


class Turns(Protocol):
    """Who knows that a platform takes no more for now: what must wait is not claimed, or sent away unworded."""

    def quota(self) -> Quota:
        """How much of what can wait may be claimed now."""

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now."""


def is_urgent(delivery: Delivery) -> bool:
    """Whether somebody must decide or answer."""
    return not delivery.is_refresh and delivery.notice.urgency < Urgency.NOTICE


def wait_before(attempt: int, wish: timedelta | None, urgency: Urgency = Urgency.NOTICE) -> timedelta:
    """How long to wait after the `attempt`-th failure (from 1): what the platform asks for, else doubling."""
    longest = URGENT_WAIT if urgency in BEARABLE else LONGEST_WAIT
    return wish or min(longest, FIRST_WAIT * (1 << min(attempt - 1, 16)))


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
        within: float = WITHIN,
    ) -> None:
        self._desk = desk
        self._outbox = outbox
        self._journal = journal
        self._messengers = messengers
        self._clock = clock
        self._watch = watch
        self._turns = turns
        self._within = within
        self._routes = Routes(desk, directory, messengers, finders, clock)
        self._share = SHARE if len(messengers) > 1 else AT_ONCE
        self._busy: Counter[str] = Counter()
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
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL):  # Python 3.11's wait_for loses a cancellation that comes with the mail
                await self._mail.wait()

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
            async with self._in_order(delivery), asyncio.timeout(self._within):
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
        platform = "none"
        try:
            accounts = await self._accounts(delivery)
            if not accounts:
                return Dead("no platform has a channel for it; those who steer have the card themselves")
            platform = accounts[0].platform
            return await self._send_by_one(delivery, accounts)
        except SendError as error:
            return self._after(delivery, error, platform)

    async def _accounts(self, delivery: Delivery) -> Sequence[Account]:
        """Where it may go, in order; nothing if it is for a channel and there is none. Raises `SendError`."""
        if not is_room(delivery.notice.to):
            return await self._routes.of(delivery)
        channel = await self._channels.account(delivery.notice)
        return [channel] if channel else []

    async def _send_by_one(self, delivery: Delivery, accounts: Sequence[Account]) -> Sent:
        """By the first that takes it, as far as it may go elsewhere. Raises `SendError`."""
        failures: list[SendError] = []
        waiting = list(accounts)
        while waiting:
            account = waiting.pop(0)
            try:
                return await self._try(delivery, account)
            except SendError as error:
                failures.append(error)
                if not goes_elsewhere(urgency_of(delivery), error):
                    break
                if not waiting and len(failures) == len(accounts) and not is_room(delivery.notice.to):
                    waiting += await self._found(delivery, accounts, failures)
                if waiting:
                    self._watch.delivered(delivery, account.platform, "elsewhere")
        raise joined(failures)

    async def _found(
        self, delivery: Delivery, accounts: Sequence[Account], failures: list[SendError]
    ) -> Sequence[Account]:
        """Somebody whom no known account reaches may be on a platform that never heard of them."""
        try:
            found = await self._routes.found(delivery.notice.to, {account.platform for account in accounts})
        except SendError as error:
            failures.append(error)
            return []
        return [found] if found else []

    async def _try(self, delivery: Delivery, account: Account) -> Sent:
        """By this one. Raises `SendError`; what it says about the platform is remembered."""
        platform, circuit = account.platform, self._routes.circuits[account.platform]
        if turns := self._turns.get(platform):
            turns.demand(delivery)
        if self._busy[platform] >= self._share:
            raise SendError(f"{platform}: all hands are full", retry_after=_HANDS_FULL)
        began = self._clock.now()
        away = circuit.admit(began, hurry=urgency_of(delivery) in BEARABLE)
        if away is not None:
            raise SendError(f"{platform} is down", retry_after=away, down=True)
        self._busy[platform] += 1
        try:
            sent = await self._send_to(delivery, account)
        except SendError as error:
            now = self._clock.now()
            if error.down:
                if circuit.failed(began, now):
                    self._watch.reaches(platform, up=False)
                error.retry_after = error.retry_after or circuit.rest(now)
            raise
        finally:
            self._busy[platform] -= 1
        if circuit.worked(self._clock.now()):
            self._watch.reaches(platform, up=True)
        return sent

    async def _send_to(self, delivery: Delivery, account: Account) -> Sent:
        notice, messenger = delivery.notice, self._messengers[account.platform]
        wanted = note_ids(notice, self._desk.state)
        notes = await self._journal.notes(wanted) if wanted else {}
        view = View(self._desk.state, self._desk.rules, self._desk.now(), notes, self._desk.basis)
        reader = self._channels.reader(notice) if is_room(notice.to) else self.reader(account)
        card = word(notice, view, reader, refreshed=delivery.is_refresh)
        if delivery.is_refresh and delivery.message and delivery.message.platform == account.platform:
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
        if old is None or self._routes.standing(old.platform) is not Standing.UP:
            return
        try:
            owner = account if old.platform == account.platform else await self._routes.on(old.platform, account.person)
            if owner:
                left = superseded(card, self.reader(owner), project.name if project else None)
                await self._messengers[old.platform].update(old, owner, left)
        except StoreError as error:
            self._watch.failed("retiring a card", error)
        except SendError:  # no alarm: busy, or gone, as may be
            return

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
        wait = wait_before(delivery.attempt, error.retry_after, urgency_of(delivery))
        return Later(now + wait, str(error), error.ambiguous)
