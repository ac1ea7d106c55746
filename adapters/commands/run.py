"""`backline run`."""

from __future__ import annotations

import asyncio

from adapters.app import serve
from adapters.observe import set_up_logging
from adapters.settings import load_settings


def run() -> None:
    """Serve until a signal ends it. Raises `Problem`, `InvalidSettings`, `StoreError`."""
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format, settings.secrets())
    asyncio.run(serve(settings))
