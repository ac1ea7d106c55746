"""Calls to Slack's Web API: through the gate, once; a bad end is a `SlackError` that says what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.chat.rates import Busy, Gate
from bot.ports import Json, SendError, Urgency

SLACK = "https://slack.com/api/"
TIMEOUT = aiohttp.ClientTimeout(total=5, sock_connect=3)
READS = frozenset({"auth.test", "conversations.history", "users.info", "users.list", "users.lookupByEmail"})
_FORM_ONLY = READS - {"auth.test"}
_OK, _TOO_MANY, _SERVER = 200, 429, 500
_NO_WISH = 30.0  # seconds to wait after a 429 without Retry-After
_LONGEST_WISH = 3600.0
_REFUSED = "ratelimited"
_NOT_CALM = frozenset({_REFUSED, "unreachable", "no_answer", "bad_answer"})

# It will never work: this message, or this person.
PERMANENT = frozenset(
    {
        # nobody to be reached there
        "channel_not_found", "user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "is_archived",
        "is_inactive", "not_in_channel", "messages_tab_disabled", "user_not_in_channel", "cannot_find_channel",
        # the copy is gone, or not to be changed any more
        "message_not_found", "cant_update_message", "edit_window_closed", "cant_broadcast_message",
        # our own mistake: the same bytes will be refused again
        "msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "invalid_arguments",
        "no_text", "invalid_metadata_format", "invalid_metadata_schema", "metadata_too_large", "markdown_text_conflict",
        "invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_json",
        "json_not_object", "invalid_post_type", "missing_post_type", "unknown_method", "method_deprecated",
        "deprecated_endpoint",
        # a decision of the workspace's administrators
        "restricted_action", "restricted_action_read_only_channel", "ekm_access_denied", "no_permission",
    }
)  # fmt: skip
# Slack stopped in the middle: "it's possible some aspect of the operation succeeded before the error was raised".
AMBIGUOUS = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
# Nobody gets in, whatever the call.
SHUT = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "team_access_not_granted"}
)
# Everything else can be repaired while the notice waits: a token (invalid_auth, account_inactive, token_revoked, …), a
# scope, a rate, a migration. An error that is not known here is one that may pass, and the notice ages out in the end.


class SlackError(SendError):
    """A call that failed. `code`: Slack's word for it, or ours: `unreachable`, `no_answer`, `bad_answer`, `busy`."""

    def __init__(
        self,
        method: str,
        code: str,
        *,
        permanent: bool = False,
        ambiguous: bool = False,
        retry_after: timedelta | None = None,
        down: bool = False,
    ) -> None:
        super().__init__(
            f"{method}: {code}", permanent=permanent, ambiguous=ambiguous, retry_after=retry_after, down=down
        )
        self.code = code


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in Slack."""

    team: str
    user: str
    bot: str


def open_session() -> aiohttp.ClientSession:
    """The one HTTP session, inside a running loop. Whoever opens it closes it."""
    connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=30)
    return aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())


def make_client(token: str, url: str | None, session: aiohttp.ClientSession) -> AsyncWebClient:
    """The SDK's client, without its retries: it would send a message again whose answer was lost."""
    quiet = logging.getLogger("backline.slack_sdk")
    quiet.setLevel(logging.WARNING)  # at DEBUG the SDK writes down every message
    client = AsyncWebClient(token=token, base_url=url or SLACK, session=session, retry_handlers=[], logger=quiet)
    if urlsplit(client.base_url).hostname in ("localhost", "127.0.0.1", "::1"):
        client.proxy = None  # the SDK takes the environment's proxy for every host
    return client


class SlackApi:
    """One per process. `gate` keeps the rates."""

    def __init__(self, client: AsyncWebClient, gate: Gate) -> None:
        self._client = client
        self._gate = gate
        self._identity: Identity | None = None

    async def call(
        self, method: str, args: Json, *, urgency: Urgency = Urgency.NOTICE, channel: str | None = None
    ) -> Mapping[str, Any]:
        """Slack's answer, which is ok. `channel`: where a message is posted. Raises `SlackError`."""
        deadline = self._gate.patience(urgency)
        while True:
            try:
                went = await self._gate.enter(method, channel, urgency, deadline)
            except Busy as busy:
                wait = timedelta(seconds=busy.wait)
                raise SlackError(method, "busy", retry_after=wait, down=busy.dead) from None
            try:
                return await self._call(method, args, went)
            except SlackError as error:
                if error.code != _REFUSED:
                    raise
            # Refused, so it is not there: it keeps its place at the gate rather than let others pass.

    async def _call(self, method: str, args: Json, went: float) -> Mapping[str, Any]:
        """One call, by somebody whom the gate has let through at `went`. Raises `SlackError`."""
        calm, silent_since = False, None
        try:
            answer = await self._ask(method, args)
            calm = True
        except (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
            failed = failure(method, error)
            calm, silent_since = failed.code not in _NOT_CALM, went if failed.down else None
            if failed.retry_after:
                self._gate.hold(method, failed.retry_after.total_seconds())
            raise failed from None  # the error's own text has the whole message in it
        finally:
            self._gate.leave(method, calm=calm, silent_since=silent_since)
        return answer

    async def _ask(self, method: str, args: Json) -> Mapping[str, Any]:
        if method in _FORM_ONLY:
            response = await self._client.api_call(method, http_verb="GET", params=dict(args))
        else:
            response = await self._client.api_call(method, json=dict(args))
        return dict(response.data) if isinstance(response.data, dict) else {}

    async def identity(self) -> Identity:
        """Who we are; asked once. Raises `SlackError`."""
        if self._identity is None:
            found = await self.call("auth.test", {}, urgency=Urgency.DECISION)
            self._identity = Identity(
                str(found.get("team_id", "")), str(found.get("user_id", "")), str(found.get("bot_id", ""))
            )
        return self._identity


# --- How a call ended -------------------------------------------------------------------------------------------------


def failure(method: str, error: Exception) -> SlackError:
    """What an exception of the SDK or of aiohttp says about the call: sent or not, for good or not, and when again."""
    if isinstance(error, SlackApiError):
        return _answered(method, error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return SlackError(method, "unreachable", down=True)  # refused, no such host, no TLS: nothing has left
    # Reset, cut off, too slow, half an answer: Slack may have done it.
    return SlackError(method, "no_answer", ambiguous=method not in READS, down=True)


def _answered(method: str, error: SlackApiError) -> SlackError:
    response = error.response
    # The SDK gives its own response, or aiohttp's when the body was no JSON.
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == _TOO_MANY or code in ("ratelimited", "rate_limited"):
        return SlackError(method, _REFUSED, retry_after=_wish(response))
    unclear = status >= _SERVER or code in AMBIGUOUS or (not code and status == _OK)
    if unclear:
        return SlackError(method, code or "bad_answer", ambiguous=method not in READS, down=True)
    return SlackError(method, code or f"http_{status}", permanent=code in PERMANENT, down=code in SHUT)


def _wish(response: object) -> timedelta:
    headers = getattr(response, "headers", None) or {}
    text = str(headers.get("Retry-After") or "")
    seconds = float(text) if text.isascii() and text.isdigit() else _NO_WISH
    return timedelta(seconds=min(max(1.0, seconds), _LONGEST_WISH))
