"""The real clock: UTC that counts what has passed, whatever somebody does to the computer's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# Counts on while the computer sleeps, where the system has such a clock (Linux: BOOTTIME; macOS: MONOTONIC does).
_COUNTER = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def elapsed() -> float:
    """Seconds since some fixed instant; never goes back, also counts sleep where the system can tell."""
    return time.monotonic() if _COUNTER is None else time.clock_gettime(_COUNTER)


def wall() -> datetime:
    """What the computer's clock says."""
    return datetime.now(UTC)


class RealClock:
    """`bot.ports.Clock`: the computer's clock at the start, plus what has passed since.

    It is set once, at the start, and never again: when the computer's clock jumps, deadlines still come after the
    time that people were promised. `skew` says how far the two are apart; a restart takes the computer's clock anew.
    `not_before`: it starts no earlier, though the computer's clock may be behind: what is written never goes back.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = wall,
        elapsed: Callable[[], float] = elapsed,
        *,
        not_before: datetime | None = None,
    ) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._start = wall()
        if self._start.utcoffset() is None:
            raise ValueError("a wall clock without a time zone; pass one that gives aware UTC datetimes")
        if not_before is not None:
            self._start = max(self._start, not_before)
        self._start = self._start.astimezone(UTC)
        self._zero = elapsed()

    def now(self) -> datetime:
        """An aware UTC datetime that never goes back."""
        return self._start + timedelta(seconds=self._elapsed() - self._zero)

    def skew(self) -> timedelta:
        """How far the computer's clock is ahead of this one; negative when it is behind."""
        return self._wall() - self.now()
