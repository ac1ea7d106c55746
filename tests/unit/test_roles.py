"""The roles matrix as events: who may change it, what never comes into force, and what open incidents make of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot import events as ev
from bot.commands import (
    ApproveCover,
    ChangeRole,
    ReportRoleRow,
    SettleRole,
    WriteRole,
)
from bot.company import Role, company_from_tables, holders
from bot.cover import Rulebook
from bot.data import packaged
from bot.decide import apply
from bot.plan import plan_from_tables
from bot.records import instant
from bot.roles import FAULTS, basis, matrix_rows, people_in
from bot.situation import Situation
from bot.tables import read_toml
from bot.turn import Rejected, Turn
from tests.unit.roles_play import AT_FILE, BY_ZITA, MANAGER, OFFERS, PEOPLE, Desk, refused
from tests.unit.wording_play import START, TABLES, rules

# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("project", [None, "acme-de"])
def test_only_cmt_lead_and_it_manager_change_roles_in_a_chat(person: str, project: str | None) -> None:
    """Everybody else is refused, whatever they are elsewhere; also a person nobody knows."""
    command = ChangeRole(person, "account_manager" if project else "ert_lead", project, ("sam",))
    typed = WriteRole(person, command.role, project, "Sam")
    if person in ("zita", "ivan"):
        assert Desk(None, command).row(command.role, project) == ("sam",)
        assert Desk(None, typed).row(command.role, project) == ("sam",)
        return
    for one in (command, typed, replace(command, by="nobody"), replace(command, by=None)):
        assert refused(Desk(), one) == "not_allowed_roles"


def test_deputies_of_the_crisis_lead_change_no_roles() -> None:
    """Holding the role is what counts: a deputy gets there by becoming the holder."""
    desk = Desk(None, ChangeRole("ivan", "cmt_lead", None, ("zita", "erik")))
    assert refused(desk, ChangeRole("erik", *MANAGER, ("sam",))) == "not_allowed_roles"
    desk.does(ChangeRole("ivan", "cmt_lead", None, ("erik", "zita")), ChangeRole("erik", *MANAGER, ("sam",)))
    assert refused(desk, ChangeRole("zita", *MANAGER, ("nora",))) == "not_allowed_roles"


def test_the_plan_says_who_may() -> None:
    """The permission is data, and counts where somebody has the role; an older plan without it has the usual two."""
    tables: dict[str, Any] = dict(read_toml(packaged("plan.toml")))
    del tables["permissions"]["roles"]
    assert plan_from_tables(tables).permissions["roles"] == {Role.CMT_LEAD, Role.IT_MANAGER}
    tables["permissions"]["roles"] = ["account_manager"]
    desk = Desk(Rulebook(plan_from_tables(tables), rules().company))
    desk.does(ChangeRole("nora", "supervisor", "acme-de", ("erik",)))
    assert desk.row("supervisor") == ("erik",)
    assert refused(desk, ChangeRole("nora", "supervisor", "globex", ("erik",))) == "not_allowed_roles"
    assert refused(desk, ChangeRole("zita", *MANAGER, ("erik",))) == "not_allowed_roles"


def test_a_revoked_approver_is_refused_at_the_very_next_press() -> None:
    """Both are decided in one turn: the press after the change goes by the new matrix, the new manager's as well."""
    desk = Desk(None, *OFFERS)
    turn = Turn(desk.state, desk.now, desk.rules)
    apply(turn, ApproveCover("nora", "acme-de", ("carl",)))
    apply(turn, BY_ZITA)
    with pytest.raises(Rejected) as raised:
        apply(turn, ApproveCover("nora", "acme-de"))
    assert raised.value.code == "not_allowed"
    apply(turn, ApproveCover("sam", "acme-de"))
    assert [event.by for event in turn.events if isinstance(event, ev.CoverApproved)] == ["nora", "sam"]


def test_a_change_that_is_thrown_away_leaves_the_old_matrix() -> None:
    """The rules of a turn are those of its state, also when the state goes back."""
    turn = Turn(Situation(), START, rules())
    before = turn.state
    apply(turn, BY_ZITA)
    assert people_in(turn.rules.company, MANAGER) == ("sam", "olga")
    turn.state = before
    assert people_in(turn.rules.company, MANAGER) == AT_FILE


