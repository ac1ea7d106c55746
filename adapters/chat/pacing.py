"""Receipts and the like give way when a platform takes no more: they stay in the outbox, or are sent away unworded.

In a storm there are thousands of them and a platform takes a few a second; whoever reported has had the answer already.
Without turns they would all come back again and again, and cost reports their time. Decisions and questions go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.chat.rates import Gate
from bot.ports import Delivery, Quota, SendError, Urgency

_FARTHEST = 240.0  # seconds; by then much may have changed, so look again


class PostingTurns:
    """`bot.courier.Turns` for messages that go by `post` and change by `change`. `elapsed`: the clock of `gate`."""

    def __init__(self, gate: Gate, post: str, change: str, elapsed: Callable[[], float]) -> None:
        self._gate = gate
        self._post = post
        self._change = change
        self._elapsed = elapsed
        self._turn = 0.0

    def quota(self) -> Quota:
        """How much of what can wait the platform takes now."""
        return Quota(self._gate.free(self._post, Urgency.NOTICE), self._gate.free(self._change, Urgency.REFRESH))

    def demand(self, delivery: Delivery) -> None:
        """Raises `SendError` with the time of its turn, unless it may go now. Changing a card needs no turn."""
        if delivery.notice.urgency < Urgency.NOTICE or delivery.ambiguous or (delivery.is_refresh and delivery.message):
            return
        now = self._elapsed()
        if wait := self._gate.wait(self._post, Urgency.NOTICE):
            self._turn = max(self._turn, now + wait) + self._gate.step(self._post)
            away = min(self._turn - now, _FARTHEST)
            raise SendError(f"{self._post}: not its turn yet", retry_after=timedelta(seconds=away))
