"""A journal that was tampered with is found out, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Batch, Entry
from store import open_store
from store.chain import ORIGIN, Broken, Head, verify, verify_journal
from store.journal import SqlJournal
from store.memory import MemoryJournal, MemoryOutbox
from tests.contract.making import draft


@pytest.fixture
async def entries() -> list[Entry]:
    """Six entries with a whole chain."""
    journal = MemoryJournal(MemoryOutbox())
    await journal.append(Batch(0, [draft(str(n)) for n in range(6)]))
    return list(await journal.read())


def test_a_whole_chain_leads_to_its_head(entries: list[Entry]) -> None:
    """A journal nobody touched verifies, whole or page by page, and through a head noted before."""
    head = Head(6, entries[-1].hash)

    assert verify(entries) == head
    assert verify(entries[3:], verify(entries[:3])) == head
    assert verify(entries, known=Head(4, entries[3].hash)) == head


def _edited(change: Callable[[Entry], Entry]) -> Callable[[list[Entry]], list[Entry]]:
    return lambda entries: [*entries[:2], change(entries[2]), *entries[3:]]


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        (_edited(lambda e: replace(e, data={**e.data, "person": "eve"})), 3),
        (_edited(lambda e: replace(e, at=e.at + timedelta(microseconds=1))), 3),
        (_edited(lambda e: replace(e, type="Moved")), 3),
        (_edited(lambda e: replace(e, hash="0" * 64)), 3),
        (_edited(lambda e: replace(e, data={**e.data, "n": float("nan")})), 3),
        (lambda entries: entries[1:], 1),
        (lambda entries: entries[:3] + entries[4:], 4),
        (lambda entries: [*entries[:3], entries[4], entries[3], entries[5]], 4),
        (lambda entries: [*entries[:3], replace(entries[4], seq=4), replace(entries[3], seq=5), entries[5]], 4),
        (lambda entries: entries[:2] + [replace(e, seq=e.seq - 1) for e in entries[3:]], 3),
    ],
    ids=["data", "instant", "type", "hash", "nonsense", "start cut", "cut", "reordered", "renumbered", "closed gap"],
)
def test_tampering_is_located(entries: list[Entry], tamper: Callable[[list[Entry]], list[Entry]], seq: int) -> None:
    """An entry edited, cut out or moved is named by the first seq that is wrong."""
    with pytest.raises(Broken) as caught:
        verify(tamper(entries))

    assert caught.value.seq == seq


async def test_truncation_is_found_against_a_noted_head(entries: list[Entry]) -> None:
    """A journal that lost its end is whole in itself; a head noted elsewhere tells from where it is missing."""
    journal = MemoryJournal(MemoryOutbox())
    await journal.append(Batch(0, [draft(str(n)) for n in range(4)]))

    assert await verify_journal(journal) == Head(4, entries[3].hash)
    with pytest.raises(Broken) as caught:
        await verify_journal(journal, Head(6, entries[5].hash))
    assert caught.value.seq == 5


def test_a_rewritten_chain_is_found_against_a_noted_head(entries: list[Entry]) -> None:
    """A journal written anew with fitting hashes does not pass through a head noted elsewhere."""
    with pytest.raises(Broken) as caught:
        verify(entries, ORIGIN, Head(5, "f" * 64))

    assert caught.value.seq == 5


@pytest.mark.parametrize("change", ["data = '{}'", "data = data || ' x'", "data = '{'", "seq = 9", "type = 'Moved'"])
async def test_a_hand_in_the_database_is_found(durable_url: str, change: str) -> None:
    """An entry changed behind the store's back is found by reading and verifying."""
    store = await open_store(durable_url)
    journal = store.journal
    assert isinstance(journal, SqlJournal)
    await journal.append(Batch(0, [draft(str(n)) for n in range(5)]))
    await journal._engine.write(lambda tx: tx.run(f"UPDATE journal SET {change} WHERE seq = 3"))  # noqa: S608 - ours

    with pytest.raises(Broken) as caught:
        await verify_journal(journal)

    assert caught.value.seq == 3
    await store.close()
