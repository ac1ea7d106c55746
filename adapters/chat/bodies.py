"""Reading what anybody may send: bounded in size, in time, and in how much of it is held at once."""

from __future__ import annotations

import asyncio

from aiohttp import web

READ_SECONDS = 1.0  # for the whole body: the platforms wait a few seconds for the answer
_LARGE = 64 * 1024  # bytes; what the platforms send has a few thousand
_LARGE_AT_ONCE = 8


class TooLarge(Exception):
    """The body is larger than allowed, or too many large ones come in at once."""


class Bodies:
    """Reads bodies of at most `largest` bytes. Anybody can send them, so that only a few may be large at a time."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._large = 0

    async def read(self, request: web.Request) -> bytes:
        """The body, as it came. Raises `TooLarge`, `TimeoutError`, `ConnectionError`, `web.RequestPayloadError`."""
        if (request.content_length or 0) > self._largest:
            raise TooLarge
        if request.content.is_eof() and (request.content_length or 0) <= _LARGE:
            return await request.content.read()  # all of it is here already, as it mostly is
        async with asyncio.timeout(READ_SECONDS):
            return await self._read(request)

    async def _read(self, request: web.Request) -> bytes:
        body, large = bytearray(), False
        try:
            async for chunk in request.content.iter_any():
                body += chunk
                if not large and len(body) > _LARGE:
                    if self._large >= _LARGE_AT_ONCE:
                        raise TooLarge
                    large, self._large = True, self._large + 1
                if len(body) > self._largest:
                    raise TooLarge
            return bytes(body)
        finally:
            self._large -= large
