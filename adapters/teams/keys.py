"""The keys that Microsoft signs its calls with: kept, renewed beside the requests, asked for when one is not known.

The OpenID metadata name where the keys are (learn.microsoft.com/azure/bot-service/rest-api/
bot-framework-rest-connector-authentication). Keys that are known stay good while Microsoft does not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

from adapters.chat.rates import Bucket, Rate
from adapters.observe import logger
from adapters.settings import is_loopback
from adapters.teams.wire import exchange

TIMEOUT = aiohttp.ClientTimeout(total=4, connect=2)
RENEWED = 3600.0  # seconds; Microsoft publishes a key days before it is used
AGAIN = 60.0  # after a renewal that failed
_OFTEN = Rate(4, 6)  # anybody can send a token with an unknown key
_MOST_WAITING = 200
_MOST_KEYS = 100
_SMALLEST = 2048  # bits
_LONGEST_ID = 200


class Unavailable(Exception):
    """Microsoft does not give out its keys now."""


@dataclass(frozen=True, slots=True)
class Key:
    """`endorsements`: for which channels its signature is good."""

    public: RSAPublicKey
    endorsements: frozenset[str]


class Keys:
    """One per process. `url`: of the OpenID metadata; `elapsed`: seconds that only grow."""

    def __init__(self, session: aiohttp.ClientSession, url: str, elapsed: Callable[[], float]) -> None:
        self._session = session
        self._url = url
        self._elapsed = elapsed
        self._keys: Mapping[str, Key] = {}
        self._renew_at = 0.0
        self._budget = Bucket(_OFTEN, _OFTEN.burst, elapsed())
        self._fetching: asyncio.Task[None] | None = None
        self._waiting = 0
        self.version = 0  # grows with every renewal

    async def find(self, name: str) -> Key | None:
        """The key of this `kid`; None: Microsoft has none. Known ones are not waited for."""
        if key := self._keys.get(name):
            if self._elapsed() >= self._renew_at:
                self._renewal()
            return key
        await self._wait()
        return self._keys.get(name)

    async def renew(self) -> None:
        """Fetch them now. Raises `Unavailable`."""
        try:
            found = await fetch(self._session, self._url)
        except Unavailable as error:
            self._renew_at = self._elapsed() + AGAIN
            logger().error("teams.no_keys", error=str(error), known=len(self._keys), alarm=not self._keys)
            raise
        self._renew_at = self._elapsed() + RENEWED
        if found != self._keys:
            self._keys = found
            self.version += 1
            logger().info("teams.keys", known=len(found))

    async def close(self) -> None:
        """Ask for nothing more."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    async def _wait(self) -> None:
        """For a renewal, if there is one; not too many at once, or they would be all that this process holds."""
        if self._waiting >= _MOST_WAITING or not (fetching := self._renewal()):
            return
        self._waiting += 1
        try:
            await asyncio.wait({fetching})
        finally:
            self._waiting -= 1

    def _renewal(self) -> asyncio.Task[None] | None:
        """The one that is under way, or a new one; None while it was asked often enough."""
        if self._fetching is None or self._fetching.done():
            self._budget.fill(self._elapsed())
            if self._budget.wait(1) > 0:
                return None
            self._budget.left -= 1
            self._fetching = asyncio.create_task(self._quietly(), name="teams-keys")
        return self._fetching

    async def _quietly(self) -> None:
        try:
            await self.renew()
        except Unavailable:
            return  # it is in the log


async def fetch(session: aiohttp.ClientSession, url: str) -> dict[str, Key]:
    """All keys, by `kid`. Raises `Unavailable`."""
    metadata = await _read(session, url)
    where = metadata.get("jwks_uri")
    if not isinstance(where, str) or not _is_safe(where, url):
        raise Unavailable("the metadata do not say where the keys are")
    listed = (await _read(session, where)).get("keys")
    found = dict(filter(None, map(_key, listed[:_MOST_KEYS]))) if isinstance(listed, list) else {}
    if not found:
        raise Unavailable("there is no key among the keys")
    return found


async def _read(session: aiohttp.ClientSession, url: str) -> Mapping[str, Any]:
    try:
        answer = await exchange(session, "GET", url, timeout=TIMEOUT)
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{urlsplit(url).hostname} does not answer ({type(error).__name__})") from error
    if not answer.good or answer.body is None:
        raise Unavailable(f"{urlsplit(url).hostname} answers {answer.status}")
    return answer.body


def _is_safe(url: str, metadata: str) -> bool:
    """Over https; on this computer only if the metadata are here as well."""
    try:
        parts, home = urlsplit(url), urlsplit(metadata)
    except ValueError:
        return False
    here = is_loopback(parts.hostname or "") and is_loopback(home.hostname or "")
    return here or (parts.scheme == "https" and not is_loopback(parts.hostname or ""))


def _key(entry: object) -> tuple[str, Key] | None:
    """An RSA key for signatures; None for any other."""
    if not isinstance(entry, dict) or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    name, endorsed = entry.get("kid"), entry.get("endorsements")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        return None
    try:
        public = PyJWK(entry, algorithm="RS256").key
    except (PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(public, RSAPublicKey) or public.key_size < _SMALLEST:
        return None
    channels = endorsed if isinstance(endorsed, list) else []
    return name, Key(public, frozenset(one for one in channels if isinstance(one, str)))
