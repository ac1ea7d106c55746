"""The journal in SharePoint's lists: whole, once, in order, and the way back after trouble."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from adapters.sharepoint.place import READER, reached
from adapters.sharepoint.schema import INCIDENTS, LOG, PLANS, ROLES, ListSpec
from bot import events as ev
from bot.commands import Cause, ConfirmRestored, ReportWorkplace, StandDown
from bot.ports import Batch, Draft, SyncState
from tests.unit.sharepoint.played import whole_incident
from tests.unit.sharepoint.side import Side, beside, make_lists


async def test_an_incident_is_there_whole_and_once() -> None:
    """Every entry is a row, in order, with its hash; the incident, the plan and the report are there."""
    async with beside() as side:
        number = await whole_incident(side.play)
        await side.until_done()
        entries = await side.play.entries()
        log = await side.log()
        assert [(row["Seq"], row["Hash"], row["Key"]) for row in log] == [
            (entry.seq, entry.hash, str(entry.seq)) for entry in entries
        ]
        (incident,) = await side.incidents()
        assert (incident["Key"], incident["State"], incident["Level"], incident["Worst"]) == (number, "closed", 2, 2)
        plan = side.play.desk.rules.plan
        assert [(row["Title"], row["Digest"]) for row in await side.plans()] == [(plan.version, plan.digest)]
        assert [file["path"] for file in await side.standin.files()] == [f"Incident reports/{number} acme-de.docx"]
        assert len(await side.roles()) == 4 + 2 * len(side.play.desk.rules.company.projects)
        await side.clean()


async def again(side: Side, person: str = "anna", project: str = "acme-de") -> None:
    """Another small incident."""
    await side.play.do(ReportWorkplace(person, person, Cause.FIRE, can_move=False), minutes=1)
    await side.play.do(ConfirmRestored(person, person))
    await side.play.do(StandDown("nora", project))


async def whole(side: Side) -> None:
    """Every entry is in the log once, in order, and every closed incident has its row and its report."""
    entries = await side.play.entries()
    assert [(row["Seq"], row["Hash"]) for row in await side.log()] == [(one.seq, one.hash) for one in entries]
    opened = sum(one.type == "IncidentOpened" for one in entries)
    closed = sum(one.type == "StoodDown" for one in entries)
    rows = await side.incidents()
    assert len({row["Key"] for row in rows}) == len(rows) == opened
    assert sum(row["State"] == "closed" for row in rows) == closed
    assert len(await side.standin.files()) == closed
    await side.clean()


async def test_in_step_and_then_waiting_and_why() -> None:
    """What people see: nothing before the first look, in step, rows that wait since when, and the reason."""
    async with beside() as side:
        assert side.sync.state() is None
        await side.until_done()
        assert side.sync.state() == SyncState(0, None, None)
        await side.standin.outage("503")
        await again(side)
        await side.step()
        state = side.sync.state()
        assert state is not None
        first = (await side.play.entries())[0]
        assert (state.waiting >= len(await side.play.entries()), state.since, state.trouble) == (
            True,
            first.at,
            "unreachable",
        )
        await side.standin.outage("")
        await side.until_done()
        await whole(side)


@pytest.mark.parametrize("kind", ["503", "html", "reset"])
async def test_an_outage_is_waited_out(kind: str) -> None:
    """While Graph is away it is asked less and less, by one cheap question; what was to be written is written once."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        await side.standin.outage(kind)
        await again(side, "bea")
        before = len(await side.standin.calls())
        waited = 0.0
        while waited < 3600:
            seconds = await side.step()
            waited += seconds
            await side.watch.sleep(seconds)
        calls = (await side.standin.calls())[before:]
        assert len(calls) < 75
        assert {call["op"] for call in calls[4:]} == {"site.get"}
        await side.standin.outage("")
        await side.until_done()
        await whole(side)


async def test_a_backlog_of_a_day_has_closed_incidents_right() -> None:
    """Three incidents of one project, all over before anything could be written: three rows, three reports."""
    async with beside() as side:
        await side.standin.outage("503")
        await side.step()
        for person in ("anna", "bea", "anna"):
            await again(side, person)
        await side.standin.outage("")
        await side.watch.sleep(60)
        await side.until_done()
        await whole(side)
        assert [row["Cause"] for row in await side.incidents()] == ["Fire or smoke (1)"] * 3


async def test_an_open_incident_s_row_follows_it() -> None:
    """The row is there while the incident is open, and changes with it."""
    async with beside() as side:
        await side.play.do(ReportWorkplace("anna", "anna", can_move=False))
        await side.until_done()
        (row,) = await side.incidents()
        assert (row["State"], row["Worst"], row["RtoMet"], row["Kind"]) == ("open", 1, "running", "real")
        await side.play.do(ReportWorkplace("bea", "bea", can_move=False))
        await side.until_done()
        (row,) = await side.incidents()
        assert (row["Worst"], row["Level"]) == (2, 2)