# --- what never comes into force --------------------------------------------------------------------------------------

BROKEN: dict[str, tuple[str, str | None, tuple[str, ...], str]] = {
    "no such role": ("boss", None, ("zita",), "unknown_role"),
    "an empty role": ("", None, ("zita",), "unknown_role"),
    "a role written otherwise": ("Account Manager", "acme-de", ("nora",), "unknown_role"),
    "no such project": ("account_manager", "nowhere", ("nora",), "unknown_project"),
    "an empty project": ("account_manager", "", ("nora",), "unknown_project"),
    "a project's role without one": ("supervisor", None, ("sam",), "no_project"),
    "the company's role with one": ("cmt_lead", "acme-de", ("zita",), "unknown_project"),
    "a stranger": ("account_manager", "acme-de", ("mallory",), "unknown_person"),
    "a stranger as deputy": ("account_manager", "acme-de", ("nora", "mallory"), "unknown_person"),
    "an empty name": ("account_manager", "acme-de", ("nora", ""), "unknown_person"),
    "a name instead of an id": ("account_manager", "acme-de", ("Nora",), "unknown_person"),
    "somebody who has left": ("account_manager", "acme-de", ("gone",), "inactive"),
    "a deputy who has left": ("cmt_lead", None, ("zita", "gone"), "inactive"),
    "their own deputy": ("account_manager", "acme-de", ("nora", "nora"), "twice"),
    "a deputy twice": ("account_manager", "acme-de", ("nora", "olga", "olga"), "twice"),
    "a loop": ("cmt_lead", None, ("zita", "erik", "zita"), "twice"),
    "no Account Manager": ("account_manager", "acme-de", (), "nobody"),
    "no CMT lead": ("cmt_lead", None, (), "nobody"),
    "no IT manager": ("it_manager", None, (), "nobody"),
    "everybody": ("supervisor", "acme-de", tuple(f"p{n}" for n in range(60)), "too_many"),
}


def _broken_rules() -> Rulebook:
    """The company of the play, with somebody who has left and many more people."""
    more = [{"id": "gone", "active": False}, *({"id": f"p{n}"} for n in range(60))]
    return Rulebook(rules().plan, company_from_tables({**TABLES, "people": [*TABLES["people"], *more]}))


@pytest.mark.parametrize("source", ["chat", "sharepoint"])
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_row_leaves_the_last_good_one_in_force(fault: str, source: Any) -> None:  # noqa: ANN401 - a literal
    """Twenty ways to break a row: each is refused by its code, and the matrix works as before."""
    role, project, people, code = BROKEN[fault]
    desk = Desk(_broken_rules(), BY_ZITA)
    matrix = matrix_rows(desk.rules)
    with pytest.raises(Rejected) as raised:
        desk.do(ChangeRole("ivan", role, project, people, source=source))
    assert (raised.value.code, raised.value.data["why"]) == ("bad_role", code)
    assert code in FAULTS
    assert matrix_rows(desk.rules) == matrix
    assert desk.row() == ("sam", "olga")


def test_roles_that_may_be_empty_are_emptied() -> None:
    """A project needs no supervisors, and the company no ERT."""
    desk = Desk(None, ChangeRole("zita", "supervisor", "acme-de", ()), ChangeRole("zita", "ert", None, ()))
    assert (desk.row("supervisor"), desk.row("ert", None)) == ((), ())


def test_nothing_new_is_no_event() -> None:
    """The same people again, from a chat or from SharePoint, change nothing."""
    desk = Desk(None, ChangeRole("zita", *MANAGER, AT_FILE), replace(BY_ZITA, people=AT_FILE, source="sharepoint"))
    assert desk.events == []


