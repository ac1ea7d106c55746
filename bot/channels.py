"""The channel that an incident has at the higher levels, on the first platform that can make one."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desk import Desk
from bot.live_cards import ROOM, watchers
from bot.ports import Account, MessageRef, Notice, Room, Rooms, SendError, StoreError
from bot.wording import Reader, View, room_topic


def is_room(to: str) -> bool:
    """Whether a notice goes to a channel, and to no person."""
    return to.startswith(ROOM)


class Channels:
    """Brings the channel up to date whenever its status card is shown or changed."""

    def __init__(self, desk: Desk, rooms: Mapping[str, Rooms]) -> None:
        self._desk = desk
        self._rooms = rooms

    async def account(self, notice: Notice) -> Account | None:
        """Where the channel is; None when no platform has one. Raises `SendError`."""
        desk = self._desk
        incident = desk.state.numbered(notice.project or "", notice.incident or "")
        if incident is None:
            return None
        topic = room_topic(incident, View(desk.state, desk.rules, desk.now()), self.reader(notice))
        people = watchers(incident, desk.rules)
        room = Room(notice.to, incident.room or notice.to, topic, people, open=incident.closed_at is None)
        for rooms in self._rooms.values():
            if account := await rooms.room(room):
                return account
        return None

    def reader(self, notice: Notice) -> Reader:
        """A channel reads the Account Manager's language and the project's time, and may press nothing."""
        company = self._desk.rules.company
        project = company.projects.get(notice.project or "")
        if project is None:
            return Reader(notice.to, "en", "UTC")
        return Reader(notice.to, company.people[project.account_manager].locale or "en", project.timezone)

    async def pin(self, account: Account, message: MessageRef) -> None:
        """Keep the status card on top. Not vital: it is in the channel all the same."""
        try:
            await self._rooms[account.platform].pin(account, message)
        except (SendError, StoreError):
            return
