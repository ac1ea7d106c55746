"""In which order a platform got what was due: what must be decided goes before what can wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

from bot.ports import Urgency
from tests.faults.slack_side import rows


@dataclass(frozen=True, slots=True)
class Order:
    """`owed`: decisions due when a storm was over; `first`: those of them that came before all that can wait."""

    owed: int
    first: int


def order_of(folder: Path, taken: Sequence[str], over: float, burst: int) -> Order:
    """After a storm that was over at this instant (seconds since 1970). `taken`: the notices' keys, as they were taken.

    Of one person the first `burst` count: more go one by one, because a conversation takes no more, whatever waits
    elsewhere. A message for a channel waits for the channel to be made.
    """
    outbox = rows(folder, "SELECT key, urgency, at, person FROM outbox ORDER BY number")
    urgency = {str(key): Urgency(int(str(rank))) for key, rank, _, _ in outbox}
    owed: dict[str, list[str]] = {}
    for key, _, at, person in outbox:
        due = datetime.fromisoformat(str(at)).timestamp() <= over
        if due and urgency[str(key)] is Urgency.DECISION and not str(person).startswith("#"):
            owed.setdefault(str(person), []).append(str(key))
    counted = {key for keys in owed.values() for key in keys[:burst]}
    return Order(len(counted), len(counted & set(takewhile(lambda key: urgency[key] < Urgency.NOTICE, taken))))
