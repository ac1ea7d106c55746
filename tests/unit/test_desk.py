"""The desk: stored before answered, decided once, nothing lost when others write or the store fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from bot.commands import AnswerCover, ApproveCover, ChangeRole, ConfirmMoved, ReportRoleRow, ReportWorkplace
from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Desk
from bot.events import CoverAsked, LevelDeclared, PersonOut, RoleChanged, WorkplaceReported
from bot.fold import fold
from bot.ports import Batch, Entry, Journal, Json, StoreError
from bot.records import from_record
from bot.roles import people_in
from bot.situation import NO_ROLES
from store import Store
from tests.unit.stage import HandClock, Seen, desk_on

ANNA = ReportWorkplace("anna", "anna")
ANNA_OUT = ReportWorkplace("anna", "anna", can_move=False)


async def test_a_report_is_in_the_journal_when_it_is_answered(desk: Desk, store: Store) -> None:
    """The answer comes after the commit, with the receipt."""
    outcome = await desk.handle(ANNA)

    assert (outcome.changed, outcome.receipt, outcome.refused) == (True, 1, None)
    assert [entry.type for entry in await store.journal.read()] == ["IncidentOpened", "WorkplaceReported"]


async def test_the_same_key_again_has_no_second_effect(desk: Desk, store: Store) -> None:
    """A redelivered command gets the first one's answer, also when the world has moved on meanwhile."""
    first = await desk.handle(ANNA, key="event-1")
    await desk.handle(ConfirmMoved("anna", "anna"), key="event-2")
    length = len(await store.journal.read())

    again = await desk.handle(ANNA, key="event-1")
    moved_again = await desk.handle(ConfirmMoved("anna", "anna"), key="event-2")

    assert (again.receipt, again.repeated) == (first.receipt, True)
    assert (moved_again.refused, moved_again.repeated) == (None, True)
    assert len(await store.journal.read()) == length


async def test_a_key_is_remembered_beyond_the_process(desk: Desk, store: Store, clock: HandClock, seen: Seen) -> None:
    """After a restart the journal knows which commands it has had."""
    await desk.handle(ANNA, key="event-1")
    await desk.handle(ConfirmMoved("anna", "anna"), key="event-2")
    await desk.close()
    second = desk_on(store, clock, seen)
    await second.start()

    assert (await second.handle(ANNA, key="event-1")).repeated
    assert (await second.handle(ConfirmMoved("anna", "anna"), key="event-2")).repeated
    assert not second.state.workplaces
    await second.close()


async def test_commands_that_arrive_together_are_committed_together(desk: Desk, store: Store) -> None:
    """Fifty reports at once: each has its receipt, and the tally is exact."""
    company = desk.rules.company
    people = {one for project in company.projects for one in company.active_agents(project)}
    outcomes = await asyncio.gather(*(desk.handle(ReportWorkplace(one, one)) for one in people for _ in range(3)))

    assert {outcome.receipt for outcome in outcomes} == set(range(1, len(people) + 1))
    assert len(desk.state.workplaces) == len(people)
    assert fold(map(from_record, await store.journal.read())) == desk.state


async def test_a_refusal_changes_nothing(desk: Desk, store: Store, seen: Seen) -> None:
    """Who may not is told why, and it is noted."""
    await desk.handle(ANNA_OUT)
    before = desk.seq

    outcome = await desk.handle(ApproveCover("anna", "acme-de"))

    assert outcome.refused
    assert (outcome.refused.code, seen.refusals) == ("not_allowed", ["not_allowed"])
    assert (desk.seq, len(await store.journal.read())) == (before, before)


async def test_two_desks_on_one_journal_agree(desk: Desk, store: Store, clock: HandClock) -> None:
    """A desk whose state is old reads what is newer and decides again."""
    other = desk_on(store, clock, Seen())
    await other.start()
    first = await desk.handle(ANNA_OUT)
    second = await other.handle(ANNA_OUT)
    await desk.tick()

    assert (first.receipt, second.receipt, second.changed) == (1, 1, False)
    assert other.state == desk.state
    await other.close()


