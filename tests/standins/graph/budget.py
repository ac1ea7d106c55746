"""Resource units: how many an app may use a minute, and how long it has to wait after too many.

Source: "Avoid getting throttled or blocked in SharePoint Online". Throttled calls count too.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.standins.graph.errors import Json
from tests.standins.graph.model import Tenant

MINUTE, LONGEST = 60.0, 300


@dataclass
class Budget:
    """What was used when, and until when the app was told to wait."""

    tenant: Tenant
    recent: deque[tuple[float, int]] = field(default_factory=deque)
    used: int = 0  # within the last minute
    most: int = 0  # that were ever used within a minute
    minutes: dict[int, int] = field(default_factory=dict)
    until: float = 0.0
    violations: list[Json] = field(default_factory=list)

    def waiting(self, op: str) -> int:
        """Seconds that a call made now still had to wait; such a call is a violation."""
        left = self.until - self.tenant.now()
        if left <= 0:
            return 0
        self.violations.append({"at": self.tenant.now(), "op": op, "left": left})
        return math.ceil(left)

    def hold(self, seconds: int) -> int:
        """Tell the app to wait."""
        self.until = max(self.until, self.tenant.now() + seconds)
        return seconds

    def charge(self, units: int) -> int:
        """Count a call; seconds to wait if it is one too many, else 0."""
        now = self.tenant.now()
        self._forget(now)
        over = self.used + units > self.tenant.settings.units_per_minute
        self.recent.append((now, units))
        self.used += units
        self.most = max(self.most, self.used)
        self.minutes[int(now // MINUTE)] = self.minutes.get(int(now // MINUTE), 0) + units
        if not over or not self.tenant.settings.throttle:
            return 0
        return self.hold(self.tenant.settings.retry_after or self._enough(now, units))

    def headers(self) -> dict[str, str]:
        """What an app hears once it has used four fifths of a minute's units."""
        limit = self.tenant.settings.units_per_minute
        if not self.tenant.settings.throttle or self.used < limit * 0.8 or not self.recent:
            return {}
        reset = max(1, math.ceil(self.recent[0][0] + MINUTE - self.tenant.now()))
        left = max(0, limit - self.used)
        return {"RateLimit-Limit": str(limit), "RateLimit-Remaining": str(left), "RateLimit-Reset": str(reset)}

    def _forget(self, now: float) -> None:
        while self.recent and self.recent[0][0] <= now - MINUTE:
            self.used -= self.recent.popleft()[1]

    def _enough(self, now: float, units: int) -> int:
        """Seconds until as many units have left the minute as the call needs."""
        left = self.used
        for at, spent in self.recent:
            left -= spent
            if left + units <= self.tenant.settings.units_per_minute:
                return min(LONGEST, max(1, math.ceil(at + MINUTE - now)))
        return int(MINUTE)
