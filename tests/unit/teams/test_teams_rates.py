"""Teams' limits: four windows of a conversation, and one of the whole app."""

from __future__ import annotations

import asyncio

import pytest

from adapters.chat.rates import Gate
from adapters.teams.rates import CALLS, CONVERSATION, TENANT, teams_policy
from bot.ports import Urgency
from tests.unit.slack.virtual import VirtualTime

WINDOWS = ((1.0, 7), (2.0, 8), (30.0, 60), (3600.0, 1800))


@pytest.mark.parametrize("rest", [0.0, 600.0])
async def test_no_window_of_a_conversation_has_more_than_teams_takes(rest: float) -> None:
    """Somebody who posts whenever it may be, also after a rest: every one of the four windows holds."""
    policy, now, sent = teams_policy(), rest, list[float]()
    while now < rest + 2 * 3600:
        wait = policy.wait(CALLS, "a:1", now)
        if wait <= 0.0:
            policy.take(CALLS, "a:1", now)
            sent.append(now)
        now += max(wait, 0.01)
    for window, most in WINDOWS:
        first = 0
        for last, at in enumerate(sent):
            while sent[first] <= at - window:
                first += 1
            assert last - first + 1 <= most
    assert len(sent) >= 1800 + 900  # and it is not held far below


async def test_an_app_stays_below_thirty_a_second() -> None:
    """Over all conversations together."""
    clock, sent = VirtualTime(), list[float]()
    gate = Gate(teams_policy(), clock.elapsed, clock.sleep, 16)

    async def call(n: int) -> None:
        await gate.enter(CALLS, f"a:{n}", Urgency.DECISION)
        sent.append(clock.now)
        gate.leave(CALLS, calm=True)

    tasks = [asyncio.create_task(call(n)) for n in range(200)]
    await clock.run(200 * 60 / TENANT.per_minute)
    assert all(task.done() and not task.exception() for task in tasks)
    for at in sent:
        assert sum(at <= other < at + 1.0 for other in sent) <= 30


def test_one_conversation_does_not_hold_up_another() -> None:
    """Who has used up theirs waits; the others go."""
    policy = teams_policy()
    for _ in range(CONVERSATION[0].burst):
        policy.take(CALLS, "a:1", 0.0)
    assert policy.wait(CALLS, "a:1", 0.0) > 0
    assert policy.wait(CALLS, "a:2", 0.0) == 0
