"""The stand-in put together: an aiohttp application, to be run in this process or as one of its own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.standins.teams.control import Control, routes
from tests.standins.teams.deliver import Deliverer
from tests.standins.teams.doors import Doors
from tests.standins.teams.keys import Keys
from tests.standins.teams.model import Cloud
from tests.standins.teams.person import Hands
from tests.standins.teams.rates import Rates


def application(cloud: Cloud) -> tuple[web.Application, Control]:
    """The application over a tenant; `cloud.address` must be set before it is used."""
    keys = Keys()
    doors = Doors(cloud, Rates(cloud), keys)
    deliverer = Deliverer(cloud, keys)
    control = Control(doors, Hands(cloud, deliverer), deliverer)
    app = web.Application(client_max_size=4 * 1024**2)
    app.add_routes(routes(control))
    app.router.add_post("/{tenant}/oauth2/v2.0/token", doors.token)
    app.router.add_get("/v1/.well-known/openidconfiguration", doors.openid)
    app.router.add_get("/v1/.well-known/keys", doors.signing_keys)

    async def connector(request: web.Request) -> web.StreamResponse:
        if not request.path.startswith(f"/{cloud.settings.service_path}/v3/"):
            raise web.HTTPNotFound
        return await doors.connector(request)

    app.router.add_route("*", "/{path:.*}", connector)

    async def stop(_: web.Application) -> None:
        doors.cleared.set()
        await deliverer.stop()

    app.on_shutdown.append(stop)
    return app, control


@asynccontextmanager
async def serve(cloud: Cloud | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Control]:
    """Run the stand-in in this process; `.cloud.address` says where."""
    cloud = cloud or Cloud()
    app, control = application(cloud)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    cloud.address = f"http://{host}:{runner.addresses[0][1]}"
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
        print(control.cloud.address, flush=True)  # noqa: T201 - it is what the starter waits for
        await done.wait()
