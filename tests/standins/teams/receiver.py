"""A small bot for the stand-in's own tests: keeps what it gets, checks the token, answers what it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.standins.slack.check import Json


@dataclass
class Got:
    """One request: headers, raw body, the activity, the token."""

    headers: dict[str, str]
    raw: bytes
    activity: Json
    token: str


@dataclass
class Receiver:
    """`answers` are used up one after another; then 200 and nothing. -1: no answer until `slow` is set."""

    address: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int | Json] = field(default_factory=list)
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Keep it, answer it."""
        raw = await request.read()
        try:
            activity = json.loads(raw)
        except ValueError:
            activity = {}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.got.append(Got(dict(request.headers), raw, activity, token))
        answer = self.answers.pop(0) if self.answers else 200
        if answer == -1:
            await self.slow.wait()
            return web.Response()
        return web.Response(status=answer) if isinstance(answer, int) else web.json_response(answer)

    def invoke_with(self, status: int, kind: str, value: object) -> None:
        """Answer the next invoke so."""
        self.answers.append({"statusCode": status, "type": kind, "value": value})


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """The bot, on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/api/messages", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.address = f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages"
    try:
        yield receiver
    finally:
        receiver.slow.set()
        await runner.cleanup()
