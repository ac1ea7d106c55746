"""What comes from Slack, however it came (HTTP or Socket Mode): a payload in, an answer out, always after the commit.

The way of a report (slash command, button, direct message) goes through here alone; modals, shortcuts, Home and all
other events go through Bolt (`bolt.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Protocol

from adapters.chat.asked import Asked
from adapters.observe import alarm, logger
from adapters.slack.asked import typed
from adapters.slack.door import Door, Turned
from adapters.slack.listen import Answer
from adapters.slack.payloads import (
    Caller,
    Malformed,
    caller_of,
    command_key,
    message_key,
    object_in,
    reply_address,
    text_in,
)
from adapters.slack.pressing import Presses
from adapters.slack.showing import Showing, notice
from adapters.slack.texts import text_of
from adapters.slack.voice import Voice
from bot.commands import AboutWorkplace
from bot.phrases import command_for
from bot.ports import Json, StoreError
from bot.reception import Reception, Reply
from bot.turn import Rejected
from bot.wording import Reader, refusal

ANSWER_SECONDS = 1.8  # for everything up to the commit; Slack waits 3 s, also for the network


class Framework(Protocol):
    """Bolt, for everything that is not the way of a report."""

    async def dispatch(self, payload: Json) -> Mapping[str, Any] | None:
        """What its listener answers."""


class Intake:
    """One per process. `heard` is told of every direct conversation: with whom, and its channel."""

    def __init__(
        self,
        *,
        reception: Reception,
        door: Door,
        showing: Showing,
        voice: Voice,
        presses: Presses,
        framework: Framework,
        heard: Callable[[Caller, str], Coroutine[Any, Any, None]],
    ) -> None:
        self._reception = reception
        self._door = door
        self._showing = showing
        self._voice = voice
        self._presses = presses
        self._framework = framework
        self._heard = heard

    async def take(self, payload: Json) -> Answer:
        """Do what the payload asks. Raises nothing: whatever goes wrong, the person is told what was not recorded."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._route(payload)
        except Malformed as error:
            logger().warning("slack.malformed", lacks=str(error))
            return Answer()
        except StoreError as error:
            logger().error("slack.not_recorded", error=str(error), alarm=True)
            return self._failed(payload, "not_recorded")
        except TimeoutError as error:
            alarm("slack.too_slow", error)
            return self._failed(payload, "not_confirmed")
        except Exception as error:  # noqa: BLE001 - the outermost handler: the person must hear of it
            alarm("slack.failed", error)
            return self._failed(payload, "not_confirmed")

    async def _route(self, payload: Json) -> Answer:
        if "command" in payload:
            return Answer(await self._command(payload))
        kind = payload.get("type")
        if kind == "block_actions":
            await self._presses.pressed(payload)
            return Answer()
        if kind == "event_callback" and _is_message(object_in(payload, "event")):
            await self._message(payload)
            return Answer()
        return Answer(await self._framework.dispatch(payload))

    # --- /backline ------------------------------------------------------------------------------------------------

    async def _command(self, payload: Json) -> Json:
        caller = caller_of(payload)
        try:
            reader = await self._door.reader(caller)
            asked = typed(str(payload.get("text") or ""), command=True)
            reply = await self._do(reader, asked, caller, command_key(payload, caller))
        except Turned as turned:
            return {"response_type": "ephemeral", "text": turned.text}
        return {"response_type": "ephemeral", **await self._showing.reply(reply, reader)}

    async def _do(self, reader: Reader, asked: Asked, caller: Caller, key: str) -> Reply:
        """Have it done, for whom it is about. Raises `StoreError`, `Turned`."""
        if asked.about is None:
            return await self._reception.meant(reader, asked.intent, asked.text, key)
        person = await self._door.named(Caller(caller.team, asked.about), reader)
        try:
            command = command_for(asked.intent, reader.person, self._reception.desk.state, asked.text)
        except Rejected as rejected:
            return Reply(refusal(rejected, self._reception.view(), reader), rejected)
        if not isinstance(command, AboutWorkplace):
            return await self._reception.meant(reader, asked.intent, asked.text, key)
        return await self._reception.ask(reader, replace(command, person=person), key)

    # --- direct messages ------------------------------------------------------------------------------------------

    async def _message(self, payload: Json) -> None:
        event = object_in(payload, "event")
        if not _is_said(event) or event.get("user") == self._door.me:
            return
        caller = caller_of(payload)
        channel, ts = text_in(event, "channel"), text_in(event, "ts")
        await self.said(caller, channel, ts, str(event.get("text") or ""))

    async def said(self, caller: Caller, channel: str, ts: str, text: str) -> None:
        """Somebody wrote us a direct message. The answer follows in the DM. Raises `StoreError`."""
        try:
            reader = await self._door.reader(caller)
            self._voice.later(self._heard(caller, channel))
            asked = typed(text, command=False, me=self._door.me)
            reply = await self._do(reader, asked, caller, message_key(caller.team, channel, ts))
        except Turned as turned:
            self._voice.later(self._voice.post(channel, {"text": turned.text}, about=ts))
            return
        self._voice.later(self._voice.post(channel, await self._showing.reply(reply, reader), about=ts))

    # --- when it went wrong ---------------------------------------------------------------------------------------

    def _failed(self, payload: Json, text: str) -> Answer:
        """Say so where the person is looking. An event is to be delivered again: its key makes it count once."""
        locale = self._door.locale_of(payload)
        said = text_of(text, locale)
        if "command" in payload:
            return Answer({"response_type": "ephemeral", "text": said})
        kind = payload.get("type")
        if kind == "view_submission":
            return Answer({"response_action": "update", "view": notice(said, locale, ok=False)})
        if kind == "event_callback":
            event = payload.get("event")
            if isinstance(event, Mapping) and _is_message(event):
                self._voice.later(self._voice.post(str(event.get("channel")), {"text": said}))
            return Answer(again=True)
        address = reply_address(payload, loopback=self._presses.loopback)
        if address:
            self._voice.later(self._voice.respond(address, {"text": said}))
        elif trigger := str(payload.get("trigger_id") or ""):
            self._voice.later(self._voice.show(trigger, notice(said, locale, ok=False)))
        return Answer()


def _is_message(event: Json) -> bool:
    return event.get("type") == "message" and event.get("channel_type") == "im"


def _is_said(event: Json) -> bool:
    """Whether a person typed it just now: no bot, no edit, deletion or join. A message with a file may have words."""
    if event.get("bot_id") or event.get("app_id"):
        return False
    return event.get("subtype") in (None, "file_share", "thread_broadcast")
