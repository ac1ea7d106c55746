"""How often a platform may be called: a policy of token buckets without a clock, and a gate that makes callers wait.

Limits a method, and a place that is written to, there in several windows at once. A bucket's burst and its refill in a
window add up to what the platform allows in that window. The most urgent caller goes first. Nobody waits at the gate
for long: the courier's claim is a lease, and what waits here keeps something more urgent from being claimed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from types import MappingProxyType
from typing import Any

from bot.ports import Urgency

_MINUTE = 60.0
_MOST_CHANNELS = 10_000  # remembered; one is as good as new after a few seconds
_SOON = 0.001  # seconds: a shorter wait is none
_BACK = 2.0  # seconds after their turn by which those who were sent away have come back
_FIRST_LOOK = 1.0  # seconds after which somebody may look again whether anybody is there


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls at once after a rest, and so many a minute without end."""

    burst: int
    per_minute: int


PATIENCE: Mapping[Urgency, float] = MappingProxyType(
    {Urgency.DECISION: 10.0, Urgency.COVER: 5.0, Urgency.NOTICE: 2.0, Urgency.REFRESH: 1.0}
)
_LATEST = 20.0  # seconds; nobody is sent away for longer, save by the platform itself


class Busy(Exception):
    """Not now: come back after `wait` seconds. `dead`: a call before this one got no answer, and that is why."""

    def __init__(self, wait: float, *, dead: bool = False) -> None:
        super().__init__(f"busy for {wait:.1f} s")
        self.wait = wait
        self.dead = dead


@dataclass(slots=True)
class Bucket:
    """What is left of a rate. `at`: the instant of `left`, in seconds of a clock that only grows."""

    rate: Rate
    left: float
    at: float

    def fill(self, now: float) -> None:
        """What has come back by now."""
        refill = max(0.0, now - self.at) * self.rate.per_minute / _MINUTE
        self.left, self.at = min(float(self.rate.burst), self.left + refill), now

    def wait(self, calls: int) -> float:
        """Seconds until so many calls may go; call `fill` first."""
        return max(0.0, (calls - self.left) * _MINUTE / self.rate.per_minute)


@dataclass(slots=True)
class Policy:
    """The buckets of one workspace. Knows no clock: `now` is in seconds and only grows.

    `other`: of a method that `methods` does not name; `channel`: all that hold for each place that is written to.
    """

    methods: Mapping[str, Rate]
    channel: tuple[Rate, ...]
    other: Rate
    _buckets: dict[str, Bucket] = field(default_factory=dict)
    _channels: dict[str, tuple[Bucket, ...]] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)

    def wait(self, method: str, channel: str | None, now: float, ahead: int = 0, ahead_there: int = 0) -> float:
        """Seconds until the call may go if `ahead` others go first, `ahead_there` of them to the same channel."""
        waits = [self._bucket(method, now).wait(ahead + 1), self._held.get(method, now) - now]
        if channel is not None:
            waits += (bucket.wait(ahead_there + 1) for bucket in self._channel(channel, now))
        return max(0.0, *waits)

    def free(self, method: str, now: float) -> int:
        """How many calls may go now, all at once."""
        return 0 if self._held.get(method, now) > now else max(0, int(self._bucket(method, now).left))

    def room(self, channel: str, now: float) -> int:
        """How many calls the channel itself lets through now."""
        return max(0, int(min(bucket.left for bucket in self._channel(channel, now)) + _SOON))

    def take(self, method: str, channel: str | None, now: float) -> None:
        """The call goes now."""
        self._bucket(method, now).left -= 1
        if channel is not None:
            for bucket in self._channel(channel, now):
                bucket.left -= 1

    def hold(self, method: str, until: float) -> None:
        """The platform said to wait (429): no call of the method before that."""
        self._held[method] = max(until, self._held.get(method, until))

    def rate(self, method: str) -> Rate:
        """How often the method may be called."""
        return self.methods.get(method, self.other)

    def _bucket(self, method: str, now: float) -> Bucket:
        rate = self.rate(method)
        bucket = self._buckets.setdefault(method, Bucket(rate, rate.burst, now))
        bucket.fill(now)
        return bucket

    def _channel(self, channel: str, now: float) -> tuple[Bucket, ...]:
        if channel not in self._channels and len(self._channels) >= _MOST_CHANNELS:
            self._forget(now)
        if (buckets := self._channels.get(channel)) is None:
            buckets = self._channels[channel] = tuple(Bucket(rate, rate.burst, now) for rate in self.channel)
        for bucket in buckets:
            bucket.fill(now)
        return buckets

    def _forget(self, now: float) -> None:
        """Leave out the channels that have rested; all of them if that frees nothing."""
        kept = {}
        for name, buckets in self._channels.items():
            for bucket in buckets:
                bucket.fill(now)
            if any(bucket.left < bucket.rate.burst for bucket in buckets):
                kept[name] = buckets
        self._channels = kept if len(kept) < _MOST_CHANNELS else {}


