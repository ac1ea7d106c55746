"""Buttons on messages and on Home. A press is committed before Slack is answered; its result is shown right after.

A button that asks for a form opens it, made from what is true now, while its trigger lives (3 s).
"""

from __future__ import annotations

import asyncio

from adapters.chat.asking import form_for, without_form
from adapters.slack.door import Door, Turned
from adapters.slack.payloads import Caller, Malformed, action_key, caller_of, object_in, reply_address, shortcut_key
from adapters.slack.render import Action, action_of
from adapters.slack.showing import Showing, notice
from adapters.slack.texts import text_of
from adapters.slack.voice import Voice
from bot.cards import Form, Press
from bot.ports import Json, SendError, StoreError
from bot.presses import VERBS
from bot.reception import Reception, Reply
from bot.wording import Reader

_RECORD_ANYWAY = "report"  # whatever its form asks can be told later, so it counts even when the form cannot be opened


class Presses:
    """One per process. `loopback`: Slack is the stand-in, so that its response_url may be loopback as well."""

    def __init__(
        self, reception: Reception, door: Door, showing: Showing, voice: Voice, *, loopback: bool = False
    ) -> None:
        self._reception = reception
        self._door = door
        self._showing = showing
        self._voice = voice
        self.loopback = loopback

    async def pressed(self, payload: Json) -> None:
        """Do what the button says. Raises `Malformed`, `StoreError`."""
        caller, action = caller_of(payload), _action(payload)
        try:
            reader = await self._door.reader(caller)
        except Turned as turned:
            self._tell(payload, turned.text, self._door.locale_of(payload))
            return
        found = _ours(action)
        if found is None:
            self._door.odd("action", str(action.get("action_id")))
            self._tell(payload, text_of("not_known", reader.locale), reader.locale)
            return
        press = Press(reader.person, found.verb, found.args, {}, action_key(payload, caller, action))
        form = form_for(press, self._reception.view(), reader) if found.asks else None
        if form is not None:
            await self._ask(payload, caller, reader, press, form)
            return
        await self._do(payload, caller, reader, without_form(press) if found.asks else press)

    async def shortcut(self, payload: Json) -> None:
        """The shortcut "report": its form, or what is already known. Raises `Malformed`, `StoreError`."""
        caller = caller_of(payload)
        try:
            reader = await self._door.reader(caller)
        except Turned as turned:
            self._tell(payload, turned.text, self._door.locale_of(payload))
            return
        press = Press(reader.person, _RECORD_ANYWAY, {}, {}, shortcut_key(payload, caller))
        form = form_for(press, self._reception.view(), reader)
        if form is None:
            await self._do(payload, caller, reader, press)
        else:
            await self._ask(payload, caller, reader, press, form)

    async def _ask(self, payload: Json, caller: Caller, reader: Reader, press: Press, form: Form) -> None:
        """The form after the answer; a report is recorded now when Slack takes no more."""
        opening = self._voice.later(self._open(payload, caller, reader, press, form))
        if not opening and press.verb == _RECORD_ANYWAY:
            await self._do(payload, caller, reader, press)

    async def _do(self, payload: Json, caller: Caller, reader: Reader, press: Press) -> None:
        reply = await self._reception.press(reader, press)
        self._voice.later(self._show(payload, caller, reader, reply))

    async def _show(self, payload: Json, caller: Caller, reader: Reader, reply: Reply) -> None:
        """The result, where it was pressed."""
        if address := reply_address(payload, loopback=self.loopback):
            await self._voice.respond(address, await self._showing.reply(reply, reader))
            return
        try:
            await self._voice.show(str(payload.get("trigger_id") or ""), await self._showing.result(reply, reader))
        finally:
            if is_home(payload):
                await self._voice.publish(caller.user, await self._showing.home(reader))

    async def _open(self, payload: Json, caller: Caller, reader: Reader, press: Press, form: Form) -> None:
        """Open the form. When Slack does not let us, say so; a report is recorded without it."""
        trigger = str(payload.get("trigger_id") or "")
        try:
            await self._voice.show(trigger, await self._showing.form(form, press, reader, on_home=is_home(payload)))
        except (SendError, ValueError, asyncio.CancelledError):  # refused, too large, or the service ends meanwhile
            if press.verb != _RECORD_ANYWAY:
                self._tell(payload, text_of("no_form", reader.locale), reader.locale)
                raise
            try:
                await self._do(payload, caller, reader, press)
            except StoreError:
                self._tell(payload, text_of("not_recorded", reader.locale), reader.locale)
                raise

    def _tell(self, payload: Json, text: str, locale: str) -> None:
        """Say it where it was pressed."""
        if address := reply_address(payload, loopback=self.loopback):
            self._voice.later(self._voice.respond(address, {"text": text}))
        elif trigger := str(payload.get("trigger_id") or ""):
            self._voice.later(self._voice.show(trigger, notice(text, locale, ok=False)))


def _ours(action: Json) -> Action | None:
    """What was pressed; None for a button that no card of ours has."""
    try:
        found = action_of(action)
    except ValueError:
        return None
    return found if found.verb in VERBS else None


def _action(payload: Json) -> Json:
    actions = payload.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise Malformed("actions")
    action: Json = actions[0]
    return action


def is_home(payload: Json) -> bool:
    """Whether it was pressed on Home."""
    return "view" in payload and object_in(payload, "view").get("type") == "home"
