"""The roles matrix both ways: what people edit in the list, and what is written there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest

from adapters.sharepoint.cells import Edit, Names, read
from adapters.sharepoint.cells import cells as row_cells
from adapters.sharepoint.words import words
from bot import events as ev
from bot import roles
from bot.commands import AnswerCover, ApproveCover, ChangeRole, ReportWorkplace, SettleRole
from bot.records import instant
from bot.roles import people_in
from tests.unit.sharepoint.played import RULES
from tests.unit.sharepoint.side import Side, beside

AM = "account_manager:acme-de"
KEY = ("account_manager", "acme-de")


def happened(side: Side, kind: type[ev.Event]) -> list[Any]:
    """Events of a kind so far."""
    return [event for event in side.play.seen.events if isinstance(event, kind)]


def in_force(side: Side, key: tuple[str, str | None] = KEY) -> tuple[str, ...]:
    """Who holds the role."""
    return people_in(side.play.desk.rules.company, key)


async def shown(side: Side, key: str = AM) -> dict[str, Any]:
    """A row's cells."""
    return dict((await side.roles())[key]["fields"])


async def test_an_edit_changes_who_may_approve() -> None:
    """The Account Manager is replaced in SharePoint during an incident: a round later only the new one may."""
    async with beside() as side:
        await side.until_done()
        desk = side.play.desk
        await side.play.do(ReportWorkplace("anna", "anna", can_move=False), AnswerCover("carl", "acme-de", yes=True))
        await side.edit(AM, by="zita@example.com", Holder="Sam", Deputies="olga@example.com")
        await side.step()
        assert in_force(side) == ("sam", "olga")
        refused = (await desk.handle(ApproveCover("nora", "acme-de"))).refused
        assert refused is not None
        await side.play.do(ApproveCover("sam", "acme-de"))
        (change,) = happened(side, ev.RoleChanged)
        assert (change.by, change.source, change.instead_of[0]) == ("zita", "sharepoint", "nora")


@pytest.mark.parametrize(
    ("holder", "deputies", "people"),
    [
        ("  SAM@Example.com ", "Olga", ("sam", "olga")),
        (normalize("NFD", "Mátyás"), "", ("matyas",)),
        ("sam", "ÓLGA", ("sam", "olga")),
        ("Sam; Olga", "", ("sam", "olga")),
        ("Sam", "Olga\nMátyás", ("sam", "olga", "matyas")),
    ],
)
async def test_people_are_understood_as_they_are_written(holder: str, deputies: str, people: tuple[str, ...]) -> None:
    """In any case, with or without accents or in two characters, by address; one after another in one cell."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, by="zita@example.com", Holder=holder, Deputies=deputies)
        await side.step()
        assert in_force(side) == people
        assert happened(side, ev.RoleRowRefused) == []


@pytest.mark.parametrize("incident", [True, False])
async def test_during_an_incident_an_edit_is_seen_with_the_next_entry(*, incident: bool) -> None:
    """Nobody waits for the minute to be over; without an incident nothing is asked in between."""
    async with beside() as side:
        await side.until_done()
        if incident:
            await side.play.do(ReportWorkplace("anna", "anna", can_move=False))
        await side.step(pull=False)
        await side.edit(AM, by="zita@example.com", Holder="Sam", Deputies="olga@example.com")
        await side.watch.sleep(6.0)
        await side.step(pull=False)
        assert (in_force(side) == ("sam", "olga")) is incident


async def test_an_edit_is_written_back_as_it_was_understood() -> None:
    """Names, contact, who changed it and when; and what we wrote does not come back as an edit."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, by="zita@example.com", Holder="sam@example.com; nora", Deputies=" OLGA ,")
        await side.until_done()
        row = await shown(side)
        assert (row["Holder"], row["Deputies"], row["Contact"]) == ("Sam", "Nóra; Olga", "sam@example.com")
        assert (row["ChangedBy"], row["ChangedAt"]) == ("Zita", instant(side.play.clock.at))
        writes = len(await side.standin.calls("fields.update"))
        for _ in range(3):
            await side.step()
        assert len(happened(side, ev.RoleChanged)) == 1
        assert len(await side.standin.calls("fields.update")) == writes