# --- several processes ------------------------------------------------------------------------------------------------


async def test_one_process_writes_at_a_time() -> None:
    """The second one looks on, and goes on where the first one was when that ends; nothing is written twice."""
    async with beside() as first:
        await again(first)
        await first.until_done()
        async with beside(standin=first.standin, store=first.play.store, provisioned=False) as second:
            await again(second, "bea")
            assert await second.step() == 0
            state = second.sync.state()
            assert state is not None
            assert state.waiting > 0
            await first.sync.close()
            await second.until_done()
            assert [row["Seq"] for row in await second.log()] == [one.seq for one in await second.play.entries()]
            await second.clean()


async def test_whoever_has_lost_the_place_stops() -> None:
    """A process that slept past its lease notices before it writes on, and begins again when the place is free."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        positions = side.play.store.positions
        await side.watch.sleep(3600)
        now = side.play.clock.at + timedelta(days=400)
        assert await positions.claim(READER, "another", now, timedelta(seconds=90)) is not None
        await again(side, "bea")
        assert await side.step() == 0
        assert len(await side.log()) < len(await side.play.entries())
        await positions.release(READER, "another")
        await side.until_done()
        await whole(side)


async def test_the_place_is_kept() -> None:
    """What `sharepoint status` reads: how far each list is, which lists they are, and what is wrong."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        place = await side.play.store.positions.place(READER)
        last = len(await side.play.entries())
        assert (reached(place), place["trouble"]) == (last, None)
        assert set(place["lists"]) == {spec.name for spec in (LOG, INCIDENTS, PLANS, ROLES)}


# --- what people do to lists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [LOG, INCIDENTS, PLANS, ROLES], ids=lambda spec: spec.name)
async def test_a_deleted_list_is_told_and_filled_again(spec: ListSpec) -> None:
    """The others go on; once the list is made again it is filled from the start, once."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        await side.standin.delete_list(side.title(spec.title))
        await again(side, "bea")
        await side.step()
        await side.watch.sleep(601)
        await side.step()
        state = side.sync.state()
        assert state is not None
        assert state.trouble == "missing"
        await side.step()  # that the IT manager was told is an entry of its own
        for other in {LOG, INCIDENTS} - {spec}:
            rows = await side.standin.rows(side.title(other.title))
            assert len(rows) == (2 if other is INCIDENTS else len(await side.play.entries()))
        await make_lists(side.standin, side.watch)
        await side.watch.sleep(60)
        await side.until_done()
        await whole(side)
        assert len(await side.plans()) == 1
        assert len(await side.roles()) == 4 + 2 * len(side.play.desk.rules.company.projects)


async def test_a_renamed_list_is_the_same_list() -> None:
    """What people call it is theirs."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        await side.standin.rename_list(side.title(LOG.title), "What went wrong")
        await again(side, "bea")
        await side.until_done()
        assert len(await side.standin.rows("What went wrong")) == len(await side.play.entries())


@pytest.mark.parametrize("what", ["deleted", "another kind", "renamed"])
async def test_a_column_that_a_person_changed(what: str) -> None:
    """A renamed column is the same; one that is gone or of another kind is told, and goes on once it is put right."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        title = side.title(LOG.title)
        if what == "renamed":
            await side.standin.change_column(title, "What", displayName="The story")
        elif what == "deleted":
            await side.standin.delete_column(title, "What")
        else:
            await side.standin.change_column(title, "What", number={})
        await again(side, "bea")
        await side.step()
        await side.watch.sleep(60)
        await side.step()
        state = side.sync.state()
        assert state is not None
        assert state.trouble == (None if what == "renamed" else "missing")
        if what == "another kind":
            await side.standin.delete_column(title, "What")
        if what != "renamed":
            assert any("column What" in one for one in await make_lists(side.standin, side.watch))
        await side.watch.sleep(60)
        await side.until_done()
        await whole(side)


async def test_a_grant_that_was_taken_away() -> None:
    """Denied is told as such, nothing is lost, and it goes on when the grant is back."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        await side.standin.settings(grants=[])
        await again(side, "bea")
        await side.step()
        state = side.sync.state()
        assert state is not None
        assert state.trouble == "denied"
        await side.standin.settings(grants=["write"])
        await side.until_done()
        await whole(side)


async def test_a_report_that_somebody_has_open_comes_later() -> None:
    """423: the other reports and all rows are written meanwhile."""
    async with beside() as side:
        path = "Incident reports/2026-0001 acme-de.docx"
        await side.standin.write(path, b"notes of somebody")
        await side.standin.lock(path)
        await again(side)
        await again(side, "bea")
        await side.step()
        state = side.sync.state()
        assert state is not None
        assert state.waiting > 0
        assert sorted(file["path"] for file in await side.standin.files())[1].endswith("2026-0002 acme-de.docx")
        assert len(await side.log()) == len(await side.play.entries())
        await side.standin.lock(path, locked=False)
        await side.until_done()
        assert (await side.standin.file(path)).startswith(b"PK")


