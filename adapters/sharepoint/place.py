"""Where the sync is in the journal, kept in the store under a claim: several processes may run, one writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.ports import Clock, Json, Positions

READER = "sharepoint"
STREAMS = ("log", "incidents", "plans", "reports")
LEASE = timedelta(seconds=90)
_CLAIM_AGAIN = 20.0  # seconds


def reached(place: Mapping[str, Any]) -> int:
    """The last entry that every list has, by a place that was kept."""
    return min(int(place.get(name, 0)) for name in STREAMS)


class Place:
    """This process' claim. `kept` is what the store has: how far each list is, which lists they are, what is wrong."""

    def __init__(self, positions: Positions, clock: Clock, elapsed: Callable[[], float]) -> None:
        self.kept: Json = {}
        self._positions = positions
        self._clock = clock
        self._elapsed = elapsed
        self._holder = uuid.uuid4().hex
        self._claimed_at: float | None = None

    @property
    def ours(self) -> bool:
        """Whether this process had it when it last asked."""
        return self._claimed_at is not None

    async def claim(self) -> bool:
        """Whether the place is ours for now. Raises `StoreError`."""
        now = self._elapsed()
        if self._claimed_at is not None and now - self._claimed_at < _CLAIM_AGAIN:
            return True
        place = await self._positions.claim(READER, self._holder, self._clock.now(), LEASE)
        if place is None:
            self._claimed_at = None
            return False
        if self._claimed_at is None:
            self.kept = place
        self._claimed_at = now
        return True

    async def keep(self, place: Json) -> None:
        """Remember it, if it is another one than before. Raises `Conflict`, `StoreError`."""
        if place != self.kept:
            await self._positions.keep(READER, self._holder, place)
        self.kept = place

    async def look(self) -> None:
        """What the process that has it kept last. Raises `StoreError`."""
        self.kept = await self._positions.place(READER)

    def lose(self) -> None:
        """It is not ours any more, or nobody can say."""
        self._claimed_at = None

    async def release(self) -> None:
        """Let the next one claim it at once. Raises `StoreError`."""
        if self._claimed_at is not None:
            self._claimed_at = None
            await self._positions.release(READER, self._holder)