@dataclass(eq=False, slots=True)
class _Caller:
    method: str
    channel: str | None
    urgency: Urgency
    came: int
    nudge: asyncio.Event = field(default_factory=asyncio.Event)
    dead: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        """Smaller goes first."""
        return self.urgency, self.came


class Gate:
    """Lets callers through, the most urgent first, then in the order in which they came.

    That counts for those who were sent away as well: until they are back, nobody goes who is less urgent.
    `at_once`: calls of a method under way together, at most. It begins with one and grows with every good end; after
    a 429 or no answer the next call goes alone, so that nothing runs into a window that one call could have found.
    """

    def __init__(
        self,
        policy: Policy,
        elapsed: Callable[[], float],
        sleep: Callable[[float], Coroutine[Any, Any, None]],
        at_once: int = 8,
    ) -> None:
        self._policy = policy
        self._elapsed = elapsed
        self._sleep = sleep
        self._at_once = at_once
        self._room: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._waiting: list[_Caller] = []
        self._came = 0
        self._answered = float("-inf")  # when a call was last answered well
        self._sent_away: dict[tuple[str, Urgency], float] = {}  # until when those sent away come back
        self._awaited: dict[tuple[str, Urgency], float] = {}  # the same, of those whom the method itself kept out

    def patience(self, urgency: Urgency) -> float:
        """Until when somebody of this urgency waits who comes now."""
        return self._elapsed() + PATIENCE[urgency]

    async def enter(
        self,
        method: str,
        channel: str | None = None,
        urgency: Urgency = Urgency.NOTICE,
        deadline: float | None = None,
    ) -> float:
        """The instant at which the call goes; `leave` must follow. Raises `Busy` rather than let anybody wait long.

        `deadline`: until when, of whoever was refused after all (429) and enters again, at once.
        """
        self._came += 1
        caller = _Caller(method, channel, urgency, self._came)
        if deadline is None:
            deadline = self.patience(urgency)
        self._waiting.append(caller)
        try:
            while (wait := self._wait(caller)) is not None:
                left = deadline - self._elapsed()
                self._demand_soon(caller, wait, left)
                await self._pause(caller, wait or left)
        except BaseException:
            self._waiting.remove(caller)
            self._nudge(one for one in self._waiting if one.method == method)  # their turn comes sooner
            raise
        self._waiting.remove(caller)
        now = self._elapsed()
        self._policy.take(method, channel, now)
        self._running[method] = self._running.get(method, 0) + 1
        return now

    def leave(self, method: str, *, calm: bool, silent_since: float | None = None) -> None:
        """The call has ended. `calm`: it was answered, and not that there are too many calls.

        `silent_since`: when it went, if nobody answered it. Unless another call has been answered since, who waits is
        sent away, or all of them would find out one after another that nobody is there.
        """
        self._running[method] -= 1
        if calm:
            self._answered = self._elapsed()
        if silent_since is not None and self._answered < silent_since:
            for one in self._waiting:
                one.dead = True
            self._nudge(self._waiting)
        room = min(self._at_once, self._room.get(method, 1) + 1) if calm else 1
        self._room[method] = room
        waiting = (one for one in self._waiting if one.method == method and self._could_go(one))
        self._nudge(nsmallest(room - self._running[method], waiting, key=lambda one: one.rank))

    def hold(self, method: str, seconds: float) -> None:
        """The answer was 429: nobody calls the method for so long."""
        self._policy.hold(method, self._elapsed() + seconds)

    def step(self, method: str) -> float:
        """Seconds between two calls of the method, without end."""
        return _MINUTE / self._policy.rate(method).per_minute

    def wait(self, method: str, urgency: Urgency) -> float:
        """Seconds until somebody of this urgency could go, if nobody else comes."""
        return max(self._policy.wait(method, None, self._elapsed()), self._wait_for_others(method, urgency))

    def free(self, method: str, urgency: Urgency) -> int:
        """How many of this urgency could go now, beside those who wait already."""
        if self._wait_for_others(method, urgency):
            return 0
        waiting = sum(one.method == method for one in self._waiting)
        return max(0, self._policy.free(method, self._elapsed()) - waiting)

    def _wait_for_others(self, method: str, urgency: Urgency) -> float:
        """Seconds until those who are more urgent, and were sent away, are back."""
        now = self._elapsed()
        backs = [self._awaited.get((method, other), now - _BACK) + _BACK for other in Urgency if other < urgency]
        return max([now, *backs]) - now

    def _wait(self, caller: _Caller) -> float | None:
        """Seconds to wait; 0 for room, however long that takes; None: go. Raises `Busy` when nobody is there."""
        if caller.dead:
            raise Busy(_FIRST_LOOK, dead=True)
        ahead = [one for one in self._waiting if one.method == caller.method and one.rank < caller.rank]
        there = sum(one.channel == caller.channel for one in ahead)
        wait = self._policy.wait(caller.method, caller.channel, self._elapsed(), self._abreast(ahead), there)
        wait = max(wait, self._wait_for_others(caller.method, caller.urgency))
        if wait > _SOON:
            return wait
        first = [one for one in ahead if self._could_go(one)]
        if self._running.get(caller.method, 0) + self._abreast(first) < self._room.get(caller.method, 1):
            return None
        self._nudge(first)
        return 0.0

    def _abreast(self, callers: Iterable[_Caller]) -> int:
        """How many of them stand in anybody's way: a crowd that its own channel holds up does not."""
        now, crowds = self._elapsed(), Counter(one.channel for one in callers)
        return sum(
            crowd if channel is None else min(crowd, self._policy.room(channel, now))
            for channel, crowd in crowds.items()
        )

    def _demand_soon(self, caller: _Caller, wait: float, left: float) -> None:
        if wait > left or left <= _SOON:
            raise Busy(self._return_in(caller, wait))

    def _could_go(self, caller: _Caller) -> bool:
        wait = self._policy.wait(caller.method, caller.channel, self._elapsed())
        return max(wait, self._wait_for_others(caller.method, caller.urgency)) <= _SOON

    async def _pause(self, caller: _Caller, seconds: float) -> None:
        """Until the time is over, or there is room."""
        caller.nudge.clear()
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(caller.nudge.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()

    @staticmethod
    def _nudge(callers: Iterable[_Caller]) -> None:
        for caller in callers:
            caller.nudge.set()

    def _return_in(self, caller: _Caller, wait: float) -> float:
        """When to come back: one after another, or all of them would stand here again at the same instant."""
        now = self._elapsed()
        step = self.step(caller.method)
        kind = (caller.method, caller.urgency)
        turn = max(now + wait, self._sent_away.get(kind, now) + step)
        if turn > now + max(wait, _LATEST):
            turn = now + max(wait, step)
        self._sent_away[kind] = turn
        if self._policy.wait(caller.method, None, now) > _SOON:
            self._awaited[kind] = max(turn, self._awaited.get(kind, turn))
        return turn - now
