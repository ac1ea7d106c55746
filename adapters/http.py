"""The web server's own pages: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.observe import alarm
from adapters.upkeep import Pulse
from bot.ports import StoreError

_LARGEST_BODY = 1024 * 1024  # bytes; a form of ours has a few hundred


@dataclass(frozen=True, slots=True)
class Health:
    """What taking reports depends on: a database that takes a write within `patience` seconds, and parts that live."""

    ping: Callable[[], Awaitable[None]]
    pulses: Sequence[Pulse]
    patience: float = 5.0

    async def troubles(self) -> list[str]:
        """Why reports cannot be taken; empty when they can."""
        found = [trouble for pulse in self.pulses if (trouble := pulse.trouble())]
        try:
            async with asyncio.timeout(self.patience):
                await self.ping()
        except TimeoutError:
            found.append(f"the database did not take a write within {self.patience:g} s")
        except StoreError as error:
            found.append(f"the database takes no writes: {error}")
        return found


def make_http(health: Health, metrics: Callable[[], Awaitable[bytes]]) -> web.Application:
    """The application with its own pages; platforms and desk add theirs."""
    app = web.Application(middlewares=[_reporting], client_max_size=_LARGEST_BODY)

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def readyz(_request: web.Request) -> web.Response:
        troubles = await health.troubles()
        return web.Response(status=503 if troubles else 200, text="\n".join(troubles or ["ready"]) + "\n")

    async def metrics_page(_request: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=await metrics(), headers=headers)

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics_page)
    return app


@web.middleware
async def _reporting(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost handler: what nobody expected is reported, and the caller told so."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        route = request.match_info.route.resource
        alarm("request.failed", error, method=request.method, route=route.canonical if route else None)
        raise web.HTTPInternalServerError(text="something went wrong here; it is in the log\n") from error
