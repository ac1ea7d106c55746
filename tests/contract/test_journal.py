"""What every journal does."""

from __future__ import annotations

import asyncio
import hashlib
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.ports import Batch, Conflict, Draft, Entry, Note, StoreError
from store import Store, open_store
from store.chain import ORIGIN, verify
from tests.contract.making import NOW, claim, draft, notice

NAIVE = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - that is the point


async def test_entries_come_back_as_they_went_in(store: Store) -> None:
    """Entries are read in order, with their instant in UTC and their data unchanged."""
    data = {"b": [1, 2.5, None, True], "a": {"é": "\x00\n"}, "at": "2026-03-02T09:00:00Z"}
    east = NOW.astimezone(timezone(timedelta(hours=2)))

    last = await store.journal.append(Batch(0, [draft(), Draft(east, "Moved", data)]))

    first, second = await store.journal.read()
    assert (first.seq, second.seq, last) == (1, 2, 2)
    assert (second.at, second.at.tzinfo, second.type, second.data) == (NOW, UTC, "Moved", data)


async def test_read_continues_after_a_place(store: Store) -> None:
    """Reading starts after a given entry and ends at the limit."""
    await store.journal.append(Batch(0, [draft(str(n)) for n in range(5)]))

    assert [entry.seq for entry in await store.journal.read(1, 3)] == [2, 3, 4]
    assert list(await store.journal.read(5)) == []


async def test_the_last_entry_is_at_hand(store: Store) -> None:
    """The newest entry is found without reading the others; an empty journal has none."""
    assert await store.journal.last() is None
    await store.journal.append(Batch(0, [draft(str(n)) for n in range(3)]))
    assert await store.journal.last() == (await store.journal.read(2))[0]


async def test_a_stale_decision_conflicts(store: Store) -> None:
    """A batch decided on an older journal is refused, and may be decided again."""
    await store.journal.append(Batch(0, [draft()]))

    with pytest.raises(Conflict) as caught:
        await store.journal.append(Batch(0, [draft("late")]))

    assert not caught.value.permanent
    assert len(await store.journal.read()) == 1


async def test_a_journal_that_was_cut_takes_nothing(store: Store) -> None:
    """When entries that were already there are missing, appending fails for good instead of writing over the gap."""
    with pytest.raises(StoreError, match="cut or replaced") as caught:
        await store.journal.append(Batch(3, [draft()]))

    assert caught.value.permanent
    assert not isinstance(caught.value, Conflict)


async def test_one_of_many_at_once_wins(store: Store, other: Store) -> None:
    """Of many that append after the same entry at once, exactly one wins, and the rest conflict."""
    writers = [(store, other)[n % 2].journal.append(Batch(0, [draft(str(n))])) for n in range(20)]

    outcomes = await asyncio.gather(*writers, return_exceptions=True)

    assert [outcome for outcome in outcomes if not isinstance(outcome, Conflict)] == [1]
    assert len(await store.journal.read()) == 1


async def test_losers_who_decide_again_all_get_in(store: Store, other: Store) -> None:
    """Whoever reads what is newer and decides again gets in: nothing is lost, and the chain is whole."""

    async def insist(at: Store, name: str) -> None:
        while True:
            try:
                await at.journal.append(Batch(len(await at.journal.read()), [draft(name)]))
            except Conflict:
                continue
            return

    await asyncio.gather(*(insist((store, other)[n % 2], str(n)) for n in range(12)))

    entries = await store.journal.read()
    assert sorted(entry.data["person"] for entry in entries) == sorted(str(n) for n in range(12))
    assert verify(entries, ORIGIN).seq == 12


async def test_an_answer_is_kept_for_its_key(store: Store) -> None:
    """The answer to a command is found under its idempotency key."""
    await store.journal.append(Batch(0, [draft()], answers={"k": {"told": "reported", "n": [1]}}))

    assert await store.journal.answer("k") == {"told": "reported", "n": [1]}
    assert await store.journal.answer("unknown") is None


async def test_a_used_key_conflicts(store: Store) -> None:
    """A batch that answers a command which was already answered is refused whole."""
    await store.journal.append(Batch(0, [draft()], answers={"k": {"told": "first"}}))

    with pytest.raises(Conflict):
        await store.journal.append(Batch(1, [draft()], answers={"new": {}, "k": {"told": "second"}}))

    assert await store.journal.answer("k") == {"told": "first"}
    assert await store.journal.answer("new") is None
    assert len(await store.journal.read()) == 1


