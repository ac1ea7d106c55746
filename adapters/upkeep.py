"""Keeping the working parts alive: who stops or falls silent is reported and started again."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from adapters.observe import Metrics, alarm

SILENT = 50.0  # seconds; with the second between looks the alarm comes within a minute


class Pulse:
    """When a part last did its round, on monotonic time."""

    def __init__(self, part: str, elapsed: Callable[[], float]) -> None:
        self.part = part
        self.running = True
        self._elapsed = elapsed
        self._last = elapsed()

    def beat(self) -> None:
        """It did."""
        self._last = self._elapsed()
        self.running = True

    def age(self) -> float:
        """Seconds since then."""
        return self._elapsed() - self._last

    def trouble(self) -> str | None:
        """Why the part does not count as alive, or None."""
        if not self.running:
            return f"{self.part} failed and is being started again"
        return f"{self.part} has been silent for {self.age():.0f} s" if self.age() > SILENT else None


class Drained(Exception):
    """Raised by a part that has ended because it was asked to."""


class _SilentError(Exception):
    """The part has not done its round for too long."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that works until it is cancelled. It beats its pulse at each round."""

    pulse: Pulse
    work: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between looks at a part, and between its failure and its new beginning, doubling up to `longest`."""

    look: float = 1.0
    first: float = 1.0
    longest: float = 30.0


PACE = Pace()


async def keep(part: Part, metrics: Metrics, pace: Pace = PACE) -> None:
    """Run a part for ever: the outermost loop, so whatever it raises is reported and the part begins anew."""
    name, pause = part.pulse.part, pace.first
    while True:
        began = asyncio.get_running_loop().time()
        error: Exception = RuntimeError("it ended by itself")
        try:
            await _until_silent(part, pace.look)
        except Drained:
            return
        except Exception as caught:  # noqa: BLE001 - the outermost loop, and it reports
            error = caught
        part.pulse.running = False
        metrics.restarts.labels(name).inc()
        if asyncio.get_running_loop().time() - began > pace.longest:
            pause = pace.first
        alarm("part.failed", error, part=name, again_in=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, pace.longest)


async def _until_silent(part: Part, look: float) -> None:
    """Run the part once; raises what it raises, or `_SilentError` when it hangs."""
    part.pulse.beat()
    work = asyncio.ensure_future(part.work())
    try:
        while not (await asyncio.wait({work}, timeout=look))[0]:
            if part.pulse.age() > SILENT:
                raise _SilentError(f"silent for {part.pulse.age():.0f} s")
        await work
    finally:
        await stop([work])


async def stop(tasks: Sequence[asyncio.Future[None]], within: float = 5.0) -> None:
    """Cancel what still runs, and wait for it; what does not stop in time is left behind."""
    for task in tasks:
        task.cancel()
    waiting = [task for task in tasks if not task.done()]
    if waiting:
        await asyncio.wait(waiting, timeout=within)
    for task in tasks:
        if task.done() and not task.cancelled():
            with contextlib.suppress(Exception):
                task.result()  # seen, or it would be logged as never retrieved


async def watch_lag(late: Callable[[float], None], seconds: float = 0.1) -> None:
    """Each so many seconds tell `late` by how many more the turn came: something else did not let go."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(seconds)
        late(max(0.0, time.monotonic() - began - seconds))


async def every(seconds: float, work: Callable[[], Awaitable[None]], pulse: Pulse) -> None:
    """`work` each so many seconds of monotonic time; a late round is done once, not made up for."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        await work()
        pulse.beat()
        due = max(due + seconds, loop.time())
        await asyncio.sleep(due - loop.time())