def test_an_agent_may_manage_their_own_project() -> None:
    """The company file allows it, and so does a change; nobody approves their own cover all the same."""
    desk = Desk(None, ChangeRole("zita", *MANAGER, ("anna",)))
    assert holders(desk.rules.company, Role.ACCOUNT_MANAGER, "acme-de") == ("anna",)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "people"),
    [
        ("sam, olga", ("sam", "olga")),
        ("  SAM ;Olga\nNora,", ("sam", "olga", "nora")),
        ("@sam", ("sam",)),
        ("kati.kiss@example.com", ("kati",)),
        ("Kati", ("kati",)),
        ("Kati Kiss", ("kati",)),
        ("kati  KISS", ("kati",)),
        ("Kovács Ágnes", ("agnes",)),
        ("kovacs agnes", ("agnes",)),
        ("Twin", ("twin2",)),
    ],
)
def test_people_are_found_by_id_name_or_e_mail(typed: str, people: tuple[str, ...]) -> None:
    """In the order typed, whatever the case, accents and blanks; of two with one name the active one."""
    desk = Desk(_named(), WriteRole("zita", "supervisor", "acme-de", typed))
    assert desk.row("supervisor") == people


@pytest.mark.parametrize(
    ("typed", "code", "data"),
    [
        ("Joe Bloggs", "unknown_name", {"words": "Joe Bloggs", "ids": ()}),
        ("Kiss Jane", "unknown_name", {"words": "Kiss Jane", "ids": ("kati",)}),
        ("sam, Same Name", "ambiguous_name", {"words": "Same Name", "ids": ("same1", "same2")}),
    ],
)
def test_an_unclear_name_is_refused_at_its_field(typed: str, code: str, data: dict[str, Any]) -> None:
    """Nobody gets a role on a guess: the name is said, and whom it may mean."""
    desk = Desk(_named())
    with pytest.raises(Rejected) as raised:
        desk.do(WriteRole("zita", *MANAGER, typed))
    assert raised.value.code == code
    assert raised.value.data == {**data, "field": "people"}


def _named() -> Rulebook:
    more = [
        {"id": "kati", "name": "Kati Kiss", "email": "kati.kiss@example.com"},
        {"id": "agnes", "name": "Kovács Ágnes"},
        {"id": "twin1", "name": "Twin", "active": False},
        {"id": "twin2", "name": "Twin"},
        {"id": "same1", "name": "Same Name"},
        {"id": "same2", "name": "same name"},
    ]
    return Rulebook(rules().plan, company_from_tables({**TABLES, "people": [*TABLES["people"], *more]}))


# --- two editors ------------------------------------------------------------------------------------------------------

THEIRS = ChangeRole(None, *MANAGER, ("erik",), AT_FILE, "sharepoint", "7")


def test_a_form_that_shows_what_is_no_longer_so_is_refused() -> None:
    """In a chat the person is there to look again: nothing is overwritten unseen."""
    desk = Desk(None, BY_ZITA)
    assert refused(desk, WriteRole("ivan", *MANAGER, "erik", basis(AT_FILE))) == "role_meanwhile"
    assert refused(desk, ChangeRole("ivan", *MANAGER, ("erik",), AT_FILE)) == "role_meanwhile"
    assert desk.does(WriteRole("ivan", *MANAGER, "erik", basis(("sam", "olga")))).row() == ("erik",)


def test_a_conflict_keeps_what_is_in_force_and_asks_once() -> None:
    """Chat and SharePoint changed a row from the same basis: both who may decide get both values, once."""
    desk = Desk(None, BY_ZITA, THEIRS)
    assert desk.row() == ("sam", "olga")
    assert set(desk.told("role_conflict")) == {"zita", "ivan"}
    count = len(desk.events)
    desk.does(THEIRS, replace(THEIRS, by="ivan"))
    assert len(desk.events) == count
    desk.does(replace(THEIRS, people=("carl",)))
    assert set(desk.told("role_conflict")) == {"zita", "ivan"}


