"""`backline sharepoint …`."""

from __future__ import annotations

import asyncio
import os
import time

from adapters.app import kept_in_sharepoint
from adapters.commands.terminal import say, warn
from adapters.files import read_company
from adapters.problem import Problem
from adapters.settings import Settings, load_settings
from adapters.sharepoint.app import language, make_graph, site_of
from adapters.sharepoint.failure import UNKNOWN, GraphFailed
from adapters.sharepoint.provision import NotAllowed
from adapters.sharepoint.provision import provision as work
from adapters.sharepoint.site import Site
from bot.wording.catalogue import tongue
from bot.wording.sync import TROUBLES

_PATIENCE = 600.0  # seconds for all of it, Graph's own wishes to wait among them


def provision() -> int:
    """Make or check the lists; 1 when Graph does not let us. Raises `Problem`."""
    settings = _settings()
    try:
        asyncio.run(asyncio.wait_for(_provision(settings), _PATIENCE))
    except NotAllowed as error:
        warn(str(error))
        return 1
    except GraphFailed as failed:
        warn(f"{_said(failed, settings)}. What was done stays; run it again. backline doctor looks closer")
        return 1
    except TimeoutError:
        warn(f"not finished within {_PATIENCE / 60:.0f} minutes; what was done stays, run it again")
        return 1
    return 0


def _said(failed: GraphFailed, settings: Settings) -> str:
    if failed.status == UNKNOWN:
        login = os.environ.get("AZURE_AUTHORITY_HOST", "login.microsoftonline.com")
        where = f" from {settings.graph_base_url}" if failed.why == "no answer" else f" at {login}"
        return f"{failed.why}{where} ({failed.code}); check the network"
    return f"Graph did not do it: {failed}"


async def _provision(settings: Settings) -> None:
    graph = make_graph(settings, time.monotonic, patience=asyncio.sleep)
    try:
        async for line in work(Site(graph, site_of(settings)), language(settings, read_company(settings.company))):
            say(line)
    finally:
        await graph.close()


def status() -> int:
    """Print how far SharePoint is; 1 when something is wrong. Raises `Problem`, `StoreError`."""
    kept = asyncio.run(kept_in_sharepoint(_settings()))
    waiting = kept.entries - kept.has
    if waiting and kept.since:
        say(f"{waiting} of {kept.entries} entries wait since {kept.since:%Y-%m-%d %H:%M:%S} UTC")
    else:
        say(f"in step: all {kept.entries} entries are in SharePoint")
    for name in ("log", "incidents", "plans", "reports"):
        say(f"{name:<9}  up to entry {kept.place.get(name, 0)}")
    if kept.trouble:
        say(f"trouble    {kept.trouble}: {tongue('en').text(TROUBLES.get(kept.trouble, TROUBLES['broken']))}")
    if again := kept.place.get("again"):
        say(f"circuit    open, tried again at {again}")
    return int(bool(kept.trouble))


def _settings() -> Settings:
    settings = load_settings()
    if not settings.sharepoint:
        raise Problem("GRAPH_SITE is not set, so there is no SharePoint; docs/how-to/sharepoint.md begins there")
    return settings
