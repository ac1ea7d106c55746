"""Rows, each once, whatever happens to the answers: the writers before the strict stand-in."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.sharepoint.failure import GraphFailed, Held
from adapters.sharepoint.schema import INCIDENTS, LOG
from adapters.sharepoint.writer import AnotherJournal, Inserter, RowRefused, Upserter
from tests.unit.sharepoint.side import Side, beside

Details = dict[str, Any]
LOST: list[tuple[str, Details]] = [
    ("lost", {}),
    ("lost", {"parts": 7}),
    ("reset", {}),
    ("server_error", {"status": 503, "accepted": True}),
    ("server_error", {"status": 504}),
    ("html", {"status": 502, "accepted": True}),
    ("empty", {"accepted": True}),
    ("empty", {}),
    ("malformed", {}),
    ("throttled", {"retry_after": 20}),
]


def rows(*numbers: int) -> list[Details]:
    """Entries of a log."""
    return [{"Key": str(n), "Seq": n, "What": f"entry {n}", "Hash": f"{n:064x}"} for n in numbers]


def incident(number: str, **fields: object) -> Details:
    """A row of the incidents."""
    return {"Key": number, "Title": number, "State": "open", "Worst": 1, "Cause": None, **fields}


async def inserted(side: Side, writer: Inserter, wanted: list[Details]) -> None:
    """Insert all of them, waiting as told."""
    done = 0
    for _ in range(50):
        if done == len(wanted):
            return
        try:
            done += await writer.insert(wanted[done:])
        except Held as held:
            await side.watch.sleep(held.seconds)
        except GraphFailed as failed:
            if failed.trouble not in ("unreachable", "throttled"):
                raise
            await side.watch.sleep(side.graph.wait())
    raise AssertionError(f"{done} rows of {len(wanted)}")


@pytest.mark.parametrize(("kind", "details"), LOST)
async def test_each_row_once_and_in_order(kind: str, details: Details) -> None:
    """Whatever the answer to a batch is lost to, afterwards every row is there once, in order."""
    async with beside() as side:
        await side.site.look()
        writer = Inserter(side.site, LOG)
        await side.standin.fault("batch", kind, count=2, skip=1, **details)
        await inserted(side, writer, rows(*range(1, 71)))
        assert [row["Seq"] for row in await side.log()] == list(range(1, 71))
        await side.clean()


@pytest.mark.parametrize("kind", ["lost", "server_error", "throttled", "empty", "malformed"])
async def test_parts_that_fail_alone(kind: str) -> None:
    """A part in the middle of a chain that nobody answers, or that is refused, changes nothing of that."""
    async with beside() as side:
        await side.site.look()
        details: Details = {"accepted": True} if kind in ("server_error", "empty") else {}
        await side.standin.fault("items.create", kind, count=3, skip=5, **details)
        await inserted(side, Inserter(side.site, LOG), rows(*range(1, 41)))
        assert [row["Seq"] for row in await side.log()] == list(range(1, 41))
        await side.clean()


async def test_after_a_restart_nothing_is_written_twice() -> None:
    """A new process does not know how far the last one came; it looks."""
    async with beside() as side:
        await side.site.look()
        await inserted(side, Inserter(side.site, LOG), rows(*range(1, 31)))
        await inserted(side, Inserter(side.site, LOG), rows(*range(1, 61)))
        assert [row["Seq"] for row in await side.log()] == list(range(1, 61))


async def test_a_row_that_is_there_already_counts() -> None:
    """Somebody was quicker between look-up and POST: the refusal is looked into, and the next rows follow."""
    async with beside() as side:
        await side.site.look()
        writer = Inserter(side.site, LOG, doubt=False)
        await side.standin.add(side.title(LOG.title), rows(2)[0])
        await inserted(side, writer, rows(1, 2, 3, 4))
        assert sorted(row["Seq"] for row in await side.log()) == [1, 2, 3, 4]


async def test_a_row_that_is_refused_is_named() -> None:
    """What SharePoint does not take is an error about that row, not about the whole list."""
    async with beside() as side:
        await side.site.look()
        bad = {**rows(1)[0], "What": "a bell \x07"}
        with pytest.raises(RowRefused, match="control") as caught:
            await Inserter(side.site, LOG).insert([bad, *rows(2)])
        assert caught.value.key == "1"
        assert await side.log() == []


async def test_rows_of_another_journal_are_recognised() -> None:
    """A database that was begun anew must not be taken for the one whose rows are there."""
    async with beside() as side:
        await side.site.look()
        await inserted(side, Inserter(side.site, LOG), rows(1, 2))
        other = [{**row, "Hash": "f" * 64} for row in rows(1, 2, 3)]
        for doubt in (True, False):
            with pytest.raises(AnotherJournal, match="another journal"):
                await Inserter(side.site, LOG, doubt).insert(other)
        assert len(await side.log()) == 2


async def test_a_row_is_changed_under_its_etag() -> None:
    """A person's edit a moment before is not overwritten unseen; what is not ours of it stays."""
    async with beside() as side:
        await side.site.look()
        writer, title = Upserter(side.site, INCIDENTS), side.title(INCIDENTS.title)
        await side.standin.add_column(title, {"name": "Lesson", "text": {}})
        await writer.upsert([incident("2026-0001")])
        details = {"fields": {"Lesson": "buy a generator", "State": "?"}, "by": "zita@example.com"}
        await side.standin.fault("fields.update", "conflict", **details)
        await writer.upsert([incident("2026-0001", Worst=5)])
        (row,) = await side.incidents()
        assert (row["Worst"], row["State"], row["Lesson"]) == (5, "open", "buy a generator")
        assert [call["status"] for call in await side.standin.calls("fields.update")] == [412, 200]


