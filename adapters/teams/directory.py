"""Who is who: a Teams account (tenant, aadObjectId) becomes a person of the company once, by the e-mail Teams knows.

After that the ids count, and Teams is not asked again. Refused: bots, guests, people of other tenants. `Account.ref`
has what sending needs: `user` (`29:…`), and `place` (the chat with them) or `service_url` (a chat can be opened).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol
from weakref import WeakValueDictionary

from adapters.observe import logger
from adapters.teams.failures import TeamsError
from adapters.teams.payloads import Caller
from adapters.teams.places import PLATFORM, TEAM, Member, Place, place_of
from adapters.teams.reading import Readings
from bot.company import Company
from bot.ports import Account, Directory, StoreError, Urgency

Why = Literal["foreign", "bot", "guest", "no_email", "unknown", "taken"]
_NOBODY = 600.0  # seconds that "no such account" is believed: somebody may be added meanwhile
_ROSTERS = 600.0  # seconds that the members of the teams are believed to be the same
_MOST_KEPT = 50_000
_NOT_FOUND = frozenset({"MemberNotFoundInConversation", "NotFound", "http_404"})


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an account is nobody's here: of another tenant, a bot, a guest, without an e-mail or with one that is not
    in the company file, or linked to somebody else.
    """

    why: Why


class Roster(Protocol):
    """Who is in a conversation: `adapters.teams.connector.Connector`."""

    async def member(self, place: Place, user: str, *, urgency: Urgency = Urgency.NOTICE) -> Member:
        """Somebody in it. Raises `TeamsError`."""

    def members(self, place: Place, *, urgency: Urgency = Urgency.REFRESH) -> AsyncIterator[Member]:
        """Everybody in it. Raises `TeamsError`."""


