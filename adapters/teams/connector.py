"""Calls to Teams' connector: to the server a conversation came with, through the gate, with our token, once.

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference. A bad end is a
`TeamsError` that says what is known of it; nobody but the courier tries anything again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from adapters.chat.rates import Busy, Gate
from adapters.teams.failures import RATE_LIMITED, TeamsError, answered, broken, unreadable
from adapters.teams.places import Member, Place, ServiceHosts
from adapters.teams.rates import CALLS
from adapters.teams.tokens import Tokens
from adapters.teams.wire import Answer, exchange
from bot.ports import Json, Urgency

_PAGE, _MOST_PAGES, _SHORT_PAGE = 500, 200, 50
_UNAUTHORIZED, _TOO_MANY = 401, 429
_GUEST = "#EXT#"  # in the user name of somebody from another tenant


@dataclass(frozen=True, slots=True)
class _Call:
    """`place`: the conversation that is written to; `creates`: a second call would make a second message."""

    what: str
    method: str
    url: str
    urgency: Urgency
    body: Json | None = None
    place: str | None = None
    creates: bool = False


class Connector:
    """One per process. `tokens`: None where nobody asks for any (`TEAMS_AUTH=off`, on this computer)."""

    def __init__(
        self, session: aiohttp.ClientSession, gate: Gate, hosts: ServiceHosts, app_id: str, tokens: Tokens | None
    ) -> None:
        self._session = session
        self._gate = gate
        self._hosts = hosts
        self._bot = {"id": f"28:{app_id}"}
        self._tokens = tokens

    async def post(self, place: Place, activity: Json, *, urgency: Urgency = Urgency.NOTICE) -> str:
        """A new message in the conversation; its activity id. Raises `TeamsError`."""
        url = self._url("post", place.service_url, "v3/conversations", place.conversation, "activities")
        body = self._from_us(activity, place)
        answer = await self._do(_Call("post", "POST", url, urgency, body, place.channel, creates=True))
        return _text(answer, "post", "id")

    async def update(
        self, place: Place, activity_id: str, activity: Json, *, urgency: Urgency = Urgency.REFRESH
    ) -> None:
        """Change a message of ours. Raises `TeamsError`."""
        url = self._url("update", place.service_url, "v3/conversations", place.conversation, "activities", activity_id)
        body = {**self._from_us(activity, place), "id": activity_id}
        await self._do(_Call("update", "PUT", url, urgency, body, place.channel))

    async def open_chat(self, service_url: str, tenant: str, user: str, *, urgency: Urgency = Urgency.NOTICE) -> Place:
        """The conversation with a person; the same again if there is one. Raises `TeamsError`."""
        body = {
            "bot": self._bot,
            "isGroup": False,
            "members": [{"id": user}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        url = self._url("open_chat", service_url, "v3/conversations")
        answer = await self._do(_Call("open_chat", "POST", url, urgency, body))
        return Place(service_url, _text(answer, "open_chat", "id", creates=False), tenant)

    async def open_thread(
        self, channel: Place, activity: Json, *, urgency: Urgency = Urgency.NOTICE
    ) -> tuple[Place, str]:
        """A thread in a channel, begun with this message: where it is, and the message's id. Raises `TeamsError`."""
        body = {
            "bot": self._bot,
            "isGroup": True,
            "tenantId": channel.tenant,
            "channelData": {"channel": {"id": channel.conversation}, "tenant": {"id": channel.tenant}},
            "activity": {"type": "message", "from": self._bot, **activity},
        }
        url = self._url("open_thread", channel.service_url, "v3/conversations")
        answer = await self._do(_Call("open_thread", "POST", url, urgency, body, channel.conversation, creates=True))
        thread = Place(channel.service_url, _text(answer, "open_thread", "id"), channel.tenant)
        return thread, _text(answer, "open_thread", "activityId")

    async def member(self, place: Place, user: str, *, urgency: Urgency = Urgency.NOTICE) -> Member:
        """Somebody in the conversation; `user`: their id here or in the tenant. Raises `TeamsError`."""
        url = self._url("member", place.service_url, "v3/conversations", place.conversation, "members", user)
        answer = await self._do(_Call("member", "GET", url, urgency))
        if (found := _member(answer.body or {}, place.tenant)) is None:
            raise unreadable("member", creates=False)
        return found

    async def look(self, place: Place, *, urgency: Urgency) -> None:
        """Whether Teams is there, and we are in the conversation; changes nothing. Raises `TeamsError`."""
        url = self._url("look", place.service_url, "v3/conversations", place.channel, "pagedmembers")
        await self._do(_Call("look", "GET", f"{url}?pageSize={_SHORT_PAGE}", urgency))

    async def members(self, place: Place, *, urgency: Urgency = Urgency.REFRESH) -> AsyncIterator[Member]:
        """Everybody in the conversation or team, page by page. Raises `TeamsError`."""
        base = self._url("members", place.service_url, "v3/conversations", place.conversation, "pagedmembers")
        query = {"pageSize": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            answer = await self._do(_Call("members", "GET", f"{base}?{urlencode(query)}", urgency))
            page = answer.body or {}
            for one in page.get("members") or ():
                if isinstance(one, dict) and (found := _member(one, place.tenant)):
                    yield found
            more = page.get("continuationToken")
            if not isinstance(more, str) or not more:
                return
            query["continuationToken"] = more

    def _url(self, what: str, service_url: str, path: str, *ids: str) -> str:
        """Raises a permanent `TeamsError` for a server we do not talk to: nothing leaves."""
        try:
            base = self._hosts.demand(service_url)
        except ValueError:
            raise TeamsError(what, "service_url_refused", permanent=True) from None
        if not all(ids) or {".", ".."} & set(ids):
            raise TeamsError(what, "no_such_id", permanent=True)
        return base + "/".join((path, *(quote(one, safe="") for one in ids)))

    def _from_us(self, activity: Json, place: Place) -> dict[str, Any]:
        return {"type": "message", "from": self._bot, "conversation": {"id": place.conversation}, **activity}

    # --- One call -----------------------------------------------------------------------------------------------------

    async def _do(self, call: _Call) -> Answer:
        """A good answer. Raises `TeamsError`."""
        token = await self._tokens.token() if self._tokens else None  # before the gate: nobody else waits for it there
        deadline = self._gate.patience(call.urgency)
        while True:
            try:
                went = await self._gate.enter(CALLS, call.place, call.urgency, deadline)
            except Busy as busy:
                wait = timedelta(seconds=busy.wait)
                raise TeamsError(call.what, "busy", retry_after=wait, down=busy.dead) from None
            try:
                return await self._once(call, token, went)
            except TeamsError as error:
                if error.code != RATE_LIMITED:
                    raise
            # Refused, so it is not there: it keeps its place at the gate rather than let others pass.

    async def _once(self, call: _Call, token: str | None, went: float) -> Answer:
        """By somebody whom the gate has let through at `went`. Raises `TeamsError`."""
        calm, silent_since = False, None
        try:
            answer = await self._ask(call, token)
            if answer.status == _UNAUTHORIZED and self._tokens and token:
                self._tokens.refused(token)
                if (fresh := await self._tokens.token()) != token:
                    answer = await self._ask(call, fresh)
            if not answer.good:
                raise self._failure(call, answer)
            calm = True
        except TeamsError as error:
            calm, silent_since = not (error.down or error.retry_after), went if error.down else None
            raise
        finally:
            self._gate.leave(CALLS, calm=calm, silent_since=silent_since)
        return answer

    async def _ask(self, call: _Call, token: str | None) -> Answer:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = URL(call.url, encoded=True)
        try:
            return await exchange(self._session, call.method, url, json=call.body, headers=headers)
        except (aiohttp.ClientError, OSError) as error:
            raise broken(call.what, error, creates=call.creates) from None  # its own text may have the message in it

    def _failure(self, call: _Call, answer: Answer) -> TeamsError:
        error = answered(call.what, answer.status, answer.headers, answer.body, creates=call.creates)
        if error.retry_after and answer.status == _TOO_MANY:
            self._gate.hold(CALLS, error.retry_after.total_seconds())
        return error


def _text(answer: Answer, what: str, name: str, *, creates: bool = True) -> str:
    found = (answer.body or {}).get(name)
    if not isinstance(found, str) or not found:
        raise unreadable(what, creates=creates)
    return found


def _member(body: Mapping[str, Any], tenant: str) -> Member | None:
    """A TeamsChannelAccount; None without the ids that somebody is known by."""
    text = {name: value for name, value in body.items() if isinstance(value, str)}
    aad, user = text.get("aadObjectId") or text.get("objectId"), text.get("id")
    if not aad or not user:
        return None  # another app, or somebody who has not signed in
    principal = text.get("userPrincipalName", "")
    guest = text.get("userRole", "user").lower() != "user" or _GUEST in principal.upper()
    name = text.get("name") or " ".join(filter(None, (text.get("givenName"), text.get("surname"))))
    tenant = text.get("tenantId") or tenant
    return Member(user, aad, name, text.get("email") or principal, tenant, guest, principal)
