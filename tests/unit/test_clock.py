"""The real clock: follows what has passed, not what somebody does to the computer's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.clock import RealClock

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Computer:
    """A computer whose clock can be set."""

    def __init__(self) -> None:
        self.shown = START
        self.passed = 1000.0

    def pass_time(self, seconds: float) -> None:
        """Time passes, and its clock shows so."""
        self.passed += seconds
        self.shown += timedelta(seconds=seconds)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=30), timedelta(days=-30)])
def test_jumps_do_not_move_it(jump: timedelta) -> None:
    """When the computer's clock jumps, ours goes on with what has passed, and says how far the two are apart."""
    computer = Computer()
    clock = RealClock(lambda: computer.shown, lambda: computer.passed)
    computer.pass_time(60)
    computer.shown += jump
    computer.pass_time(30)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.skew() == jump


def test_it_is_utc() -> None:
    """It gives UTC also when the computer's clock comes in another zone."""
    clock = RealClock(lambda: START.astimezone(timezone(timedelta(hours=2))), lambda: 0.0)
    assert clock.now() == START
    assert clock.now().tzinfo is UTC


def test_naive_wall_clock_is_refused() -> None:
    """A wall clock without a zone is refused, since nobody could say what it means."""
    with pytest.raises(ValueError, match="aware"):
        RealClock(lambda: datetime(2026, 3, 2, 9), lambda: 0.0)  # noqa: DTZ001 - that is the point


def test_it_begins_with_the_computers_clock() -> None:
    """At the start it is what the computer says."""
    clock = RealClock()
    assert abs(clock.skew()) < timedelta(seconds=1)
    assert clock.now() <= clock.now()
