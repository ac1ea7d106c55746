"""Parts that stop or fall silent are reported, show in `/readyz`, and begin anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from adapters.observe import Metrics
from adapters.upkeep import SILENT, Drained, Pace, Part, Pulse, every, keep, stop, watch_lag

QUICK = Pace(look=0.001, first=0.001)


class Hands:
    """A stopwatch that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        """Where it stands."""
        return self.at


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110 - a property has no event to wait for
            await asyncio.sleep(0.001)


async def test_a_part_that_fails_begins_anew() -> None:
    """A part that raises is counted, in trouble until it beats again, and started again."""
    pulse, metrics, turns = Pulse("ticker", Hands()), Metrics(), 0

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            assert pulse.trouble() is None
            raise RuntimeError("boom")
        await asyncio.Event().wait()

    task = asyncio.create_task(keep(Part(pulse, work), metrics, QUICK))
    await until(lambda: not pulse.running)
    assert pulse.trouble() == "ticker failed and is being started again"
    await until(lambda: turns == 2)
    assert pulse.trouble() is None
    await stop([task])
    assert 'backline_restarts_total{part="ticker"} 1.0' in metrics.text().decode()


async def test_whoever_holds_up_the_loop_shows_in_its_lag() -> None:
    """Two tenths of a second in which nobody else got a turn are seen; a calm loop has next to none."""
    late: list[float] = []
    task = asyncio.create_task(watch_lag(late.append, 0.01))
    await until(lambda: len(late) > 0)
    time.sleep(0.2)  # noqa: ASYNC251 - that is the fault
    before = len(late)
    await until(lambda: len(late) > before)
    await stop([task])
    assert late[before] >= 0.15


async def test_a_silent_part_is_stopped_and_begins_anew() -> None:
    """A part that hangs is in trouble once it has been silent too long; it is cancelled and started again."""
    hands, metrics = Hands(), Metrics()
    pulse, turns, cancelled = Pulse("courier", hands), 0, False

    async def work() -> None:
        nonlocal turns, cancelled
        turns += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    task = asyncio.create_task(keep(Part(pulse, work), metrics, QUICK))
    await until(lambda: turns == 1)
    hands.at = SILENT + 1
    assert pulse.trouble() == f"courier has been silent for {SILENT + 1:.0f} s"
    await until(lambda: turns == 2)
    assert cancelled
    await stop([task])


def test_silence_is_noticed_within_a_minute() -> None:
    """The limit leaves time for the look that finds it, within the promised minute."""
    assert SILENT + 1 < 60


async def test_a_part_that_was_asked_to_end_ends() -> None:
    """Draining is no failure."""
    metrics = Metrics()

    async def work() -> None:
        raise Drained

    await asyncio.wait_for(keep(Part(Pulse("courier", Hands()), work), metrics), 5)
    assert "backline_restarts_total{" not in metrics.text().decode()


async def test_every_beats_after_each_round() -> None:
    """A ticker does its round, beats, and does the next one; a failing round ends it without a beat."""
    hands, rounds = Hands(), 0
    pulse = Pulse("ticker", hands)

    async def work() -> None:
        nonlocal rounds
        rounds += 1
        hands.at += 10
        if rounds == 3:
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        await asyncio.wait_for(every(0.001, work, pulse), 5)
    assert rounds == 3
    assert pulse.age() == 10
