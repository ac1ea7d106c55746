"""The stand-in put together: an aiohttp application, to be run in this process or as one of its own."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from tests.standins.graph import tls
from tests.standins.graph.budget import Budget
from tests.standins.graph.control import Control, routes
from tests.standins.graph.door import Door
from tests.standins.graph.login import Login, Tokens
from tests.standins.graph.model import Tenant


def application(tenant: Tenant) -> tuple[web.Application, Control]:
    """The application over a tenant; its addresses must be set before it is used."""
    tokens = Tokens(tenant)
    door = Door(tenant, Budget(tenant), tokens)
    login = Login(tokens, door.faults, door.cleared)
    control = Control(door, login)
    app = web.Application(client_max_size=260 * 1024**2)
    app.add_routes(routes(control))
    app.router.add_route("*", "/v1.0/{rest:.*}", door.handle)
    app.router.add_get("/download/{key}", door.download)
    app.router.add_post("/{tenant}/oauth2/v2.0/token", login.token)
    app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", login.configuration)
    app.router.add_get("/msi/token", login.identity)
    app.router.add_get("/common/discovery/instance", login.instance)

    async def stop(_: web.Application) -> None:
        door.cleared.set()

    app.on_shutdown.append(stop)
    return app, control


@asynccontextmanager
async def serve(tenant: Tenant | None = None, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Control]:
    """Run the stand-in in this process, in the clear and with TLS on a port of its own; `.tenant` says where."""
    tenant = tenant or Tenant()
    app, control = application(tenant)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    with tempfile.TemporaryDirectory() as folder:
        secure, trusted = tls.context(Path(folder))
        await web.TCPSite(runner, host, port).start()
        await web.TCPSite(runner, host, 0, ssl_context=secure).start()
        tenant.address, tenant.tls_address = (
            f"{scheme}://{host}:{address[1]}"
            for scheme, address in zip(("http", "https"), runner.addresses, strict=True)
        )
        control.trusted = str(trusted)
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
        print(control.tenant.address, flush=True)  # noqa: T201 - it is what the starter waits for
        await done.wait()
