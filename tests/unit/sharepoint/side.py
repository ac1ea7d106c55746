"""Backline's side of SharePoint in one process: a desk, a store, the sync by hand, before the strict stand-in."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from adapters.secret import Secret
from adapters.sharepoint.client import Graph, connector
from adapters.sharepoint.login import Address, Login
from adapters.sharepoint.provision import provision
from adapters.sharepoint.schema import INCIDENTS, LOG, PLANS, ROLES
from adapters.sharepoint.site import Site
from adapters.sharepoint.sync import Ports, Sync
from adapters.sharepoint.words import words
from store import Store, open_store
from tests.standins.graph.client import Graph as StandIn
from tests.standins.graph.client import running
from tests.unit.sharepoint.played import Play, playing
from tests.unit.stage import HandClock

AGENT = "NONISV|Backline|Backline/0.1.0"
Row = dict[str, Any]


@dataclass
class Watch:
    """Seconds that only grow, by hand; the stand-in's clock goes along."""

    standin: StandIn
    now: float = 1000.0
    slept: float = 0.0

    def elapsed(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Time passes at once, here and there."""
        self.now += seconds
        self.slept += seconds
        await self.standin.advance(seconds)


def graph_before(standin: StandIn, watch: Watch, *, patient: bool = False, token: str = "") -> Graph:
    """Calls to the stand-in, on the watch's time."""
    login = Login("", "", token=Secret(token or standin.token))
    patience = watch.sleep if patient else None
    return Graph(connector(login, Address(standin.base_url, AGENT)), watch.elapsed, patience=patience)


@dataclass
class Side:
    """Everything on our side; `step` is a round of the sync."""

    standin: StandIn
    watch: Watch
    graph: Graph
    site: Site
    play: Play
    sync: Sync
    language: str = "en"

    async def step(self, *, pull: bool = True) -> float:
        """One round; the seconds it wants to wait."""
        self.sync.wake(pull=pull)
        return await self.sync.round()

    async def until_done(self, *, most: int = 500) -> int:
        """Rounds, and the time between them, until nothing waits; how many."""
        for number in range(1, most + 1):
            seconds = await self.step()
            state = self.sync.state()
            if seconds == 0 and state and state.waiting == 0 and state.trouble is None:
                return number
            await self.watch.sleep(max(seconds, 0.1))
        raise AssertionError(f"not in step after {most} rounds: {self.sync.state()}")

    async def log(self) -> list[Row]:
        """The rows of the log, in the order in which they came into the list."""
        return await self.standin.rows(self.title(LOG.title))

    async def incidents(self) -> list[Row]:
        """The rows of the incidents."""
        return await self.standin.rows(self.title(INCIDENTS.title))

    async def plans(self) -> list[Row]:
        """The rows of the plan's versions."""
        return await self.standin.rows(self.title(PLANS.title))

    async def roles(self) -> dict[str, Row]:
        """The rows of the matrix as Graph shows them, by their key."""
        items = await self.standin.items(self.title(ROLES.title))
        return {str(item["fields"].get("Key") or f"item {item['id']}"): item for item in items}

    async def edit(self, key: str, by: str = "ivan@example.com", **fields: object) -> str:
        """A person changes a row of the matrix; its id."""
        item = (await self.roles())[key]
        await self.standin.edit(self.title(ROLES.title), item["id"], fields, by=by)
        return str(item["id"])

    def title(self, english: str) -> str:
        """What people see over a list."""
        return words(self.language).t.text(english)

    async def clean(self) -> None:
        """No call inside a Retry-After, nothing to complain of."""
        assert await self.standin.report() == {"violations": [], "complaints": []}


async def quick(story: Mapping[str, Any]) -> bytes:
    """Something in place of a report: the real one takes two seconds (test_sharepoint_report.py)."""
    return b"PK" + json.dumps(story).encode()


@asynccontextmanager
async def beside(
    *, language: str = "en", provisioned: bool = True, store: Store | None = None, standin: StandIn | None = None
) -> AsyncIterator[Side]:
    """A desk and its sync before a stand-in whose lists are made."""
    if standin is None:
        async with (
            running() as new,
            beside(language=language, provisioned=provisioned, store=store, standin=new) as side,
        ):
            yield side
        return
    kept = store or await open_store("memory:")
    watch = Watch(standin)
    graph = graph_before(standin, watch)
    site = Site(graph, standin.site)
    async with playing(kept) as play:
        ports = Ports(play.desk, kept.journal, kept.positions, HandClock(), watch.elapsed)
        sync = Sync(site, ports, words(language), exercise=False, press=quick)
        try:
            if provisioned:
                await make_lists(standin, watch, language)
            yield Side(standin, watch, graph, site, play, sync, language)
        finally:
            await sync.close()
            await graph.close()
    if store is None:
        await kept.close()


async def make_lists(standin: StandIn, watch: Watch, language: str = "en") -> list[str]:
    """What `backline sharepoint provision` does; its lines."""
    graph = graph_before(standin, watch, patient=True)
    try:
        return [line async for line in provision(Site(graph, standin.site), words(language))]
    finally:
        await graph.close()
