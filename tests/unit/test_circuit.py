"""What is remembered of a platform that was down: nobody waits for it twice, and somebody always looks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.circuit import FARTHEST, FIRST_PAUSE, FORGOTTEN, LONGEST_PAUSE, STEP, TRIAL, Circuit, Standing

ZERO = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after the beginning."""
    return ZERO + timedelta(seconds=seconds)


def test_everybody_goes_while_nothing_failed() -> None:
    """A platform is up until somebody says otherwise."""
    circuit = Circuit()
    assert [circuit.admit(at(0), hurry=hurry) for hurry in (True, False)] == [None, None]
    assert (circuit.standing(at(0)), circuit.rest(at(0))) == (Standing.UP, None)


def test_after_a_failure_nobody_goes_then_one() -> None:
    """It is left alone for the pause, then one tries it out while the others wait for how that ends."""
    circuit = Circuit()
    assert circuit.failed(at(0), at(10))
    assert circuit.admit(at(10), hurry=True) == circuit.rest(at(10)) == FIRST_PAUSE
    assert circuit.standing(at(10)) is Standing.DOWN
    tried = at(10) + FIRST_PAUSE
    assert circuit.standing(tried) is Standing.UNSURE
    assert circuit.admit(tried, hurry=True) is None
    assert circuit.admit(tried, hurry=True) == FIRST_PAUSE, "it may be over at once"
    assert circuit.worked(tried + timedelta(seconds=1))
    assert circuit.admit(tried + timedelta(seconds=1), hurry=True) is None


def test_who_tries_and_does_not_come_back_keeps_nobody_out() -> None:
    """When nothing is heard of the one that tried, another one tries."""
    circuit = Circuit()
    circuit.failed(at(0), at(0))
    assert circuit.admit(at(1), hurry=True) is None
    assert circuit.admit(at(1) + TRIAL, hurry=True) is None


def test_the_pause_grows_and_ends() -> None:
    """Each failed trial doubles it, up to a limit; once it has worked it begins anew."""
    circuit, now, pauses = Circuit(), at(0), list[timedelta]()
    for _ in range(8):
        circuit.failed(now, now)
        pause = circuit.rest(now)
        assert pause
        pauses.append(pause)
        now += pause + timedelta(seconds=1)
        assert circuit.admit(now, hurry=False) is None
    assert pauses[:4] == [FIRST_PAUSE * factor for factor in (1, 2, 4, 8)]
    assert pauses[-1] == LONGEST_PAUSE
    circuit.worked(now)
    circuit.failed(now + timedelta(seconds=1), now + timedelta(seconds=1))
    assert circuit.rest(now + timedelta(seconds=1)) == FIRST_PAUSE


def test_sixteen_that_fail_together_are_one_failure() -> None:
    """All that were under way when it went down say the same thing; the pause does not grow for each of them."""
    circuit = Circuit()
    news = [circuit.failed(at(0), at(10 + n / 100)) for n in range(16)]
    assert news == [True] + [False] * 15
    assert circuit.standing(at(10) + FIRST_PAUSE) is Standing.UNSURE


def test_one_bad_message_among_good_ones_closes_nothing() -> None:
    """A failure says nothing about the platform when somebody else got through since it began."""
    circuit = Circuit()
    circuit.worked(at(5))
    assert not circuit.failed(at(4), at(6))
    assert circuit.standing(at(6)) is Standing.UP


def test_those_in_no_hurry_come_back_one_after_another() -> None:
    """A backlog does not stand there again all at once; and nobody is sent away for long."""
    circuit = Circuit()
    circuit.failed(at(0), at(0))
    waits = [circuit.admit(at(0), hurry=False) for _ in range(5_000)]
    assert waits[:3] == [FIRST_PAUSE + STEP * n for n in (1, 2, 3)]
    assert max(wait for wait in waits if wait) == FIRST_PAUSE + FARTHEST


def test_what_nobody_tried_for_long_is_forgotten() -> None:
    """A minute later it counts as up again, but still one goes first."""
    circuit = Circuit()
    circuit.failed(at(0), at(0))
    later = at(0) + FIRST_PAUSE + FORGOTTEN
    assert circuit.standing(later) is Standing.UP
    assert circuit.admit(later, hurry=True) is None
    assert circuit.admit(later, hurry=True) is not None


@given(st.lists(st.tuples(st.sampled_from(["admit", "worked", "failed"]), st.floats(0, 30)), max_size=40))
def test_nobody_is_kept_out_for_ever(steps: list[tuple[str, float]]) -> None:
    """Whatever has happened, within the longest pause and a trial somebody may go; and no wait is below zero."""
    circuit, now = Circuit(), at(0)
    for step, seconds in steps:
        now += timedelta(seconds=seconds)
        match step:
            case "worked":
                circuit.worked(now)
            case "failed":
                circuit.failed(now - timedelta(seconds=seconds), now)
            case _:
                wait = circuit.admit(now, hurry=True)
                assert wait is None or wait > timedelta()
    assert circuit.admit(now + max(LONGEST_PAUSE, TRIAL), hurry=False) is None