async def test_a_refused_batch_leaves_nothing(store: Store) -> None:
    """When the last part of a batch cannot be written, no part of it is."""
    note = Note("n1", "anna", NOW, "no power")
    await store.journal.append(Batch(0, [draft()], notes=[note]))

    with pytest.raises(StoreError) as caught:
        await store.journal.append(Batch(1, [draft()], [notice("k")], notes=[note], answers={"a": {}}))

    assert caught.value.permanent
    assert len(await store.journal.read()) == 1
    assert await claim(store) == []
    assert await store.journal.answer("a") is None
    assert await store.journal.append(Batch(1, [draft()])) == 2


async def test_one_bad_batch_does_not_spoil_its_neighbours(store: Store) -> None:
    """Batches that are committed together fail alone."""
    await store.journal.append(Batch(0, [draft()], answers={"k": {}}))

    outcomes = await asyncio.gather(
        store.journal.append(Batch(1, [draft()], answers={"k": {}})),
        store.journal.append(Batch(1, [draft("good")])),
        return_exceptions=True,
    )

    assert isinstance(outcomes[0], Conflict)
    assert outcomes[1] == 2
    assert [entry.data["person"] for entry in await store.journal.read(1)] == ["good"]


async def test_notes_are_found_by_id(store: Store) -> None:
    """People's words come back by id; unknown ids are left out."""
    notes = [Note(f"n{n}", "anna", NOW, f"nincs áram {n}") for n in range(600)]
    await store.journal.append(Batch(0, [draft()], notes=notes))

    assert await store.journal.notes(["n1", "nothing"]) == {"n1": "nincs áram 1"}
    assert len(await store.journal.notes([note.id for note in notes])) == 600
    assert await store.journal.notes([]) == {}


async def test_words_no_database_can_hold_do_no_harm(store: Store) -> None:
    """Characters that an engine refuses become a replacement sign instead of failing everybody's batch."""
    await store.journal.append(Batch(0, [draft()], notes=[Note("n", "anna", NOW, "a\x00b\ud800c")]))

    assert await store.journal.notes(["n"]) == {"n": "a\ufffdb\ufffdc"}


@pytest.mark.parametrize(
    "batch",
    [
        Batch(0, [replace(draft(), at=NAIVE)]),
        Batch(0, [draft()], [notice("k", at=NAIVE)]),
        Batch(0, [draft()], notes=[Note("n", "anna", NAIVE, "")]),
    ],
    ids=["entry", "notice", "note"],
)
async def test_naive_instants_are_refused(store: Store, batch: Batch) -> None:
    """An instant without an offset is refused before anything is written."""
    with pytest.raises(ValueError, match="naive"):
        await store.journal.append(batch)

    assert list(await store.journal.read()) == []


@pytest.mark.parametrize("data", [{"n": math.nan}, {1: "a"}, {"a": [{2: 3}]}, {"a": object()}], ids=str)
async def test_data_that_json_would_change_is_refused(store: Store, data: dict[str, object]) -> None:
    """Data that would not come back as it was is refused, because its hash would not match."""
    with pytest.raises((TypeError, ValueError)):
        await store.journal.append(Batch(0, [replace(draft(), data=data)]))

    assert list(await store.journal.read()) == []


async def test_the_chain_is_the_same_everywhere(store: Store) -> None:
    """The same entries have the same hashes on every engine: a journal may move."""
    await store.journal.append(Batch(0, [draft("anna"), draft("béla")]))

    text = '"2026-03-02T09:00:00.123456Z","WorkplaceReported",{"can_move":null,"n":1,"person":"%s"}]'
    first = hashlib.sha256(("0" * 64 + "[1," + text % "anna").encode()).hexdigest()
    second = hashlib.sha256((first + "[2," + text % "b\\u00e9la").encode()).hexdigest()
    assert [entry.hash for entry in await store.journal.read()] == [first, second]


async def test_everything_survives_closing(durable_url: str) -> None:
    """What was answered is there after the store was closed and opened again."""
    store = await open_store(durable_url)
    await store.journal.append(
        Batch(0, [draft()], [notice("k")], notes=[Note("n", "anna", NOW, "words")], answers={"a": {"x": 1}})
    )
    before: list[Entry] = list(await store.journal.read())
    await store.close()

    store = await open_store(durable_url)

    assert list(await store.journal.read()) == before
    assert await store.journal.answer("a") == {"x": 1}
    assert await store.journal.notes(["n"]) == {"n": "words"}
    assert [d.notice for d in await claim(store)] == [notice("k")]
    await store.close()
