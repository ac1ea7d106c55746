"""Tells every open page that something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress


class Changes:
    """A bell without a message: whoever listens looks for themselves what is new, so nothing can be missed."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()
        self._closed = False

    def ring(self) -> None:
        """Wake all listeners; many rings before they look are one."""
        for listener in self._listeners:
            listener.set()

    def close(self) -> None:
        """No more rings: all listeners end."""
        self._closed = True
        self.ring()

    async def rings(self, at_least_every: float) -> AsyncGenerator[None, None]:
        """Yield at once, after each ring, and after so many real seconds of silence; until closed."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        try:
            while not self._closed:
                yield
                with suppress(TimeoutError):
                    async with asyncio.timeout(at_least_every):
                        await listener.wait()
                listener.clear()
        finally:
            self._listeners.discard(listener)
