"""What a fault makes of an answer, for Graph and the login service alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.standins.graph.asked import Answer
from tests.standins.graph.errors import GraphError, throttled, unauthenticated
from tests.standins.graph.faults import Fault

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>proxy</body></html>"
HTML = {"Content-Type": "text/html"}
DROPPED = Answer(0)
EXPIRED = "Lifetime validation failed, the token is expired."

Act = Callable[[], Awaitable[Answer]]
Fail = Callable[[GraphError], Answer]


async def through(fault: Fault, act: Act, fail: Fail, cleared: asyncio.Event, hold: Callable[[int], int]) -> Answer:
    """The answer with the fault; `fail` words an error, `hold` notes how long the caller is told to wait."""
    match fault.kind:
        case "throttled":
            return fail(throttled(hold(fault.retry_after or 5)))
        case "error":
            return fail(GraphError(fault.status, fault.code, fault.message))
        case "expired":
            return fail(unauthenticated(EXPIRED))
        case "reset":
            return DROPPED
        case "slow":
            await asyncio.sleep(fault.seconds)
            return await act()
        case "conflict":
            return await act()
        case _:
            return await _broken(fault, act, fail, cleared, hold)


async def _broken(fault: Fault, act: Act, fail: Fail, cleared: asyncio.Event, hold: Callable[[int], int]) -> Answer:
    """Faults that may come after everything is done."""
    if fault.accepted or fault.kind in ("lost", "malformed"):
        await act()
    match fault.kind:
        case "server_error":
            headers = {"Retry-After": str(hold(fault.retry_after))} if fault.retry_after else {}
            return fail(GraphError(fault.status, fault.code, fault.message, headers=headers))
        case "html":
            return Answer(fault.status, PAGE, HTML)
        case "empty":
            return Answer(200)
        case "malformed":
            return Answer(200, b'{"value": [{"id": "1', {"Content-Type": "application/json"})
        case "black_hole":
            await cleared.wait()
            return DROPPED
        case _:
            return DROPPED


async def outage(kind: str, fail: Fail, cleared: asyncio.Event) -> Answer:
    """What everybody gets while the whole service is away."""
    match kind:
        case "503":
            return fail(GraphError(503, "serviceNotAvailable", "The service is not available. Try again."))
        case "html":
            return Answer(502, PAGE, HTML)
        case "black_hole":
            await cleared.wait()
            return DROPPED
        case _:
            return DROPPED
