"""When the next call to Graph may go: budget, Retry-After, back-off, a circuit that opens. Pure: `now` is given.

Source: "Avoid getting throttled or blocked in SharePoint Online": an app of a small tenant has 1,200 resource units a
minute, calls that are refused count, and whoever does not wait as told is blocked for longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.chat.rates import Bucket, Rate

RATE = Rate(burst=200, per_minute=900)  # a hundred units of every minute stay for the doctor and for provisioning
STEP = 60  # units: a look-up and a batch; with less, a step that is begun again and again would never end
FIRST, LONGEST = 1.0, 60.0  # seconds between attempts while nothing answers, doubling
OPENS_AFTER = 3  # attempts that failed in a row
_LEAST = 0.001  # seconds: a wait that would be lost in a clock's rounding would never end
LONGEST_HOLD = 3600.0  # seconds: nobody is asked to wait longer; a date far away is a mistake


@dataclass(slots=True)
class Gate:
    """One per process. `now`: seconds of a clock that only grows."""

    bucket: Bucket
    failures: int = 0
    throttled: bool = False  # the last thing heard was to wait
    _held: float = field(default=0.0)

    @classmethod
    def at(cls, now: float, rate: Rate = RATE) -> Gate:
        """A gate with a whole budget."""
        return cls(Bucket(rate, rate.burst, now), _held=now)

    def wait(self, units: int, now: float) -> float:
        """Seconds until a call that costs so much may go."""
        self.bucket.fill(now)
        burst = self.bucket.rate.burst
        if (needed := min(units, burst)) > self.bucket.left:  # used up: not before there is enough for a whole step
            needed = min(max(needed, STEP), burst)
        wait = max(self._held - now, self.bucket.wait(needed))
        return max(wait, _LEAST) if wait > 0 else 0.0

    def take(self, units: int, now: float) -> None:
        """The call goes now."""
        self.bucket.fill(now)
        self.bucket.left -= units

    def hold(self, seconds: float, now: float) -> None:
        """Graph said to wait: no call before that."""
        self.throttled = True
        self._held = max(self._held, now + min(max(seconds, 0.0), LONGEST_HOLD))

    def failed(self, now: float) -> None:
        """No answer, or none that tells anything: wait twice as long as the last time."""
        self.failures += 1
        self._held = max(self._held, now + min(LONGEST, FIRST * 2 ** min(self.failures - 1, 10)))

    def calm(self) -> None:
        """Graph answered."""
        self.failures = 0
        self.throttled = False

    @property
    def open(self) -> bool:
        """Whether a single cheap call must find out first whether Graph answers."""
        return self.failures >= OPENS_AFTER
