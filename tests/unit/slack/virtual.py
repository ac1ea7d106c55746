"""Time that passes only when it is told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass
class VirtualTime:
    """`elapsed` and `sleep` for code that waits. A sleeper wakes exactly when its time has come."""

    now: float = 0.0
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(default_factory=list)
    _count: int = 0

    def elapsed(self) -> float:
        """Seconds so far."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Until `run` has come so far."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heappush(self._sleepers, (self.now + seconds, self._count, woken))
        await woken

    async def run(self, seconds: float) -> None:
        """Let time pass, and everybody do what they do in it."""
        end = self.now + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, woken = heappop(self._sleepers)
            self.now = max(self.now, at)
            if not woken.done():
                woken.set_result(None)
            await _settle()
        self.now = end
        await _settle()


async def _settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)
