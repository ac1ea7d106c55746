"""`POST /slack/events`: events, slash commands and interactivity. Read, verify, parse, hand in, answer.

Nothing is parsed before the signature of the raw bytes is known to be right, and nothing of a body is ever logged.
Whoever sends nonsense gets 4xx. 503 is said only about an event that could not be recorded: Slack delivers it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

from aiohttp import web

from adapters.chat.bodies import Bodies, TooLarge
from adapters.chat.house import Counts
from adapters.observe import logger
from adapters.slack.verify import LARGEST_BODY, SIGNATURE, Replays, fault

PATH = "/slack/events"
_MOST_FIELDS = 100  # of a form; Slack sends about 15
_RETRY = "X-Slack-Retry-Num"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Slack is told: a JSON body, or nothing. `again`: not recorded, deliver the event once more."""

    body: Mapping[str, Any] | None = None
    again: bool = False


class Intake(Protocol):
    """What takes a payload, however it came."""

    async def take(self, payload: Mapping[str, Any]) -> Answer:
        """Do what it asks; returns after the commit, within 2 s. Raises nothing."""


class BadBody(ValueError):
    """A body that is no payload of Slack's."""


class Listener:
    """One per process. `clocks`: seconds since 1970, one of which Slack must agree with; `elapsed` only grows."""

    def __init__(
        self,
        intake: Intake,
        secret: str,
        clocks: Sequence[Callable[[], float]],
        elapsed: Callable[[], float],
        counts: Counts,
    ) -> None:
        self._intake = intake
        self._secret = secret
        self._clocks = clocks
        self._elapsed = elapsed
        self._counts = counts
        self._replays = Replays()
        self._bodies = Bodies(LARGEST_BODY)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        if request.headers.get("Content-Encoding"):
            return self._turned_away("encoded", 415)  # Slack does not; a small body may unpack to a huge one
        try:
            raw = await self._bodies.read(request)
        except TimeoutError:
            return self._turned_away("slow", 408)
        except (ConnectionError, web.RequestPayloadError):  # cut off, or its parts do not add up
            return self._turned_away("incomplete", 400)
        except TooLarge:
            return self._turned_away("too_large", 413)
        if why := fault(raw, request.headers, self._secret, (clock() for clock in self._clocks)):
            return self._turned_away(why, 401)
        if self._replays.seen(request.headers[SIGNATURE], self._elapsed()):
            return self._turned_away("replayed", 401)
        try:
            payload = parse(raw, request.content_type)
        except BadBody:
            return self._turned_away("malformed", 400)
        return await self._answer(payload, request)

    async def _answer(self, payload: Mapping[str, Any], request: web.Request) -> web.Response:
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))[:200]})
        if "ssl_check" in payload:
            return web.Response()
        answer = await self._intake.take(payload)
        kind = kind_of(payload)
        if again := request.headers.get(_RETRY):
            logger().info("slack.redelivered", kind=kind, attempt=again[:3], again=answer.again)
        self._counts.requested(kind, "again" if answer.again else "taken")
        if answer.again:
            self._replays.forget(request.headers[SIGNATURE])
            return web.Response(status=503)
        if answer.body is None:
            return web.Response()
        return web.Response(body=json.dumps(answer.body).encode(), content_type="application/json")

    def _turned_away(self, why: str, status: int) -> web.Response:
        self._counts.requested("unknown", why)
        logger().warning("slack.turned_away", why=why)
        response = web.Response(status=status, text=f"{why}\n")
        if status in (408, 413):
            response.force_close()  # whatever still comes is not waited for
        return response


def parse(raw: bytes, content_type: str) -> Mapping[str, Any]:
    """The payload: a JSON object, a form's `payload`, or the form itself (slash commands). Raises `BadBody`."""
    try:
        text = raw.decode()
        if content_type == "application/json":
            return _object(text)
        fields = _form(text)
        return _object(fields["payload"]) if "payload" in fields else fields
    except (ValueError, RecursionError) as error:  # also invalid UTF-8
        raise BadBody(type(error).__name__) from None


def _form(text: str) -> dict[str, str]:
    """A form's fields. A third of the time of `urllib.parse.parse_qsl`, which counts at the hour of many reports."""
    if text.count("&") >= _MOST_FIELDS:
        raise BadBody("too many fields")
    fields: dict[str, str] = {}
    for field in text.replace("+", " ").split("&"):
        name, _, value = field.partition("=")
        if name:
            fields[_plain(name)] = _plain(value)
    return fields


def _plain(text: str) -> str:
    return unquote(text, errors="strict") if "%" in text else text


def _object(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise BadBody("not an object")
    return found


def kind_of(payload: Mapping[str, Any]) -> str:
    """`command`, `event`, or the kind of interaction; for the counts."""
    if "command" in payload:
        return "command"
    kind = payload.get("type")
    known = ("block_actions", "view_submission", "view_closed", "shortcut", "message_action", "block_suggestion")
    if kind == "event_callback":
        return "event"
    return kind if isinstance(kind, str) and kind in known else "unknown"


def add_routes(app: web.Application, listener: Listener) -> None:
    """Serve Slack."""
    app.router.add_post(PATH, listener.handle)
