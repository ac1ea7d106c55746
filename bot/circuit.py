"""Whether a platform is worth trying: what is remembered of one that was down, so that nobody else waits for it.

Pure; one per platform. A failure closes it off for a while that grows; then one at a time tries again. What is urgent
and can go elsewhere keeps away until it has worked, or until a minute has passed without anybody trying.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=15)
TRIAL = timedelta(seconds=20)  # how long one may take that tries it out, before somebody else does
FORGOTTEN = timedelta(seconds=60)
STEP = timedelta(milliseconds=20)  # between those that are in no hurry, so that they do not all come back at once
FARTHEST = timedelta(seconds=30)
_NONE = timedelta()


class Standing(IntEnum):
    """How a platform stands; smaller is better."""

    UP = 0
    UNSURE = 1  # it was down, and nobody has got through since
    DOWN = 2


@dataclass(slots=True)
class Circuit:
    """Up until a failure. All instants are aware UTC and never go back."""

    _pause: timedelta = _NONE
    _until: datetime | None = None  # nobody tries before this; None: up
    _trial: bool = False  # one is trying: until then, unless it is heard of before
    _worked: datetime | None = None
    _failed: datetime | None = None
    _queued: datetime | None = None  # when the last of those that are in no hurry comes back

    def standing(self, now: datetime) -> Standing:
        """What to think of it."""
        if self._until is None or now >= self._until + FORGOTTEN:
            return Standing.UP
        return Standing.UNSURE if now >= self._until else Standing.DOWN

    def admit(self, now: datetime, *, hurry: bool) -> timedelta | None:
        """None: go, and say how it ended; else how long to stay away. After a failure one goes at a time."""
        if self._until is None:
            return None
        if now >= self._until:
            self._until, self._trial = now + TRIAL, True
            return None
        back = now + self._pause if self._trial else self._until
        if hurry:
            return back - now
        self._queued = min(max(back, (self._queued or back) + STEP), back + FARTHEST)
        return self._queued - now

    def rest(self, now: datetime) -> timedelta | None:
        """How long it is left alone from now; None: not at all."""
        return self._until - now if self._until is not None and self._until > now else None

    def worked(self, now: datetime) -> bool:
        """Somebody got through; whether that is news."""
        news = self._until is not None
        self._pause, self._until, self._queued, self._worked = _NONE, None, None, now
        self._trial = False
        return news

    def failed(self, began: datetime, now: datetime) -> bool:
        """Somebody who began then did not get through; whether that is news.

        It says nothing when another got through since, and nothing more when another's failure has been heard since.
        """
        if (self._worked and self._worked > began) or (self._failed and self._failed >= began and self._until):
            return False
        news = self._until is None
        self._pause = min(LONGEST_PAUSE, 2 * self._pause or FIRST_PAUSE)
        self._failed, self._until, self._trial = now, now + self._pause, False
        return news
