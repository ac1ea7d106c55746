"""`bot.ports.Rooms` for Slack: a private channel for those who steer an incident, with its status card pinned.

A workspace may forbid apps to make channels. Then there is none, and everybody keeps the card they have themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.observe import logger
from adapters.slack.api import SlackApi, SlackError
from adapters.slack.reading import CHANNEL_TENANT, PLATFORM
from bot.ports import Account, Directory, MessageRef, Room, Urgency

_NAMES = 5  # tries, when the name is taken
_LONGEST_NAME, _LONGEST_TOPIC = 80, 250
_FORBIDDEN = frozenset(
    {"restricted_action", "missing_scope", "not_allowed_token_type", "no_permission", "org_login_required"}
)
_MOST_INVITED = 100  # at a time
_IN_ALREADY = frozenset({"already_in_channel", "cant_invite_self"})


@dataclass(slots=True)
class _Kept:
    """What the channel is known to be like, so that nothing is set twice."""

    topic: str = ""
    people: set[str] = field(default_factory=set)


class SlackRooms:
    """One per process. The channel of an incident is kept in the directory, as the account of the room's id."""

    def __init__(self, api: SlackApi, directory: Directory) -> None:
        self._api = api
        self._directory = directory
        self._kept: dict[str, _Kept] = {}

    async def room(self, room: Room) -> Account | None:
        """The channel, with its topic and people; None where the workspace allows none. Raises `SlackError`."""
        known = [one for one in await self._directory.accounts(room.id) if one.platform == PLATFORM]
        account = known[0] if known else await self._make(room) if room.open else None
        if account is None:
            return None
        kept = self._kept.setdefault(account.user, _Kept())
        if room.open:
            await self._bring_in(account, room, kept)
        await self._set_topic(account, room, kept)
        return account

    async def pin(self, account: Account, message: MessageRef) -> None:
        """Pin the status card. Raises `SlackError`."""
        try:
            await self._api.call("pins.add", {"channel": account.user, "timestamp": message.ref["ts"]})
        except SlackError as error:
            if error.code != "already_pinned":
                raise

    async def _make(self, room: Room) -> Account | None:
        for number in range(1, _NAMES + 1):
            name = room.name[:_LONGEST_NAME] if number == 1 else f"{room.name[: _LONGEST_NAME - 2]}-{number}"
            try:
                made = await self._api.call("conversations.create", {"name": name, "is_private": True})
            except SlackError as error:
                if error.code == "name_taken":
                    continue  # an earlier attempt whose answer was lost, or somebody else's
                if error.code in _FORBIDDEN:
                    logger().warning("slack.no_channel", room=room.id, error=error.code)
                    return None
                raise
            account = Account(room.id, PLATFORM, CHANNEL_TENANT, str(made["channel"]["id"]))
            await self._directory.link(account)
            return account
        logger().warning("slack.no_channel", room=room.id, error="name_taken")
        return None

    async def _bring_in(self, account: Account, room: Room, kept: _Kept) -> None:
        """Invite who is not in yet, many at a time: one by one they would take longer than the courier's lease."""
        new: list[tuple[str, str]] = []
        for person in room.people:
            if person not in kept.people:  # who is not in Slack is perhaps later: whoever gets a message is looked up
                accounts = await self._directory.accounts(person)
                new += [(person, one.user) for one in accounts if one.platform == PLATFORM][:1]
        for start in range(0, len(new), _MOST_INVITED):
            await self._invite(account, room, new[start : start + _MOST_INVITED], kept)

    async def _invite(self, account: Account, room: Room, people: list[tuple[str, str]], kept: _Kept) -> None:
        """Invite these people and accounts; if Slack takes none of them, one by one, so that it says who is odd."""
        try:
            body = {"channel": account.user, "users": ",".join(user for _, user in people), "force": True}
            await self._api.call("conversations.invite", body, urgency=Urgency.COVER)
        except SlackError as error:
            if error.retry_after or error.ambiguous:
                raise
            if len(people) > 1:
                for one in people:
                    await self._invite(account, room, [one], kept)
            elif error.code not in _IN_ALREADY:  # one odd account keeps nobody else out, nor the card
                logger().warning("slack.not_invited", room=room.id, person=people[0][0], error=error.code)
        kept.people.update(person for person, _ in people)

    async def _set_topic(self, account: Account, room: Room, kept: _Kept) -> None:
        topic = room.topic[:_LONGEST_TOPIC]
        if topic != kept.topic:
            await self._api.call("conversations.setTopic", {"channel": account.user, "topic": topic})
            kept.topic = topic
