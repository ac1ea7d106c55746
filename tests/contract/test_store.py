"""What every store does as a whole, and what each engine promises by itself."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bot.ports import Account, Batch, Letter, Note, Sent, StoreError
from store import Store, open_store, upgrade
from store.postgres import PostgresEngine
from store.sqlite import SqliteEngine, connect, demand
from tests.contract.making import CARD, DESK, NOW, SECOND, claim, claim_one, draft, notice, queue, send_card


async def test_ping_leaves_nothing(store: Store) -> None:
    """A store that takes writes says so as often as it is asked, and nothing is written."""
    await asyncio.gather(*(store.ping() for _ in range(5)))

    assert await store.journal.answer("ping") is None


async def test_reset_wipes_everything(store: Store) -> None:
    """After a reset nothing is left, and the store can be used from the beginning with the same keys."""
    await send_card(store)
    await store.journal.append(
        Batch(1, [draft()], [notice("k2")], notes=[Note("n", "anna", NOW, "x")], answers={"a": {}})
    )
    await store.directory.link(Account("nora", "desk", "", "nora"))
    await store.mailbox.put(Letter("m", "nora", NOW, 1, {}))

    await store.reset()

    assert list(await store.journal.read()) == []
    assert await claim(store, NOW + SECOND) == []
    assert await store.journal.answer("a") is None
    assert await store.journal.notes(["n"]) == {}
    assert await store.directory.who("desk", "", "nora") is None
    assert list(await store.mailbox.letters("nora")) == []
    await send_card(store)
    assert len(await store.journal.read()) == 1


async def test_what_was_claimed_before_a_reset_touches_nothing_after(store: Store) -> None:
    """A worker that settles what it had claimed before a reset does not settle somebody else's notice."""
    await queue(store, notice("k", card=CARD))
    before = await claim_one(store)
    await store.reset()
    await queue(store, notice("k", card=CARD))

    await store.outbox.settle(before, Sent(DESK))

    assert len(await claim(store)) == 1


@pytest.mark.parametrize("url", ["mysql://u:hidden@h/d", "backline.db", "sqlite://", "sqlite:///", "postgresql://", ""])
async def test_other_databases_are_refused_plainly(url: str) -> None:
    """A URL of no kind we know is refused with the kinds we do, without repeating a password."""
    with pytest.raises(StoreError, match=r"sqlite:///file\.db") as caught:
        await open_store(url)

    assert caught.value.permanent
    assert "hidden" not in str(caught.value)


async def test_a_relative_file_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sqlite:///name.db` is a file in the working directory."""
    monkeypatch.chdir(tmp_path)
    await (await open_store("sqlite:///name.db")).close()

    assert (tmp_path / "name.db").exists()


