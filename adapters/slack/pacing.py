"""Receipts and the like give way when Slack takes no more: sent away before they are worded, each to its own turn.

In a storm there are thousands of them and Slack takes a few a second; whoever reported has had the answer already.
Without turns they would all come back again and again, and cost reports their time. Decisions and questions go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.chat.rates import Policy
from adapters.slack.tiers import METHODS
from bot.ports import Delivery, SendError, Urgency

_METHOD = "chat.postMessage"
_FARTHEST = 240.0  # seconds; by then much may have changed, so look again


class PostingTurns:
    """`bot.courier.Turns` for messages in Slack. `elapsed`: the clock of `policy`."""

    def __init__(self, policy: Policy, elapsed: Callable[[], float]) -> None:
        self._policy = policy
        self._elapsed = elapsed
        self._step = 60.0 / METHODS[_METHOD].per_minute
        self._turn = 0.0

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now. Changing a card needs no turn."""
        if delivery.notice.urgency < Urgency.NOTICE or delivery.ambiguous or (delivery.is_refresh and delivery.message):
            return
        now = self._elapsed()
        if wait := self._policy.wait(_METHOD, None, now):
            self._turn = max(self._turn, now + wait) + self._step
            away = min(self._turn - now, _FARTHEST)
            raise SendError(f"{_METHOD}: not its turn yet", retry_after=timedelta(seconds=away))
