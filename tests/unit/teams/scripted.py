"""A server on this computer that gives the answers it was told to give, in order, and writes down what it was asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Say:
    """One answer. `body`: JSON, or a text; `end`: the connection ends instead; `hang`: nothing comes until then."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    end: bool = False
    hang: asyncio.Event | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `path` as it came, still escaped."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Scripted:
    """`usually` answers when nothing else was said."""

    usually: Callable[[Asked], Say]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    says: deque[Say] = field(default_factory=deque)

    def say(self, *answers: Say) -> None:
        """The next answers."""
        self.says.extend(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Write it down and answer."""
        form = request.content_type == "application/x-www-form-urlencoded"
        body = dict(await request.post()) if form else await request.json() if request.can_read_body else None
        asked = Asked(request.method, request.raw_path, dict(request.headers), body)
        self.asked.append(asked)
        answer = self.says.popleft() if self.says else self.usually(asked)
        if answer.hang:
            await answer.hang.wait()
        if answer.end:
            assert request.transport
            request.transport.abort()
            return web.Response()
        if isinstance(answer.body, str):
            return web.Response(status=answer.status, text=answer.body, headers=answer.headers)
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)


@asynccontextmanager
async def serving(usually: Callable[[Asked], Say]) -> AsyncIterator[Scripted]:
    """The server, until the end."""
    scripted = Scripted(usually)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield scripted
    finally:
        await runner.cleanup()
