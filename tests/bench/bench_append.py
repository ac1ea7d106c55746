"""How fast the journal takes appends on SQLite, beside what the disk allows; and how fast it is read.

Run: `python tests/bench/bench_append.py [postgresql://…]`. One append is one entry, two notices and one answer. "Bare"
is sqlite3 with BEGIN IMMEDIATE, one INSERT, COMMIT under `synchronous=FULL`, in the same directory and run.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ports import Batch, Draft, MessageRef, Notice, Sent, Urgency
from store import Store, open_store, upgrade

APPENDS = 320
ROUNDS = 9
LONG = 100_000
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DATA = {"person": "anna-kovacs", "project": "acme-de", "incident": "2026-0042", "cause": "power", "can_move": False}


def batch(expected: int, size: int = 1) -> Batch:
    """`size` reports, with two notices and an answer each."""
    numbers = range(expected + 1, expected + size + 1)
    return Batch(
        expected,
        entries=[Draft(AT, "WorkplaceReported", DATA) for _ in numbers],
        notices=[
            Notice(f"{n}:{to}", to, "reported", Urgency.NOTICE, AT, "acme-de", "2026-0042", data={"seq": n})
            for n in numbers
            for to in ("nora", "sam")
        ],
        answers={f"key-{n}": {"told": "reported", "incident": "2026-0042"} for n in numbers},
    )


def bare(path: Path, appends: int) -> float:
    """Seconds for bare sqlite3 commits."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, at TEXT, type TEXT, data TEXT)")
    begin = time.perf_counter()
    for _ in range(appends):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO entry (at, type, data) VALUES (?, ?, ?)", (AT.isoformat(), "x", str(DATA)))
        connection.execute("COMMIT")
    took = time.perf_counter() - begin
    connection.close()
    return took


async def appending(store: Store, seq: int, appends: int, size: int = 1) -> float:
    """Seconds for `appends` reports, `size` in a batch, one batch after another."""
    begin = time.perf_counter()
    for _ in range(appends // size):
        seq = await store.journal.append(batch(seq, size))
    return time.perf_counter() - begin


async def delivering(store: Store, workers: int) -> tuple[int, float]:
    """Notices claimed and settled by `workers` at a time, and the seconds that took."""
    done, begin = 0, time.perf_counter()
    while claimed := await store.outbox.claim(AT, timedelta(minutes=1), workers):
        await asyncio.gather(*(store.outbox.settle(d, Sent(MessageRef("desk", {"id": d.id}))) for d in claimed))
        done += len(claimed)
    return done, time.perf_counter() - begin


async def reading(store: Store) -> tuple[int, float]:
    """Entries read from the start, and the seconds that took."""
    seq, begin = 0, time.perf_counter()
    while page := await store.journal.read(seq):
        seq = page[-1].seq
    return seq, time.perf_counter() - begin


async def on_sqlite(directory: Path) -> None:
    """Everything, with bare commits before and after each round to see the disk's mood."""
    store = await open_store(f"sqlite:///{directory / 'store.db'}")
    seq = 0
    for size in (1, 8, 32):
        rounds = []
        for _ in range(ROUNDS):  # side by side and often, because disks have moods
            floor = bare(directory / "bare.db", APPENDS) / APPENDS
            took = await appending(store, seq, APPENDS, size) / APPENDS
            seq += APPENDS
            rounds.append((took, floor))
        took, floor = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"sqlite, {size:2} in a batch: {1 / took:7.0f} reports/s; bare {1 / floor:7.0f}/s; ratio {floor / took:.2f}"
        )
    await delivering(store, 64)
    for workers in (1, 8):
        seq = await store.journal.append(batch(seq, 500))
        done, took = await delivering(store, workers)
        print(f"sqlite, {workers} at a time: {done / took:7.0f} notices/s claimed and settled ({done})")
    await appending(store, seq, LONG - seq, 500)
    print("read {} entries in {:.2f} s".format(*await reading(store)))
    await store.close()
    begin = time.perf_counter()
    store = await open_store(f"sqlite:///{directory / 'store.db'}")
    print(f"opened again in {time.perf_counter() - begin:.3f} s")
    await store.close()


async def on_postgres(url: str) -> None:
    """The same on a fresh PostgreSQL database."""
    await upgrade(url)
    store = await open_store(url)
    seq = 0
    for size in (1, 32):
        took = await appending(store, seq, APPENDS, size) / APPENDS
        seq += APPENDS
        print(f"postgresql, {size:2} in a batch: {1 / took:7.0f} reports/s")
    await appending(store, seq, LONG - seq, 500)
    print("read {} entries in {:.2f} s".format(*await reading(store)))
    await store.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(on_postgres(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(on_sqlite(Path(name)))
