"""What was said a moment ago: Teams delivers a message again when it gets no answer, at times with a new id.

The same id is the same message for good; the journal knows its key. The same words in the same chat within a minute may
be the same message, or the person again: nothing is done a second time, and they are told how things stand.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0  # seconds; Teams tries again after about 15
_MOST = 20_000


@dataclass(slots=True)
class Said:
    """A message. `done`: what it asked is committed, or was refused by the rules."""

    id: str
    key: str
    at: float
    done: bool = False


class Heard:
    """One per process. `elapsed`: seconds that only grow."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._said: OrderedDict[tuple[str, ...], Said] = OrderedDict()

    def hear(self, whose: tuple[str, ...], activity_id: str, key: str) -> tuple[Said, bool]:
        """The message, and whether it was here before. `whose`: person, conversation and words."""
        now = self._elapsed()
        known = self._said.get(whose)
        if known and (known.id == activity_id or now - known.at < WINDOW):
            return known, True
        said = self._said[whose] = Said(activity_id, key, now)
        self._said.move_to_end(whose)
        if len(self._said) > _MOST:
            self._said.popitem(last=False)
        return said, False

    def forget(self, whose: tuple[str, ...]) -> None:
        """It was not recorded: it may come again."""
        self._said.pop(whose, None)
