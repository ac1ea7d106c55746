"""What is said at once, as Teams shows it: replies as messages, cards in the place of a pressed one, plain words.

Nothing here may fail after the commit: when names cannot be looked up, they are written out.
"""

from __future__ import annotations

from adapters.chat.lines import plain_line
from adapters.observe import alarm
from adapters.teams.forms import Fault
from adapters.teams.lines import Reading
from adapters.teams.reading import Readings
from adapters.teams.render import attachment, render, render_line, summary
from bot.cards import Card, Line
from bot.ports import Json, StoreError
from bot.reception import Reply
from bot.wording import Reader


class Showing:
    """One per process."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    async def reply(self, reply: Reply, reader: Reader) -> Json:
        """A message that says it: one card, and no text beside it."""
        return await self.message(reply.said, reader)

    async def message(self, said: Line | Card, reader: Reader) -> Json:
        """A message with this card, or this line."""
        reading = await self._reading(reader, said)
        if isinstance(said, Card):
            return {"attachments": [attachment(render(said, reading))], "summary": summary(said.summary, reading)}
        return {"attachments": [attachment(render_line(said, reading))], "summary": summary(said, reading)}

    async def content(self, card: Card, reader: Reader, fault: Fault | None = None) -> Json:
        """The card itself. Raises `ValueError` for what cannot be shown."""
        return render(card, await self._reading(reader, card), fault)

    async def words(self, line: Line, reader: Reader) -> str:
        """The line as plain text."""
        return plain_line(line, await self._reading(reader))

    async def _reading(self, reader: Reader, *shown: Card | Line) -> Reading:
        try:
            return await self._readings.by(reader, *shown)
        except StoreError as error:
            alarm("teams.names_unknown", error)
            return Reading(reader, self._readings.desk.rules.company, self._readings.desk.now(), {})
