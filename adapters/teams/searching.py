"""A search in a form: what somebody may choose, letter by letter. Only whom they may choose is told, nothing recorded.

What is chosen then comes with the press, and is checked by the rules like any other.
"""

from __future__ import annotations

from adapters.teams.door import Door, Turned
from adapters.teams.forms import option_of
from adapters.teams.payloads import Malformed, object_in, search_answer
from bot.ports import Json
from bot.reception import Reception
from bot.wording import people_found


class Searches:
    """One per process."""

    def __init__(self, reception: Reception, door: Door) -> None:
        self._reception = reception
        self._door = door

    async def searched(self, activity: Json) -> Json:
        """Whom they may choose; nobody for those who may choose nobody. Raises `Malformed`, `StoreError`."""
        value = object_in(activity, "value")
        text, dataset = value.get("queryText", ""), value.get("dataset")
        if not isinstance(text, str) or not isinstance(dataset, str):
            raise Malformed("queryText")
        try:
            reader = await self._door.reader(activity)
        except Turned:
            return search_answer(())
        found = people_found(dataset, text, self._reception.view(), reader.person)
        return search_answer((shown["title"], shown["value"]) for shown in map(option_of, found))
