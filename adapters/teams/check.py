"""What `backline doctor` asks Microsoft: is the secret right, are the signing keys to be had, do the clocks agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

import aiohttp

from adapters.settings import Settings, is_loopback
from adapters.teams.auth import LEEWAY
from adapters.teams.keys import Unavailable, fetch
from adapters.teams.listen import PATH
from adapters.teams.tokens import TIMEOUT, Login, login_of
from adapters.teams.wire import Answer, exchange, open_session

Mark = Literal["ok", "warn", "fail"]
_ODD_SECONDS = 30.0  # by which the clocks may be apart without a warning
# From learn.microsoft.com/entra/identity-platform, "Microsoft Entra authentication and authorization error codes".
_REMEDIES: Mapping[int, str] = MappingProxyType(
    {
        7000215: "the secret is wrong; copy MICROSOFT_APP_PASSWORD again (the secret's Value, not its Secret ID)",
        7000222: "the secret has expired; make a new one in Entra ID (Certificates & secrets) and copy its Value",
        700016: "there is no such app in this tenant; check MICROSOFT_APP_ID and MICROSOFT_APP_TENANT_ID",
        90002: "there is no such tenant; check MICROSOFT_APP_TENANT_ID",
        900023: "this is no tenant's id; check MICROSOFT_APP_TENANT_ID",
        7000112: "the app is switched off in Entra ID; switch it on again (Enterprise applications, Properties)",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    mark: Mark
    detail: str


async def look(settings: Settings) -> list[Finding]:
    """All there is to say about Teams. Raises nothing of Microsoft's."""
    session = open_session(loopback=is_loopback(urlsplit(settings.teams_openid_metadata_url).hostname or ""))
    try:
        return [finding async for finding in _look(settings, session)]
    finally:
        await session.close()


async def _look(settings: Settings, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    if settings.teams_auth == "off":
        yield Finding(
            "warn", "TEAMS_AUTH is off: any program on this computer can play any person; for trying out only"
        )
        return
    login = login_of(settings)
    if login is None:
        return
    answer = await _log_in(session, login)
    yield _token(answer, login)
    yield await _keys(session, settings.teams_openid_metadata_url)
    if isinstance(answer, Answer) and (apart := clock(answer.headers)):
        yield apart
    yield _address(settings)


async def _log_in(session: aiohttp.ClientSession, login: Login) -> Answer | str:
    """Microsoft's answer; a text for why there is none."""
    try:
        return await exchange(session, "POST", login.url, data=login.form(), timeout=TIMEOUT)
    except (aiohttp.ClientError, OSError) as error:
        return f"{urlsplit(login.url).hostname} does not answer ({type(error).__name__}); check the network"


def _token(answer: Answer | str, login: Login) -> Finding:
    if isinstance(answer, str):
        return Finding("fail", answer)
    body = answer.body or {}
    if answer.good and isinstance(body.get("access_token"), str):
        return Finding("ok", f"app {login.app_id}: the secret works")
    return Finding("fail", f"MICROSOFT_APP_PASSWORD: {_why(answer.status, body, login.url)}")


def _why(status: int, body: Mapping[str, Any], url: str) -> str:
    listed = body.get("error_codes")
    codes = [code for code in listed if isinstance(code, int)] if isinstance(listed, list) else []
    for code in codes:
        if remedy := _REMEDIES.get(code):
            return f"{remedy} (AADSTS{code})"
    if codes:
        return f"Microsoft says AADSTS{codes[0]}; look it up at https://login.microsoftonline.com/error"
    if body.get("error") == "invalid_client":
        return "the app id or the secret is wrong; copy both again"
    return f"{urlsplit(url).hostname} answers {status}; check MICROSOFT_APP_TENANT_ID and TEAMS_TOKEN_URL"


async def _keys(session: aiohttp.ClientSession, url: str) -> Finding:
    try:
        found = await fetch(session, url)
    except Unavailable as error:
        return Finding("fail", f"no signing keys, so nothing of Teams can be let in: {error}; check the network")
    return Finding("ok", f"{len(found)} signing keys")


def clock(headers: Mapping[str, str]) -> Finding | None:
    """Calls are refused when the clocks are more than five minutes apart. None: Microsoft's is not known."""
    try:
        theirs = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
    apart = (datetime.fromtimestamp(time.time(), UTC) - theirs).total_seconds()
    if abs(apart) > LEEWAY:
        what = "Teams' calls would be refused"
        return Finding("fail", f"this computer's clock is {apart:+.0f} s from Microsoft's: {what}; set it, best by NTP")
    mark: Mark = "warn" if abs(apart) > _ODD_SECONDS else "ok"
    return Finding(mark, f"this computer's clock is {apart:+.0f} s from Microsoft's")


def _address(settings: Settings) -> Finding:
    """Teams calls this server, over https with a certificate that the world knows."""
    if settings.public_url is None:
        what = "Teams calls this server by it; set it, and in Azure the bot's messaging endpoint to it"
        return Finding("warn", f"BACKLINE_PUBLIC_URL is not set: {what} followed by {PATH}")
    endpoint = settings.public_url.rstrip("/") + PATH
    if urlsplit(endpoint).scheme != "https":
        return Finding("fail", f"BACKLINE_PUBLIC_URL: Teams calls https only; {endpoint} would not be called")
    return Finding("ok", f"in Azure the bot's messaging endpoint is to be {endpoint}")


def look_now(settings: Settings) -> list[Finding]:
    """`look`, for whoever has no loop."""
    return asyncio.run(look(settings))