async def test_a_change_in_a_chat_is_written_to_its_row() -> None:
    """Only that row is written, under its ETag."""
    async with beside() as side:
        await side.until_done()
        await side.play.do(ChangeRole("zita", *KEY, ("sam",)))
        await side.until_done()
        row = await shown(side)
        assert (row["Holder"], row.get("Deputies"), row["ChangedBy"]) == ("Sam", None, "Zita")
        assert [call["op"] for call in await side.standin.calls("fields.update")] == ["fields.update"]


async def test_an_edit_a_moment_before_ours_is_not_overwritten() -> None:
    """A chat's change meets a newer edit: the ETag stops it, and both values are put to those who decide."""
    async with beside() as side:
        await side.until_done()
        await side.play.do(ChangeRole("zita", *KEY, ("sam",)))
        await side.standin.fault(
            "fields.update", "conflict", fields={"Holder": "Olga", "Deputies": ""}, by="ivan@example.com"
        )
        await side.step(pull=False)
        (conflict,) = happened(side, ev.RolesConflicted)
        assert (conflict.ours, conflict.theirs, conflict.by) == (("sam",), ("olga",), "ivan")
        assert in_force(side) == ("sam",)
        assert (await shown(side))["Holder"] == "Olga"
        await side.step()
        assert len(happened(side, ev.RolesConflicted)) == 1


