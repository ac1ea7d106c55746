"""Rate limits: four windows per conversation and kind of call at once, and so many requests a second in a tenant.

Source: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tests.standins.teams.model import Cloud

_READS = ("members", "member", "pagedmembers")


@dataclass
class Rates:
    """Who was called when, and until when the bot was told to wait. "" is the whole app in a tenant."""

    cloud: Cloud
    recent: dict[str, deque[float]] = field(default_factory=dict)
    until: dict[str, float] = field(default_factory=dict)
    violations: list[dict[str, object]] = field(default_factory=list)

    def waiting(self, operation: str, conversation: str) -> int:
        """Seconds that a call made now still had to wait; such a call is a violation."""
        now = self.cloud.now()
        left = max(self.until.get(key, 0.0) - now for key in ("", _key(operation, conversation)))
        if left <= 0:
            return 0
        self.violations.append({"at": now, "operation": operation, "conversation": conversation, "left": left})
        return math.ceil(left)

    def hold(self, operation: str, conversation: str, seconds: float) -> None:
        """Tell callers to wait: in the conversation, or everywhere ("")."""
        key = _key(operation, conversation) if conversation else ""
        self.until[key] = max(self.until.get(key, 0.0), self.cloud.now() + seconds)

    def over(self, operation: str, conversation: str) -> int:
        """Seconds to wait if this call is one too many, else 0."""
        settings = self.cloud.settings
        if not settings.rates:
            return 0
        factor = settings.member_factor if operation in _READS else 1
        windows = [(seconds, int(most * factor)) for seconds, most in settings.windows]
        key = _key(operation, conversation)
        wait = max(self._full(key, windows), self._full("", [(1.0, settings.per_second)]))
        if not wait:
            for name in (key, ""):
                self.recent[name].append(self.cloud.now())
            return 0
        seconds = max(settings.retry_after, math.ceil(wait))
        self.hold(operation, conversation if self._full(key, windows) else "", seconds)
        return seconds

    def _full(self, key: str, windows: list[tuple[float, int]]) -> float:
        now, calls = self.cloud.now(), self.recent.setdefault(key, deque())
        longest = max(seconds for seconds, _ in windows)
        while calls and calls[0] <= now - longest:
            calls.popleft()
        wait = 0.0
        for seconds, most in windows:
            if len(calls) >= most and (oldest := calls[-most]) > now - seconds:
                wait = max(wait, oldest + seconds - now)
        return wait


def _key(operation: str, conversation: str) -> str:
    """Reads and writes are counted apart; an update counts with the posts."""
    kind = "members" if operation in _READS else "create" if operation == "create" else "send"
    return f"{kind} {conversation.partition(';')[0]}"
