"""The door: who may speak. An account is a person of the company, or is turned away in words and noted by its ids.

It also notes where people can be written to: the chat with them, and the language of their Teams.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from adapters.observe import logger
from adapters.teams.directory import Refused, TeamsDirectory
from adapters.teams.payloads import Caller, Malformed, caller_of, kind_of, locale_of, place_in
from adapters.teams.texts import text_of
from bot.ports import Account, Json, SendError
from bot.reception import Reception
from bot.wording import Reader

ASK_SECONDS = 2.5  # for asking Teams about an account never seen; known ones are not asked about
_WORDS: Mapping[str, str] = MappingProxyType({"foreign": "foreign", "bot": "foreign", "guest": "guest"})


UNREACHABLE = "unreachable"

Odd = Callable[[str, str, Json], None]  # kind, name, activity: who notes what nobody listens to


class Turned(Exception):
    """Somebody is turned away. `why`: a word for the log; `text` tells them; nothing is said to other apps."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(why)
        self.why = why
        self.text = text


class Door:
    """One per process. `later`: does something beside the requests."""

    def __init__(
        self,
        people: TeamsDirectory,
        reception: Reception,
        later: Callable[[Coroutine[Any, Any, None]], object],
        odd: Odd,
    ) -> None:
        self.odd = odd
        self._people = people
        self._reception = reception
        self._later = later

    async def reader(self, activity: Json) -> Reader:
        """Who sent it, as a reader. Raises `Turned`, `Malformed`, `StoreError`."""
        account = await self.account(activity)
        return self._reception.reader(account.person, account.locale)

    async def account(self, activity: Json) -> Account:
        """Who sent it, and where they can be written to as of now. Raises `Turned`, `Malformed`, `StoreError`."""
        caller = caller_of(activity)
        account = self._people.at_once(caller)
        if account is None:
            locale = locale_of(activity)
            found = await self._admitted(caller, activity, locale)
            if isinstance(found, Refused):
                raise self._turn_away(caller, found.why, text_of(_WORDS.get(found.why, "unknown"), locale or "en"))
            account = found
        newer = _brought_up_to_date(account, caller, activity)
        if newer != account:
            self._later(self._people.note(newer))
        return newer

    async def named(self, about: str, activity: Json, by: Reader) -> str:
        """The person somebody has named, by an e-mail address or by a mention. Raises `Turned`, `StoreError`."""
        place, caller = place_in(activity), caller_of(activity)
        if "@" in about and not about.startswith("29:"):
            person = self._people.person_with(about)
        else:
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    found = await self._people.named(caller.tenant, about, place)
            except (SendError, TimeoutError):
                raise self._turn_away(caller, UNREACHABLE, text_of("unreachable", by.locale)) from None
            person = None if isinstance(found, Refused) else found.person
        if person is None:
            raise self._turn_away(caller, "not_theirs", text_of("not_theirs", by.locale))
        return person

    def locale_of(self, activity: Json) -> str:
        """In which language to tell whoever sent this that something is wrong: as far as it is known without asking."""
        try:
            known = self._people.at_once(caller_of(activity))
        except Malformed:
            known = None
        locale = locale_of(activity)
        return self._reception.reader(known.person, known.locale or locale).locale if known else locale or "en"

    async def _admitted(self, caller: Caller, activity: Json, locale: str | None) -> Account | Refused:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._people.admit(caller, place_in(activity), locale)
        except (SendError, TimeoutError):
            raise self._turn_away(caller, UNREACHABLE, text_of("unreachable", locale or "en")) from None

    @staticmethod
    def _turn_away(caller: Caller, why: str, text: str) -> Turned:
        logger().warning("teams.refused", why=why, tenant=caller.tenant, user=caller.aad or caller.user)
        return Turned(why, "" if caller.is_bot else text)


def _brought_up_to_date(account: Account, caller: Caller, activity: Json) -> Account:
    """The account with what this activity says of it."""
    place = place_in(activity)
    ref = dict(account.ref) | {"user": caller.user, "service_url": place.service_url}
    if kind_of(activity) == "personal":
        ref["place"] = place.as_json()
    locale = locale_of(activity) or account.locale
    return replace(account, locale=locale, ref=ref)
