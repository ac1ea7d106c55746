"""What is posted to a response_url: five times in 30 minutes.

Source: docs.slack.dev/interactivity/handling-user-interaction.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from aiohttp import web

from tests.standins.slack.faults import pick
from tests.standins.slack.person import Hands
from tests.standins.slack.web import PAGE, WebApi, reset


@dataclass
class ReplyUrls:
    """Answers `/actions/…` and `/commands/…`."""

    api: WebApi
    hands: Hands

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One reply; the body is read first, so that a fault meets a whole request."""
        body = await request.read()
        fault = pick(self.api.faults, "response_url", {})
        if fault is None or fault.kind == "delay":
            await asyncio.sleep(fault.seconds if fault else 0)
            return self._answer(request.match_info["key"], body)
        if fault.kind == "ratelimited":
            return web.Response(status=429, headers={"Retry-After": str(fault.retry_after)})
        if fault.kind in ("lost", "malformed") or fault.accepted:
            self._answer(request.match_info["key"], body)
        if fault.kind == "server_error":
            return web.Response(status=fault.status, text=PAGE, content_type="text/html")
        if fault.kind == "black_hole":
            await self.api.cleared.wait()
        return reset(request)

    def _answer(self, key: str, body: bytes) -> web.Response:
        ws = self.api.ws
        reply = ws.replies.get(key)
        if reply is None:
            return web.Response(status=404, text="no_such_url")
        if ws.now() - reply.at > ws.settings.response_seconds:
            return web.json_response({"ok": False, "error": "expired_url"}, status=404)
        if reply.uses >= ws.settings.response_uses:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            given = None
        if not isinstance(given, dict):
            return web.Response(status=400, text="invalid_payload")
        reply.uses += 1
        why = self.hands.reply(reply.user, ws.channels[reply.channel], given, reply.message)
        self.hands.flush()
        if why:
            return web.json_response({"ok": False, "error": why.split(";")[0], "detail": why}, status=400)
        return web.Response(text="ok", content_type="text/html")
