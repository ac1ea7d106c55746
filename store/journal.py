"""The journal on a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.ports import Batch, Conflict, Entry, Json, StoreError
from store.chain import ORIGIN, Broken, Head, canonical, link
from store.engine import Engine, Row, Transaction, Violation, one
from store.instants import instant, storable, to_text, utc

_HEAD = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"
_ENTRY = "INSERT INTO journal (seq, at, type, data, hash) VALUES (?, ?, ?, ?, ?)"
_ANSWER = "INSERT INTO answer (key, seq, data) VALUES (?, ?, ?)"
_NOTE = "INSERT INTO note (id, author, at, text) VALUES (?, ?, ?, ?)"
_NOTICE = """
    INSERT INTO outbox (key, person, kind, urgency, at, due, project, incident, card, data, state, attempt, ambiguous)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, FALSE) ON CONFLICT (key) DO NOTHING
"""
_CARD = """
    INSERT INTO card (person, card, wanted, shown, due, attempt, dead) VALUES (?, ?, 0, 0, ?, 0, FALSE)
    ON CONFLICT (person, card) DO NOTHING
"""
_REFRESH = """
    UPDATE card SET wanted = wanted + 1 FROM (VALUES (?, ?)) AS stale
    WHERE card.person = stale.column1 AND card.card = stale.column2
"""
_READ = "SELECT seq, at, type, data, hash FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"
_LAST = "SELECT seq, at, type, data, hash FROM journal ORDER BY seq DESC LIMIT 1"
_ANSWERED = "SELECT data FROM answer WHERE key = ?"
_NOTES_AT_ONCE = 500
_decode = json.JSONDecoder().raw_decode  # half the time of json.loads, which counts when a journal is read whole


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch as rows: everything that can be worked out, or refused, before the transaction."""

    expected: int
    entries: Sequence[Row]
    notices: Sequence[Row]
    cards: Sequence[Row]
    refreshes: Sequence[Row]
    notes: Sequence[Row]
    answers: Sequence[tuple[str, str]]


class SqlJournal:
    """`Journal` on SQLite or PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def append(self, batch: Batch) -> int:
        """Write all of `batch` durably or nothing; the new last seq. Raises `Conflict`, `StoreError`."""
        ready = _prepare(batch)
        return await self._engine.write(lambda tx: _append(tx, ready))

    async def read(self, after: int = 0, limit: int = 10_000) -> Sequence[Entry]:
        """Entries with seq > `after`, in order, at most `limit`. Raises `Broken` for one that cannot be read."""
        return await self._engine.read(lambda tx: [_entry(row) for row in tx.rows(_READ, after, limit)])

    async def last(self) -> Entry | None:
        """The newest entry; None in an empty journal. Raises `Broken`."""
        row = await self._engine.read(lambda tx: one(tx.rows(_LAST)))
        return None if row is None else _entry(row)

    async def answer(self, key: str) -> Json | None:
        """What the command with this idempotency key was answered, if it was ever committed."""
        row = await self._engine.read(lambda tx: one(tx.rows(_ANSWERED, key)))
        return None if row is None else json.loads(row[0])

    async def notes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The texts of these notes; an erased or unknown one is left out."""
        return await self._engine.read(lambda tx: _notes(tx, ids))


def _prepare(batch: Batch) -> _Ready:
    return _Ready(
        expected=batch.expected,
        entries=[(utc(draft.at), draft.type, canonical(draft.data)) for draft in batch.entries],
        notices=[
            (
                n.key,
                n.to,
                n.kind,
                int(n.urgency),
                utc(n.at),
                utc(n.at),
                n.project,
                n.incident,
                n.card,
                canonical(n.data),
            )
            for n in batch.notices
        ],
        # In one order everywhere, so that two replicas never wait for each other.
        cards=sorted({(n.to, n.card): (n.to, n.card, utc(n.at)) for n in batch.notices if n.card}.values()),
        refreshes=[(refresh.to, refresh.card) for refresh in sorted(set(batch.refreshes))],
        notes=[(note.id, note.by, utc(note.at), storable(note.text)) for note in batch.notes],
        answers=[(key, canonical(answer)) for key, answer in batch.answers.items()],
    )


def _append(tx: Transaction, ready: _Ready) -> int:
    row = one(tx.rows(_HEAD))
    head = ORIGIN if row is None else Head(*row)
    check(ready.expected, head.seq)
    rows: list[Row] = []
    for at, kind, data in ready.entries:
        head = Head(head.seq + 1, link(head.hash, head.seq + 1, to_text(at), kind, data))
        rows.append((head.seq, at, kind, data, head.hash))
    try:
        tx.many(_ENTRY, rows)
        tx.many(_ANSWER, [(key, head.seq, data) for key, data in ready.answers])
    except Violation as error:
        message = f"somebody else appended after {ready.expected}, or used one of the idempotency keys"
        raise Conflict(message) from error
    tx.many(_NOTICE, ready.notices)
    tx.many(_CARD, ready.cards)
    tx.many(_REFRESH, ready.refreshes)
    tx.many(_NOTE, ready.notes)
    return head.seq


def check(expected: int, head: int) -> None:
    """Refuse a batch that was not decided on the journal's `head`. Raises `Conflict`, `StoreError`."""
    if head > expected:
        message = f"the journal is at {head}, not {expected}: somebody else appended"
        raise Conflict(message)
    if head < expected:
        message = f"the journal ends at {head}, but {expected} was already there: it was cut or replaced; restore it"
        raise StoreError(message, permanent=True)


def _entry(row: Row) -> Entry:
    seq, at, kind, text, fingerprint = row
    try:
        data, end = _decode(text)
        if end != len(text):
            raise Broken(seq, "cannot be read: something was added to its data")
        return Entry(seq, instant(at), kind, data, fingerprint)
    except ValueError as error:
        raise Broken(seq, f"cannot be read: {error}") from error


def _notes(tx: Transaction, ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), _NOTES_AT_ONCE):
        some = ids[start : start + _NOTES_AT_ONCE]
        marks = ", ".join("?" * len(some))
        found |= {row[0]: row[1] for row in tx.rows(f"SELECT id, text FROM note WHERE id IN ({marks})", *some)}  # noqa: S608
    return found