async def test_a_role_changed_by_another_process_counts_at_the_next_press(
    desk: Desk, store: Store, clock: HandClock
) -> None:
    """A revoked approver presses at a desk that has not heard of it: the journal's conflict says so in time."""
    await desk.handle(ANNA_OUT)
    await desk.handle(AnswerCover("carl", "acme-de", yes=True))
    other = desk_on(store, clock, Seen())
    await other.start()
    changed = await other.handle(ChangeRole("zita", "account_manager", "acme-de", ("sam", "olga")))
    assert changed.changed

    old = await desk.handle(ApproveCover("nora", "acme-de"))
    new = await desk.handle(ApproveCover("sam", "acme-de"))

    assert old.refused
    assert (old.refused.code, new.changed) == ("not_allowed", True)
    assert people_in(desk.rules.company, ("account_manager", "acme-de")) == ("sam", "olga")
    assert desk.rules.roster is desk.rules.in_force(NO_ROLES).roster
    await other.close()


async def test_two_desks_change_a_role_at_once(desk: Desk, store: Store, clock: HandClock) -> None:
    """From the same basis to different people: one wins, the other is told what became of it."""
    other = desk_on(store, clock, Seen())
    await other.start()
    before = people_in(desk.rules.company, ("account_manager", "acme-de"))
    wanted = [ChangeRole("zita", "account_manager", "acme-de", (one,), before) for one in ("sam", "olga")]
    outcomes = await asyncio.gather(desk.handle(wanted[0]), other.handle(wanted[1]))
    await desk.tick()
    await other.tick()

    assert sorted(outcome.changed for outcome in outcomes) == [False, True]
    assert [one.refused.code for one in outcomes if one.refused] == ["role_meanwhile"]
    winner = wanted[0] if outcomes[0].changed else wanted[1]
    for each in (desk, other):
        assert people_in(each.rules.company, ("account_manager", "acme-de")) == winner.people
    await other.close()


async def test_a_changed_role_is_in_force_again_after_a_restart(
    desk: Desk, store: Store, clock: HandClock, seen: Seen
) -> None:
    """The journal has it; a company file that says something new of the role since then is the newer one."""
    await desk.handle(ChangeRole("zita", "account_manager", "acme-de", ("sam",)))
    await desk.close()
    second = desk_on(store, clock, seen)
    await second.start()
    assert people_in(second.rules.company, ("account_manager", "acme-de")) == ("sam",)
    await second.close()

    text = packaged("company.toml").replace('account_manager = "nora"', 'account_manager = "olga"', 1)
    rules = Rulebook(desk.rules.plan, parse_company(text.replace('deputies = ["olga"]', "deputies = []")))
    for _ in range(2):  # the second time there is nothing new
        third = Desk(journal=store.journal, clock=clock, rules=rules, watch=seen, stopwatch=lambda: 0.0)
        await third.start()
        assert people_in(third.rules.company, ("account_manager", "acme-de")) == ("olga",)
        await third.close()
    changes = [event for event in seen.events if isinstance(event, RoleChanged)]
    assert [(event.people, event.source) for event in changes] == [(("sam",), "chat"), (("olga",), "file")]


async def test_words_of_a_bad_row_are_a_note(desk: Desk, store: Store) -> None:
    """What somebody wrote into SharePoint is kept beside the journal, where it can be erased."""
    bad = ReportRoleRow("account_manager", "acme-de", "7", "unknown_person", words="Joe Bloggs")
    await desk.handle(bad)
    (note,) = [fault.note for fault in desk.state.role_faults.values()]
    assert note
    assert await store.journal.notes([note]) == {note: "Joe Bloggs"}
    assert "Joe" not in str([entry.data for entry in await store.journal.read()])


async def test_deadlines_fire_with_the_clock(desk: Desk, clock: HandClock, seen: Seen) -> None:
    """Nobody answers whether she can move: she counts as out, once, and the backup is asked."""
    await desk.handle(ANNA)
    clock.advance(minutes=5)
    await desk.tick()
    await desk.tick()

    assert [event.person for event in seen.events if isinstance(event, PersonOut)] == ["anna"]
    assert [event.people for event in seen.events if isinstance(event, CoverAsked)] == [("carl",)]


async def test_what_fell_due_while_nobody_worked_fires_at_the_start(
    desk: Desk, store: Store, clock: HandClock, seen: Seen
) -> None:
    """Three days without a process: each deadline fires once when the desk is back, counted from when it was due."""
    await desk.handle(ANNA)
    await desk.close()
    clock.advance(days=3)
    second = desk_on(store, clock, seen)
    await second.start()
    await second.tick()

    out = [event for event in seen.events if isinstance(event, PersonOut)]
    assert len(out) == 1
    rto = second.state.incidents["acme-de"].rto
    assert rto
    assert (rto.start, rto.state) == (out[0].at, "breached")
    await second.close()


