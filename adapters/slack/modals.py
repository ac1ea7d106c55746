"""Forms that were sent: a fault at its field, a refusal in words, or what became of it, in the modal itself.

The result needs no further call to Slack, so it is seen even when Slack's Web API does not answer.
"""

from __future__ import annotations

from adapters.slack.door import Door, Turned
from adapters.slack.forms import Opened, fields_of, opened_of
from adapters.slack.payloads import Malformed, caller_of, object_in, submission_key, text_in
from adapters.slack.showing import Showing, notice
from adapters.slack.texts import text_of
from adapters.slack.voice import Voice
from bot.cards import Press
from bot.ports import Json
from bot.presses import VERBS
from bot.reception import Reception
from bot.wording import Reader


class Modals:
    """One per process."""

    def __init__(self, reception: Reception, door: Door, showing: Showing, voice: Voice) -> None:
        self._reception = reception
        self._door = door
        self._showing = showing
        self._voice = voice

    async def submitted(self, payload: Json) -> Json:
        """Do what the form says; the answer to the submission. Raises `Malformed`, `StoreError`."""
        caller, view = caller_of(payload), object_in(payload, "view")
        try:
            reader = await self._door.reader(caller)
        except Turned as turned:
            return _update(notice(turned.text, self._door.locale_of(payload), ok=False))
        try:
            opened, fields = opened_of(view), fields_of(object_in(view, "state"))
        except (ValueError, Malformed):
            opened, fields = Opened("", {}), {}
        if opened.verb not in VERBS:
            self._door.odd("view", str(view.get("callback_id")))
            return _update(notice(text_of("not_known", reader.locale), reader.locale, ok=False))
        key = submission_key(caller, text_in(view, "id"), fields)
        answer = await self._done(Press(reader.person, opened.verb, opened.args, fields, key), reader)
        if opened.place.get("home") and answer["response_action"] == "update":
            self._voice.later(self._renew(caller.user, reader))
        return answer

    async def _done(self, press: Press, reader: Reader) -> Json:
        """A refusal stands at the field that it is about, to be filled in anew; else the form is no longer of use."""
        reply = await self._reception.press(reader, press)
        if reply.rejected and (faults := await self._showing.faults(reply.rejected, press, reader)):
            return faults
        return _update(await self._showing.result(reply, reader))

    async def _renew(self, user: str, reader: Reader) -> None:
        await self._voice.publish(user, await self._showing.home(reader))


def _update(view: Json) -> Json:
    return {"response_action": "update", "view": view}
