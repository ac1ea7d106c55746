"""Has reports made in a process of their own, so that nobody who reports waits for a picture."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

SECONDS = 120.0  # for one report; it takes about three
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "MPLCONFIGDIR", "SYSTEMROOT")
_ZIP = b"PK"  # what a Word file begins with


Press = Callable[[Mapping[str, Any]], Awaitable[bytes]]


class PressFailed(Exception):
    """A report could not be made."""


async def press(story: Mapping[str, Any]) -> bytes:
    """The story as a Word file. Raises `PressFailed`."""
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}  # no secrets go along
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.sharepoint.paper"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
    )
    try:
        async with asyncio.timeout(SECONDS):
            made, said = await process.communicate(json.dumps(story).encode())
    except TimeoutError:
        raise PressFailed(f"not made within {SECONDS:.0f} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode or not made.startswith(_ZIP):
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise PressFailed(f"exit code {process.returncode}: {last[0] if last else 'no file came out'}")
    return made
