"""The bot's side of the connector for the stand-in's own tests: one call, its status, headers and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yarl import URL

from tests.standins.slack.check import Json
from tests.standins.teams.client import Person, Teams
from tests.standins.teams.model import APP, HOME, Settings, attached


@dataclass(frozen=True, slots=True)
class Told:
    """How a call ended."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """Teams' word for what went wrong."""
        return str(self.body["error"]["code"])


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls with one token."""

    teams: Teams
    token: str

    @staticmethod
    async def ready(teams: Teams) -> Caller:
        """With a fresh token."""
        return Caller(teams, str((await log_in(teams)).body["access_token"]))

    async def call(self, method: str, *path: str, body: object = None, query: str = "") -> Told:
        """`path`: parts after v3/conversations."""
        tail = "".join(f"/{quote(one, safe='')}" for one in path)
        url = URL(f"{self.teams.service_url}v3/conversations{tail}{query}", encoded=True)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.teams.session.request(method, url, json=body, headers=headers) as response:
            found = await response.json() if response.content_type == "application/json" else None
            return Told(response.status, dict(response.headers), found)

    async def open(self, person: Person, **more: object) -> Told:
        """The chat with somebody."""
        order = {"bot": {"id": f"28:{APP}"}, "isGroup": False, "members": [{"id": person.id}], "tenantId": HOME}
        return await self.call("POST", body=order | more)

    async def post(self, conversation: str, **activity: object) -> Told:
        """A message."""
        return await self.call("POST", conversation, "activities", body={"type": "message", **activity})

    async def show(self, conversation: str, card: Json) -> Told:
        """A card."""
        return await self.post(conversation, attachments=[attached(card)], summary="A card")

    async def update(self, conversation: str, message: str, card: Json) -> Told:
        """Another card in its place."""
        body = {"type": "message", "attachments": [attached(card)], "summary": "A card"}
        return await self.call("PUT", conversation, "activities", message, body=body)


async def log_in(teams: Teams, tenant: str = HOME, **changes: str) -> Told:
    """What the login service says."""
    form = {
        "grant_type": "client_credentials",
        "client_id": APP,
        "client_secret": Settings.app_secret,
        "scope": "https://api.botframework.com/.default",
    }
    async with teams.session.post(f"{teams.address}/{tenant}/oauth2/v2.0/token", data=form | changes) as response:
        return Told(response.status, dict(response.headers), await response.json())
