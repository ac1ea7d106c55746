"""What is said at once, as Slack shows it: replies, forms, results in a modal, the Home.

Nothing here may fail after the commit: when names cannot be looked up, they are written out.
"""

from __future__ import annotations

from typing import Any

from adapters.observe import alarm
from adapters.slack.escape import plain_text
from adapters.slack.forms import Opened, errors_for, modal
from adapters.slack.home import home, home_cards
from adapters.slack.lines import Reading, mrkdwn
from adapters.slack.reading import Readings
from adapters.slack.render import render, render_line
from adapters.slack.texts import text_of
from bot.cards import Card, Form, Line, Press
from bot.ports import Json, StoreError
from bot.reception import Reception, Reply
from bot.turn import Rejected
from bot.wording import Reader

_TITLE = 24
_LONGEST = 3_000
RESULT = "result"  # the callback id of a view that only says something


class Showing:
    """One per process."""

    def __init__(self, reception: Reception, readings: Readings) -> None:
        self._reception = reception
        self._readings = readings

    async def reply(self, reply: Reply, reader: Reader) -> dict[str, Any]:
        """`text`, and `blocks` unless one line of our own words is all."""
        if not isinstance(reply.said, Card):
            reading = await self._reading(reader, reply.said)
            text = mrkdwn(reply.said, reading)
            return {"text": text} if text else render_line(reply.said, reading)
        return await self._message(reply.said, reader)

    async def result(self, reply: Reply, reader: Reader) -> Json:
        """A modal that says what became of it."""
        message = await self._message(reply.said, reader)
        return _view(message["blocks"], reader.locale, ok=reply.rejected is None)

    async def home(self, reader: Reader) -> Json:
        """The person's Home as things stand now."""
        cards = home_cards(self._reception.view(), reader)
        return home(cards, await self._reading(reader, *cards))

    async def form(self, form: Form, press: Press, reader: Reader, *, on_home: bool = False) -> Json:
        """The modal that asks what the button needs."""
        opened = Opened(press.verb, press.args, {"home": "yes"} if on_home else {})
        return modal(form, opened, text_of("close", reader.locale), await self._reading(reader, form.intro))

    async def faults(self, rejected: Rejected, press: Press, reader: Reader) -> Json | None:
        """The answer that shows the refusal at the field it is about; None when it is about none."""
        return errors_for(rejected, press.fields.keys(), self._reception.view(), await self._reading(reader))

    async def _message(self, said: Line | Card, reader: Reader) -> dict[str, Any]:
        reading = await self._reading(reader, said)
        return render(said, reading) if isinstance(said, Card) else render_line(said, reading)

    async def _reading(self, reader: Reader, *shown: Card | Line) -> Reading:
        try:
            return await self._readings.by(reader, *shown)
        except StoreError as error:
            alarm("slack.names_unknown", error)
            return Reading(reader, self._readings.desk.rules.company, self._readings.desk.now(), {})


def notice(text: str, locale: str, *, ok: bool) -> Json:
    """A modal that says one sentence of ours."""
    return _view([{"type": "section", "text": plain_text(text, _LONGEST)}], locale, ok=ok)


def home_notice(text: str) -> Json:
    """A Home that says one sentence of ours."""
    return {"type": "home", "blocks": [{"type": "section", "text": plain_text(text, _LONGEST)}]}


def _view(blocks: list[Json], locale: str, *, ok: bool) -> Json:
    return {
        "type": "modal",
        "callback_id": RESULT,
        "title": plain_text(text_of("result" if ok else "refused", locale), _TITLE),
        "close": plain_text(text_of("close", locale), _TITLE),
        "blocks": blocks,
    }
