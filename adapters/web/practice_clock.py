"""The practice clock: can be paused, sped up and moved on, and waits at each deadline until it has fired."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

SPEEDS = (1, 60)
LONGEST_STEP = timedelta(days=7)


class PracticeClock:
    """`Clock` for the practice desk: `start` plus elapsed monotonic time times `speed`; it never goes back.

    It does not pass a deadline that has not fired (`wait_for`), so that at sixty times the speed, or after a jump of
    five minutes, deadlines still fire one after another, each at its own instant.
    """

    def __init__(self, start: datetime, monotonic: Callable[[], float] = time.monotonic) -> None:
        if start.utcoffset() is None:
            raise ValueError("a clock needs an aware start; pass a UTC datetime")
        self._monotonic = monotonic
        self._next_due: Callable[[], datetime | None] = lambda: None
        self._base = start.astimezone(UTC)
        self._since = monotonic()
        self._speed = 1
        self._latest = self._base

    def wait_for(self, next_due: Callable[[], datetime | None]) -> None:
        """From now on wait at the instant that `next_due` names, until it names a later one."""
        self._next_due = next_due

    @property
    def speed(self) -> int:
        """Practice seconds a second; 0: paused."""
        return self._speed

    @property
    def running_to(self) -> datetime:
        """Where the clock would be if no deadline held it."""
        elapsed = (self._monotonic() - self._since) * self._speed
        return self._base + timedelta(seconds=elapsed)

    @property
    def held(self) -> bool:
        """A deadline waits to be fired; a tick is needed now."""
        due = self._next_due()
        return due is not None and due <= self.running_to

    def now(self) -> datetime:
        """An aware UTC datetime, at most the next deadline."""
        due = self._next_due()
        flowing = self.running_to
        self._latest = max(self._latest, flowing if due is None else min(flowing, due))
        return self._latest

    def run(self, speed: int) -> None:
        """Go on at this speed. Raises `ValueError` for one that is not in `SPEEDS`."""
        if speed not in SPEEDS:
            raise ValueError(f"the practice clock runs at {' or '.join(map(str, SPEEDS))} times, not {speed}")
        self._set(speed)

    def pause(self) -> None:
        """Stop; `advance` still moves it."""
        self._set(0)

    def advance(self, step: timedelta) -> None:
        """Move on by `step`, as if that time had passed. Raises `ValueError` when negative or more than a week."""
        if not timedelta(0) <= step <= LONGEST_STEP:
            raise ValueError("the practice clock moves forward only, by a week at most")
        self._base += step

    def _set(self, speed: int) -> None:
        self._base = self.running_to
        self._since = self._monotonic()
        self._speed = speed
