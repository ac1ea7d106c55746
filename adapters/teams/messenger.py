"""`bot.ports.Messenger` for Teams: a card is a message from the app, in a person's chat or in a thread of a channel.

Teams knows no idempotency key, and nobody can read a chat back. A message whose answer was lost is sent once more when
Teams answers again, and says so; when that answer is lost too it is given up (docs/decisions/070-teams-sending.md).
"""

from __future__ import annotations

from typing import Any, Protocol

from adapters.teams.connector import Connector
from adapters.teams.failures import TeamsError
from adapters.teams.lines import Reading
from adapters.teams.places import CHANNEL_TENANT, PLATFORM, Place, place_of
from adapters.teams.render import attachment, render, summary, with_refresh
from bot.cards import Card, Line
from bot.ports import Account, Delivery, Json, MessageRef, SendError, Urgency
from bot.wording import repeated

LOOK = "look"  # the verb with which Teams asks for the card as one person may see it; its argument names the card
_MOST_CHATS = 20_000


class Readings(Protocol):
    """What a reader needs for a card to become theirs."""

    async def of(self, account: Account, *shown: Card | Line) -> Reading:
        """For showing these to this person. Raises `StoreError`."""


class TeamsMessenger:
    """One per process. A chat that had to be opened is kept."""

    platform = PLATFORM

    def __init__(self, connector: Connector, readings: Readings) -> None:
        self._connector = connector
        self._readings = readings
        self._chats: dict[str, Place] = {}

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Show a new card; once, or once more if the first may not have arrived. Raises `SendError`."""
        urgency = delivery.notice.urgency
        place = await self._place(to, urgency)
        if delivery.ambiguous:
            await self._connector.look(place, urgency=urgency)  # nothing is repeated into the dark
        activity = {**await self._activity(to, card, again=delivery.ambiguous), **_loudness(urgency)}
        try:
            place, message = await self._post(to, place, card, activity, urgency)
        except TeamsError as error:
            if error.permanent:
                self._chats.pop(to.user, None)  # it may be another one next time
            if delivery.ambiguous and error.ambiguous:
                raise TeamsError("post", "lost_twice", permanent=True) from error
            raise
        return MessageRef(PLATFORM, {**place.as_json(), "id": message})

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change a card that is there. Raises `SendError`."""
        try:
            place, activity_id = place_of(dict(message.ref)), str(message.ref["id"])
        except (KeyError, ValueError) as error:
            raise SendError("a message whose place in Teams is not known", permanent=True) from error
        await self._connector.update(place, activity_id, await self._activity(to, card))
        return message

    async def _post(self, to: Account, place: Place, card: Card, activity: Json, urgency: Urgency) -> tuple[Place, str]:
        """Where it is now, and the message's id. The status card begins the thread in a channel."""
        if to.tenant == CHANNEL_TENANT and not place.in_thread:
            if card.id is None:  # a line of the timeline, before the status card
                raise TeamsError("post", "no_thread_yet")
            return await self._connector.open_thread(place, activity, urgency=urgency)
        return place, await self._connector.post(place, activity, urgency=urgency)

    async def _activity(self, to: Account, card: Card, *, again: bool = False) -> dict[str, Any]:
        """The card and nothing beside it: text with a card may come back without the message's id."""
        reading = await self._readings.of(to, card)
        shown = repeated(card, reading.reader) if again else card
        try:
            content = render(shown, reading)
            if users := to.ref.get("users"):
                content = with_refresh(content, LOOK, {"card": card.id or ""}, users)
            return {"attachments": [attachment(content)], "summary": summary(shown.summary, reading)}
        except ValueError as error:
            raise SendError(f"card {card.kind} cannot be shown in Teams: {error}", permanent=True) from error

    async def _place(self, to: Account, urgency: Urgency) -> Place:
        """The chat with the person, opened if it never was. Raises `TeamsError`."""
        known = to.ref.get("place")
        if known is not None:
            return _placed(known)
        if kept := self._chats.get(to.user):
            return kept
        service_url = to.ref.get("service_url")
        if not service_url:
            raise TeamsError("send", "no_conversation", permanent=True)
        user = str(to.ref.get("user") or to.user)
        chat = await self._connector.open_chat(str(service_url), to.tenant, user, urgency=urgency)
        if len(self._chats) >= _MOST_CHATS:
            self._chats.clear()
        self._chats[to.user] = chat
        return chat


def _placed(known: object) -> Place:
    try:
        return place_of(known)
    except ValueError as error:
        raise TeamsError("send", "no_conversation", permanent=True) from error


def _loudness(urgency: Urgency) -> Json:
    """What makes a phone ring: for those who must act."""
    if urgency > Urgency.COVER:
        return {}
    ring: Json = {"channelData": {"notification": {"alert": True}}}
    return {**ring, "importance": "high"} if urgency is Urgency.DECISION else ring
