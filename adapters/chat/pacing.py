"""Receipts and the like give way when a platform takes no more: sent away before they are worded, each to its own turn.

In a storm there are thousands of them and a platform takes a few a second; whoever reported has had the answer already.
Without turns they would all come back again and again, and cost reports their time. Decisions and questions go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.chat.rates import Policy
from bot.ports import Delivery, SendError, Urgency

_MINUTE = 60.0
_FARTHEST = 240.0  # seconds; by then much may have changed, so look again


class PostingTurns:
    """`bot.courier.Turns` for messages that `method` of `policy` posts. `elapsed`: the clock of `policy`."""

    def __init__(self, policy: Policy, method: str, elapsed: Callable[[], float]) -> None:
        self._policy = policy
        self._method = method
        self._elapsed = elapsed
        self._step = _MINUTE / policy.rate(method).per_minute
        self._turn = 0.0

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now. Changing a card needs no turn."""
        if delivery.notice.urgency < Urgency.NOTICE or delivery.ambiguous or (delivery.is_refresh and delivery.message):
            return
        now = self._elapsed()
        if wait := self._policy.wait(self._method, None, now):
            self._turn = max(self._turn, now + wait) + self._step
            away = min(self._turn - now, _FARTHEST)
            raise SendError(f"{self._method}: not its turn yet", retry_after=timedelta(seconds=away))
