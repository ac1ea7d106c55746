"""How far readers of the journal have come, on a database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from bot.ports import Conflict, Json
from store.chain import canonical
from store.engine import Engine, Transaction, one
from store.instants import utc

_BEGIN = "INSERT INTO position (reader, place) VALUES (?, '{}') ON CONFLICT (reader) DO NOTHING"
_CLAIM = """
    UPDATE position SET holder = ?, leased_until = ?
    WHERE reader = ? AND (holder IS NULL OR holder = ? OR leased_until <= ?)
"""
_KEEP = "UPDATE position SET place = ? WHERE reader = ? AND holder = ?"
_RELEASE = "UPDATE position SET holder = NULL, leased_until = NULL WHERE reader = ? AND holder = ?"
_PLACE = "SELECT place FROM position WHERE reader = ?"


class SqlPositions:
    """`Positions` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim(self, reader: str, holder: str, now: datetime, lease: timedelta) -> Json | None:
        """The reader's place, claimed for `holder` until `now + lease`; None: another holder has it."""
        now = utc(now)

        def job(tx: Transaction) -> Json | None:
            tx.run(_BEGIN, reader)
            claimed = tx.run(_CLAIM, holder, now + lease, reader, holder, now)
            return _place(tx, reader) if claimed else None

        return await self._engine.write(job)

    async def keep(self, reader: str, holder: str, place: Json) -> None:
        """Remember the place its holder has reached. Raises `Conflict` when another holder has claimed it since."""
        text = canonical(place)
        if not await self._engine.write(lambda tx: tx.run(_KEEP, text, reader, holder)):
            raise somebody_elses(reader)

    async def release(self, reader: str, holder: str) -> None:
        """Let the next holder claim it at once."""
        await self._engine.write(lambda tx: tx.run(_RELEASE, reader, holder))

    async def place(self, reader: str) -> Json:
        """The place; empty before the first `keep`."""
        return await self._engine.read(lambda tx: _place(tx, reader))


def somebody_elses(reader: str) -> Conflict:
    """What whoever has lost its claim is told."""
    return Conflict(f"the place of {reader} has been claimed by another process; it reads on")


def _place(tx: Transaction, reader: str) -> Json:
    row = one(tx.rows(_PLACE, reader))
    found: Json = {} if row is None else json.loads(row[0])
    return found
