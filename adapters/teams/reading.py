"""What a reader needs for a line to become theirs: language, zone, the time, and who of those named is in Teams."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from adapters.chat.naming import mentioned
from adapters.teams.lines import Reading, TeamsUser
from adapters.teams.places import PLATFORM
from bot.cards import Card, Line
from bot.company import Project
from bot.cover import Rulebook
from bot.ports import Account, Directory
from bot.react import room_of
from bot.situation import Situation
from bot.wording import Reader

_KEPT = 600.0  # seconds that a Teams user, or that there is none, is kept
_MOST_KEPT = 20_000


class Rules(Protocol):
    """What is needed of `bot.desk.Desk`."""

    rules: Rulebook

    @property
    def state(self) -> Situation:
        """All that is open."""

    def now(self) -> datetime:
        """The desk's time."""


class Readings:
    """Makes a `Reading` for somebody. Keeps user ids for a while: every card names people. `elapsed` only grows."""

    def __init__(self, desk: Rules, directory: Directory, elapsed: Callable[[], float]) -> None:
        self.desk = desk
        self._directory = directory
        self._elapsed = elapsed
        self._users: dict[str, tuple[str | None, float]] = {}

    async def of(self, account: Account, *shown: Card | Line) -> Reading:
        """For showing these to this person. Raises `StoreError`."""
        return await self.by(self._reader(account), *shown)

    async def by(self, reader: Reader, *shown: Card | Line) -> Reading:
        """For showing these to this reader. Raises `StoreError`."""
        people = {person for one in shown for person in mentioned(one)}
        company = self.desk.rules.company
        users = {
            person: TeamsUser(user, company.people[person].name)
            for person in sorted(people)
            if person in company.people and (user := await self._user(person))
        }
        return Reading(reader, company, self.desk.now(), users)

    def learn(self, account: Account) -> None:
        """The person has this Teams user id, or none any more."""
        self._keep(account.person, _user_in(account))

    def _reader(self, account: Account) -> Reader:
        company = self.desk.rules.company
        person = company.people.get(account.person)
        if person is None and (project := self._project(account.person)):
            return Reader(account.person, company.people[project.account_manager].locale or "en", project.timezone)
        locale = (person.locale if person else None) or account.locale or "en"
        return Reader(account.person, locale, company.zone_of(account.person) if person else "UTC")

    def _project(self, room: str) -> Project | None:
        """The project of an incident's channel, which reads as its Account Manager does."""
        state = self.desk.state
        for incident in (*state.incidents.values(), *state.closed.values()):
            if room_of(incident.number) == room:
                return self.desk.rules.company.projects.get(incident.project)
        return None

    async def _user(self, person: str) -> str | None:
        known, until = self._users.get(person, (None, 0.0))
        if until > self._elapsed():
            return known
        accounts = await self._directory.accounts(person)
        user = next((_user_in(one) for one in accounts if one.platform == PLATFORM), None)
        self._keep(person, user)
        return user

    def _keep(self, person: str, user: str | None) -> None:
        if len(self._users) >= _MOST_KEPT:
            self._users.clear()
        self._users[person] = (user, self._elapsed() + _KEPT)


def _user_in(account: Account) -> str | None:
    user = account.ref.get("user")
    return user if isinstance(user, str) and user else None
