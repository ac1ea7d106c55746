"""Receipts and the like give way when Slack takes no more: they stay in the outbox, or are sent away unworded.

In a storm there are thousands of them and Slack takes a few a second; whoever reported has had the answer already.
Without turns they would all come back again and again, and cost reports their time. Decisions and questions go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.chat.rates import Gate
from adapters.slack.tiers import METHODS
from bot.ports import Delivery, Quota, SendError, Urgency

_POST, _CHANGE = "chat.postMessage", "chat.update"
_FARTHEST = 240.0  # seconds; by then much may have changed, so look again


class PostingTurns:
    """`bot.courier.Turns` for messages in Slack. `elapsed`: the clock of `gate`."""

    def __init__(self, gate: Gate, elapsed: Callable[[], float]) -> None:
        self._gate = gate
        self._elapsed = elapsed
        self._step = 60.0 / METHODS[_POST].per_minute
        self._turn = 0.0

    def quota(self) -> Quota:
        """How much of what can wait Slack takes now."""
        return Quota(self._gate.free(_POST, Urgency.NOTICE), self._gate.free(_CHANGE, Urgency.REFRESH))

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now. Changing a card needs no turn."""
        if delivery.notice.urgency < Urgency.NOTICE or delivery.ambiguous or (delivery.is_refresh and delivery.message):
            return
        now = self._elapsed()
        if wait := self._gate.wait(_POST, Urgency.NOTICE):
            self._turn = max(self._turn, now + wait) + self._step
            away = min(self._turn - now, _FARTHEST)
            raise SendError(f"{_POST}: not its turn yet", retry_after=timedelta(seconds=away))
