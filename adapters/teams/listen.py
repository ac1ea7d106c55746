"""`POST /api/messages`: every activity of Teams. Read, verify, parse, hand in, answer.

Nothing is parsed before the token is known to be good, and nothing of a body is ever logged. Whoever sends nonsense
gets 4xx, whoever is not Teams or not of our company 401 or 403.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from adapters.chat.bodies import Bodies, TooLarge
from adapters.chat.house import Counts
from adapters.observe import logger
from adapters.settings import is_loopback
from adapters.teams.auth import Auth, Refused
from adapters.teams.payloads import ACTION
from bot.ports import Json

PATH = "/api/messages"
LARGEST_BODY = 256 * 1024  # bytes; Teams takes 28 KB of a person and sends a few thousand around it
_DEEPEST = 40  # objects and lists in each other; Teams has about eight
_KINDS = frozenset(
    {
        "message",
        "conversationUpdate",
        "installationUpdate",
        "messageReaction",
        "messageUpdate",
        "messageDelete",
        "event",
    }
)

Take = Callable[[web.Request, Json], Awaitable[web.Response]]


class BadBody(ValueError):
    """A body that is no activity."""


class Listener:
    """One per process. `open_to_all`: no token is asked for, so that only this computer's programs may call."""

    def __init__(self, take: Take, auth: Auth, counts: Counts, *, open_to_all: bool = False) -> None:
        self._take = take
        self._auth = auth
        self._counts = counts
        self._open_to_all = open_to_all
        self._bodies = Bodies(LARGEST_BODY)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        if request.headers.get("Content-Encoding"):
            return self._turned_away("encoded", 415)  # Teams does not; a small body may unpack to a huge one
        if request.content_type != "application/json":
            return self._turned_away("content_type", 415)  # a page of another site could send any other
        if self._open_to_all and not is_loopback(request.url.host or ""):
            return self._turned_away("host_foreign", 403)
        try:
            raw = await self._bodies.read(request)
        except TimeoutError:
            return self._turned_away("slow", 408)
        except (ConnectionError, web.RequestPayloadError):  # cut off, or its parts do not add up
            return self._turned_away("incomplete", 400)
        except TooLarge:
            return self._turned_away("too_large", 413)
        try:
            claims = await self._auth.claims(request.headers.get("Authorization"))
            activity = parse(raw)
            self._auth.demand(claims, activity)
        except Refused as refused:
            return self._turned_away(refused.why, refused.status)
        except BadBody:
            return self._turned_away("malformed", 400)
        answer = await self._take(request, activity)
        self._counts.requested(kind_of(activity), "taken" if answer.status < 300 else "again")  # noqa: PLR2004 - RFC 9110
        return answer

    def _turned_away(self, why: str, status: int) -> web.Response:
        self._counts.requested("unknown", why)
        logger().warning("teams.turned_away", why=why)
        response = web.Response(status=status, text=f"{why}\n")
        if status in (408, 413):
            response.force_close()  # whatever still comes is not waited for
        return response


def parse(raw: bytes) -> Json:
    """The activity: a JSON object that is not too deep. Raises `BadBody`."""
    try:
        found = json.loads(raw.decode())
        if b"\\ud" in raw or b"\\uD" in raw:
            json.dumps(found, ensure_ascii=False).encode()  # half a character cannot be kept anywhere
    except (ValueError, RecursionError) as error:  # also invalid UTF-8
        raise BadBody(type(error).__name__) from None
    if not isinstance(found, dict):
        raise BadBody("not an object")
    if raw.count(b"[") + raw.count(b"{") > _DEEPEST and _is_deep(found):
        raise BadBody("too deep")
    return found


def _is_deep(found: Any) -> bool:  # noqa: ANN401 - JSON
    level = [found]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def kind_of(activity: Json) -> str:
    """The kind of activity, for the counts."""
    kind, name = activity.get("type"), activity.get("name")
    if kind == "invoke":
        return "press" if name == ACTION else "invoke"
    return kind if isinstance(kind, str) and kind in _KINDS else "unknown"


def add_routes(app: web.Application, listener: Listener) -> None:
    """Serve Teams."""
    app.router.add_post(PATH, listener.handle)