async def test_words_are_kept_beside_the_journal(desk: Desk, store: Store) -> None:
    """What somebody typed is a note, and no event holds it."""
    await desk.handle(ReportWorkplace("anna", "anna", words="the cellar is under water"))

    entries = await store.journal.read()
    assert not any("cellar" in str(entry.data) for entry in entries)
    (note,) = [entry.data["note"] for entry in entries if entry.type == "WorkplaceReported"]
    assert await store.journal.notes([note]) == {note: "the cellar is under water"}


async def test_consequences_are_owed_when_they_were_drawn_just_now(store: Store, clock: HandClock, seen: Seen) -> None:
    """A second report right after a dear settling is recorded at once; its level follows with the next tick."""
    desk = desk_on(store, clock, seen, ticks=[0.0, 1.0, 2.0, 3.0, 3.1])
    await desk.start()  # settles from 0.0 to 1.0
    await desk.handle(ANNA_OUT)  # settles from 2.0 to 3.0
    await desk.handle(ReportWorkplace("bea", "bea", can_move=False))  # 3.1: too soon
    assert len(desk.state.incidents["acme-de"].out) == 2
    declared = [event for event in seen.events if isinstance(event, LevelDeclared)]
    asked = [event for event in seen.events if isinstance(event, CoverAsked)]
    assert (len(declared), len(asked)) == (1, 1)

    await desk.tick()

    assert desk.state.incidents["acme-de"].declared == 2
    await desk.close()


@dataclass
class BrokenJournal:
    """A journal whose disk is full until it is not."""

    journal: Journal
    broken: bool = False

    async def append(self, batch: Batch) -> int:
        """Refuse while broken."""
        if self.broken:
            raise StoreError("the disk is full")
        return await self.journal.append(batch)

    async def read(self, after: int = 0, limit: int = 10_000) -> Sequence[Entry]:
        """Read as ever."""
        return await self.journal.read(after, limit)

    async def last(self) -> Entry | None:
        """The last as ever."""
        return await self.journal.last()

    async def answer(self, key: str) -> Json | None:
        """Answer as ever."""
        return await self.journal.answer(key)

    async def notes(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Notes as ever."""
        return await self.journal.notes(ids)


async def test_a_full_disk_gives_an_error_and_no_false_answer(store: Store, clock: HandClock, seen: Seen) -> None:
    """What could not be written was not answered; it works again as soon as there is room."""
    journal = BrokenJournal(store.journal)
    desk = Desk(journal=journal, clock=clock, rules=desk_on(store, clock, seen).rules, watch=seen, stopwatch=lambda: 0)
    await desk.start()
    journal.broken = True
    with pytest.raises(StoreError, match="disk is full"):
        await desk.handle(ANNA)
    assert not desk.state.workplaces

    journal.broken = False
    outcome = await desk.handle(ANNA)
    assert outcome.receipt == 1
    assert [event for event in seen.events if isinstance(event, WorkplaceReported)]
    await desk.close()


async def test_a_closed_desk_says_so(desk: Desk) -> None:
    """After closing nothing is taken any more."""
    await desk.close()
    with pytest.raises(StoreError, match="closed"):
        await desk.handle(ANNA)


async def test_the_card_of_an_earlier_report_changes_nothing(desk: Desk) -> None:
    """A press on an old card does not clear the new report, nor open another one."""
    first = await desk.handle(ANNA)
    await desk.handle(ConfirmMoved("anna", "anna", first.receipt))
    second = await desk.handle(ANNA)

    for command in (
        ConfirmMoved("anna", "anna", first.receipt),
        ReportWorkplace("anna", "anna", receipt=first.receipt),
    ):
        outcome = await desk.handle(command)
        assert outcome.refused
        assert outcome.refused.code == "old_report"
    assert desk.state.workplaces["anna"].receipt == second.receipt


async def test_a_company_file_that_lost_somebody_is_refused(
    desk: Desk, store: Store, clock: HandClock, seen: Seen
) -> None:
    """Whoever is out stays in the company file until it is over: the start names what is missing."""
    await desk.handle(ANNA_OUT)
    await desk.close()
    text = packaged("company.toml").replace('id = "anna"', 'id = "annika"').replace('"anna"', '"annika"')
    rules = Rulebook(desk.rules.plan, parse_company(text))
    later = Desk(journal=store.journal, clock=clock, rules=rules, watch=seen, stopwatch=lambda: 0.0)
    with pytest.raises(StoreError, match="lacks anna"):
        await later.start()
