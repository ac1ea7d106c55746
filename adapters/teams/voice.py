"""Saying something in Teams outside of an answer to it: a message in the conversation, after the commit."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from adapters.chat import voice
from adapters.teams.connector import Connector
from adapters.teams.failures import TeamsError
from adapters.teams.places import PLATFORM, Place, place_of
from bot.ports import Account, Json, Urgency


class Voice(voice.Voice):
    """One per process. `keep` notes a chat that had to be opened."""

    def __init__(self, connector: Connector, keep: Callable[[Account], Coroutine[Any, Any, None]]) -> None:
        super().__init__(PLATFORM)
        self._connector = connector
        self._keep = keep

    async def post(self, place: Place, message: Json, urgency: Urgency = Urgency.DECISION) -> None:
        """Write there; whoever asked waits for the answer. Raises `SendError`."""
        await self._connector.post(place, message, urgency=urgency)

    async def say(self, place: Place, text: str) -> None:
        """A sentence of ours. Raises `SendError`."""
        await self.post(place, {"text": text, "textFormat": "plain"})

    async def privately(self, account: Account, message: Json) -> None:
        """Write into the chat with them, opened if there is none yet. Raises `SendError`, `StoreError`."""
        known, service_url = account.ref.get("place"), account.ref.get("service_url")
        if known is not None:
            await self.post(place_of(known), message)
            return
        if not isinstance(service_url, str):
            raise TeamsError("post", "no_conversation", permanent=True)
        user = str(account.ref.get("user") or account.user)
        place = await self._connector.open_chat(service_url, account.tenant, user, urgency=Urgency.DECISION)
        await self.post(place, message)
        await self._keep(replace(account, ref={**account.ref, "place": place.as_json()}))
