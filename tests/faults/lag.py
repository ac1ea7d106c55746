"""How late the service's loop comes to its turns, as its metrics have it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.e2e.slack_stage import Backline

MOST_LAG = 0.25  # seconds: the promise
_TAKEN_AWAY = 3  # looks at most, in a short run


@dataclass(frozen=True, slots=True)
class Lag:
    """How late the loop came to its turns: how often it was looked at, and above the promise; a bound of the worst."""

    looks: int
    above: int
    worst: float

    def __str__(self) -> str:
        above = f"{self.above} of {self.looks} looks above {MOST_LAG:g} s"
        return f"the loop came late by {self.worst:g} s at most ({above})"

    def demand(self, seconds: float) -> None:
        """It was looked at all the time, and kept the promise; another program may have taken the processor away."""
        assert self.looks > seconds
        assert self.above <= max(_TAKEN_AWAY, self.looks / 200)


async def lag_of(running: Backline) -> Lag:
    """As the metrics have it since the start."""
    _, text = await running.get("/metrics")
    found = re.findall(r'^backline_loop_lag_seconds_bucket\{le="([^"]+)"\} ([0-9.]+)$', text, re.MULTILINE)
    counts = {float(bound): int(float(count)) for bound, count in found}
    looks = counts[float("inf")]
    return Lag(looks, looks - counts[MOST_LAG], min(bound for bound, count in counts.items() if count == looks))
