"""What comes from Teams, verified: an activity in, an HTTP answer out, always after the commit.

A message in the chat with a person, the way of a report, goes through here alone; everything else goes through
botbuilder (`turn.py`). Teams gets a 5xx, and delivers again, only for what was neither recorded nor said to be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from adapters.chat.asked import HARMLESS, Asked
from adapters.observe import alarm, logger
from adapters.teams.asked import typed
from adapters.teams.door import Door, Turned
from adapters.teams.heard import Heard
from adapters.teams.payloads import Malformed, caller_of, kind_of, message_answer, message_key, place_in, text_in
from adapters.teams.places import Place
from adapters.teams.showing import Showing
from adapters.teams.texts import text_of
from adapters.teams.voice import Voice
from bot.cards import Card, Text
from bot.commands import AboutWorkplace
from bot.phrases import command_for
from bot.ports import Json, SendError, StoreError
from bot.reception import Reception, Reply
from bot.turn import Rejected
from bot.wording import Reader, menu, refusal

ANSWER_SECONDS = 4.0  # for everything up to the commit; Teams waits about 15 s for a message, 10 s for a press
_TELL_SECONDS = 4.0

Framework = Callable[[web.Request, Json], Awaitable[web.Response]]  # botbuilder's turn


class Intake:
    """One per process."""

    def __init__(  # noqa: PLR0917 - what it puts together
        self,
        reception: Reception,
        door: Door,
        showing: Showing,
        voice: Voice,
        heard: Heard,
        framework: Framework,
    ) -> None:
        self._reception = reception
        self._door = door
        self._showing = showing
        self._voice = voice
        self._heard = heard
        self._framework = framework

    async def take(self, request: web.Request, activity: Json) -> web.Response:
        """Do what it asks. Raises nothing: whatever goes wrong, the person is told what was not recorded."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if activity.get("type") == "message" and kind_of(activity) == "personal":
                    await self.said(activity)
                    return web.Response()
                return await self._framework(request, activity)
        except Malformed as error:
            logger().warning("teams.malformed", lacks=str(error))
            return web.Response()
        except StoreError as error:
            logger().error("teams.not_recorded", error=str(error), alarm=True)
            return await self._failed(activity, "not_recorded")
        except TimeoutError as error:
            alarm("teams.too_slow", error)
            return await self._failed(activity, "not_confirmed")
        except Exception as error:  # noqa: BLE001 - the outermost handler: the person must hear of it
            alarm("teams.failed", error)
            return await self._failed(activity, "not_confirmed", again=False)

    # --- Messages -----------------------------------------------------------------------------------------------------

    async def said(self, activity: Json) -> None:
        """Somebody wrote to us, in our chat or in a channel. Raises `Malformed`, `StoreError`."""
        place = place_in(activity)
        try:
            reader = await self._door.reader(activity)
            reply = await self._done(activity, place, reader)
        except Turned as turned:
            if turned.text:
                self._voice.later(self._voice.say(place, turned.text))
            return
        if reply is not None:
            self._voice.later(self._answer(activity, place, reader, reply))

    async def _done(self, activity: Json, place: Place, reader: Reader) -> Reply | None:
        """What is to be answered; None: it was answered before. Raises `Turned`, `StoreError`."""
        asked, caller, activity_id = typed(activity), caller_of(activity), text_in(activity, "id")
        key = message_key(caller, place, activity_id)
        if asked.intent.kind in HARMLESS:
            return await self._do(activity, asked, reader, key)
        whose = (reader.person, place.conversation, asked.text, asked.about or "")
        said, before = self._heard.hear(whose, activity_id, key)
        if before and said.done:
            return None if said.id == activity_id else self._as_it_stands(reader)
        try:
            reply = await self._do(activity, asked, reader, said.key)
        except (StoreError, Turned):
            self._heard.forget(whose)
            raise
        said.done = True
        return reply

    async def _do(self, activity: Json, asked: Asked, reader: Reader, key: str) -> Reply:
        """Have it done, for whom it is about. Raises `StoreError`, `Turned`."""
        if asked.about is None:
            return await self._reception.meant(reader, asked.intent, asked.text, key)
        person = await self._door.named(asked.about, activity, reader)
        try:
            command = command_for(asked.intent, reader.person, self._reception.desk.state, asked.text)
        except Rejected as rejected:
            return Reply(refusal(rejected, self._reception.view(), reader), rejected)
        if not isinstance(command, AboutWorkplace):
            return await self._reception.meant(reader, asked.intent, asked.text, key)
        return await self._reception.ask(reader, replace(command, person=person), key)

    def _as_it_stands(self, reader: Reader) -> Reply:
        """The same words again, under another id: Teams' doing or the person's, who can press what they mean."""
        card = menu(self._reception.view(), reader)
        return Reply(replace(card, blocks=(Text((text_of("said_again", reader.locale),)), *card.blocks)))

    async def _answer(self, activity: Json, place: Place, reader: Reader, reply: Reply) -> None:
        """In our chat. Where others read along there is no more than the status that was asked for."""
        message = await self._showing.reply(reply, reader)
        public = isinstance(reply.said, Card) and reply.said.kind == "status"
        if public or kind_of(activity) == "personal":
            await self._voice.post(place, message)
            return
        try:
            await self._voice.privately(await self._door.account(activity), message)
        except SendError:
            await self._voice.say(place, text_of("no_chat", reader.locale))
            raise
        await self._voice.say(place, text_of("in_our_chat", reader.locale))

    # --- When it went wrong -------------------------------------------------------------------------------------------

    async def _failed(self, activity: Json, name: str, *, again: bool = True) -> web.Response:
        """Say so where the person is looking. Only if that fails too Teams is to deliver it again: it counts once.

        `again`: that would be of use.
        """
        text = text_of(name, self._door.locale_of(activity))
        match activity.get("type"):
            case "invoke":
                return web.json_response(message_answer(text))
            case "message":
                told = await self._told(activity, text)
                return web.Response(status=503 if again and not told else 200)
            case "installationUpdate" | "conversationUpdate" if again:
                return web.Response(status=503)
            case _:
                return web.Response()

    async def _told(self, activity: Json, text: str) -> bool:
        try:
            async with asyncio.timeout(_TELL_SECONDS):
                await self._voice.say(place_in(activity), text)
        except (Malformed, SendError, TimeoutError) as error:
            logger().error("teams.unsaid", error=str(error), alarm=True)
            return False
        return True
