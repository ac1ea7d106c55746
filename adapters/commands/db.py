"""`backline db`."""

from __future__ import annotations

import asyncio

from adapters.app import upgrade_database
from adapters.commands.terminal import say
from adapters.settings import load_settings, shown_database


def upgrade() -> None:
    """Bring the database to this version's schema. Raises `StoreError`."""
    settings = load_settings()
    asyncio.run(upgrade_database(settings))
    say(f"{shown_database(settings.database)} is at this version's schema")