@pytest.mark.parametrize("take", [True, False])
def test_a_conflict_is_settled_by_one_of_those_who_may(take: bool) -> None:  # noqa: FBT001 - the test's parameter
    """The first decision counts; the next one is told so, and the row's old edit does not ask again."""
    desk = Desk(None, BY_ZITA, THEIRS)
    settle = SettleRole("ivan", *MANAGER, take, instant(desk.now))
    assert refused(desk, replace(settle, by="nora")) == "not_allowed_roles"
    assert refused(desk, replace(settle, since=instant(START.replace(year=2020)))) == "conflict_over"
    desk.does(settle)
    assert desk.row() == (("erik",) if take else ("sam", "olga"))
    assert refused(desk, replace(settle, by="zita", take=not take)) == "conflict_over"
    count = len(desk.events)
    desk.does(THEIRS)
    assert len(desk.events) == count


def test_an_edit_from_what_is_in_force_is_no_conflict() -> None:
    """After "keep" SharePoint has our value; whoever edits it then changes the role."""
    desk = Desk(None, BY_ZITA, THEIRS)
    desk.does(SettleRole("ivan", *MANAGER, take=False, since=instant(desk.now)))
    desk.does(replace(THEIRS, seen=("sam", "olga")))
    assert desk.row() == ("erik",)


def test_a_change_in_a_chat_ends_the_conflict() -> None:
    """Whoever changes the row anew has decided."""
    desk = Desk(None, BY_ZITA, THEIRS, ChangeRole("zita", *MANAGER, ("carl",)))
    conflict = desk.state.role_conflicts[MANAGER]
    assert conflict.settled == ("zita", desk.now)


def test_a_bad_row_is_told_once_per_fault() -> None:
    """The IT manager hears of each distinct fault of an edit, what was in force stays, and mending ends it."""
    bad = ReportRoleRow(*MANAGER, row="7", why="unknown_person", version="v1", words="Joe Bloggs")
    desk = Desk(None, BY_ZITA, bad)
    assert set(desk.told("role_row_refused")) == {"ivan"}
    assert desk.row() == ("sam", "olga")
    count = len(desk.events)
    assert len(desk.does(bad, bad).events) == count
    desk.does(replace(bad, version="v2"), replace(bad, version="v2", why="nobody"), replace(bad, row="8"))
    assert len(desk.events) == count + 3
    mended = ChangeRole("ivan", *MANAGER, ("sam", "olga"), ("sam", "olga"), "sharepoint", "7")
    desk.does(mended)
    assert set(desk.state.role_faults) == {"8"}
    assert [type(event) for event in desk.last] == [ev.RoleRowMended]
    desk.does(replace(bad, version="v2", why="nobody"))
    assert set(desk.told("role_row_refused")) == {"ivan"}


# --- who is told ------------------------------------------------------------------------------------------------------


def test_who_got_a_role_and_who_lost_it_are_told() -> None:
    """Each with what they are now; a deputy who stays one hears nothing; the other guardian sees the matrix."""
    desk = Desk(None, BY_ZITA)
    given, lost = desk.told("role_given"), desk.told("role_lost")
    assert {to: one.data["part"] for to, one in given.items()} == {"sam": "account_manager"}
    assert {to: one.data["part"] for to, one in lost.items()} == {"nora": "account_manager"}
    assert set(desk.told("matrix_changed")) == {"ivan"}
    desk.does(ChangeRole("zita", *MANAGER, ("olga", "sam")))
    assert {to: one.data["part"] for to, one in desk.told("role_given").items()} == {
        "olga": "account_manager",
        "sam": "deputy",
    }


def test_whoever_does_it_is_not_told() -> None:
    """A CMT lead who hands over their own role knows."""
    desk = Desk(None, ChangeRole("zita", "cmt_lead", None, ("erik",)))
    assert (set(desk.told("role_given")), set(desk.told("role_lost"))) == ({"erik"}, set())


def test_a_hijacked_role_does_not_go_unseen() -> None:
    """Whoever was CMT lead, and the IT manager, hear of a change that came from SharePoint."""
    desk = Desk(None, ChangeRole(None, "cmt_lead", None, ("anna",), ("zita",), "sharepoint"))
    assert set(desk.told("role_lost")) == {"zita"}
    assert set(desk.told("matrix_changed")) == {"anna", "ivan"}