async def test_nothing_is_written_that_is_there() -> None:
    """A row that stands there as it is to be costs no write, also after a restart."""
    async with beside() as side:
        await side.site.look()
        await Upserter(side.site, INCIDENTS).upsert([incident("2026-0001")])
        await Upserter(side.site, INCIDENTS).upsert([incident("2026-0001")])
        assert len(await side.standin.calls("items.create")) == 1
        assert await side.standin.calls("fields.update") == []


async def test_an_emptied_cell_is_empty() -> None:
    """What is no longer true is taken out."""
    async with beside() as side:
        await side.site.look()
        writer = Upserter(side.site, INCIDENTS)
        await writer.upsert([incident("2026-0001", Cause="Fire")])
        await writer.upsert([incident("2026-0001")])
        assert "Cause" not in (await side.incidents())[0]


async def test_a_deleted_row_comes_back() -> None:
    """A person who deletes a row of an incident that goes on gets it again."""
    async with beside() as side:
        await side.site.look()
        writer, title = Upserter(side.site, INCIDENTS), side.title(INCIDENTS.title)
        await writer.upsert([incident("2026-0001"), incident("2026-0002")])
        await side.standin.delete(title, "1")
        await writer.upsert([incident("2026-0001", Worst=9), incident("2026-0002", Worst=9)])
        assert sorted((row["Key"], row["Worst"]) for row in await side.incidents()) == [
            ("2026-0001", 9),
            ("2026-0002", 9),
        ]


@pytest.mark.parametrize(("kind", "details"), LOST)
async def test_changes_survive_lost_answers(kind: str, details: Details) -> None:
    """Additions and changes in one batch whose answer is lost: afterwards each row is there once, as it is to be."""
    async with beside() as side:
        await side.site.look()
        writer = Upserter(side.site, INCIDENTS)
        await writer.upsert([incident(f"2026-{n:04}") for n in range(1, 11)])
        await side.standin.fault("batch", kind, count=2, **details)
        wanted = [incident(f"2026-{n:04}", Worst=n) for n in range(1, 21)]
        for _ in range(10):
            try:
                await writer.upsert(wanted)
                break
            except (Held, GraphFailed):
                await side.watch.sleep(max(side.graph.wait(), 0.1))
        found = sorted((row["Key"], row["Worst"]) for row in await side.incidents())
        assert found == [(f"2026-{n:04}", n) for n in range(1, 21)]
        await side.clean()
