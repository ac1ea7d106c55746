"""The app comes to a person or a team, or is taken away: who can be written to, and which channel is for incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.observe import logger
from adapters.teams.directory import TeamsDirectory
from adapters.teams.door import Door
from adapters.teams.greeting import Greeter
from adapters.teams.payloads import caller_of, chosen_channel, kind_of, place_in, team_of, users_in
from adapters.teams.places import CHANNEL_TENANT, PLATFORM, TEAM, Place
from adapters.teams.texts import text_of
from adapters.teams.voice import Voice
from bot.ports import Account, Directory, Json


class Arrivals:
    """One per process."""

    def __init__(
        self,
        directory: Directory,
        people: TeamsDirectory,
        door: Door,
        greeter: Greeter,
        voice: Voice,
    ) -> None:
        self._directory = directory
        self._people = people
        self._door = door
        self._greeter = greeter
        self._voice = voice

    async def added(self, activity: Json) -> None:
        """The app is there. Raises `Malformed`, `StoreError`."""
        match kind_of(activity):
            case "personal":
                self._greeter.greet(activity)
            case "channel":
                await self._join(activity)
            case _:
                place = place_in(activity)
                self._voice.later(self._people.enrol(place, place.conversation))

    async def removed(self, activity: Json) -> None:
        """The app is gone: nothing is to be sent there. Raises `Malformed`, `StoreError`."""
        if kind_of(activity) == "personal":
            if account := self._people.at_once(caller_of(activity)):
                kept = {name: one for name, one in account.ref.items() if name == "user"}
                await self._people.keep(replace(account, ref=kept))
                logger().warning("teams.removed", person=account.person)
            return
        team, gone = team_of(activity), None
        for account in await self._directory.accounts(TEAM):
            if account.ref.get("team") == team:
                gone = replace(account, ref={"team": team})
                await self._directory.link(gone)
        if gone:
            logger().warning("teams.team_left", team=team)

    async def joined(self, activity: Json) -> None:
        """People came to a team or chat that has the app, or the app came. Raises `Malformed`, `StoreError`."""
        added, me = users_in(activity, "membersAdded"), _me(activity)
        if me in added:
            await self.added(activity)
        elif kind_of(activity) == "personal" and added:
            self._greeter.greet(activity)
        else:
            for user in added:
                self._voice.later(self._enrol(activity, user))

    async def parted(self, activity: Json) -> None:
        """People left, or the app was taken away. Raises `Malformed`, `StoreError`."""
        if _me(activity) in users_in(activity, "membersRemoved"):
            await self.removed(activity)

    # --- A team -------------------------------------------------------------------------------------------------------

    async def _join(self, activity: Json) -> None:
        """The channel is the one for incidents from now on, and the team's members are known."""
        place, team, chosen = place_in(activity), team_of(activity), chosen_channel(activity)
        if team is None:
            return
        known = [one for one in await self._directory.accounts(TEAM) if one.ref.get("team") == team]
        there = [one.user for one in known if "place" in one.ref]
        channel = chosen or place.channel
        if channel in there or (there and not chosen):  # Teams tells of the same arrival in two ways
            return
        home = Place(place.service_url, channel, place.tenant)
        ref = {"place": home.as_json(), "team": team}
        await self._directory.link(Account(TEAM, PLATFORM, CHANNEL_TENANT, channel, ref=ref))
        logger().info("teams.team_joined", team=team)
        self._voice.later(self._people.enrol(home, team))
        self._voice.later(self._voice.say(home, text_of("team_joined", self._door.locale_of(activity))))

    async def _enrol(self, activity: Json, user: str) -> None:
        place = place_in(activity)
        await self._people.named(place.tenant, user, place)


def _me(activity: Json) -> str:
    recipient = activity.get("recipient")
    found = recipient.get("id") if isinstance(recipient, Mapping) else None
    return found if isinstance(found, str) else ""