@pytest.mark.parametrize("kind", ["lost", "empty", "server_error"])
async def test_a_report_whose_answer_is_lost_is_there_once(kind: str) -> None:
    """It is looked for before it is put again."""
    async with beside() as side:
        await again(side)
        details: dict[str, object] = {} if kind == "lost" else {"accepted": True}
        await side.standin.fault("files.put", kind, **details)
        await side.until_done()
        (file,) = await side.standin.files()
        assert file["version"] == 1
        await whole(side)


# --- odd entries ------------------------------------------------------------------------------------------------------


async def test_an_entry_of_a_newer_version_is_there_all_the_same() -> None:
    """Its type stands for its words, its number and hash are there, and what follows is written."""
    async with beside() as side:
        await again(side)
        await side.play.desk.close()
        last = await side.play.store.journal.last()
        assert last is not None
        draft = Draft(last.at, "CoffeeSpilt", {"person": "anna"})
        await side.play.store.journal.append(Batch(last.seq, [draft]))
        await side.step()
        row = (await side.log())[-1]
        assert (row["What"], row["Seq"]) == ("CoffeeSpilt", last.seq + 1)


async def test_an_entry_whose_words_are_refused_keeps_nobody_out() -> None:
    """SharePoint refuses one row whatever we do about its words: number and hash are written, the rest follows."""
    async with beside() as side:
        await again(side)
        entries = await side.play.entries()
        refused = {"message": "Not this one", "status": 400, "code": "invalidRequest", "count": None}
        await side.standin.fault("items.create", "error", where="opened, plan", **refused)
        await side.until_done()
        rows = await side.log()
        assert [row["Seq"] for row in rows] == [one.seq for one in entries]
        assert rows[0]["What"] == "IncidentOpened"


async def test_the_rows_of_another_journal_are_left_alone() -> None:
    """A database begun anew before lists that are full: nothing is written over, and the trouble is told."""
    async with beside() as old:
        await again(old)
        await old.until_done()
        before = (await old.log(), await old.incidents())
        async with beside(standin=old.standin, provisioned=False) as new:
            await new.play.do(ReportWorkplace("bea", "bea", Cause.POWER, can_move=False), minutes=3)
            for _ in range(3):
                await new.step()
                await new.watch.sleep(60)
            state = new.sync.state()
            assert state is not None
            assert state.trouble == "broken"
            assert (await old.log(), await old.incidents()) == before


async def test_nothing_is_done_when_nothing_happened() -> None:
    """A minute of peace costs one cheap question for the matrix."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        before = len(await side.standin.calls())
        for _ in range(5):
            await side.watch.sleep(60)
            await side.step()
        calls = (await side.standin.calls())[before:]
        assert [(call["op"], call["units"]) for call in calls] == [("items.delta", 1)] * 5


async def test_the_desk_never_waits() -> None:
    """Graph is a black hole: reports are answered while a call hangs."""
    async with beside() as side:
        await again(side)
        await side.step()
        await side.standin.fault("*", "black_hole", count=None)
        side.sync.wake(pull=True)
        hanging = asyncio.create_task(side.sync.round())
        await side.standin.called("items.delta", 2)
        await again(side, "bea")
        assert not hanging.done()
        await side.standin.heal()
        await hanging


# --- who is told ------------------------------------------------------------------------------------------------------


async def test_the_it_manager_is_told_once_and_when_it_is_over() -> None:
    """A list is gone: once that has lasted, one message; it is not repeated, and its card says when all is well."""
    async with beside() as side:
        await again(side)
        await side.until_done()
        await side.standin.delete_list(side.title(LOG.title))
        await side.watch.sleep(601)
        for _ in range(4):
            await side.step()
            await side.watch.sleep(60)
        stopped = [event for event in side.play.seen.events if isinstance(event, ev.SyncStopped)]
        assert [event.trouble for event in stopped] == ["missing"]
        due = await side.play.store.outbox.claim(side.play.clock.at, timedelta(seconds=30), 100)
        assert [one.notice.to for one in due if one.notice.kind == "sync_stopped"] == ["ivan"]
        await make_lists(side.standin, side.watch)
        await side.watch.sleep(60)
        await side.until_done()
        assert side.play.desk.state.sync_trouble is None
        assert sum(isinstance(event, ev.SyncWentOn) for event in side.play.seen.events) == 1
        await side.until_done()
        assert [row["Seq"] for row in await side.log()] == [one.seq for one in await side.play.entries()]


async def test_what_passes_by_itself_is_nobody_s_work() -> None:
    """An outage, throttling, or a refusal that is over by the next round sends no message."""
    async with beside() as side:
        await again(side)
        await side.standin.fault("items.delta", "error", status=403, code="accessDenied")
        await side.step()
        await side.until_done()
        await side.standin.outage("503")
        for _ in range(20):
            await side.watch.sleep(await side.step() or 60)
        assert not [event for event in side.play.seen.events if isinstance(event, ev.SyncStopped)]