@pytest.mark.parametrize("take", [True, False])
async def test_a_conflict_is_decided(*, take: bool) -> None:
    """The value that was chosen stands in the list and is in force; the row can be edited again afterwards."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, Holder="Olga", Deputies="")
        await side.play.do(ChangeRole("zita", *KEY, ("sam",)))
        await side.step()
        (conflict,) = happened(side, ev.RolesConflicted)
        assert (await shown(side))["Holder"] == "Olga"
        await side.play.do(SettleRole("zita", *KEY, take, instant(conflict.at)))
        await side.until_done()
        chosen = "olga" if take else "sam"
        assert in_force(side) == (chosen,)
        assert (await shown(side))["Holder"] == chosen.title()
        await side.edit(AM, Holder="Sam" if take else "Olga")
        await side.until_done()
        assert in_force(side) == ("sam" if take else "olga",)
        assert len(happened(side, ev.RolesConflicted)) == 1


# --- broken edits -----------------------------------------------------------------------------------------------------

Break = Callable[[Side], Any]


def cells(key: str = AM, **fields: object) -> Break:
    """A person writes this into a row."""
    return lambda side: side.edit(key, **fields)


def row(**fields: object) -> Break:
    """A person adds a row."""
    return lambda side: side.standin.add(side.title("Roles and escalation matrix"), fields, by="ivan@example.com")


BROKEN: list[tuple[str, Break, str | None]] = [
    ("nobody", cells(Holder="", Deputies=""), roles.NOBODY),
    ("the holder taken out, deputies left", cells(Holder=""), roles.NOBODY),
    ("only blanks", cells(Holder="   "), roles.NOBODY),
    ("only separators", cells(Holder=" ; , ;", Deputies=None), roles.NOBODY),
    ("the CMT lead taken out", cells("cmt_lead:", Holder="", Deputies=""), roles.NOBODY),
    ("somebody unknown", cells(Holder="Joe Bloggs"), roles.UNKNOWN_PERSON),
    ("an unknown address", cells(Holder="joe@elsewhere.example"), roles.UNKNOWN_PERSON),
    ("an unknown deputy", cells(Deputies="Olga; Joe"), roles.UNKNOWN_PERSON),
    ("a formula", cells(Holder='=HYPERLINK("http://evil.example")'), roles.UNKNOWN_PERSON),
    ("names between slashes", cells(Deputies="Olga / Sam"), roles.UNKNOWN_PERSON),
    ("names between bars", cells(Deputies="Olga | Sam"), roles.UNKNOWN_PERSON),
    ("a name written backwards", cells(Holder="\u202emaS"), roles.UNKNOWN_PERSON),
    ("a name with something invisible in it", cells(Holder="S\u200bam"), roles.UNKNOWN_PERSON),
    ("markup around a name", cells(Holder="<b>Sam</b>"), roles.UNKNOWN_PERSON),
    ("twice in one cell", cells(Deputies="Olga; Olga"), roles.TWICE),
    ("holder and deputy", cells(Holder="Olga"), roles.TWICE),
    ("everybody there is", cells(Deputies="; ".join(f"nobody{n}" for n in range(80))), roles.UNKNOWN_PERSON),
    ("somebody inactive", cells(Holder="Viktor"), roles.INACTIVE),
    ("another role's name", cells(Title="Supervisors"), roles.ROW_TWICE),
    ("a company's role on a project's row", cells(Title="IT manager"), roles.UNREADABLE),
    ("a role there is not", cells(Title="Chief of everything"), roles.UNKNOWN_ROLE),
    ("no role", cells(Title=""), roles.UNKNOWN_ROLE),
    ("another project", cells(Project="Lumen Energia"), roles.ROW_TWICE),
    ("a project there is not", cells(Project="ACME Mars"), roles.UNKNOWN_PROJECT),
    ("no project", cells(Project=""), roles.NO_PROJECT),
    ("a project on a company role", cells("cmt_lead:", Project="ACME Germany"), roles.UNREADABLE),
    ("markup and a wall of text", cells(Deputies="<script>" + "x" * 5000), roles.UNREADABLE),
    ("a second row for a role", row(Title="CMT lead", Holder="Sam"), roles.ROW_TWICE),
    ("a row for nothing", row(Title="?", Holder="Sam"), roles.UNKNOWN_ROLE),
]


@pytest.mark.parametrize(("what", "broken", "why"), BROKEN, ids=[one[0] for one in BROKEN])
async def test_a_broken_edit_leaves_a_working_matrix(what: str, broken: Break, why: str) -> None:
    """What was in force stays; the IT manager hears of it once; the row is left as it is until a person mends it."""
    async with beside() as side:
        await side.until_done()
        before = {key: people_in(side.play.desk.rules.company, key) for key in matrix_keys(side)}
        await broken(side)
        spoilt = await side.roles()
        for _ in range(3):
            await side.step()
        assert {key: people_in(side.play.desk.rules.company, key) for key in before} == before
        (fault,) = happened(side, ev.RoleRowRefused)
        assert fault.why == why
        assert happened(side, ev.RoleChanged) == []
        touched = {item["id"] for item in spoilt.values()} & {fault.row}
        assert touched
        now = {item["id"]: item["fields"] for item in (await side.roles()).values()}
        assert now[fault.row] == next(one["fields"] for one in spoilt.values() if one["id"] == fault.row)
        state = side.sync.state()
        assert state is not None
        assert state.trouble is None


def matrix_keys(side: Side) -> list[tuple[str, str | None]]:
    """All rows of the matrix."""
    return [(one.role, one.project) for one in roles.matrix_rows(side.play.desk.rules)]


async def test_a_mended_row_is_taken() -> None:
    """After a bad edit the same row, put right, comes into force, and the fault is over."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, Holder="Joe Bloggs")
        await side.step()
        assert len(side.play.desk.state.role_faults) == 1
        await side.edit(AM, Holder="Sam")
        await side.until_done()
        assert in_force(side)[0] == "sam"
        assert side.play.desk.state.role_faults == {}
        assert len(happened(side, ev.RoleRowMended)) == 1


