"""The token that calls to Teams carry: asked for once at a time, kept until shortly before it ends.

OAuth 2.0 client credentials (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow), with
aiohttp: MSAL, which botbuilder uses, blocks whoever asks it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from adapters.observe import logger
from adapters.secret import Secret
from adapters.settings import Settings
from adapters.teams.clouds import cloud_of
from adapters.teams.failures import TeamsError, answered, broken, unreadable
from adapters.teams.wire import exchange

TIMEOUT = aiohttp.ClientTimeout(total=8, connect=4)
_WHAT = "login"
_MARGIN = 30.0  # seconds that a call may take: a token is not used in its last ones
_EARLY = 300.0  # seconds before that in which a new one is fetched while the old one is used
_USUAL_LIFE = 3600.0
_YOUNG = 10.0  # seconds: a token that is refused so soon is not refused for its age
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the login service, and for whose service the token is."""

    url: str
    app_id: str
    secret: Secret
    audience: str

    def form(self) -> Mapping[str, str]:
        """What is sent to it."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": self.secret.reveal(),
            "scope": f"{self.audience}/.default",
        }


def login_of(settings: Settings) -> Login | None:
    """The app's, in the cloud whose keys are used. None only where nobody asks for tokens; the settings see to that."""
    if settings.microsoft_app_id is None or settings.microsoft_app_password is None:
        return None
    cloud = cloud_of(settings.teams_openid_metadata_url)
    url = settings.teams_token_url or cloud.token_url(settings.microsoft_app_tenant_id or "")
    return Login(url, settings.microsoft_app_id, settings.microsoft_app_password, cloud.issuer)


@dataclass(frozen=True, slots=True)
class _Token:
    """`fetched`, `renew`, `until`: when it came, when a new one is to be had, when it is used no more."""

    text: str
    fetched: float
    renew: float
    until: float


class Tokens:
    """One per process. A login service that does not answer is asked again after growing pauses, by nobody in between.

    While a token lives it is given out at once, and its successor fetched beside. `elapsed`: seconds that only grow.
    """

    def __init__(self, session: aiohttp.ClientSession, login: Login, elapsed: Callable[[], float]) -> None:
        self._session = session
        self._login = login
        self._elapsed = elapsed
        self._kept: _Token | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._failed: TeamsError | None = None
        self._pause = _FIRST_PAUSE
        self._not_before = 0.0

    async def token(self) -> str:
        """A token that is good. Raises `TeamsError`: nothing was sent."""
        kept = self._good()
        if kept is None:
            if fetching := self._renewal():
                await asyncio.shield(fetching)
            kept = self._good()
        elif self._elapsed() >= kept.renew:
            self._renewal()
        if kept is None:
            raise self._refusal()
        return kept.text

    def refused(self, token: str) -> None:
        """Teams did not take it: fetch another one, unless it was fetched just now."""
        kept = self._kept
        if kept and kept.text == token and self._elapsed() >= kept.fetched + _YOUNG:
            self._kept = None

    async def close(self) -> None:
        """Ask for nothing more."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _good(self) -> _Token | None:
        return self._kept if self._kept and self._elapsed() < self._kept.until else None

    def _refusal(self) -> TeamsError:
        wait = timedelta(seconds=max(1.0, self._not_before - self._elapsed()))
        return TeamsError(_WHAT, self._failed.code if self._failed else "no_token", retry_after=wait, down=True)

    def _renewal(self) -> asyncio.Task[None] | None:
        """The fetch that is under way, or a new one; None while the login service is left alone."""
        if self._fetching is None or self._fetching.done():
            if self._elapsed() < self._not_before:
                return None
            self._fetching = asyncio.create_task(self._renew())
        return self._fetching

    async def _renew(self) -> None:
        """Fetch a token; a failure is kept for those who wait."""
        asked = self._elapsed()
        try:
            answer = await self._ask()
        except TeamsError as error:
            self._failed = error
            wish = error.retry_after.total_seconds() if error.retry_after else 0.0
            self._not_before = self._elapsed() + max(self._pause, wish)
            logger().error("teams.no_token", error=error.code, again_in=max(self._pause, wish))
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            return
        life = _life(answer.get("expires_in"))
        margin = min(_MARGIN, life / 4)
        until = asked + life - margin
        self._kept = _Token(str(answer["access_token"]), asked, until - min(_EARLY, life / 4), until)
        self._failed, self._pause = None, _FIRST_PAUSE

    async def _ask(self) -> Mapping[str, Any]:
        try:
            answer = await exchange(self._session, "POST", self._login.url, data=self._login.form(), timeout=TIMEOUT)
        except (aiohttp.ClientError, OSError) as error:
            raise broken(_WHAT, error, creates=False) from None
        if not answer.good:
            raise answered(_WHAT, answer.status, answer.headers, answer.body, creates=False)
        if not answer.body or not isinstance(answer.body.get("access_token"), str):
            raise unreadable(_WHAT, creates=False)
        return answer.body


def _life(value: object) -> float:
    """Seconds that a token lives; a number or a text."""
    try:
        return max(1.0, float(str(value)))
    except ValueError:
        return _USUAL_LIFE
