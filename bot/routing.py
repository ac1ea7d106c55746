"""By which platform a notice goes to a person who may be reached on several, and when it goes by another one.

The preferred one first: the company file's, else the account linked or used last. When it is down, decisions and
questions go elsewhere at once; everything else waits for it. What failed for good goes elsewhere, whatever it is. A
card is changed where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

from bot.circuit import Circuit, Standing
from bot.desk import Desk
from bot.ports import Account, Clock, Delivery, Directory, SendError, Urgency

# For so long a platform may ask what is urgent to wait before it goes elsewhere.
BEARABLE: Mapping[Urgency, timedelta] = MappingProxyType(
    {Urgency.DECISION: timedelta(seconds=5), Urgency.COVER: timedelta(seconds=20)}
)


class Finder(Protocol):
    """Finds somebody on a platform to whom it was never linked."""

    async def account_for(self, person: str) -> Account | None:
        """Their account, linked from now on; None: they have none there. Raises `SendError` when that is not known."""


def urgency_of(delivery: Delivery) -> Urgency:
    """A changed card is never urgent, whatever the notice was that made it."""
    return Urgency.REFRESH if delivery.is_refresh else delivery.notice.urgency


def goes_elsewhere(urgency: Urgency, error: SendError) -> bool:
    """Whether it tries another platform at once."""
    if error.permanent:
        return True
    bearable = BEARABLE.get(urgency)
    return bearable is not None and (error.down or (error.retry_after is not None and error.retry_after > bearable))


def joined(failures: Sequence[SendError]) -> SendError:
    """All ends of one delivery as one: for good only if all were, unknown if one was, again when the first may."""
    waiting = [one for one in failures if not one.permanent]
    wishes = [one.retry_after for one in waiting if one.retry_after]
    return SendError(
        "; ".join(map(str, failures)),
        permanent=not waiting,
        ambiguous=any(one.ambiguous for one in failures),
        retry_after=min(wishes) if wishes and len(wishes) == len(waiting) else None,
    )


class Routes:
    """Where people are reached, in the order in which it is tried."""

    def __init__(
        self, desk: Desk, directory: Directory, platforms: Collection[str], finders: Mapping[str, Finder], clock: Clock
    ) -> None:
        self._desk = desk
        self._directory = directory
        self._finders = finders
        self._clock = clock
        self.circuits = {platform: Circuit() for platform in platforms}

    async def of(self, delivery: Delivery) -> list[Account]:
        """The person's accounts, one a platform. Raises `SendError`: none is known, or not now."""
        person = delivery.notice.to
        accounts: dict[str, Account] = {}
        for account in await self._directory.accounts(person):
            if account.platform in self.circuits:
                accounts.setdefault(account.platform, account)
        if accounts:
            return sorted(accounts.values(), key=lambda one: self._rank(one, delivery))
        if found := await self.found(person, ()):
            return [found]
        raise SendError(f"{person} has no account on a platform that is set up")

    async def on(self, platform: str, person: str) -> Account | None:
        """The person's account there."""
        return next((one for one in await self._directory.accounts(person) if one.platform == platform), None)

    async def found(self, person: str, besides: Collection[str]) -> Account | None:
        """Their account on a platform that they were never linked to. Raises `SendError`: not to be known now."""
        failed: SendError | None = None
        for platform, finder in self._finders.items():
            if platform in besides:
                continue
            try:
                if account := await finder.account_for(person):
                    return account
            except SendError as error:
                failed = error
        if failed:
            raise failed
        return None

    def standing(self, platform: str) -> Standing:
        """How a platform stands; one that is not set up is down."""
        circuit = self.circuits.get(platform)
        return circuit.standing(self._clock.now()) if circuit else Standing.DOWN

    def _rank(self, account: Account, delivery: Delivery) -> tuple[bool, Standing, bool]:
        """Smaller goes first; among equals the account linked or used last."""
        person = self._desk.rules.company.people.get(account.person)
        elsewhere = (
            delivery.is_refresh and delivery.message is not None and delivery.message.platform != account.platform
        )
        standing = Standing.UP
        if urgency_of(delivery) in BEARABLE:
            standing = self.standing(account.platform)
        disliked = person is not None and person.chat is not None and person.chat != account.platform
        return elsewhere, standing, disliked
