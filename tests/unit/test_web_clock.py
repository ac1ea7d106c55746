"""The practice clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.practice_clock import PracticeClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass
class Stopwatch:
    """Real seconds, set by hand."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """Where it was set."""
        return self.seconds


def test_it_runs_at_its_speed_and_stands_when_paused() -> None:
    """Ten real seconds are ten at ×1, ten minutes at ×60, nothing when paused."""
    real = Stopwatch()
    clock = PracticeClock(START, real)
    for speed, expected in ((1, 10), (60, 610), (0, 610)):
        clock.run(speed) if speed else clock.pause()
        real.seconds += 10
        assert clock.now() == START + timedelta(seconds=expected)


def test_it_waits_at_a_deadline_until_that_has_fired() -> None:
    """After a jump over two deadlines it shows the first, then the second, then where it was going."""
    dues = [START + timedelta(minutes=1), START + timedelta(minutes=2)]
    clock = PracticeClock(START, Stopwatch())
    clock.wait_for(lambda: dues[0] if dues else None)
    clock.advance(timedelta(minutes=5))
    seen = []
    while clock.held:
        seen.append(clock.now())
        dues.pop(0)
    assert seen == [START + timedelta(minutes=1), START + timedelta(minutes=2)]
    assert clock.now() == START + timedelta(minutes=5)


@given(st.lists(st.tuples(st.sampled_from(("pause", "slow", "fast", "jump", "due")), st.integers(0, 500)), max_size=30))
def test_it_never_goes_back(steps: list[tuple[str, int]]) -> None:
    """Whatever is done to it, and whatever deadline turns up late, the time it tells only grows."""
    real, due = Stopwatch(), [None]
    clock, told = PracticeClock(START, real), START
    clock.wait_for(lambda: due[0])
    for what, amount in steps:
        match what:
            case "pause":
                clock.pause()
            case "slow":
                clock.run(1)
            case "fast":
                clock.run(60)
            case "jump":
                clock.advance(timedelta(seconds=amount))
            case _:
                due[0] = START + timedelta(seconds=amount)
        real.seconds += amount / 10
        assert clock.now() >= told
        told = clock.now()


def test_it_refuses_what_a_clock_cannot_do() -> None:
    """Going back, years ahead, other speeds and a naive start are refused."""
    clock = PracticeClock(START, Stopwatch())
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(days=400))
    with pytest.raises(ValueError, match="times"):
        clock.run(7)
    with pytest.raises(ValueError, match="aware"):
        PracticeClock(datetime(2026, 3, 2), Stopwatch())  # noqa: DTZ001 - naive on purpose
