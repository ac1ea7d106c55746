"""SharePoint as a whole: put together, run beside the desk, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.observe import Metrics, alarm
from adapters.settings import Settings
from adapters.sharepoint.client import Graph, connector
from adapters.sharepoint.login import address_of, login_of
from adapters.sharepoint.site import Site
from adapters.sharepoint.sync import Ports, Sync
from adapters.sharepoint.words import Words, language_of, words
from bot.company import Company
from bot.ports import StoreError, SyncState


@dataclass(frozen=True, slots=True)
class Counted:
    """Calls to Graph, in the metrics."""

    metrics: Metrics

    def called(self, result: str, units: int) -> None:
        """One call, and what it cost."""
        self.metrics.graph_calls.labels(result).inc()
        self.metrics.graph_units.inc(units)


class SharePoint:
    """One per process; made inside a running loop. Needs GRAPH_SITE and somebody to log in as."""

    def __init__(self, settings: Settings, ports: Ports, metrics: Metrics) -> None:
        self._graph = make_graph(settings, ports.elapsed, counts=Counted(metrics))
        site = Site(self._graph, site_of(settings))
        self.sync = Sync(site, ports, language(settings, ports.desk.rules.company), exercise=settings.practice)
        self._metrics = metrics

    async def run(self, alive: Callable[[], None]) -> None:
        """Keep the lists in step until cancelled."""
        await self.sync.run(alive)

    def state(self) -> SyncState | None:
        """For board and status."""
        return self.sync.state()

    async def look(self) -> None:
        """Once a minute: also what people have edited."""
        self.sync.wake(pull=True)

    def committed(self) -> None:
        """The desk has written something."""
        self.sync.wake()

    def measure(self) -> None:
        """For the metrics."""
        state = self.sync.state()
        self._metrics.graph_waiting.set(state.waiting if state else 0)

    async def close(self) -> None:
        """Let go."""
        try:
            await self.sync.close()
        except StoreError as error:
            alarm("sharepoint.closing_failed", error)
        await self._graph.close()


def make_graph(settings: Settings, elapsed: Callable[[], float], **options: Any) -> Graph:  # noqa: ANN401 - `Graph`'s own
    """Graph as these settings say."""
    return Graph(connector(login_of(settings), address_of(settings)), elapsed, **options)


def site_of(settings: Settings) -> str:
    """The site. Raises `ValueError` without one."""
    if settings.graph_site is None:
        raise ValueError("no GRAPH_SITE; set it, or do not open SharePoint")
    return settings.graph_site


def language(settings: Settings, company: Company) -> Words:
    """The language of lists and reports: as set, else that of most people of the company file."""
    return words(settings.language or language_of(company))
