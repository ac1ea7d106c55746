"""What the benches of the whole house share: a desk on a store, people who report, figures as they are printed."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.commands import Cause, Command, ReportWorkplace
from bot.cover import Rulebook
from bot.desk import Desk
from bot.events import Event
from bot.ports import Journal
from bot.situation import Situation
from bot.turn import Rejected
from store import Store, open_store


class Now:
    """The computer's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)


class Settlings:
    """Watches the desk: when consequences were drawn, and that nothing broke."""

    def __init__(self) -> None:
        self.took: list[float] = []

    def committed(self, events: Sequence[Event], state: Situation) -> None:
        """Nothing to note."""

    def refused(self, command: Command, rejected: Rejected) -> None:
        """No report of a bench is refused."""
        raise AssertionError(f"{command} was refused: {rejected}")

    def settled(self, seconds: float) -> None:
        """One more."""
        self.took.append(seconds)

    def failed(self, what: str, error: Exception) -> None:
        """A bench must not go on as if nothing had happened."""
        raise AssertionError(what) from error


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk of this checkout, because a temporary one may be in memory, where a commit costs nothing."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix="scratch-", ignore_cleanup_errors=True) as name:
        yield Path(name)


def url(folder: Path) -> str:
    """The store's in that folder."""
    return f"sqlite:///{folder / 'bench.db'}"


def make_desk(journal: Journal, rules: Rulebook, watch: Settlings | None = None) -> Desk:
    """As the service makes it."""
    return Desk(journal=journal, clock=Now(), rules=rules, watch=watch or Settlings(), stopwatch=time.perf_counter)


@contextlib.asynccontextmanager
async def desk_on(folder: Path, rules: Rulebook, watch: Settlings | None = None) -> AsyncIterator[tuple[Store, Desk]]:
    """A desk at work on SQLite, as durable as in service."""
    store = await open_store(url(folder))
    desk = make_desk(store.journal, rules, watch)
    await desk.start()
    try:
        yield store, desk
    finally:
        await desk.close()
        await store.close()


async def report(desk: Desk, person: str, key: str = "") -> float:
    """One report that they cannot move, as a platform hands it in; the seconds until the answer."""
    begun = time.perf_counter()
    outcome = await desk.handle(ReportWorkplace(person, person, Cause.POWER, can_move=False), f"{person}-{key}")
    assert outcome.changed
    return time.perf_counter() - begun


async def report_all(desk: Desk, people: Sequence[str], together: int, key: str = "") -> list[float]:
    """They all report, `together` at a time; the seconds each waited. `key`: anything, when they report again."""
    waiting = iter(people)

    async def one_after_another() -> list[float]:
        return [await report(desk, person, key) for person in waiting]

    took = await asyncio.gather(*(one_after_another() for _ in range(together)))
    return [one for some in took for one in some]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of them do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def milliseconds(values: Sequence[float]) -> str:
    """Median and 99th percentile."""
    return f"p50 {percentile(values, 50) * 1000:.1f} ms, p99 {percentile(values, 99) * 1000:.1f} ms"
