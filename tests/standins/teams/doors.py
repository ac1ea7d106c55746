"""Where the bot comes in: login service, signing keys and connector, each with its faults; all is written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web

from tests.standins.slack.check import Json
from tests.standins.slack.faults import Fault, pick
from tests.standins.slack.web import reset
from tests.standins.teams import login
from tests.standins.teams.conversations import OPERATIONS, Done, Request
from tests.standins.teams.errors import Refusal
from tests.standins.teams.keys import Keys, metadata
from tests.standins.teams.model import Call, Cloud
from tests.standins.teams.rates import Rates

PAGE = "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
_DIRECTORY = ("token", "openid", "keys")  # a fault for "*" is one of the connector alone


@dataclass(frozen=True, slots=True)
class Visit:
    """A call on its way through, and what answers it if nothing is broken."""

    call: Call
    answer: Callable[[], web.Response]


@dataclass
class Doors:
    """`cleared` lets black holes go."""

    cloud: Cloud
    rates: Rates
    keys: Keys
    faults: list[Fault] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    cleared: asyncio.Event = field(default_factory=asyncio.Event)

    # --- Directory ----------------------------------------------------------------------------------------------------

    async def token(self, request: web.Request) -> web.StreamResponse:
        """POST /{tenant}/oauth2/v2.0/token."""
        body, tenant = await request.read(), request.match_info["tenant"]
        given = {"tenant": tenant, "bytes": len(body)}  # the secret in it is kept nowhere

        def answer() -> web.Response:
            return web.json_response(login.token(self.cloud, tenant, request.content_type, body))

        return await self._through(request, Visit(self._called("token", "", given), answer))

    async def openid(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/.well-known/openidconfiguration."""
        visit = Visit(self._called("openid", "", None), lambda: web.json_response(metadata(self.cloud.address)))
        return await self._through(request, visit)

    async def signing_keys(self, request: web.Request) -> web.StreamResponse:
        """GET /v1/.well-known/keys."""
        visit = Visit(self._called("keys", "", None), lambda: web.json_response(self.keys.document()))
        return await self._through(request, visit)

    # --- Connector ----------------------------------------------------------------------------------------------------

    async def connector(self, request: web.Request) -> web.StreamResponse:
        """Anything under the serviceUrl."""
        raw, query = await request.read(), dict(request.query)
        operation, key, item = _meant(request)
        body = _read(raw) if raw else None
        call = self._called(operation or f"{request.method} {request.path}", key, body, query)

        def answer() -> web.Response:
            login.admit(self.cloud, request.headers.get("Authorization", ""), self.revoked)
            if left := self._waited(call):
                return self._limited(call, left)
            if operation not in OPERATIONS:
                raise Refusal(404, "ServiceError", f"No such operation: {request.method} {request.path}.")
            if raw and request.content_type != "application/json":
                raise Refusal(415, "BadSyntax", "The body must be application/json.")
            if left := self.rates.over(operation, _bucket(call)):
                return self._limited(call, left)
            done = OPERATIONS[operation](self.cloud, Request(key, item, body, query))
            if operation == "post" and isinstance(done.body, dict):
                call.made = str(done.body.get("id", ""))
            return _answered(done)

        return await self._through(request, Visit(call, answer))

    def _called(self, operation: str, conversation: str, body: object, query: Json | None = None) -> Call:
        call = Call(len(self.cloud.calls) + 1, self.cloud.now(), operation, conversation, body, query or {})
        self.cloud.calls.append(call)
        return call

    def _waited(self, call: Call) -> int:
        left = self.rates.waiting(call.operation, _bucket(call))
        call.inside_window = left > 0
        return left

    def _limited(self, call: Call, seconds: int) -> web.Response:
        call.error = "Throttled"
        body = {"error": {"code": "Throttled", "message": "Too many requests."}}
        return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})

    # --- Faults -------------------------------------------------------------------------------------------------------

    async def _through(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The call's answer, with what a fault makes of it."""
        call = visit.call
        meant = [one for one in self.faults if one.method != "*" or call.operation not in _DIRECTORY]
        fault = pick(meant, call.operation, {"conversation": call.conversation})
        response = self._plain(visit) if fault is None else await self._broken(request, visit, fault)
        call.status = response.status
        return response

    def _plain(self, visit: Visit) -> web.Response:
        """The answer with nothing broken."""
        try:
            return visit.answer()
        except Refusal as refusal:
            visit.call.error = refusal.code
            return web.json_response(refusal.body, status=refusal.status)

    async def _broken(self, request: web.Request, visit: Visit, fault: Fault) -> web.Response:
        call = visit.call
        call.fault = fault.kind
        call.answered = fault.kind in ("delay", "error", "ratelimited", "server_error", "malformed")
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return self._plain(visit)
        if fault.kind == "ratelimited":
            left = self._waited(call)
            self.rates.hold(call.operation, _bucket(call) if fault.scope == "channel" else "", fault.retry_after)
            return self._limited(call, left or fault.retry_after)
        if fault.kind == "error":
            call.error = fault.error
            return web.json_response({"error": {"code": fault.error, "message": fault.error}}, status=fault.status)
        if fault.kind in ("lost", "malformed") or fault.accepted:
            self._plain(visit)
        if fault.kind == "black_hole":
            await self.cleared.wait()
        if fault.kind in ("black_hole", "lost", "reset"):
            return reset(request)
        if fault.kind == "malformed":
            return web.Response(text='{"id": "17', content_type="application/json", status=201)
        return web.Response(status=fault.status, text=PAGE, content_type="text/html")


def _meant(request: web.Request) -> tuple[str, str, str]:
    """The operation, "" if there is none such; the conversation; the activity or member. Ids are percent-encoded."""
    path = request.raw_path.partition("?")[0].partition("/v3/conversations")[2].rstrip("/")
    parts = [unquote(one) for one in path.split("/")[1:]]
    match request.method, parts:
        case "POST", []:
            return "create", "", ""
        case "POST", [key, "activities", *rest] if len(rest) < 2:
            return "post", key, "".join(rest)
        case "PUT", [key, "activities", item]:
            return "update", key, item
        case "DELETE", [key, "activities", item]:
            return "delete", key, item
        case "GET", [key, "members"]:
            return "members", key, ""
        case "GET", [key, "members", item]:
            return "member", key, item
        case "GET", [key, "pagedmembers"]:
            return "pagedmembers", key, ""
        case _:
            return "", "", ""


def _bucket(call: Call) -> str:
    """The conversation whose rate counts: for a new one, that of the person or channel it is with."""
    if call.operation != "create" or not isinstance(call.body, dict):
        return call.conversation
    data, members = call.body.get("channelData"), call.body.get("members")
    channel = (data.get("channel") or {}).get("id") if isinstance(data, dict) else ""
    with_whom = members[0].get("id") if isinstance(members, list) and members and isinstance(members[0], dict) else ""
    return str(channel or with_whom or "new")


def _read(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _answered(done: Done) -> web.Response:
    if done.body is None:
        return web.Response(status=done.status)
    return web.json_response(done.body, status=done.status)
