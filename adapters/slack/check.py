"""What `backline doctor` asks Slack: do the tokens work, has the bot its scopes, do the clocks agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import aiohttp

from adapters.settings import Settings
from adapters.slack.api import SLACK, open_session
from adapters.slack.manifest import LINE_SCOPE, SCOPES
from adapters.slack.verify import WINDOW

Mark = Literal["ok", "warn", "fail"]
_ODD_SECONDS = 30.0  # by which the clocks may be apart without a warning
_REMEDIES: Mapping[str, str] = {
    "invalid_auth": "copy SLACK_BOT_TOKEN again (xoxb-…, from OAuth & Permissions)",
    "account_inactive": "the app was removed from the workspace; install it again",
    "token_revoked": "the token was revoked; install the app again and copy the new one",
    "not_allowed_token_type": "another kind of token; SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-",
    "missing_scope": f"the app-level token needs the scope {LINE_SCOPE}",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    mark: Mark
    detail: str


async def look(settings: Settings) -> list[Finding]:
    """All there is to say about Slack. Raises nothing of Slack's."""
    session = open_session()
    try:
        return [finding async for finding in _look(settings, session)]
    finally:
        await session.close()


async def _look(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    if settings.slack_bot_token is None:
        return
    body, headers = await _ask(session, settings, "auth.test", settings.slack_bot_token.reveal())
    yield _token(body)
    if body.get("ok"):
        yield _scopes(headers)
    if clock := _clock(headers):
        yield clock
    if settings.slack_app_token:
        body, _ = await _ask(session, settings, "apps.connections.open", settings.slack_app_token.reveal())
        ok = bool(body.get("ok"))
        yield (
            Finding("ok", "Socket Mode: the app token works") if ok else Finding("fail", _why("SLACK_APP_TOKEN", body))
        )
    else:
        yield Finding("ok", "Slack calls this server: a signing secret is set")


async def _ask(
    session: aiohttp.ClientSession, settings: Settings, method: str, token: str
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    url = (settings.slack_api_url or SLACK).rstrip("/") + f"/{method}"
    try:
        async with session.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            found = await answer.json(content_type=None)
            return (found if isinstance(found, dict) else {}), answer.headers
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return {"error": f"no answer from {url} ({type(error).__name__})"}, {}


def _token(body: Mapping[str, Any]) -> Finding:
    if not body.get("ok"):
        return Finding("fail", _why("SLACK_BOT_TOKEN", body))
    if not body.get("bot_id"):
        return Finding("fail", "SLACK_BOT_TOKEN: is a person's token; copy the Bot User OAuth Token (xoxb-…)")
    return Finding("ok", f"{body.get('user')} in workspace {body.get('team')} ({body.get('team_id')})")


def _why(name: str, body: Mapping[str, Any]) -> str:
    error = str(body.get("error") or "unknown error")
    remedy = _REMEDIES.get(error, "check the network, and https://status.slack.com")
    if name == "SLACK_APP_TOKEN" and not error.startswith("no answer"):
        remedy = "copy it again (xapp-…, scope connections:write), and see that Socket Mode is on in the app's settings"
    return f"{name}: {error if error.startswith('no answer') else f'Slack says {error}'}; {remedy}"


def _scopes(headers: Mapping[str, str]) -> Finding:
    held = {one.strip() for one in headers.get("x-oauth-scopes", "").split(",")}
    if missing := [scope for scope in SCOPES if scope not in held]:
        lines = "\n".join(f"{scope}: {SCOPES[scope]}" for scope in missing)
        return Finding("fail", f"scopes are missing; add them to the app, and install it again:\n{lines}")
    return Finding("ok", f"all {len(SCOPES)} scopes")


def _clock(headers: Mapping[str, str]) -> Finding | None:
    """Requests are refused when the clocks are more than five minutes apart."""
    try:
        theirs = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
    apart = (datetime.fromtimestamp(time.time(), UTC) - theirs).total_seconds()
    if abs(apart) > WINDOW:
        what = "Slack's requests would be refused"
        return Finding("fail", f"this computer's clock is {apart:+.0f} s from Slack's: {what}; set it, best by NTP")
    mark: Mark = "warn" if abs(apart) > _ODD_SECONDS else "ok"
    return Finding(mark, f"this computer's clock is {apart:+.0f} s from Slack's")


def look_now(settings: Settings) -> list[Finding]:
    """`look`, for whoever has no loop."""
    return asyncio.run(look(settings))
