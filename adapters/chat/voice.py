"""Saying something outside of an answer to the platform: after it, never in its way.

What cannot be said is logged, and what was recorded stays recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from adapters.observe import alarm, logger
from bot.ports import SendError

MOST_AT_ONCE = 1_000


class Voice:
    """One per process and platform. `close` waits for what is being said."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._saying: set[asyncio.Task[None]] = set()

    async def close(self, within: float = 2.0) -> None:
        """Let what is being said be said, for so many seconds."""
        if self._saying:
            _, late = await asyncio.wait(self._saying, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def later(self, saying: Coroutine[Any, Any, None]) -> bool:
        """Say it after the answer; False when so much waits to be said that it is not."""
        if len(self._saying) >= MOST_AT_ONCE:  # nobody answers there: whoever presses sees the card change, or not
            saying.close()
            logger().error(f"{self._platform}.silent", waiting=len(self._saying), alarm=True)
            return False
        task = asyncio.create_task(self._reported(saying), name=f"{self._platform}-voice")
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)
        return True

    async def _reported(self, saying: Coroutine[Any, Any, None]) -> None:
        try:
            await saying
        except SendError as error:
            logger().warning(f"{self._platform}.unsaid", error=str(error))
        except Exception as error:  # noqa: BLE001 - the end of the line, and it reports
            alarm(f"{self._platform}.voice_failed", error)