async def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    """A database in a directory that is not there is refused with what must be done."""
    with pytest.raises(StoreError, match="directory must exist"):
        await open_store(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")


_SECOND = "import asyncio, sys, store\nasyncio.run(store.open_store(sys.argv[1]))"


async def test_a_second_process_is_refused(sqlite_url: str) -> None:
    """While a process has a SQLite database another one is refused by name, and is let in when it is closed."""
    command = [sys.executable, "-c", _SECOND, sqlite_url]
    root = Path(__file__).parents[2]
    store = await open_store(sqlite_url)

    refused = await asyncio.to_thread(subprocess.run, command, cwd=root, capture_output=True, text=True, check=False)
    with pytest.raises(StoreError, match="in use"):
        await upgrade(sqlite_url)
    await store.close()
    let_in = await asyncio.to_thread(subprocess.run, command, cwd=root, capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert f"in use by process {os.getpid()}" in refused.stderr
    assert let_in.returncode == 0, let_in.stderr


async def test_a_reader_may_look_on(sqlite_url: str, tmp_path: Path) -> None:
    """A store opened for reading sees the journal of a running one, live, and cannot write."""
    store = await open_store(sqlite_url)
    looking = await open_store(sqlite_url, read_only=True)
    await store.journal.append(Batch(0, [draft()]))

    assert len(await looking.journal.read()) == 1
    with pytest.raises(StoreError, match="reading only"):
        await looking.journal.append(Batch(1, [draft()]))
    await looking.close()
    await store.close()
    with pytest.raises(StoreError, match="no database"):
        await open_store(f"sqlite:///{tmp_path / 'other.db'}", read_only=True)


def test_sqlite_commits_reach_the_disk(tmp_path: Path) -> None:
    """The writer's connection syncs every commit, keeps a write-ahead log and checks foreign keys."""
    connection = connect(tmp_path / "x.db")

    assert [
        connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("synchronous", "journal_mode", "foreign_keys")
    ] == [
        2,
        "wal",
        1,
    ]
    connection.close()


def test_a_database_that_does_not_sync_is_refused(tmp_path: Path) -> None:
    """A database that does not read back what it was told is not used."""
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("PRAGMA synchronous = NORMAL")

    with pytest.raises(StoreError, match="synchronous=1, not 2"):
        demand(connection, "synchronous", 2)
    connection.close()


async def test_a_full_disk_fails_everyone_and_passes(sqlite_url: str) -> None:
    """When the disk is full nobody is told yes, the store says it may work later, and then it does."""
    store = await open_store(sqlite_url)
    await store.journal.append(Batch(0, [draft()]))
    engine = store.journal._engine  # type: ignore[attr-defined]
    assert isinstance(engine, SqliteEngine)
    assert engine._writing is not None
    (pages,) = engine._writing.execute("PRAGMA page_count").fetchone()
    engine._writing.execute(f"PRAGMA max_page_count = {pages}")

    big = Batch(1, [draft("x" * 100_000)])
    outcomes = await asyncio.gather(*(store.journal.append(big) for _ in range(3)), return_exceptions=True)

    assert all(isinstance(outcome, StoreError) and not outcome.permanent for outcome in outcomes)
    assert len(await store.journal.read()) == 1
    engine._writing.execute("PRAGMA max_page_count = 1000000")
    assert await store.journal.append(big) == 2
    await store.close()


async def test_closing_finishes_what_was_handed_in(sqlite_url: str) -> None:
    """Appends that were handed in before closing are committed and answered; afterwards the store is closed."""
    store = await open_store(sqlite_url)
    append = asyncio.ensure_future(store.journal.append(Batch(0, [draft()])))
    await asyncio.sleep(0)
    await store.close()
    await store.close()

    assert await append == 1
    with pytest.raises(StoreError, match="closed"):
        await store.journal.append(Batch(1, [draft()]))
    with pytest.raises(StoreError, match="closed"):
        await store.journal.read()


async def test_a_cancelled_writer_disturbs_nobody(sqlite_url: str) -> None:
    """Somebody who stops waiting for an append does not stop the writer."""
    store = await open_store(sqlite_url)
    append = asyncio.ensure_future(store.journal.append(Batch(0, [draft()])))
    await asyncio.sleep(0)
    append.cancel()
    await store.ping()

    assert len(await store.journal.read()) == 1
    await store.close()


@pytest.mark.postgres
async def test_postgres_commits_reach_the_disk(postgres_url: str) -> None:
    """Sessions wait for the disk at every commit."""
    engine = PostgresEngine(postgres_url)

    assert (await engine.read(lambda tx: tx.rows("SHOW synchronous_commit")))[0][0] == "on"
    await engine.close()


@pytest.mark.postgres
async def test_a_lost_connection_is_only_for_now(postgres_url: str) -> None:
    """When the server drops its connections, a call may fail as temporary, and the next ones work."""
    store = await open_store(postgres_url)
    killer = PostgresEngine(postgres_url)
    await store.journal.append(Batch(0, [draft()]))
    kill = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
    await killer.read(lambda tx: tx.rows(kill))

    with pytest.raises(StoreError) as caught:
        await store.journal.append(Batch(1, [draft()]))
    assert not caught.value.permanent
    assert await store.journal.append(Batch(1, [draft()])) == 2
    await killer.close()
    await store.close()


@pytest.mark.postgres
async def test_no_server_is_only_for_now(tmp_path: Path) -> None:
    """A server that is not there is a temporary error that says what to look at."""
    with pytest.raises(StoreError, match="is the server up") as caught:
        await open_store(f"postgresql://nobody@/nothing?host={tmp_path}")

    assert not caught.value.permanent
