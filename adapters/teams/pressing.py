"""Buttons and forms on cards. A press is committed before Teams is answered; the answer is the card as it stands now.

It takes the place of the pressed one, for whoever pressed: with the result on top, with the refusal on top, or with the
form shown open and what is wrong in it. Other copies follow by update.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from adapters.chat.asking import form_for, guilty_field, live_card, named_card, without_form
from adapters.teams.door import Door, Turned
from adapters.teams.forms import Action, Fault, action_of
from adapters.teams.labels import label
from adapters.teams.messenger import LOOK
from adapters.teams.payloads import (
    caller_of,
    card_answer,
    error_answer,
    kind_of,
    message_answer,
    object_in,
    press_key,
)
from adapters.teams.render import with_refresh
from adapters.teams.showing import Showing
from adapters.teams.texts import text_of
from bot.cards import Card, Line, Press, Text
from bot.ports import Journal, Json, Notice, StoreError
from bot.presses import VERBS
from bot.reception import Reception
from bot.turn import Rejected
from bot.wording import Reader, menu, note_ids, people_options, word

_OF_THE_MENU = ("report", "report_for")
_BAD = 400  # the only status but 500 that Teams takes with an error


class Presses:
    """One per process. `journal`: for what people gave as a reason."""

    def __init__(self, reception: Reception, journal: Journal, door: Door, showing: Showing) -> None:
        self._reception = reception
        self._journal = journal
        self._door = door
        self._showing = showing

    async def pressed(self, activity: Json) -> Json:
        """Do what the button says; the answer to the invoke. Raises `Malformed`, `StoreError`."""
        action = _ours(object_in(activity, "value"))
        try:
            reader = await self._door.reader(activity)
        except Turned as turned:
            silent = not turned.text or (action is not None and action.verb == LOOK)
            return error_answer("not_allowed", _BAD) if silent else message_answer(turned.text)
        if action is None:
            self._door.odd("action", str(activity.get("name")), activity)
            return message_answer(text_of("not_known", reader.locale))
        if action.verb == LOOK:
            return await self._look(activity, action, reader)
        press = Press(
            reader.person, action.verb, action.args, action.fields, press_key(activity, caller_of(activity), action)
        )
        if action.asks:
            if form_for(press, self._reception.view(), reader) is not None:
                return await self._answer(activity, press, reader, fault=Fault(press.verb, press.args))
            press = without_form(press)
        return await self._do(activity, press, reader)

    async def _do(self, activity: Json, press: Press, reader: Reader) -> Json:
        """A refusal stands at the field that it is about, to be filled in anew; else on top of the card."""
        reply = await self._reception.press(reader, press)
        line: Line = () if isinstance(reply.said, Card) else reply.said
        fault = await self._fault(press, reader, line, reply.rejected) if reply.rejected else None
        return await self._answer(activity, press, reader, line, fault)

    async def _fault(self, press: Press, reader: Reader, line: Line, rejected: Rejected) -> Fault:
        field = guilty_field(rejected, press.fields.keys()) or ""
        meant = rejected.data["ids"] if rejected.code == "which_person" else ()
        found = people_options(self._reception.desk.rules, meant, reader.person)
        text = await self._showing.words(line, reader)
        if found:
            which = "which" if rejected.data["total"] == len(found) else "which_of_many"
            text = label(which, reader.locale).format(shown=len(found), total=rejected.data["total"])
        return Fault(press.verb, press.args, field, text, press.fields, found)

    async def _look(self, activity: Json, action: Action, reader: Reader) -> Json:
        """Teams asks for the card as this person may see it, because they look at it. Nobody pressed anything."""
        notice = named_card(action.args.get("card", ""), reader.person, self._reception.view())
        if notice is None:
            return error_answer("no_card", _BAD)
        card = await self._worded(notice, reader)
        return card_answer(await self._content(activity, card, reader, None))

    # --- The card in its place ----------------------------------------------------------------------------------------

    async def _answer(
        self, activity: Json, press: Press, reader: Reader, line: Line = (), fault: Fault | None = None
    ) -> Json:
        """The card with the result or the fault on it; the line alone where there is no card to show."""
        card = await self._live(press, reader)
        if card is not None:
            if line and fault is None:
                card = replace(card, blocks=(Text(line), *card.blocks))
            with suppress(ValueError):  # it is too large; what was done is done, and said in words
                return card_answer(await self._content(activity, card, reader, fault))
        return message_answer(await self._showing.words(line, reader))

    async def _content(self, activity: Json, card: Card, reader: Reader, fault: Fault | None) -> Json:
        """In a channel the answer is this person's own view, which Teams is to ask for again when it changes."""
        content = await self._showing.content(card, reader, fault)
        if card.id and kind_of(activity) != "personal":
            return with_refresh(content, LOOK, {"card": card.id}, [caller_of(activity).user])
        return content

    async def _live(self, press: Press, reader: Reader) -> Card | None:
        view = self._reception.view()
        if press.verb in _OF_THE_MENU:
            return menu(view, reader)
        notice = live_card(press, view)
        return await self._worded(notice, reader) if notice else None

    async def _worded(self, notice: Notice, reader: Reader) -> Card:
        view = self._reception.view()
        if wanted := note_ids(notice, view.state):
            with suppress(StoreError):  # then without the reason somebody gave
                view = replace(view, notes=await self._journal.notes(wanted))
        return word(notice, view, reader, refreshed=True)


def _ours(value: Json) -> Action | None:
    """What was pressed; None for a button that no card of ours has."""
    try:
        found = action_of(value)
    except ValueError:
        return None
    return found if found.verb in VERBS or found.verb == LOOK else None
