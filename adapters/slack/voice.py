"""Saying something outside of an answer to Slack: by the payload's `response_url`, in the DM, in a modal, on Home."""

from __future__ import annotations

from typing import Any, Protocol

import aiohttp

from adapters.chat import voice
from adapters.slack.reading import PLATFORM
from bot.ports import Json, SendError, Urgency

_PATIENCE = aiohttp.ClientTimeout(total=5.0, sock_connect=2.0)
_OK = 200


class Web(Protocol):
    """Slack's Web API."""

    async def call(
        self, method: str, args: Json, *, urgency: Urgency = Urgency.NOTICE, channel: str | None = None
    ) -> Json:
        """The answer's body. Raises `SendError`."""


class Voice(voice.Voice):
    """One per process, on the process's HTTP session."""

    def __init__(self, web: Web, session: aiohttp.ClientSession) -> None:
        super().__init__(PLATFORM)
        self._web = web
        self._session = session

    async def respond(self, url: str, message: Json) -> None:
        """Answer a press, only for whoever pressed. Raises `SendError`."""
        body = {"response_type": "ephemeral", "replace_original": False, **message}
        try:
            async with self._session.post(url, json=body, allow_redirects=False, timeout=_PATIENCE) as answer:
                if answer.status != _OK:
                    raise SendError(f"response_url answered {answer.status}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendError(f"response_url: {type(error).__name__}", ambiguous=True) from error

    async def post(self, channel: str, message: Json, about: str | None = None) -> None:
        """Write into a DM. `about`: the `ts` of the message this answers, for finding it again. Raises `SendError`."""
        arguments: dict[str, Any] = {"channel": channel, **message, "unfurl_links": False, "unfurl_media": False}
        if about:
            arguments["metadata"] = {"event_type": ANSWERED, "event_payload": {"ts": about}}
        await self._web.call("chat.postMessage", arguments, urgency=Urgency.DECISION, channel=channel)

    async def show(self, trigger: str, view: Json) -> None:
        """Open a modal, within 3 s of the press. Raises `SendError`."""
        await self._web.call("views.open", {"trigger_id": trigger, "view": view}, urgency=Urgency.DECISION)

    async def publish(self, user: str, view: Json) -> None:
        """Renew somebody's Home. Raises `SendError`."""
        await self._web.call("views.publish", {"user_id": user, "view": view}, urgency=Urgency.COVER)


ANSWERED = "backline_answered"  # the metadata of an answer to a DM
