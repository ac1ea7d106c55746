"""The Web API's door: token, scopes, arguments, rates, faults, answer.

Sources: docs.slack.dev/apis/web-api, docs.slack.dev/authentication/tokens, docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from tests.standins.slack.args import JSON, Args, read
from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError
from tests.standins.slack.faults import Fault, pick
from tests.standins.slack.methods import Method
from tests.standins.slack.model import Call, Workspace
from tests.standins.slack.rates import Rates

PAGE = "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head><body>Something went wrong.</body></html>"


def reset(request: web.Request) -> web.Response:
    """Drop the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@dataclass(frozen=True, slots=True)
class Visit:
    """A call on its way through: `refused` is why it gets no further than the door."""

    call: Call
    method: Method | None
    args: Args
    refused: ApiError | None


@dataclass
class WebApi:
    """Answers `/api/{method}`."""

    ws: Workspace
    rates: Rates
    methods: Mapping[str, Method]
    flush: Callable[[], None]  # sends on what the app is to hear of
    faults: list[Fault] = field(default_factory=list)
    cleared: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, written down as it came, before anything can refuse it."""
        name, body = request.match_info["method"], await request.read()
        args, refused = Args(), None
        try:
            args = read(request.content_type if body else "", request.charset, body, request.query_string)
        except ApiError as error:
            refused = error
        token = self._token(request, args)
        call = Call(len(self.ws.calls) + 1, self.ws.now(), name, dict(args.values), token)
        self.ws.calls.append(call)
        fault = pick(self.faults, name, args.values)
        call.fault = fault.kind if fault else ""
        method = self.methods.get(name)
        if method is None:
            refused = ApiError("unknown_method", req_method=name)
        elif body and request.content_type == JSON and not method.json:
            args = Args()  # form-only methods do not see what a JSON body says
        response = await self._with_fault(request, Visit(call, method, args, refused), fault)
        call.status = response.status
        self.flush()
        return response

    def _token(self, request: web.Request, args: Args) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        in_form = "" if request.content_type == JSON else str(args.values.pop("token", ""))
        args.values.pop("token", None)
        return token.strip() if kind == "Bearer" else in_form

    async def _with_fault(self, request: web.Request, visit: Visit, fault: Fault | None) -> web.StreamResponse:
        """The call's answer, with what the fault makes of it."""
        if fault is None:
            return self._answer(visit)
        call, args = visit.call, visit.args
        call.answered = fault.kind in ("delay", "error", "ratelimited", "server_error", "malformed")
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return self._answer(visit)
        if fault.kind == "reset":
            return reset(request)
        if fault.kind == "ratelimited":
            left = self._waited(call, args)
            self.rates.hold(call.method, self._channel(args) if fault.scope == "channel" else "", fault.retry_after)
            return self._limited(call, left or fault.retry_after)
        if fault.kind == "error":
            call.error = fault.error
            return self._json(call, ApiError(fault.error).body(), [])
        if fault.kind in ("lost", "malformed") or fault.accepted:
            self._answer(visit)
            self.flush()
        if fault.kind == "black_hole":
            await self.cleared.wait()
        if fault.kind in ("black_hole", "lost"):
            return reset(request)
        if fault.kind == "malformed":
            return web.Response(text='{"ok": true, "channel": "C0', content_type=JSON)
        return web.Response(status=fault.status, text=PAGE, content_type="text/html")

    def _channel(self, args: Args) -> str:
        """Which conversation is meant; a DM by the person's id, however it was named."""
        key = str(args.values.get("channel", ""))
        channel = self.ws.channels.get(key)
        return channel.user if channel is not None and channel.kind == "im" else key

    def _waited(self, call: Call, args: Args) -> int:
        left = self.rates.waiting(call.method, self._channel(args))
        call.inside_window = left > 0
        return left

    def _answer(self, visit: Visit) -> web.Response:
        """The call's answer with nothing broken."""
        call, args, method = visit.call, visit.args, visit.method
        if left := self._waited(call, args):
            return self._limited(call, left)
        try:
            self._admit(visit)
            if method is not None and (left := self.rates.over(call.method, method.tier, self._channel(args))):
                return self._limited(call, left)
            body = {"ok": True, **(method.handler(self.ws, args) if method else {})}
        except ApiError as error:
            body = error.body()
            call.error = error.error
        return self._json(call, body, args.warnings, method)

    def _admit(self, visit: Visit) -> None:
        """Refuse what does not get as far as the method."""
        if visit.method is not None:
            self._authorise(visit.call, visit.method)
        if visit.refused is not None:
            raise visit.refused
        if visit.call.method in self.ws.settings.restricted:
            raise ApiError("restricted_action")

    def _authorise(self, call: Call, method: Method) -> None:
        names, kind = self.ws.settings, method.token
        if kind == "none":
            return
        if not call.token:
            raise ApiError("not_authed")
        if call.token in self.ws.revoked:
            raise ApiError("token_revoked")
        held = {names.bot_token: "bot", names.app_token: "app"}.get(call.token)
        if held is None:
            raise ApiError("invalid_auth")
        if held == "bot" and not self.ws.installed:
            raise ApiError("account_inactive")
        if held != kind and call.method != "auth.test":
            raise ApiError("not_allowed_token_type")
        scopes = names.scopes if held == "bot" else names.app_scopes
        if method.scopes and not set(method.scopes) & set(scopes):
            needed = ",".join(method.scopes)
            raise ApiError("missing_scope", needed=needed, provided=",".join(scopes))

    def _limited(self, call: Call, seconds: int) -> web.Response:
        call.error = "ratelimited"
        headers = {"Retry-After": str(seconds)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    def _json(self, call: Call, body: Json, warnings: list[str], method: Method | None = None) -> web.Response:
        own = [body["warning"]] if "warning" in body else []
        if warnings or own:
            body["warning"] = ",".join(own + warnings)
            body.setdefault("response_metadata", {})["warnings"] = own + warnings
            for warning in warnings:
                self.ws.complain(warning, method=call.method)
        headers = {"X-Slack-Req-Id": f"{call.number:032x}"}
        if method is not None and call.token:
            headers["X-OAuth-Scopes"] = ",".join(self.ws.settings.scopes)
            headers["X-Accepted-OAuth-Scopes"] = ",".join(method.scopes)
        return web.Response(text=json.dumps(body), content_type=JSON, charset="utf-8", headers=headers)
