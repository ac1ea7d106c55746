"""What the outboxes on a database and in memory share: how a claim is named, and dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.ports import Notice

CARD_INTERVAL = timedelta(seconds=1)
"""A person's copy of a card is not touched more often than this."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, as the `id` of its delivery: of which notice, which attempt, and the card's `wanted` at that time.

    The id is also the fence: a worker whose lease ended cannot settle what another has claimed since.
    """

    number: int
    attempt: int
    wanted: int
    is_refresh: bool = False

    def __str__(self) -> str:
        return f"{'refresh' if self.is_refresh else 'notice'}:{self.number}:{self.attempt}:{self.wanted}"

    @classmethod
    def parse(cls, text: str) -> Claim:
        """Back from a delivery's id. Raises `ValueError`."""
        kind, number, attempt, wanted = text.split(":")
        return cls(int(number), int(attempt), int(wanted), is_refresh=kind == "refresh")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A notice that was given up, or (`is_refresh`) a card that can no longer be changed; `why` is for operators."""

    notice: Notice
    why: str
    attempts: int
    is_refresh: bool = False
