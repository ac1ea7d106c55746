"""Rate limits: tiers a minute per method and workspace, chat.postMessage about one a second per channel.

Source: docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.standins.slack.model import Workspace

MINUTE = 60.0


@dataclass
class Rates:
    """Who called what when, and until when they were told to wait."""

    ws: Workspace
    recent: dict[str, deque[float]] = field(default_factory=dict)
    buckets: dict[str, tuple[float, float]] = field(default_factory=dict)  # what is left, and when that was so
    until: dict[str, float] = field(default_factory=dict)
    violations: list[dict[str, object]] = field(default_factory=list)

    def waiting(self, method: str, channel: str) -> int:
        """Seconds that a call made now still had to wait; such a call is a violation."""
        now = self.ws.now()
        keys = [method, f"{method} {channel}"]
        left = max((self.until.get(key, 0.0) - now for key in keys), default=0.0)
        if left <= 0:
            return 0
        self.violations.append({"at": now, "method": method, "channel": channel, "left": left})
        return math.ceil(left)

    def hold(self, method: str, channel: str, seconds: float) -> None:
        """Tell callers to wait: of the method, or of the method in one channel."""
        key = f"{method} {channel}" if channel else method
        self.until[key] = max(self.until.get(key, 0.0), self.ws.now() + seconds)

    def over(self, method: str, tier: str, channel: str) -> int:
        """Seconds to wait if this call is one too many, else 0."""
        settings = self.ws.settings
        if not settings.rates:
            return 0
        if method == "chat.postMessage":
            wait = self._bucket(channel, settings.post_per_second, settings.post_burst)
            if wait:
                self.hold(method, channel, wait)
                return wait
        most = {"post": settings.post_per_minute, "special": settings.special_per_minute, **settings.tiers}[tier]
        wait = self._window(method, most)
        if wait:
            self.hold(method, "", wait)
        return wait

    def _window(self, method: str, most: int) -> int:
        now, calls = self.ws.now(), self.recent.setdefault(method, deque())
        while calls and calls[0] <= now - MINUTE:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + MINUTE - now))
        calls.append(now)
        return 0

    def _bucket(self, channel: str, per_second: float, burst: int) -> int:
        now = self.ws.now()
        left, at = self.buckets.get(channel, (float(burst), now))
        left = min(float(burst), left + (now - at) * per_second)
        if left < 1:
            self.buckets[channel] = (left, now)
            return max(1, math.ceil((1 - left) / per_second))
        self.buckets[channel] = (left - 1, now)
        return 0
