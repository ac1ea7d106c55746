"""Bolt, the framework for modals, shortcuts, Home and every event that is not a report's way.

What reaches it is verified already. It answers after its listener has ended, never before (`process_before_response`),
asks Slack nothing before the first request (own `authorize`); what nobody listens to gets 200 and is counted.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from adapters.observe import logger
from adapters.slack.door import Door, Turned
from adapters.slack.modals import Modals
from adapters.slack.payloads import caller_of
from adapters.slack.pressing import Presses
from adapters.slack.showing import Showing, home_notice
from adapters.slack.voice import Voice
from bot.ports import Json

ANYTHING = re.compile(".*", re.DOTALL)
SHORTCUT = "report"
_OK = 200


class Bolt:
    """One per process. `url` is the Web API's."""

    def __init__(
        self,
        *,
        token: str,
        url: str,
        session: aiohttp.ClientSession,
        door: Door,
        showing: Showing,
        voice: Voice,
        presses: Presses,
        modals: Modals,
    ) -> None:
        self._token = token
        self._door = door
        self._showing = showing
        self._voice = voice
        self._presses = presses
        self._modals = modals

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return self._identity(enterprise_id, team_id)  # Bolt passes a method its own `self`

        quiet = logging.getLogger("backline.slack_bolt")
        quiet.setLevel(logging.ERROR)  # its warnings have parts of the payload in them
        self.app = AsyncApp(
            name="backline",
            logger=quiet,
            client=AsyncWebClient(base_url=url, session=session, retry_handlers=[], logger=quiet),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,  # `verify` did, on the raw bytes
            ssl_check_enabled=False,
            url_verification_enabled=False,
        )
        self._listen()

    def _identity(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        """Known without asking: there is one workspace, and whoever is of another is turned away at the door."""
        me = self._door.identity
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=self._token,
            bot_user_id=me.user if me else None,
            bot_id=me.bot if me else None,
        )

    async def dispatch(self, payload: Json) -> Mapping[str, Any] | None:
        """What the payload's listener answers; None when nobody listens to it."""
        request = AsyncBoltRequest(body=dict(payload), mode="socket_mode")
        response = await self.app.async_dispatch(request)
        if response.status != _OK:
            self._door.odd("payload", str(payload.get("type")))
            return None
        found = json.loads(response.body) if response.body else None
        return found if isinstance(found, dict) else None

    def _listen(self) -> None:
        app = self.app
        app.event("app_home_opened")(self._home)
        app.event("app_uninstalled")(self._cut_off)
        app.event("tokens_revoked")(self._cut_off)
        app.event(ANYTHING)(self._odd_event)
        app.view_submission(ANYTHING)(self._submitted)
        app.view_closed(ANYTHING)(_nothing)
        app.global_shortcut(SHORTCUT)(self._shortcut)
        app.shortcut(ANYTHING)(self._odd_shortcut)
        app.options(ANYTHING)(_nothing)
        app.error(_raise)

    async def _home(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") != "home":
            return
        user = str(event.get("user"))
        try:
            reader = await self._door.reader(caller_of(body))
        except Turned as turned:
            self._voice.later(self._voice.publish(user, home_notice(turned.text)))
            return
        self._voice.later(self._voice.publish(user, await self._showing.home(reader)))

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await self._modals.submitted(body)
        await ack(**answer)

    async def _shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._presses.shortcut(body)
        await ack()

    async def _odd_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self._door.odd("shortcut", str(body.get("callback_id")))
        await ack()

    async def _odd_event(self, event: dict[str, Any]) -> None:
        self._door.odd("event", str(event.get("type")))

    async def _cut_off(self, event: dict[str, Any]) -> None:
        logger().error("slack.cut_off", event_type=str(event.get("type")), alarm=True)


async def _nothing(ack: AsyncAck) -> None:
    await ack()


async def _raise(error: Exception) -> None:
    """The intake reports it, and tells the person."""
    raise error
