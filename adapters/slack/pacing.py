"""Receipts and the like give way when Slack takes no more: sent away before they are rendered, each to its own turn.

In a storm there are thousands of them and Slack takes a few a second; whoever reported has had the answer already.
Without turns they would all come back again and again, and cost reports their time. Decisions and questions go on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from adapters.slack.rates import METHODS, Policy
from bot.cards import Card
from bot.ports import Account, Delivery, MessageRef, Messenger, SendError, Urgency

_METHOD = "chat.postMessage"
_FARTHEST = 240.0  # seconds; by then much may have changed, so look again


class Paced:
    """`bot.ports.Messenger` before another. `elapsed`: the clock of `policy`."""

    def __init__(self, messenger: Messenger, policy: Policy, elapsed: Callable[[], float]) -> None:
        self.platform = messenger.platform
        self._messenger = messenger
        self._policy = policy
        self._elapsed = elapsed
        self._step = 60.0 / METHODS[_METHOD].per_minute
        self._turn = 0.0

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Show a new card, once, or in its turn. Raises `SendError`."""
        now = self._elapsed()
        wait = self._policy.wait(_METHOD, None, now)
        if wait and delivery.notice.urgency >= Urgency.NOTICE and not delivery.ambiguous:
            self._turn = max(self._turn, now + wait) + self._step
            away = min(self._turn - now, _FARTHEST)
            raise SendError(f"{_METHOD}: not its turn yet", retry_after=timedelta(seconds=away))
        return await self._messenger.send(to, card, delivery)

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change a card that is there. Raises `SendError`."""
        return await self._messenger.update(message, to, card)
