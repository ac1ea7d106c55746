"""The door: who may speak. An account is a person of the company, or is turned away in words and noted by its ids."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from adapters.observe import logger
from adapters.slack.api import Identity
from adapters.slack.directory import Refused
from adapters.slack.payloads import Caller, Malformed, caller_of
from adapters.slack.texts import text_of
from bot.ports import Account, Json, SendError
from bot.reception import Reception
from bot.wording import Reader

ASK_SECONDS = 1.2  # for asking Slack about an account never seen; known ones are not asked about
_KEPT = 3600.0  # seconds that an account is known without asking the store
_MOST_KEPT = 20_000
_WORDS = {"foreign": "foreign", "bot": "foreign", "guest": "guest"}


class People(Protocol):
    """Who is who: `adapters.slack.directory.SlackDirectory`."""

    async def admit(self, team: str, user: str) -> Account | Refused:
        """Whose account speaks. Raises `SendError`, `StoreError`."""


class Turned(Exception):
    """Somebody is turned away. `text` tells them."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Door:
    """One per process. `identity`: who we are in Slack, as soon as Slack has said so."""

    def __init__(
        self, people: People, reception: Reception, elapsed: Callable[[], float], odd: Callable[[str, str], None]
    ) -> None:
        self.identity: Identity | None = None
        self.odd = odd
        self._people = people
        self._reception = reception
        self._elapsed = elapsed
        self._known: OrderedDict[Caller, tuple[Account, float]] = OrderedDict()

    @property
    def me(self) -> str | None:
        """Our own Slack user, once known."""
        return self.identity.user if self.identity else None

    async def reader(self, caller: Caller) -> Reader:
        """The person, as a reader. Raises `Turned`, `StoreError`."""
        account = await self._account(caller, None, "unknown")
        return self._reception.reader(account.person, account.locale)

    async def named(self, caller: Caller, by: Reader) -> str:
        """The person somebody has named. Raises `Turned`, `StoreError`."""
        return (await self._account(caller, by.locale, "not_theirs")).person

    def account(self, caller: Caller) -> Account | None:
        """The account of somebody who was let in a moment ago."""
        known = self._known.get(caller)
        return known[0] if known else None

    def locale_of(self, payload: Json) -> str:
        """In which language to tell whoever sent this that something is wrong: as far as it is known without asking."""
        try:
            return self._locale(caller_of(payload))
        except Malformed:
            return "en"

    def _locale(self, caller: Caller) -> str:
        known = self._known.get(caller)
        return self._reception.reader(known[0].person, known[0].locale).locale if known else "en"

    async def _account(self, caller: Caller, locale: str | None, stranger: str) -> Account:
        known, until = self._known.get(caller, (None, 0.0))
        if known is not None and until > self._elapsed():
            return known
        locale = locale or self._locale(caller)
        if self.identity and caller.team != self.identity.team:
            raise self._turn_away(caller, "foreign", text_of("foreign", locale))
        try:
            async with asyncio.timeout(ASK_SECONDS):
                found = await self._people.admit(caller.team, caller.user)
        except (SendError, TimeoutError):
            raise self._turn_away(caller, "unreachable", text_of("unreachable", locale)) from None
        if isinstance(found, Refused):
            text = text_of(_WORDS.get(found.why, "unknown") if stranger == "unknown" else stranger, locale)
            raise self._turn_away(caller, found.why, text)
        self.keep(found)
        return found

    def keep(self, account: Account) -> None:
        """This account is known: nobody is asked about it for a while."""
        self._known[Caller(account.tenant, account.user)] = (account, self._elapsed() + _KEPT)
        if len(self._known) > _MOST_KEPT:
            self._known.popitem(last=False)

    @staticmethod
    def _turn_away(caller: Caller, why: str, text: str) -> Turned:
        logger().warning("slack.refused", why=why, team=caller.team, user=caller.user)
        return Turned(text)
