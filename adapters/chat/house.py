"""What a chat platform is opened beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.ports import Clock, Directory, Journal, Sync, no_sync
from bot.reception import FrontDesk


class Counts(Protocol):
    """Who counts what came in."""

    def requested(self, kind: str, result: str) -> None:
        """`kind` of payload; `result`: taken, again, or why it was turned away."""


@dataclass(frozen=True, slots=True)
class House:
    """`elapsed`: seconds that only grow; `wall`: since 1970, by the computer's clock.

    `sync`: how far the records elsewhere are.
    """

    desk: FrontDesk
    journal: Journal
    directory: Directory
    clock: Clock
    counts: Counts
    elapsed: Callable[[], float]
    wall: Callable[[], float]
    sync: Sync = no_sync
