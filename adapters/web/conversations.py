"""The conversations of the practice desk: the port `Mailbox`, with a count of messages a person and a bell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.web.live import Changes
from bot.ports import Json, Letter, Mailbox

CLEARED = "cleared"  # the letter, to nobody, that says when the table was last cleared


class Conversations:
    """What the page shows of the mailbox: what came after the table was last cleared. `load` first."""

    def __init__(self, mailbox: Mailbox, changes: Changes) -> None:
        self._mailbox = mailbox
        self._changes = changes
        self._letters: dict[str, dict[str, Letter]] = {}
        self._versions: dict[str, int] = {}
        self._cleared: Letter | None = None

    async def load(self, people: Sequence[str]) -> None:
        """Read what the mailbox holds for these people."""
        for letter in await self._mailbox.letters(CLEARED):
            self._cleared = letter
        for person in people:
            self._letters[person] = {letter.id: letter for letter in await self._mailbox.letters(person)}

    @property
    def cleared_at_seq(self) -> int:
        """The journal's seq when the table was last cleared."""
        return int(self._cleared.body["seq"]) if self._cleared else 0

    def letters(self, person: str) -> Sequence[Letter]:
        """Oldest first."""
        return sorted(self._shown(person), key=lambda letter: letter.at)

    def counts(self) -> Mapping[str, tuple[int, int]]:
        """For each person with any: messages from the bot, and how often anything in their conversation changed."""
        return {
            person: (sum("said" not in letter.body for letter in self._shown(person)), self._versions.get(person, 0))
            for person, letters in self._letters.items()
            if letters
        }

    async def add(self, letter_id: str, person: str, at: datetime, body: Json) -> None:
        """A new message; one that is there already (the same id) is replaced."""
        await self._put(Letter(letter_id, person, at, 1, body))

    async def change(self, letter_id: str, person: str, body: Json) -> bool:
        """The message now says this; false when there is none with this id."""
        letter = self._letters.get(person, {}).get(letter_id)
        if letter is None:
            return False
        if letter.body != body:
            await self._put(replace(letter, changed=letter.changed + 1, body=body))
        return True

    async def clear(self, at: datetime, seq: int) -> None:
        """From now on show only what is newer than `at` (aware UTC), which is also the journal's `seq`."""
        before = self._cleared.changed if self._cleared else 0
        self._cleared = Letter(CLEARED, CLEARED, at, before + 1, {"seq": seq})
        await self._mailbox.put(self._cleared)
        for person in self._letters:
            self._versions[person] = self._versions.get(person, 0) + 1
        self._changes.ring()

    def _shown(self, person: str) -> list[Letter]:
        letters = self._letters.get(person, {}).values()
        return [letter for letter in letters if self._cleared is None or letter.at > self._cleared.at]

    async def _put(self, letter: Letter) -> None:
        await self._mailbox.put(letter)
        self._letters.setdefault(letter.person, {})[letter.id] = letter
        self._versions[letter.person] = self._versions.get(letter.person, 0) + 1
        self._changes.ring()
