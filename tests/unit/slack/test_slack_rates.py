"""The gate to Slack: inside every tier, the most urgent first, silent while Slack wants silence."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from adapters.chat.rates import PATIENCE, Busy, Gate, Policy, Rate
from adapters.slack.tiers import CHANNEL, METHODS, POSTING, TIER_3, slack_policy
from bot.ports import Urgency
from tests.unit.slack.virtual import VirtualTime

POST = "chat.postMessage"
TIERS = {"chat.postMessage": 300, "chat.update": 50, "users.info": 100, "conversations.create": 20}


class Callers:
    """Calls through a gate, written down with their instants."""

    def __init__(self, time: VirtualTime, policy: Policy | None = None, at_once: int = 8, lasts: float = 0.0) -> None:
        self.time = time
        self.gate = Gate(policy or slack_policy(), time.elapsed, time.sleep, at_once)
        self.calls: list[tuple[float, str]] = []
        self.sent_away: list[tuple[str, float]] = []
        self.lasts = lasts
        self.most = self.running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def call(
        self, name: str, method: str = POST, channel: str | None = None, urgency: Urgency = Urgency.NOTICE
    ) -> asyncio.Task[None]:
        """Somebody comes to the gate."""
        task = asyncio.create_task(self._call(name, method, channel, urgency))
        self._tasks.add(task)
        return task

    async def _call(self, name: str, method: str, channel: str | None, urgency: Urgency) -> None:
        try:
            await self.gate.enter(method, channel, urgency)
        except Busy as busy:
            self.sent_away.append((name, busy.wait))
            return
        self.calls.append((self.time.now, name))
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.lasts:
                await self.time.sleep(self.lasts)
        finally:
            self.running -= 1
            self.gate.leave(method, calm=True)

    @property
    def names(self) -> list[str]:
        """Who went through, in order."""
        return [name for _, name in self.calls]


@pytest.fixture
def time() -> VirtualTime:
    """Time at the beginning."""
    return VirtualTime()


@pytest.mark.parametrize("method", TIERS)
async def test_no_minute_has_more_calls_than_the_tier(method: str, time: VirtualTime) -> None:
    """Somebody who comes back whenever told to stays inside the tier in every minute, and is not kept far below it."""
    callers = Callers(time)
    for second in range(300):
        for n in range(3 if method != POST else 12):
            callers.call(f"{second}.{n}", method)
        await time.run(1.0)
    instants = [at for at, _ in callers.calls]
    for start in instants:
        assert sum(start <= at < start + 60.0 for at in instants) <= TIERS[method]
    assert len(instants) >= 5 * METHODS[method].per_minute


async def test_a_channel_takes_one_message_a_second(time: VirtualTime) -> None:
    """A few at once, then one a second; other channels do not wait for it."""
    callers = Callers(time)
    for n in range(8):
        callers.call(f"one-{n}", channel="D1", urgency=Urgency.DECISION)
    callers.call("other", channel="D2", urgency=Urgency.DECISION)
    await time.run(0)
    assert Counter(name[:3] for name in callers.names) == {"one": CHANNEL.burst, "oth": 1}
    await time.run(10.0)
    ones = [at for at, name in callers.calls if name.startswith("one")]
    assert ones[CHANNEL.burst :] == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0])


async def test_the_most_urgent_goes_first(time: VirtualTime) -> None:
    """Whoever must decide passes everybody who came before them with less."""
    callers = Callers(time, slack_policy({POST: Rate(1, 60)}))
    for name, urgency in (
        ("n1", Urgency.NOTICE),
        ("n2", Urgency.NOTICE),
        ("c1", Urgency.COVER),
        ("d1", Urgency.DECISION),
    ):
        callers.call(name, urgency=urgency)
        await time.run(0)
    callers.call("d2", urgency=Urgency.DECISION)
    await time.run(5.0)
    assert callers.names == ["n1", "d1", "d2", "c1"]
    assert [name for name, _ in callers.sent_away] == ["n2"]


async def test_refreshes_do_not_starve_decisions(time: VirtualTime) -> None:
    """Sixty-four things that can wait do not hold the one up that cannot, and are soon out of the way."""
    callers = Callers(time, slack_policy({POST: Rate(2, 60)}))
    for n in range(64):
        callers.call(f"r{n}", urgency=Urgency.REFRESH)
    await time.run(0.5)
    assert len(callers.sent_away) >= 60
    callers.call("decision", urgency=Urgency.DECISION)
    await time.run(1.0)
    assert "decision" in callers.names
    assert not callers.gate._waiting


async def test_nobody_waits_for_longer_than_their_patience(time: VirtualTime) -> None:
    """A claim of the courier is a lease: whoever cannot go in time is told when to come back."""
    callers = Callers(time, slack_policy({POST: Rate(1, 1)}))
    tasks = {urgency: callers.call(urgency.name, urgency=urgency) for urgency in Urgency}
    await time.run(max(PATIENCE.values()))
    assert all(task.done() for task in tasks.values())
    assert len(callers.sent_away) == 3
    assert all(wait > 0 for _, wait in callers.sent_away)


async def test_those_sent_away_come_back_one_after_another(time: VirtualTime) -> None:
    """The backlog is spread over the time it takes, so that it does not stand at the gate again all at once."""
    callers = Callers(time, slack_policy({POST: Rate(1, 60)}))
    for n in range(15):
        callers.call(f"r{n}", urgency=Urgency.REFRESH)
    await time.run(0)
    waits = [wait for _, wait in callers.sent_away]
    assert len(waits) >= 13
    assert min(later - sooner for sooner, later in pairwise(waits)) >= 1.0


async def test_nobody_calls_while_slack_wants_to_be_left_alone(time: VirtualTime) -> None:
    """After a 429 no call of the method goes before its time is over, whatever its urgency; other methods go on."""
    callers = Callers(time)
    callers.gate.hold(POST, 8.0)
    for n in range(20):
        callers.call(f"p{n}", urgency=Urgency.DECISION if n % 2 else Urgency.REFRESH)
        callers.call("u", "chat.update")
    await time.run(7.99)
    assert set(callers.names) == {"u"}
    waits = [wait for name, wait in callers.sent_away if name.startswith("p")]
    assert len(waits) == 10
    assert min(waits) >= 8.0
    await time.run(0.1)
    assert callers.names.count("u") >= TIER_3.burst
    assert [name for name in callers.names if name.startswith("p")] == [f"p{n}" for n in range(1, 20, 2)]


async def test_a_shorter_wish_does_not_end_a_longer_one(time: VirtualTime) -> None:
    """Two 429s: the later end counts."""
    callers = Callers(time)
    callers.gate.hold(POST, 9.0)
    callers.gate.hold(POST, 1.0)
    callers.call("p", urgency=Urgency.DECISION)
    await time.run(8.9)
    assert not callers.calls
    await time.run(0.2)
    assert callers.names == ["p"]


async def test_who_was_refused_keeps_their_place(time: VirtualTime) -> None:
    """Entered again with what is left of their patience, a refused decision goes before receipts that came since."""
    callers = Callers(time)
    until = callers.gate.patience(Urgency.DECISION)
    await callers.gate.enter(POST, urgency=Urgency.DECISION)
    callers.gate.hold(POST, 1.0)
    callers.gate.leave(POST, calm=False)
    for n in range(3):
        callers.call(f"receipt {n}")
    await time.run(0)
    again = asyncio.create_task(callers.gate.enter(POST, None, Urgency.DECISION, until))
    await time.run(1.1)
    assert await again == 1.0
    assert callers.names == []
    callers.gate.leave(POST, calm=True)
    await time.run(0.1)
    assert len(callers.calls) == 3


async def test_nobody_waits_longer_for_being_refused(time: VirtualTime) -> None:
    """The patience counts from the first time at the gate."""
    callers = Callers(time)
    until = callers.gate.patience(Urgency.DECISION)
    await callers.gate.enter(POST, urgency=Urgency.DECISION)
    await time.run(9.0)
    callers.gate.hold(POST, 5.0)
    with pytest.raises(Busy) as busy:
        await callers.gate.enter(POST, None, Urgency.DECISION, until)
    assert busy.value.wait >= 5.0


async def test_who_was_sent_away_still_goes_first(time: VirtualTime) -> None:
    """Until a decision is back that a 429 kept out, no receipt goes, though the way is free again."""
    callers = Callers(time)
    callers.gate.hold(POST, 12.0)
    callers.call("decision", urgency=Urgency.DECISION)
    await time.run(11.0)
    callers.call("receipt")
    await time.run(1.5)
    assert callers.names == []
    assert callers.gate.free(POST, Urgency.NOTICE) == 0
    assert callers.gate.wait(POST, Urgency.NOTICE) > 0
    callers.call("decision", urgency=Urgency.DECISION)
    await time.run(4.0)
    callers.call("receipt")
    await time.run(0)
    assert callers.names == ["decision", "receipt"]


async def test_calls_under_way_grow_with_good_ends(time: VirtualTime) -> None:
    """The first call goes alone; then more go together, up to a limit."""
    callers = Callers(time, at_once=4, lasts=1.0)
    for n in range(12):
        callers.call(f"p{n}", urgency=Urgency.DECISION)
    await time.run(0.5)
    assert callers.names == ["p0"]
    await time.run(1.0)
    assert callers.running == 2
    await time.run(8.0)
    assert (callers.most, len(callers.calls)) == (4, 12)


async def test_after_a_429_one_call_tries_alone(time: VirtualTime) -> None:
    """Nothing runs into a second window that one call could have found."""
    callers = Callers(time, lasts=0.1)
    for n in range(6):
        callers.call(f"p{n}")
    await time.run(1.0)
    await callers.gate.enter(POST)
    callers.gate.hold(POST, 2.0)
    callers.gate.leave(POST, calm=False)
    before = len(callers.calls)
    for n in range(6):
        callers.call(f"q{n}", urgency=Urgency.DECISION)
    await time.run(2.05)
    assert len(callers.calls) == before + 1
    await time.run(2.0)
    assert len(callers.calls) == before + 6


async def test_whoever_gives_up_frees_the_place(time: VirtualTime) -> None:
    """A caller that is cancelled while waiting does not keep the others back."""
    callers = Callers(time, slack_policy({POST: Rate(1, 60)}))
    callers.call("first")
    gone = callers.call("gone", urgency=Urgency.DECISION)
    callers.call("last", urgency=Urgency.COVER)
    await time.run(0.1)
    gone.cancel()
    await time.run(1.5)
    assert callers.names == ["first", "last"]


async def test_an_unknown_method_is_kept_to_the_strictest_tier(time: VirtualTime) -> None:
    """Twenty a minute, until somebody says more."""
    callers = Callers(time)
    for n in range(30):
        callers.call(f"x{n}", "views.unheardOf")
    await time.run(1.0)
    assert len(callers.calls) == 5


async def test_channels_are_forgotten_after_a_rest(time: VirtualTime) -> None:
    """Twenty thousand people do not stay in memory."""
    policy = slack_policy()
    for n in range(25_000):
        policy.take(POST, f"D{n}", n / 10)
    assert len(policy._channels) <= 10_000
    assert POSTING.burst + POSTING.per_minute <= 300


async def test_a_crowd_at_one_channel_holds_up_nobody_else(time: VirtualTime) -> None:
    """Dozens who wait for one conversation's limit are in nobody's way, however urgent they are."""
    callers = Callers(time, slack_policy({POST: Rate(8, 240)}))
    for n in range(40):
        callers.call(f"crowd-{n}", channel="D1", urgency=Urgency.DECISION)
    await time.run(2.0)
    before = len(callers.calls)
    callers.call("other", channel="D2", urgency=Urgency.NOTICE)
    await time.run(0.3)
    assert "other" in callers.names[before:]


async def test_when_nobody_is_there_who_waits_is_sent_away(time: VirtualTime) -> None:
    """One call finds out that nothing comes back; those behind it are told so at once, and the next may try."""
    callers = Callers(time)
    went = await callers.gate.enter(POST)
    waiting = [asyncio.create_task(callers.gate.enter(POST, urgency=Urgency.DECISION)) for _ in range(5)]
    await time.run(3.0)
    assert not any(task.done() for task in waiting)
    callers.gate.leave(POST, calm=False, silent_since=went)
    await time.run(0.0)
    ends = [task.exception() for task in waiting]
    assert all(isinstance(end, Busy) and end.dead for end in ends)
    callers.call("next")
    await time.run(0.0)
    assert callers.names == ["next"]


async def test_one_call_without_an_answer_among_others_sends_nobody_away(time: VirtualTime) -> None:
    """As long as others are answered, somebody is there."""
    callers = Callers(time, at_once=2, lasts=0.1)
    for n in range(3):
        callers.call(f"warm-{n}")
    await time.run(1.0)
    went = await callers.gate.enter(POST)
    for n in range(10):
        callers.call(f"p{n}", urgency=Urgency.DECISION)
    await time.run(0.3)
    callers.gate.leave(POST, calm=False, silent_since=went)
    await time.run(5.0)
    assert len(callers.calls) == 13
    assert callers.sent_away == []
