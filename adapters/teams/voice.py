"""Saying something in Teams outside of an answer to it: a message in the conversation, after the commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from adapters.chat import voice
from adapters.teams.connector import Connector
from adapters.teams.failures import TeamsError
from adapters.teams.places import PLATFORM, Place, place_of
from bot.ports import Account, Json, SendError, Urgency

_PAUSES = (2.0, 10.0)  # seconds before it is tried again, at least


class Voice(voice.Voice):
    """One per process. `keep` notes a chat that had to be opened."""

    def __init__(self, connector: Connector, keep: Callable[[Account], Coroutine[Any, Any, None]]) -> None:
        super().__init__(PLATFORM)
        self._connector = connector
        self._keep = keep

    async def post(self, place: Place, message: Json, urgency: Urgency = Urgency.NOTICE) -> None:
        """Write there, after what must be decided: in a storm there are thousands of answers. Raises `SendError`.

        When Teams takes no more now it is tried once or twice again; a report's receipt follows as a card anyway.
        """
        for pause in (*_PAUSES, None):
            try:
                await self._connector.post(place, message, urgency=urgency)
            except SendError as error:
                if pause is None or error.permanent or error.ambiguous or error.retry_after is None:
                    raise
                await asyncio.sleep(max(pause, error.retry_after.total_seconds()))
            else:
                return

    async def say(self, place: Place, text: str) -> None:
        """A sentence of ours. Raises `SendError`."""
        await self.post(place, {"text": text, "textFormat": "plain"}, Urgency.COVER)

    async def privately(self, account: Account, message: Json) -> None:
        """Write into the chat with them, opened if there is none yet. Raises `SendError`, `StoreError`."""
        known, service_url = account.ref.get("place"), account.ref.get("service_url")
        if known is not None:
            await self.post(place_of(known), message)
            return
        if not isinstance(service_url, str):
            raise TeamsError("post", "no_conversation", permanent=True)
        user = str(account.ref.get("user") or account.user)
        place = await self._connector.open_chat(service_url, account.tenant, user, urgency=Urgency.NOTICE)
        await self.post(place, message)
        await self._keep(replace(account, ref={**account.ref, "place": place.as_json()}))
