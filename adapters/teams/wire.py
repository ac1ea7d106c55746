"""One HTTP request and its whole answer: no redirect followed, nothing sent twice, bounded in time and size."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

# An answer that does not come in time may cost a repeated message: more patience than people at a screen have.
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=4)
_LONGEST = 2 * 1024 * 1024  # bytes; a page of 500 members has a tenth of it
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: the JSON object in it; None if there is none."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None

    @property
    def good(self) -> bool:
        """Whether it was done."""
        return self.status // 100 == 2  # noqa: PLR2004 - RFC 9110: 2xx


def open_session(*, loopback: bool = False) -> aiohttp.ClientSession:
    """The one HTTP session, inside a running loop. Whoever opens it closes it. `loopback`: no proxy is asked."""
    connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=15)
    return aiohttp.ClientSession(
        connector=connector, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), trust_env=not loopback
    )


async def exchange(session: aiohttp.ClientSession, method: str, url: Any, **request: Any) -> Answer:  # noqa: ANN401 - aiohttp's
    """Ask and read all of the answer. Raises `aiohttp.ClientError`, `OSError`."""
    async with session.request(method, url, allow_redirects=False, **request) as response:
        body = bytearray()
        while chunk := await response.content.read(_CHUNK):
            body += chunk
            if len(body) > _LONGEST:
                raise aiohttp.ClientPayloadError("an answer that is too long")
        return Answer(response.status, response.headers, _object(bytes(body)))


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
