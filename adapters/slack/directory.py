"""Who is who: a Slack account (team, user) becomes a person of the company once, through the e-mail Slack knows.

After that the ids count, and Slack is not asked again. Refused: bots, guests, people of other workspaces or Slack
Connect, accounts switched off, addresses that nobody has confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakValueDictionary

from adapters.slack.api import SlackApi, SlackError
from adapters.slack.reading import PLATFORM, Readings
from bot.company import Company
from bot.ports import Account, Directory, StoreError, Urgency

Why = Literal["foreign", "bot", "guest", "gone", "no_email", "unconfirmed", "unknown", "taken"]
_NOBODY = 600.0  # seconds that "no such account" is believed: somebody may be added meanwhile
_MOST_KEPT = 20_000
_SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an account is nobody's here: of another workspace, a bot, a guest, switched off, without an e-mail or with
    one that is not confirmed or not in the company file, or linked to somebody else.
    """

    why: Why


class SlackDirectory:
    """Links accounts. `elapsed`: seconds on a clock that only grows."""

    def __init__(self, api: SlackApi, directory: Directory, readings: Readings, elapsed: Callable[[], float]) -> None:
        self._api = api
        self._directory = directory
        self._readings = readings
        self._elapsed = elapsed
        self._nobody: dict[str, tuple[Why, float]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def admit(self, team: str, user: str) -> Account | Refused:
        """Whose account speaks. Asks Slack only about an account never seen. Raises `SlackError`, `StoreError`."""
        if known := await self._known(team, user):
            return known
        if refused := self._believed(f"{team} {user}"):
            return refused
        async with self._lock(f"{team} {user}"):
            return await self._known(team, user) or await self._introduce(team, user)

    async def account_for(self, person: str) -> Account | None:
        """The account of somebody who never wrote to us, by the e-mail in the company file; None: there is none.

        Raises `SlackError` when Slack does not say, `StoreError`.
        """
        known = self._company.people.get(person)
        if known is None or not known.email or self._believed(person):
            return None
        async with self._lock(person):
            for account in await self._directory.accounts(person):
                if account.platform == PLATFORM:
                    return account
            return await self._look_up(person, known.email)

    @property
    def _company(self) -> Company:
        return self._readings.desk.rules.company

    async def _known(self, team: str, user: str) -> Account | None:
        person = await self._directory.who(PLATFORM, team, user)
        if person is None:
            return None
        accounts = await self._directory.accounts(person)
        mine = (one for one in accounts if (one.platform, one.tenant, one.user) == (PLATFORM, team, user))
        return next(mine, Account(person, PLATFORM, team, user))

    async def _introduce(self, team: str, user: str) -> Account | Refused:
        if team != (await self._api.identity()).team:
            return self._refuse(f"{team} {user}", "foreign")
        try:
            found = await self._info(user, Urgency.DECISION)
        except SlackError as error:
            if error.code in ("user_not_found", "user_not_visible"):
                return self._refuse(f"{team} {user}", "foreign")
            raise
        if why := unfit(found, team):
            return self._refuse(f"{team} {user}", why)
        person = person_with(self._company, email_of(found))
        if person is None:
            return self._refuse(f"{team} {user}", "unknown")
        return await self._link(person, team, found)

    async def _look_up(self, person: str, email: str) -> Account | None:
        team = (await self._api.identity()).team
        try:
            answer = await self._api.call("users.lookupByEmail", {"email": email}, urgency=Urgency.COVER)
        except SlackError as error:
            if error.code in ("users_not_found", "user_not_found"):
                self._refuse(person, "unknown")
                return None
            raise
        found: Mapping[str, Any] = answer.get("user") or {}
        if why := unfit(found, team):
            self._refuse(person, why)
            return None
        if not self._company.people[person].locale:
            found = await self._info(str(found["id"]), Urgency.COVER)
        linked = await self._link(person, team, found)
        if isinstance(linked, Refused):
            self._refuse(person, linked.why)
            return None
        return linked

    async def _info(self, user: str, urgency: Urgency) -> Mapping[str, Any]:
        answer = await self._api.call("users.info", {"user": user, "include_locale": True}, urgency=urgency)
        found = answer.get("user")
        return found if isinstance(found, dict) else {}

    async def _link(self, person: str, team: str, found: Mapping[str, Any]) -> Account | Refused:
        user, locale = str(found["id"]), found.get("locale")
        account = Account(person, PLATFORM, team, user, str(locale) if locale else None)
        try:
            await self._directory.link(account)
        except StoreError as error:
            if error.permanent:
                return self._refuse(f"{team} {user}", "taken")
            raise
        self._readings.learn(person, user)
        return account

    # --- What was found not to be -------------------------------------------------------------------------------------

    def _believed(self, name: str) -> Refused | None:
        why, until = self._nobody.get(name, ("unknown", 0.0))
        return Refused(why) if until > self._elapsed() else None

    def _refuse(self, name: str, why: Why) -> Refused:
        if len(self._nobody) >= _MOST_KEPT:
            self._nobody.clear()
        self._nobody[name] = (why, self._elapsed() + _NOBODY)
        return Refused(why)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def unfit(found: Mapping[str, Any], team: str) -> Why | None:
    """Why this account of Slack's answer is nobody's here; None: it is a member of our workspace."""
    if not found.get("id") or found.get("is_stranger") or found.get("team_id") != team:
        return "foreign"
    if found.get("deleted"):
        return "gone"
    if found.get("is_bot") or found.get("is_workflow_bot") or found["id"] == _SLACKBOT:
        return "bot"
    if found.get("is_restricted") or found.get("is_ultra_restricted"):
        return "guest"
    if found.get("is_email_confirmed") is False:
        return "unconfirmed"  # whoever typed the address need not be who reads its mail
    return None if email_of(found) else "no_email"


def email_of(found: Mapping[str, Any]) -> str:
    """The e-mail address, or nothing."""
    return str((found.get("profile") or {}).get("email") or "").strip()


def person_with(company: Company, email: str) -> str | None:
    """The person of the company with this address, whatever the case of its letters."""
    wanted = email.casefold()
    return next((one.id for one in company.people.values() if one.email and one.email.casefold() == wanted), None)
