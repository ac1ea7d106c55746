"""`backline run`."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

from adapters.app import serve
from adapters.observe import set_up_logging
from adapters.settings import load_settings

# New objects until the collector looks at the young ones, and looks until it looks at older ones. Requests leave few
# cycles behind and the state is large: Python's own 700 and 10 cost a report a tenth of its time.
_COLLECT = (20_000, 20, 20)


def run() -> None:
    """Serve until a signal ends it. Raises `Problem`, `InvalidSettings`, `StoreError`."""
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    gc.set_threshold(*_COLLECT)
    with asyncio.Runner(loop_factory=quickest_loop()) as runner:
        runner.run(serve(settings))


def quickest_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where there is one; else Python's own."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - not everywhere
    except ImportError:
        return None
    return new_event_loop
