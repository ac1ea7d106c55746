"""A small app for the stand-in's own tests: keeps what it gets and answers what it is told to."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from tests.standins.slack.check import Json


@dataclass
class Got:
    """One request: headers, raw body, what it says, and whether its signature is right."""

    headers: dict[str, str]
    raw: bytes
    payload: Json
    signed: bool


@dataclass
class Receiver:
    """`answers` are used up one after another; then 200 and nothing. An answer is a status, a body, or a coroutine."""

    address: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int | str | Json | Callable[[Json], Awaitable[Json | None]]] = field(default_factory=list)
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Keep it, answer it. -1 as a status: no answer until `slow` is set."""
        raw = await request.read()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        digest = hmac.new(b"standin-signing-secret", b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
        good = request.headers.get("X-Slack-Signature") == f"v0={digest}"
        payload = read(request.content_type, raw)
        self.got.append(Got(dict(request.headers), raw, payload, good))
        answer = self.answers.pop(0) if self.answers else 200
        if answer == -1:
            await self.slow.wait()
            return web.Response()
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, str):
            return web.Response(text=answer)
        if callable(answer):
            answer = await answer(payload) or {}
        return web.json_response(answer) if answer else web.Response()


def read(content_type: str, raw: bytes) -> Json:
    """What a request says; nothing where it cannot be read."""
    try:
        if content_type == "application/json":
            return dict(json.loads(raw))
        form = dict(parse_qsl(raw.decode()))
        return dict(json.loads(form["payload"])) if "payload" in form else form
    except (ValueError, TypeError):
        return {}


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """The app, on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/slack", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.address = f"http://127.0.0.1:{runner.addresses[0][1]}/slack"
    try:
        yield receiver
    finally:
        receiver.slow.set()
        await runner.cleanup()
