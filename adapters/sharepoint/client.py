"""Calls to Graph: one at a time, through the gate, every end a value or one kind of error. Never repeats a write.

Batches are our own: parts are independent unless they are a chain, which Graph works through in order until one fails.
"""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from adapters.sharepoint.failure import UNKNOWN, GraphFailed, Held, failure_of, part_failure
from adapters.sharepoint.gate import Gate
from adapters.sharepoint.login import Address, Login

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation

    from adapters.sharepoint.sdk import Wire

MOST_PARTS = 20
_THROTTLED_FOR = 10.0  # seconds, when Graph says 429 and not how long
Make = Callable[["Wire"], "RequestInformation"]


class Counts(Protocol):
    """Who counts the calls, for the metrics."""

    def called(self, result: str, units: int) -> None:
        """A call has ended: `ok`, or a code of `bot.wording.sync.TROUBLES`, or `refused`."""


class Uncounted:
    """Nobody counts."""

    def called(self, result: str, units: int) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Part:
    """A request in a batch; `url` below the version. `units`: what it costs."""

    method: str
    url: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    units: int = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a part: what came back, or how it failed."""

    body: Mapping[str, Any]
    failed: GraphFailed | None = None


class Graph:
    """Calls of one process. `elapsed`: seconds that only grow; `patience`: waits instead of raising `Held`."""

    def __init__(
        self,
        connect: Callable[[], Wire],
        elapsed: Callable[[], float],
        *,
        counts: Counts | None = None,
        patience: Callable[[float], Any] | None = None,
    ) -> None:
        self.gate = Gate.at(elapsed())
        self.alive: Callable[[], None] = lambda: None  # told before each call
        self._connect = connect
        self._elapsed = elapsed
        self._counts = counts or Uncounted()
        self._patience = patience
        self._wire: Wire | None = None
        self._turn = asyncio.Lock()  # a 429 must find no other call under way

    async def wire(self) -> Wire:
        """The SDK; loaded and opened in a thread the first time."""
        if self._wire is None:
            self._wire = await asyncio.to_thread(self._connect)
        return self._wire

    async def close(self) -> None:
        """Let go of all connections."""
        if self._wire is not None:
            await self._wire.close()
            self._wire = None

    def wait(self) -> float:
        """Seconds until a call may go again."""
        return self.gate.wait(1, self._elapsed())

    async def send(self, make: Make, units: int, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Send what a builder makes, once; the JSON that came back. Raises `Held`, `GraphFailed`."""
        async with self._turn:
            return await self._send(make, units, headers)

    async def batch(self, parts: Sequence[Part], *, chain: bool = False) -> list[Reply]:
        """At most 20 requests in one, each with its reply. `chain`: in this order, and none after one that failed.

        Raises `Held`, `GraphFailed` when the whole batch failed; then nobody knows about any part.
        """
        requests = [_request(number, part, chain=chain) for number, part in enumerate(parts)]
        units = sum(part.units for part in parts)
        async with self._turn:
            body = await self._send(lambda wire: wire.request("POST", "/$batch", {"requests": requests}), units)
            replies = _replies(body, len(parts))
            self._note_parts([reply.failed for reply in replies if reply.failed])
        return replies

    async def _send(self, make: Make, units: int, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        await self._pass(units)
        try:
            return await self._once(make, units, headers)
        except GraphFailed as failed:
            if failed.status != 401 or failed.code == "denied":  # noqa: PLR2004 - HTTP: the token is over
                raise
        await (await self.wire()).forget_token()
        await self._pass(units)
        return await self._once(make, units, headers)

    async def _pass(self, units: int) -> None:
        while (seconds := self.gate.wait(units, self._elapsed())) > 0:
            if self._patience is None:
                raise Held(seconds)
            await self._patience(seconds)
        self.gate.take(units, self._elapsed())

    async def _once(self, make: Make, units: int, headers: Mapping[str, str] | None) -> Any:  # noqa: ANN401 - JSON
        self.alive()
        try:
            wire = await self.wire()
            body = _decoded(await wire.send(make(wire), headers))
        except GraphFailed as failed:
            self._note(failed, units)
            raise
        except Exception as error:
            found = failure_of(error) or _raised(error)
            self._note(found, units)
            raise found from error
        self.gate.calm()
        self._counts.called("ok", units)
        return body

    def _note(self, failed: GraphFailed, units: int) -> None:
        if failed.throttled:
            self._hold(failed)
        if failed.unanswered:
            self.gate.failed(self._elapsed())
        elif not failed.throttled:
            self.gate.calm()
        trouble = failed.trouble
        self._counts.called("refused" if trouble == "broken" else trouble, units)

    def _note_parts(self, failed: Sequence[GraphFailed]) -> None:
        """A part that is told to wait speaks for the whole app; one that nobody answered, for Graph."""
        for one in failed:
            if one.throttled:
                self._hold(one)
        if any(one.unanswered for one in failed):
            self.gate.failed(self._elapsed())

    def _hold(self, failed: GraphFailed) -> None:
        self.gate.hold(_THROTTLED_FOR if failed.retry_after is None else failed.retry_after, self._elapsed())


def connector(login: Login, address: Address) -> Callable[[], Wire]:
    """What opens the SDK; loads it first."""

    def connect() -> Wire:
        wire: Wire = importlib.import_module("adapters.sharepoint.sdk").Wire(login, address)
        return wire

    return connect


def _decoded(data: bytes | None) -> Any:  # noqa: ANN401 - JSON
    """JSON; an answer without any tells nothing. Raises `GraphFailed`."""
    if not data:
        raise GraphFailed(UNKNOWN, "empty", "an answer without content")
    try:
        return json.loads(data)
    except ValueError:
        raise GraphFailed(UNKNOWN, "unreadable", "an answer that is no JSON") from None


def _raised(error: Exception) -> GraphFailed:
    """Something in the SDK broke; the call may have been made."""
    return GraphFailed(UNKNOWN, type(error).__name__, " ".join(str(error).split())[:300])


def _request(number: int, part: Part, *, chain: bool) -> dict[str, Any]:
    request: dict[str, Any] = {"id": str(number), "method": part.method, "url": part.url}
    headers = dict(part.headers)
    if part.body is not None:
        request["body"] = part.body
        headers["Content-Type"] = "application/json"
    if headers:
        request["headers"] = headers
    if chain and number:
        request["dependsOn"] = [str(number - 1)]
    return request


def _replies(body: object, count: int) -> list[Reply]:
    """A reply for each part, in the order of the parts; one that Graph left out is unknown."""
    answers: dict[str, Mapping[str, Any]] = {}
    found = body.get("responses") if isinstance(body, Mapping) else None
    for answer in found if isinstance(found, list) else ():
        if isinstance(answer, Mapping):
            answers[str(answer.get("id"))] = answer
    return [_reply(answers.get(str(number))) for number in range(count)]


def _reply(answer: Mapping[str, Any] | None) -> Reply:
    if answer is None:
        return Reply({}, GraphFailed(UNKNOWN, "missing", "a part of a batch without an answer"))
    status, body = answer.get("status"), answer.get("body")
    headers = answer.get("headers")
    if isinstance(status, int) and 200 <= status < 300:  # noqa: PLR2004 - HTTP's successes
        if isinstance(body, Mapping):
            return Reply(body)
        return Reply({}, GraphFailed(UNKNOWN, "empty", "an answer without content"))
    return Reply({}, part_failure(status if isinstance(status, int) else UNKNOWN, body, headers or {}))
