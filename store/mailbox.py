"""The mailbox on a database: conversations kept here rather than on a platform."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.ports import Letter
from store.chain import canonical
from store.engine import Engine
from store.instants import instant, utc

_PUT = """
    INSERT INTO letter (id, person, at, changed, body) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE
    SET person = excluded.person, at = excluded.at, changed = excluded.changed, body = excluded.body
"""
_LETTERS = "SELECT id, person, at, changed, body FROM letter WHERE person = ? ORDER BY at, number"


class SqlMailbox:
    """`Mailbox` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def put(self, letter: Letter) -> None:
        """Add it, or replace the one with this id."""
        row = (letter.id, letter.person, utc(letter.at), letter.changed, canonical(letter.body))
        await self._engine.write(lambda tx: tx.run(_PUT, *row))

    async def letters(self, person: str) -> Sequence[Letter]:
        """A person's letters, oldest first; letters of one instant as they came."""
        rows = await self._engine.read(lambda tx: tx.rows(_LETTERS, person))
        return [Letter(row[0], row[1], instant(row[2]), row[3], json.loads(row[4])) for row in rows]
