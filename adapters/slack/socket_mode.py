"""Socket Mode: this server calls Slack, over two WebSocket lines, so that one may be renewed while the other works.

An envelope is acknowledged after the commit. A line that Slack wants to renew stays until its answers are out, while
the new one is up already. A line that is dead without having been closed is noticed by pings within four seconds.
Source: docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from adapters.chat.house import Counts
from adapters.observe import alarm, logger
from adapters.slack.listen import Answer, kind_of
from bot.ports import Json, SendError

LINES = 2
HEARTBEAT = 2.5  # seconds between pings; without an answer within half of that the line is dead
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before connecting again
MOST_AT_ONCE = 500  # envelopes being worked on; more wait in the connection
LARGEST_MESSAGE = 1024 * 1024
_KINDS = ("events_api", "slash_commands", "interactive")
_HELLO_SECONDS = 10.0
_RENEWALS = frozenset({"warning", "refresh_requested"})  # why Slack closes a line soon: about ten seconds' notice
_RENEWED = "renewed"
_LINGER = 10.0  # seconds that a line to be renewed stays at most
_ANSWERS_OUT = 2.5  # seconds that answers in work get before a line is closed: they are quicker than that, or too late


class Intake(Protocol):
    """What takes a payload."""

    async def take(self, payload: Json) -> Answer:
        """Do what it asks; returns after the commit. Raises nothing."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the lines need. `address` gives a fresh WebSocket URL, or raises `SendError`; `came_back` is told how many
    seconds nobody was connected; `alive` is called while somebody is.
    """

    intake: Intake
    counts: Counts
    session: aiohttp.ClientSession
    address: Callable[[], Awaitable[str]]
    elapsed: Callable[[], float]
    came_back: Callable[[float], None]
    alive: Callable[[], None]


@dataclass(eq=False, slots=True)
class _Line:
    """One connection. `leaving`: Slack closes it soon; `works`: what came over it and is not answered yet."""

    number: int
    socket: aiohttp.ClientWebSocketResponse
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    works: set[asyncio.Task[None]] = field(default_factory=set)


class SocketMode:
    """One per process."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._up = 0
        self._since = wiring.elapsed()  # when the last line went down
        self._busy = asyncio.Semaphore(MOST_AT_ONCE)
        self._works: set[asyncio.Task[None]] = set()
        self._staying: set[asyncio.Task[str]] = set()  # lines that are up, those to be renewed among them
        self._closing = False

    @property
    def up(self) -> int:
        """How many lines are connected."""
        return self._up

    async def run(self) -> None:
        """Keep the lines up until cancelled; then let what was begun be finished and acknowledged."""
        lines = [asyncio.create_task(self._keep(number), name=f"slack-line-{number}") for number in range(LINES)]
        try:
            while True:
                if self._up:
                    self._wiring.alive()
                done, _ = await asyncio.wait(lines, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
                for line in done:
                    line.result()  # a line never ends by itself: raise what broke it
        finally:
            self._closing = True  # what comes now is not taken, so Slack delivers it to whoever is next
            if self._works:
                await asyncio.wait(self._works, timeout=2.0)
            ending = [*lines, *self._staying]
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    async def _keep(self, number: int) -> None:
        pause = FIRST_PAUSE * number  # so that they are not renewed in the same moment
        while True:
            await asyncio.sleep(pause)
            began = self._wiring.elapsed()
            try:
                why = await self._line(number)
            except SendError as error:
                why = str(error)
                if error.retry_after:
                    await asyncio.sleep(error.retry_after.total_seconds())
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                why = type(error).__name__
            lasted = self._wiring.elapsed() - began
            pause = FIRST_PAUSE if lasted > LONGEST_PAUSE else min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * pause))
            if why == _RENEWED:
                pause = 0.0 if lasted > LONGEST_PAUSE else FIRST_PAUSE
                logger().info("slack.line_renewed", line=number, lasted=round(lasted, 1))
            else:
                logger().warning("slack.line_down", line=number, why=why, lasted=round(lasted, 1), up=self._up)

    async def _line(self, number: int) -> str:
        """One connection, from asking for its address to its end, or until it is to be renewed; why."""
        url = await self._wiring.address()
        socket = await self._wiring.session.ws_connect(
            url,
            heartbeat=HEARTBEAT,
            max_msg_size=LARGEST_MESSAGE,
            timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            autoclose=False,  # answers in work may still go out
        )
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                first = _read(await socket.receive())
        except BaseException:
            await socket.close()
            raise
        if first.get("type") != "hello":
            await socket.close()
            return str(first.get("reason") or "no hello")
        return await self._until_renewed(_Line(number, socket))

    async def _until_renewed(self, line: _Line) -> str:
        staying = asyncio.create_task(self._stay(line), name=f"slack-line-{line.number}-up")
        self._staying.add(staying)
        staying.add_done_callback(self._staying.discard)
        leaving = asyncio.create_task(line.leaving.wait())
        try:
            await asyncio.wait({staying, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
        return staying.result() if staying.done() else _RENEWED

    async def _stay(self, line: _Line) -> str:
        """Listen until the line ends, or some time after Slack has said that it will; then close it. Why it ended."""
        self._connected(line.number)
        listening = asyncio.create_task(self._listen(line))
        try:
            leaving = asyncio.create_task(line.leaving.wait())
            await asyncio.wait({listening, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            await asyncio.wait({listening}, timeout=_LINGER)
            if line.works:
                await asyncio.wait(set(line.works), timeout=_ANSWERS_OUT)
            return listening.result() if listening.done() else _RENEWED
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            self._up -= 1
            self._since = self._wiring.elapsed()
            await line.socket.close()

    def _connected(self, number: int) -> None:
        if not self._up:
            self._wiring.came_back(self._wiring.elapsed() - self._since)
        self._up += 1
        logger().info("slack.line_up", line=number, up=self._up)

    async def _listen(self, line: _Line) -> str:
        async for message in line.socket:
            envelope = _read(message)
            if envelope.get("type") == "disconnect":
                reason = str(envelope.get("reason"))
                if reason not in _RENEWALS:
                    return reason
                line.leaving.set()
                continue
            takes = not self._closing and envelope.get("type") in _KINDS
            if takes and isinstance(envelope.get("payload"), dict):
                await self._busy.acquire()
                work = asyncio.create_task(self._work(line.socket, envelope), name="slack-envelope")
                for works in (self._works, line.works):
                    works.add(work)
                    work.add_done_callback(works.discard)
                work.add_done_callback(lambda _: self._busy.release())
        return str(line.socket.exception() or f"closed {line.socket.close_code}")

    async def _work(self, line: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        payload: dict[str, Any] = envelope["payload"]
        answer = await self._wiring.intake.take(payload)
        kind = kind_of(payload)
        self._wiring.counts.requested(kind, "again" if answer.again else "taken")
        if attempt := envelope.get("retry_attempt"):
            logger().info("slack.redelivered", kind=kind, attempt=str(attempt)[:3], again=answer.again)
        if answer.again:
            return  # not acknowledged: Slack delivers it once more
        ack: dict[str, Any] = {"envelope_id": envelope.get("envelope_id")}
        if answer.body is not None and envelope.get("accepts_response_payload"):
            ack["payload"] = answer.body
        try:
            await line.send_str(json.dumps(ack))
        except (ConnectionError, aiohttp.ClientError) as error:
            # Committed, but Slack does not know: an event comes again and counts once, a person sees a failure.
            logger().warning("slack.unacknowledged", kind=kind, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the end of the line, and it reports
            alarm("slack.acknowledging_failed", error, kind=kind)


def _read(message: aiohttp.WSMessage) -> Json:
    """The message as an object; an empty one for anything else."""
    if message.type is not aiohttp.WSMsgType.TEXT:
        return {}
    try:
        found = json.loads(message.data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
