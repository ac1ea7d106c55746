"""`bot.ports.Messenger` for Slack: a card is a message from the app in the person's direct messages.

`chat.postMessage` knows no idempotency key. The notice's key goes into the message's metadata, and after an end that
nobody knows the conversation is read for it before anything is sent again (docs.slack.dev/messaging/message-metadata).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from adapters.slack.api import SlackApi, SlackError
from adapters.slack.reading import CHANNEL_TENANT, PLATFORM, Readings
from adapters.slack.render import render
from bot.cards import Card
from bot.ports import Account, Delivery, Json, MessageRef, Notice, SendError, Urgency

POST, CHANGE = "chat.postMessage", "chat.update"
EVENT = "backline_notice"
_BEFORE = timedelta(hours=1)  # by which Slack's clock may be behind ours when an earlier message is looked for
_PAGE, _MOST_PAGES = 200, 5
# The conversation cannot be read, now or ever: then twice is better than never.
_UNREADABLE = frozenset({"missing_scope", "not_allowed_token_type", "no_permission", "channel_not_found"})
_MOST_CHANNELS = 20_000


class SlackMessenger:
    """One per process. The channel of a person's direct messages is kept from the first answer."""

    platform = PLATFORM

    def __init__(self, api: SlackApi, readings: Readings) -> None:
        self._api = api
        self._readings = readings
        self._channels: dict[str, str] = {}

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Show a new card, once. Raises `SendError`."""
        notice = delivery.notice
        if delivery.ambiguous and (found := await self._find(to, notice)):
            return await self._adopt(found, to, card)
        message = await self._message(to, card, notice.key)
        body = {"channel": to.user, "unfurl_links": False, "unfurl_media": False, **message}
        answer = await self._api.call(POST, body, urgency=notice.urgency, channel=to.user)
        return self._place(to, answer, notice.key)

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change a card that is there. Raises `SendError`."""
        ref = message.ref
        body = {"channel": ref["channel"], "ts": ref["ts"], **await self._message(to, card, str(ref["key"]))}
        await self._api.call(CHANGE, body, urgency=Urgency.REFRESH)
        return message

    async def _message(self, to: Account, card: Card, key: str) -> Json:
        """What is shown, and whose it is. Raises a permanent `SendError` for what Slack cannot show."""
        try:
            shown = render(card, await self._readings.of(to, card))
        except ValueError as error:
            raise SendError(f"card {card.kind} cannot be shown in Slack: {error}", permanent=True) from error
        return {**shown, "metadata": {"event_type": EVENT, "event_payload": {"key": key}}}

    def _place(self, to: Account, answer: Mapping[str, Any], key: str) -> MessageRef:
        channel, ts = answer.get("channel"), answer.get("ts")
        if not channel or not ts:
            raise SendError("chat.postMessage: an answer without the message's place", ambiguous=True)
        self._remember(to.user, str(channel))
        return MessageRef(PLATFORM, {"channel": channel, "ts": ts, "key": key})

    # --- After an attempt whose end nobody knows ----------------------------------------------------------------------

    async def _find(self, to: Account, notice: Notice) -> MessageRef | None:
        """The notice's message, if an earlier attempt got through. Raises an ambiguous `SendError`: still not known."""
        try:
            channel = await self._channel(to, notice.urgency)
            return await self._search(channel, notice)
        except SlackError as error:
            if error.code in _UNREADABLE:
                return None
            raise _unknown(error) from error

    async def _search(self, channel: str, notice: Notice) -> MessageRef | None:
        oldest = (notice.at - _BEFORE).timestamp()
        args: dict[str, Any] = {"channel": channel, "oldest": f"{oldest:.6f}", "limit": _PAGE}
        args["include_all_metadata"] = True
        for _ in range(_MOST_PAGES):
            page = await self._api.call("conversations.history", args, urgency=notice.urgency)
            for one in page.get("messages", ()):
                metadata = one.get("metadata") or {}
                payload = metadata.get("event_payload") or {}
                if metadata.get("event_type") == EVENT and payload.get("key") == notice.key:
                    return MessageRef(PLATFORM, {"channel": channel, "ts": one["ts"], "key": notice.key})
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            args["cursor"] = cursor
        return None

    async def _channel(self, to: Account, urgency: Urgency) -> str:
        if to.tenant == CHANNEL_TENANT:
            return to.user
        if (known := self._channels.get(to.user)) is None:
            opened = await self._api.call("conversations.open", {"users": to.user}, urgency=urgency)
            known = str(opened["channel"]["id"])
            self._remember(to.user, known)
        return known

    def _remember(self, user: str, channel: str) -> None:
        if len(self._channels) >= _MOST_CHANNELS:
            self._channels.clear()
        self._channels[user] = channel

    async def _adopt(self, found: MessageRef, to: Account, card: Card) -> MessageRef:
        """The message is ours; it may show what was so when it was first sent."""
        try:
            return await self.update(found, to, card)
        except SendError as error:
            if error.permanent:
                return found
            raise _unknown(error) from error


def _unknown(error: SendError) -> SendError:
    """The look or the change failed; whether the message is there is as unknown as before."""
    return SendError(str(error), ambiguous=True, retry_after=error.retry_after, down=error.down)
