"""When a call may go: pure, on a clock of the test's own."""

from __future__ import annotations

import random

import pytest

from adapters.chat.rates import Rate
from adapters.sharepoint.gate import FIRST, LONGEST, OPENS_AFTER, RATE, STEP, Gate

LIMIT = 1200  # resource units a minute for an app in a small tenant


def test_the_budget_of_any_minute_is_kept() -> None:
    """However calls come, no sixty seconds have more units than the tenant allows, and something is left over."""
    dice, gate, now = random.Random(5), Gate.at(0.0), 0.0
    spent: list[tuple[float, int]] = []
    while now < 600:
        units = dice.choice([1, 2, 40])
        if wait := gate.wait(units, now):
            now += wait if dice.random() < 0.8 else wait + dice.random() * 30
            continue
        gate.take(units, now)
        spent.append((now, units))
    for at, _ in spent:
        assert sum(units for when, units in spent if at <= when < at + 60) <= LIMIT - 60
    assert sum(units for _, units in spent) > 600 / 60 * RATE.per_minute * 0.5


def test_a_call_dearer_than_the_burst_goes_when_the_bucket_is_full() -> None:
    """Nothing waits for ever; then the bucket fills again."""
    gate = Gate.at(0.0, Rate(10, 60))
    assert gate.wait(40, 0.0) == 0
    gate.take(40, 0.0)
    assert gate.wait(1, 0.0) == pytest.approx(40.0)


def test_a_used_up_budget_waits_for_a_whole_step() -> None:
    """A look-up that may go at once, and a batch that may not, would begin again and again and never get anywhere."""
    gate = Gate.at(0.0)
    gate.take(RATE.burst, 0.0)
    now = gate.wait(2, 0.0)
    assert gate.wait(STEP - 40, now) == 0
    gate.take(STEP - 40, now)
    assert gate.wait(40, now) == 0


def test_retry_after_is_kept_to_the_second() -> None:
    """No call before it, one right after it; a shorter wish does not undo a longer one."""
    gate = Gate.at(0.0)
    gate.hold(300, 10.0)
    gate.hold(5, 20.0)
    assert gate.wait(1, 309.0) == pytest.approx(1.0)
    assert gate.throttled
    assert gate.wait(1, 310.0) == 0
    gate.calm()
    assert not gate.throttled


def test_back_off_doubles_and_ends() -> None:
    """1, 2, 4 seconds and so on up to a minute, without chance; an answer ends it."""
    gate, now, waits = Gate.at(0.0), 0.0, []
    for _ in range(10):
        gate.failed(now)
        waits.append(gate.wait(1, now))
        now += waits[-1]
    assert waits == [min(LONGEST, FIRST * 2**power) for power in range(10)]
    gate.calm()
    gate.failed(now)
    assert gate.wait(1, now) == FIRST


def test_the_circuit_opens_and_closes() -> None:
    """After a few failures in a row one cheap call has to find out; its answer closes the circuit."""
    gate = Gate.at(0.0)
    for _ in range(OPENS_AFTER - 1):
        gate.failed(0.0)
    assert not gate.open
    gate.failed(0.0)
    assert gate.open
    gate.calm()
    assert not gate.open


def test_a_mad_wish_is_cut() -> None:
    """A date in the far future is a mistake, not a reason to stop for a year."""
    gate = Gate.at(0.0)
    gate.hold(1e9, 0.0)
    assert gate.wait(1, 0.0) == 3600
    gate.hold(-5, 0.0)
    assert gate.wait(1, 3600.0) == 0
