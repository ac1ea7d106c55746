"""`bot.ports.Rooms` for Teams: a thread in a channel of a team that has the app; its first message is the status card.

An app cannot make channels. The channel is the one that the listener linked last as `places.TEAM`; without one there is
no room, and everybody keeps the card they have themselves.
"""

from __future__ import annotations

from dataclasses import replace

from adapters.teams.places import CHANNEL_TENANT, PLATFORM, TEAM, place_of
from bot.ports import Account, Directory, MessageRef, Room

_MOST_USERS = 60  # for whom Teams asks for a card of their own


class TeamsRooms:
    """One per process. An incident's thread is kept in the directory, as the account of the room's id."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def room(self, room: Room) -> Account | None:
        """The thread, or the channel where it will begin; None without a channel. Raises `StoreError`."""
        account = await self._placed(room.id)
        if account is None and room.open and (team := await self._placed(TEAM)):
            account = Account(room.id, PLATFORM, CHANNEL_TENANT, team.user, ref={"place": team.ref["place"]})
        if account is None:
            return None
        return replace(account, ref={**account.ref, "users": await self._users(room.people)})

    async def pin(self, account: Account, message: MessageRef) -> None:
        """Nothing is pinned in Teams; the thread that the first message began is kept. Raises `StoreError`."""
        place = place_of(dict(message.ref))
        if place.conversation != account.user:
            ref = {"place": place.as_json()}
            await self._directory.link(Account(account.person, PLATFORM, CHANNEL_TENANT, place.conversation, ref=ref))

    async def _placed(self, person: str) -> Account | None:
        accounts = await self._directory.accounts(person)
        return next((one for one in accounts if one.platform == PLATFORM and "place" in one.ref), None)

    async def _users(self, people: tuple[str, ...]) -> list[str]:
        """Their ids in Teams, of those who have one."""
        accounts = [one for person in people for one in await self._directory.accounts(person)]
        users = [one.ref.get("user") for one in accounts if one.platform == PLATFORM]
        return [str(user) for user in users if user][:_MOST_USERS]
