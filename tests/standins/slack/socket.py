"""Socket Mode's server side. Source: docs.slack.dev/apis/events-api/using-socket-mode."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.standins.slack.args import Args
from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError
from tests.standins.slack.model import Workspace

HOST = "applink-standin"
TICKET_SECONDS = 30.0


@dataclass
class Line:
    """One connection. `dead`: the TCP connection stays up, but nothing is read or written any more."""

    id: str
    socket: web.WebSocketResponse
    request: web.Request
    opened: float
    dead: bool = False
    leaving: bool = False
    sent: int = 0
    acked: int = 0
    pings: int = 0
    unanswered: int = 0

    def shape(self) -> Json:
        """What the control API shows."""
        names = ("id", "opened", "dead", "sent", "acked", "pings", "unanswered")
        return {name: getattr(self, name) for name in names}


@dataclass
class Sockets:
    """All connections of the app."""

    ws: Workspace
    lines: dict[str, Line] = field(default_factory=dict)
    tickets: dict[str, float] = field(default_factory=dict)
    waiting: dict[str, tuple[asyncio.Future[object], bool]] = field(default_factory=dict)
    disabled: bool = False
    _turn: int = 0
    _ending: set[asyncio.Task[bool]] = field(default_factory=set)

    def connect(self, ws: Workspace, _: Args) -> Json:
        """apps.connections.open: a WebSocket address that works once, for 30 s."""
        if self.disabled or ws.settings.mode != "socket":
            raise ApiError("socket_mode_not_enabled")
        ticket = secrets.token_hex(16)
        self.tickets[ticket] = ws.now()
        address = ws.address.replace("http", "ws", 1)
        return {"url": f"{address}/link/?ticket={ticket}&app_id={ws.settings.app}"}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """A connection, from hello to the end."""
        issued = self.tickets.pop(request.query.get("ticket", ""), None)
        if issued is None or self.ws.now() - issued > TICKET_SECONDS:
            return web.Response(status=401, text="invalid ticket")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self.lines) >= self.ws.settings.socket_most:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": HOST}}
            )
            await socket.close()
            return socket
        line = Line(secrets.token_hex(4), socket, request, self.ws.now())
        self.lines[line.id] = line
        await socket.send_json(self._hello())
        pinger = asyncio.create_task(self._ping(line))
        try:
            await self._listen(line)
        finally:
            pinger.cancel()
            self.lines.pop(line.id, None)
        return socket

    def _hello(self) -> Json:
        debug = {"host": HOST, "build_number": 1, "approximate_connection_time": 18060}
        connection = {"app_id": self.ws.settings.app}
        return {"type": "hello", "num_connections": len(self.lines), "debug_info": debug, "connection_info": connection}

    async def _listen(self, line: Line) -> None:
        while True:
            message = await line.socket.receive()
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                return
            if line.dead:
                continue
            if message.type == WSMsgType.PING:
                with contextlib.suppress(ConnectionError):
                    await line.socket.pong(message.data)
            elif message.type == WSMsgType.PONG:
                line.unanswered = 0
            elif message.type == WSMsgType.TEXT:
                self._acked(line, message.data)

    def _acked(self, line: Line, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "envelope_id" not in answer:
            self.ws.complain("a socket message that is no acknowledgement", text=text[:200])
            return
        future, takes_payload = self.waiting.pop(answer["envelope_id"], (None, False))
        if future is None or future.done():
            self.ws.complain("an acknowledgement nobody waits for", envelope=answer["envelope_id"])
            return
        line.acked += 1
        payload = answer.get("payload")
        if payload and not takes_payload:
            self.ws.complain("a payload in an acknowledgement that takes none", envelope=answer["envelope_id"])
        future.set_result(payload if takes_payload else None)

    async def _ping(self, line: Line) -> None:
        while not line.socket.closed:
            await asyncio.sleep(self.ws.settings.ping_seconds)
            if line.dead:
                continue
            if line.unanswered >= 3:
                await line.socket.close()
                return
            line.pings += 1
            line.unanswered += 1
            with contextlib.suppress(ConnectionError):
                await line.socket.ping(f"Ping from {HOST}".encode())

    async def send(
        self, kind: str, payload: Json, *, takes_payload: bool, retry: Json | None = None
    ) -> tuple[object, str]:
        """Send to one connection in turn and wait for its acknowledgement: its payload and the connection's id.

        Raises ConnectionError when nobody is connected, TimeoutError when no acknowledgement came in time.
        """
        if not self.lines:
            raise ConnectionError("no connection")
        self._turn += 1
        open_lines = [line for line in self.lines.values() if not line.leaving] or list(self.lines.values())
        line = open_lines[self._turn % len(open_lines)]
        envelope: Json = {"envelope_id": secrets.token_hex(16), "payload": payload, "type": kind}
        envelope |= {"accepts_response_payload": takes_payload, **(retry or {})}
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.waiting[envelope["envelope_id"]] = future, takes_payload
        try:
            async with asyncio.timeout(self.ws.settings.ack_seconds):
                line.sent += 1
                if not line.dead:
                    with contextlib.suppress(ConnectionError):  # what is sent into a closing line is lost
                        await line.socket.send_json(envelope)
                return await future, line.id
        finally:
            self.waiting.pop(envelope["envelope_id"], None)

    async def do(self, action: str, which: str = "") -> None:
        """Order trouble for one connection or all: disconnect reasons, "close", "drop", "dead", "alive"."""
        for line in [line for line in self.lines.values() if which in ("", line.id)]:
            if action in ("warning", "refresh_requested", "link_disabled"):
                self.disabled = self.disabled or action == "link_disabled"
                await line.socket.send_json({"type": "disconnect", "reason": action, "debug_info": {"host": HOST}})
                if action != "warning":
                    line.leaving = True
                    wait = 0.0 if action == "link_disabled" else self.ws.settings.refresh_seconds
                    asyncio.get_running_loop().call_later(wait, self._end, line)
            elif action == "close":
                await line.socket.close()
            elif action == "drop" and line.request.transport is not None:
                line.request.transport.abort()
            elif action in ("dead", "alive") and isinstance(line.request.transport, asyncio.Transport):
                line.dead = action == "dead"
                line.request.transport.pause_reading() if line.dead else line.request.transport.resume_reading()

    def _end(self, line: Line) -> None:
        """Close it, whatever is on its way."""
        task = asyncio.create_task(line.socket.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def stop(self) -> None:
        """Drop every connection."""
        for line in list(self.lines.values()):
            if line.request.transport is not None:
                line.request.transport.abort()
