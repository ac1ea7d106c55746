"""The stand-in put together: an aiohttp application, to be run in this process or as one of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.standins.slack.control import Control, routes
from tests.standins.slack.deliver import Deliverer
from tests.standins.slack.methods import table
from tests.standins.slack.model import Workspace
from tests.standins.slack.person import Hands
from tests.standins.slack.rates import Rates
from tests.standins.slack.reply_url import ReplyUrls
from tests.standins.slack.socket import Sockets
from tests.standins.slack.web import WebApi


def application(ws: Workspace) -> tuple[web.Application, Control]:
    """The application over a workspace; `ws.address` must be set before it is used."""
    sockets = Sockets(ws)
    deliverer = Deliverer(ws, sockets)
    hands = Hands(ws, deliverer)
    api = WebApi(ws, Rates(ws), table(sockets.connect), hands.flush)
    control = Control(api, hands, deliverer, sockets)
    app = web.Application(client_max_size=4 * 1024**2)
    app.router.add_route("POST", "/api/{method}", api.handle)
    app.router.add_route("GET", "/api/{method}", api.handle)
    app.router.add_get("/link/", sockets.handle)
    app.router.add_post("/{kind:actions|commands}/{key:.+}", ReplyUrls(api, hands).handle)
    app.add_routes(routes(control))

    async def stop(_: web.Application) -> None:
        api.cleared.set()
        sockets.stop()
        await deliverer.stop()

    app.on_shutdown.append(stop)
    return app, control


@asynccontextmanager
async def serve(ws: Workspace | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Control]:
    """Run the stand-in in this process; `.api.ws.address` says where."""
    ws = ws or Workspace()
    app, control = application(ws)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    ws.address = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield control
    finally:
        await runner.cleanup()


async def forever(host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT; the address is the first line on standard output."""
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, done.set)
    async with serve(host=host, port=port) as control:
        print(control.api.ws.address, flush=True)  # noqa: T201 - it is what the starter waits for
        await done.wait()