class TeamsDirectory:
    """Links accounts, and keeps all it has seen: nobody waits for store or network twice. `elapsed` only grows."""

    def __init__(self, roster: Roster, directory: Directory, readings: Readings, elapsed: Callable[[], float]) -> None:
        self._roster = roster
        self._directory = directory
        self._readings = readings
        self._elapsed = elapsed
        self._kept: OrderedDict[tuple[str, str], Account] = OrderedDict()
        self._nobody: dict[Caller, tuple[Why, float]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._rosters_until = 0.0

    # --- Who speaks ---------------------------------------------------------------------------------------------------

    def at_once(self, caller: Caller) -> Account | None:
        """Somebody who is known, without asking anybody."""
        return None if caller.is_bot else self._kept.get((caller.tenant, caller.aad))

    async def admit(self, caller: Caller, place: Place, locale: str | None) -> Account | Refused:
        """Whose account speaks there. Asks Teams only about one never seen. Raises `TeamsError`, `StoreError`."""
        if caller.is_bot:
            return Refused("bot")
        if known := self.at_once(caller):
            return known
        async with self._lock(f"{caller.tenant} {caller.aad}"):
            if known := await self._known(caller.tenant, caller.aad):
                return known
            if refused := self._believed(caller):
                return refused
            found = await self._member(place, caller.user)
            if found is None or found.aad.lower() != caller.aad.lower():
                return self._refuse(caller, "foreign")
            return await self._introduce(caller, found, place.service_url, locale)

    async def named(self, tenant: str, user: str, place: Place) -> Account | Refused:
        """Who is mentioned there by this id (`29:…`). Raises `TeamsError`, `StoreError`."""
        found = await self._member(place, user)
        return Refused("foreign") if found is None else await self._enrolled(found, tenant, place.service_url)

    def person_with(self, email: str) -> str | None:
        """Who has this address in the company file."""
        return person_with(self._company, (email,))

    async def keep(self, account: Account) -> None:
        """Remember an account, or its new `locale` or `ref`. Raises `StoreError`; permanent if it is another's."""
        await self.note(account)

    def note(self, account: Account) -> Coroutine[Any, Any, None]:
        """The same, known here at once; whoever notes awaits the rest, now or later."""
        before = self._kept.get((account.tenant, account.user))
        self.recall(account)
        return self._save(account, before)

    def recall(self, account: Account) -> None:
        """This account is linked."""
        self._readings.learn(account)
        key = account.tenant, account.user
        self._kept[key] = account
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    async def _save(self, account: Account, before: Account | None) -> None:
        """Write down what is known by now, which may be newer; what cannot be written is not known."""
        key = account.tenant, account.user
        try:
            async with self._lock(f"save {account.tenant} {account.user}"):
                await self._directory.link(self._kept.get(key, account))
        except StoreError:
            if self._kept.get(key) is account:
                del self._kept[key]
                if before:
                    self.recall(before)
            raise

    # --- Whom to write to ---------------------------------------------------------------------------------------------

    async def account_for(self, person: str) -> Account | None:
        """The account of somebody who never wrote to us; None: they are in no team that has the app.

        Raises `TeamsError` when Teams does not say, `StoreError`.
        """
        if person not in self._company.people:
            return None
        if found := await self._on_teams(person):
            return found
        async with self._lock(TEAM):
            if self._elapsed() >= self._rosters_until:
                await self.enrol_all()
        return await self._on_teams(person)

    async def enrol_all(self) -> None:
        """Link the members of all teams that have the app. Raises `TeamsError`, `StoreError`."""
        for account in await self._directory.accounts(TEAM):
            if "place" in account.ref and "team" in account.ref:
                await self.enrol(place_of(account.ref["place"]), str(account.ref["team"]))
        self._rosters_until = self._elapsed() + _ROSTERS

    async def enrol(self, channel: Place, team: str) -> None:
        """Link every member of a team whose address is in the company file. Raises `TeamsError`, `StoreError`."""
        linked = 0
        async for member in self._roster.members(Place(channel.service_url, team, channel.tenant)):
            linked += isinstance(await self._enrolled(member, channel.tenant, channel.service_url), Account)
        logger().info("teams.enrolled", linked=linked, people=len(self._company.people))

    # --- One account --------------------------------------------------------------------------------------------------

    @property
    def _company(self) -> Company:
        return self._readings.desk.rules.company

    async def _known(self, tenant: str, aad: str) -> Account | None:
        if kept := self._kept.get((tenant, aad)):
            return kept
        person = await self._directory.who(PLATFORM, tenant, aad)
        if person is None:
            return None
        accounts = await self._directory.accounts(person)
        mine = (one for one in accounts if (one.platform, one.tenant, one.user) == (PLATFORM, tenant, aad))
        account = next(mine, Account(person, PLATFORM, tenant, aad))
        self.recall(account)
        return account

    async def _on_teams(self, person: str) -> Account | None:
        accounts = await self._directory.accounts(person)
        return next((one for one in accounts if one.platform == PLATFORM), None)

    async def _enrolled(self, member: Member, tenant: str, service_url: str) -> Account | Refused:
        caller = Caller(tenant, member.aad, member.id)
        async with self._lock(f"{tenant} {member.aad}"):
            known = await self._known(member.tenant, member.aad)
            if known is None:
                return await self._introduce(caller, member, service_url, None)
            if not reachable(known):  # they had removed the app, and are in a team that has it
                known = replace(known, ref={**known.ref, "user": member.id, "service_url": service_url})
                await self.keep(known)
            return known

    async def _member(self, place: Place, user: str) -> Member | None:
        where = Place(place.service_url, place.channel, place.tenant)
        try:
            return await self._roster.member(where, user, urgency=Urgency.DECISION)
        except TeamsError as error:
            if error.code in _NOT_FOUND:
                return None
            raise

    async def _introduce(
        self, caller: Caller, found: Member, service_url: str, locale: str | None
    ) -> Account | Refused:
        if found.tenant.lower() != caller.tenant.lower():
            return self._refuse(caller, "foreign")
        if found.guest:
            return self._refuse(caller, "guest")
        if not found.email:
            return self._refuse(caller, "no_email")
        person = person_with(self._company, (found.email, found.principal))
        if person is None:
            return self._refuse(caller, "unknown")
        ref = {"user": found.id, "service_url": service_url}
        account = Account(person, PLATFORM, caller.tenant, caller.aad, locale, ref)
        try:
            await self.keep(account)
        except StoreError as error:
            if error.permanent:
                return self._refuse(caller, "taken")
            raise
        return account

    # --- What was found not to be -------------------------------------------------------------------------------------

    def _believed(self, caller: Caller) -> Refused | None:
        why, until = self._nobody.get(caller, ("unknown", 0.0))
        return Refused(why) if until > self._elapsed() else None

    def _refuse(self, caller: Caller, why: Why) -> Refused:
        if len(self._nobody) >= _MOST_KEPT:
            self._nobody.clear()
        self._nobody[caller] = (why, self._elapsed() + _NOBODY)
        return Refused(why)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def reachable(account: Account) -> bool:
    """Whether there is a chat with them, or one can be opened."""
    return "place" in account.ref or "service_url" in account.ref


def person_with(company: Company, emails: Iterable[str]) -> str | None:
    """The person of the company with one of these addresses, whatever the case of its letters."""
    wanted = {email.strip().casefold() for email in emails if email.strip()}
    return next((one.id for one in company.people.values() if one.email and one.email.casefold() in wanted), None)