@pytest.mark.parametrize("how", ["put back", "deleted", "emptied"])
async def test_a_fault_ends_without_a_change(how: str) -> None:
    """Somebody undoes the edit, or deletes or empties the row they had added: nothing is left to mend."""
    async with beside() as side:
        await side.until_done()
        title = side.title("Roles and escalation matrix")
        before = await shown(side)
        if how == "put back":
            await side.edit(AM, Holder="Joe Bloggs")
        else:
            added = await side.standin.add(title, {"Title": "?", "Holder": "Sam"})
        await side.step()
        assert len(side.play.desk.state.role_faults) == 1
        if how == "put back":
            await side.edit(AM, Holder=before["Holder"])
        elif how == "deleted":
            await side.standin.delete(title, added["id"])
        else:
            await side.standin.edit(title, added["id"], {"Title": None, "Holder": None})
        await side.until_done()
        assert side.play.desk.state.role_faults == {}
        assert happened(side, ev.RoleChanged) == []


async def test_a_deleted_row_is_written_again() -> None:
    """Nobody loses a role because a row was deleted."""
    async with beside() as side:
        await side.until_done()
        item = (await side.roles())[AM]
        await side.standin.delete(side.title("Roles and escalation matrix"), item["id"])
        await side.until_done()
        assert (await shown(side))["Holder"] == "Nóra"
        assert happened(side, ev.RoleChanged) == []


async def test_a_key_that_was_changed_is_put_back() -> None:
    """The key is ours: a row without it, or with another, is still that role's row, and there is one of it."""
    async with beside() as side:
        await side.until_done()
        for key in (None, "something"):
            item = (await side.roles())[AM]
            await side.standin.edit(side.title("Roles and escalation matrix"), item["id"], {"Key": key})
            await side.until_done()
            assert (await side.roles())[AM]["id"] == item["id"]
        assert len(await side.roles()) == len(matrix_keys(side))
        assert not happened(side, ev.RoleChanged) + happened(side, ev.RoleRowRefused)


async def test_a_row_deleted_and_written_by_hand_counts() -> None:
    """Instead of the row that is gone somebody adds one, in Hungarian words: it is that role's row from now on."""
    async with beside() as side:
        await side.until_done()
        title = side.title("Roles and escalation matrix")
        await side.standin.delete(title, (await side.roles())[AM]["id"])
        fields = {"Title": "ügyfélmenedzser", "Project": "acme-de", "Holder": "Olga", "Deputies": "sam"}
        await side.standin.add(title, fields, by="zita@example.com")
        await side.until_done()
        assert in_force(side) == ("olga", "sam")
        row_now = await shown(side)
        assert (row_now["Title"], row_now["Deputies"]) == ("Account Manager", "Sam")


async def test_the_feed_is_read_again_when_it_is_too_old() -> None:
    """410: everything is read again, and what happened meanwhile is not lost."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, Holder="Sam")
        await side.standin.resync(side.title("Roles and escalation matrix"))
        await side.step()
        assert in_force(side)[0] == "sam"


async def test_edits_while_nobody_looked_are_taken_after_a_restart() -> None:
    """A new process reads all rows: an edit made meanwhile is an edit, what the last one wrote is not."""
    async with beside() as side:
        await side.until_done()
        await side.edit(AM, Holder="Sam", Deputies="Olga")
        async with beside(standin=side.standin, store=side.play.store, provisioned=False) as next_side:
            await side.sync.close()
            await next_side.until_done()
            assert in_force(next_side) == ("sam", "olga")
            assert len(happened(next_side, ev.RoleChanged)) == 1
            assert happened(next_side, ev.RolesConflicted) == []


async def test_two_people_of_one_name_are_told_apart() -> None:
    """Where a name is not enough the id stands behind it, and is read back."""
    company = RULES.company
    twins = {**company.people, "sam": replace(company.people["sam"], name="Nóra")}
    rules = replace(RULES, company=replace(company, people=twins))
    found = row_cells(roles.RoleRow(*KEY, ("nora", "sam", "olga")), None, rules, words("hu"), Names(twins))
    assert (found["Holder"], found["Deputies"]) == ("Nóra (nora)", "Nóra (sam); Olga")
    assert read(found, KEY, rules) == Edit(*KEY, ("nora", "sam", "olga"))
