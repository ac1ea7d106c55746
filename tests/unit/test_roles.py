"""The roles matrix as events: who may change it, what never comes into force, and what open incidents make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import events as ev
from bot.commands import (
    Acknowledge,
    AnswerCover,
    ApproveCover,
    ChangeRole,
    Command,
    ConfirmRestored,
    DeclareLevel,
    ReportRoleRow,
    ReportWorkplace,
    SettleRole,
    TakeFile,
    WriteRole,
)
from bot.company import Role, company_from_tables, holders
from bot.cover import Rulebook
from bot.data import packaged
from bot.decide import apply, decide
from bot.fold import fold
from bot.live_cards import incident_card
from bot.plan import plan_from_tables
from bot.ports import Notice
from bot.react import Reaction, react
from bot.records import from_record, instant, to_record
from bot.roles import FAULTS, NEEDED, basis, checked, filed_in, matrix_rows, people_in
from bot.simulation import Simulation
from bot.situation import Situation
from bot.tables import read_toml
from bot.turn import Rejected, Turn
from tests.unit.wording_play import START, TABLES, rules

MANAGER = ("account_manager", "acme-de")
AT_FILE = ("nora", "olga")
PEOPLE = ("anna", "carl", "emil", "sam", "nora", "olga", "zita", "ivan", "erik")
BY_ZITA = ChangeRole("zita", *MANAGER, ("sam", "olga"))
OUT = (ReportWorkplace("anna", "anna", can_move=False), ReportWorkplace("bea", "bea", can_move=False))
OFFERS = (*OUT, AnswerCover("carl", "acme-de", yes=True), AnswerCover("dora", "acme-de", yes=True))


class Desk(Simulation):
    """A simulation that keeps its events and the reaction to the last of them."""

    def __init__(self, book: Rulebook | None = None, *commands: Command) -> None:
        super().__init__(book or rules(), START)
        self.events: list[ev.Event] = []
        self.last: Sequence[ev.Event] = ()
        self.does(*commands)

    def _finish(self, turn: Turn) -> None:
        super()._finish(turn)
        self.last = tuple(turn.events)
        self.events += turn.events

    def does(self, *commands: Command) -> Desk:
        """One after another, each with all that follows from it."""
        for command in commands:
            self.do(command)
        return self

    def reaction(self) -> Reaction:
        """Who is told what of the last command."""
        return react(self.last, self.state, self.rules, 1)

    def told(self, kind: str) -> dict[str, Notice]:
        """By person, what the last command sent of this kind; also what came along with something more pressing."""
        found = [one for one in self.reaction().notices if kind in (one.kind, *one.data.get("also", ()))]
        return {one.to: one for one in found}

    def row(self, role: str = "account_manager", project: str | None = "acme-de") -> tuple[str, ...]:
        """Who is in the row now."""
        return people_in(self.rules.company, (role, project))


def refused(desk: Simulation, command: Command) -> str:
    """The code with which the rules refuse it; nothing has changed then."""
    before = desk.state
    with pytest.raises(Rejected) as raised:
        desk.do(command)
    assert desk.state is before
    return raised.value.code


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


# --- open incidents ---------------------------------------------------------------------------------------------------


def _asked(desk: Desk) -> list[tuple[str, str, int]]:
    """Who was asked to acknowledge by the last command: ladder, person, round."""
    return [(one.ladder, one.person, one.round) for one in desk.last if isinstance(one, ev.LadderContacted)]


def test_the_new_account_manager_takes_over_the_open_incident() -> None:
    """They get its card and are asked to acknowledge at once, with the whole time; the old one's card changes."""
    desk = Desk(None, *OFFERS, BY_ZITA)
    assert set(desk.told("handed_over")) == {"sam"}
    assert _asked(desk) == [("report", "sam", 1)]
    card = incident_card("2026-0001")
    assert "nora" in {one.to for one in desk.reaction().refreshes if one.card == card}
    assert refused(desk, Acknowledge("nora", "acme-de")) == "not_contacted"
    assert "report" in desk.state.incidents["acme-de"].ladders
    desk.does(Acknowledge("sam", "acme-de"))
    assert desk.state.incidents["acme-de"].acknowledged_by == "sam"


def test_an_incident_acknowledged_by_somebody_who_is_gone_is_asked_about_anew() -> None:
    """Nobody is on it any more, so the ladder begins again with the new Account Manager."""
    desk = Desk(None, *OUT, Acknowledge("nora", "acme-de"), BY_ZITA)
    assert _asked(desk) == [("report", "sam", 1)]


def test_an_acknowledgement_by_somebody_who_stays_counts_on() -> None:
    """The old Account Manager as deputy is still on it: nobody is asked again."""
    desk = Desk(None, *OUT, Acknowledge("nora", "acme-de"), ChangeRole("zita", *MANAGER, ("olga", "nora")))
    assert _asked(desk) == []
    assert set(desk.told("handed_over")) == {"olga"}


def test_the_ladder_goes_on_where_it_was() -> None:
    """A deputy waits to acknowledge; when the others change, nobody is skipped and nobody is asked twice."""
    desk = Desk(None, *OUT)
    desk.advance(START.replace(minute=5))
    ladder = desk.state.incidents["acme-de"].ladders["report"]
    assert ladder.person == "olga"
    desk.does(ChangeRole("zita", *MANAGER, ("sam", "erik", "olga", "carl")))
    assert _asked(desk) == []
    desk.advance(START.replace(minute=10))
    assert desk.state.incidents["acme-de"].ladders["report"].person == "carl"
    desk.advance(START.replace(minute=15))
    assert desk.state.incidents["acme-de"].ladders["report"].person == "zita"


def test_who_is_waited_for_and_loses_the_role_makes_room() -> None:
    """The deputy asked last is gone: the next one in the order is asked at once."""
    desk = Desk(None, *OUT)
    desk.advance(START.replace(minute=5))
    desk.does(ChangeRole("zita", *MANAGER, ("nora",)))
    assert _asked(desk) == [("report", "zita", 1)]


def test_an_exhausted_ladder_begins_again_with_somebody_new() -> None:
    """Nobody had answered in three rounds; whoever is new has not been asked yet."""
    desk = Desk(None, *OUT)
    desk.advance(START.replace(hour=13))
    assert desk.state.incidents["acme-de"].ladders["report"].due is None
    desk.does(ChangeRole("zita", *MANAGER, ("olga", "nora")))
    assert _asked(desk) == []
    desk.does(BY_ZITA)
    assert _asked(desk) == [("report", "sam", 1)]


def test_at_levels_three_and_four_a_new_crisis_lead_is_contacted() -> None:
    """As the old one was; and gets the incident's card."""
    desk = Desk(None, *OUT, DeclareLevel("nora", "acme-de", 4, "a reason"))
    desk.does(ChangeRole("ivan", "cmt_lead", None, ("erik", "zita")))
    assert [one.people for one in desk.last if isinstance(one, ev.CrisisLeadContacted)] == [("erik",)]
    assert desk.told("crisis_contact")["erik"].urgency == 0
    assert "erik" in desk.told("handed_over")


def test_the_report_s_card_names_the_new_account_manager() -> None:
    """Whoever has reported sees whom to call."""
    desk = Desk(None, *OUT, BY_ZITA)
    assert {"anna", "bea"} <= {one.to for one in desk.reaction().refreshes if one.card.startswith("workplace:")}


def test_another_projects_incident_is_left_alone() -> None:
    """A change in one project says nothing to the other's people."""
    desk = Desk(None, *OUT, ChangeRole("zita", "account_manager", "globex", ("sam",)))
    assert not desk.told("handed_over")
    assert not _asked(desk)


# --- the company file -------------------------------------------------------------------------------------------------


def _filed(**project: object) -> Rulebook:
    """The company file, edited: other people in the first project."""
    first, *others = TABLES["projects"]
    return Rulebook(rules().plan, company_from_tables({**TABLES, "projects": [{**first, **project}, *others]}))


def _restarted(desk: Desk, book: Rulebook) -> Desk:
    """The journal of the one, with the files of the other, as at the next start."""
    again = Desk(book)
    again.state = fold(desk.events)
    again.rules = book.in_force(again.state.roles)
    return again.does(TakeFile())


def test_a_change_outlives_the_restart() -> None:
    """The same file as then: the change stays in force, and nothing is written."""
    desk = _restarted(Desk(None, BY_ZITA), rules())
    assert desk.row() == ("sam", "olga")
    assert not desk.events


def test_a_file_edited_since_is_the_newer_one() -> None:
    """Its row wins at the start, with an event that says so, and those it is about are told."""
    desk = _restarted(Desk(None, BY_ZITA), _filed(account_manager="erik"))
    assert desk.row() == ("erik", "olga")
    (event,) = desk.events
    assert isinstance(event, ev.RoleChanged)
    assert (event.source, event.by, event.instead_of) == ("file", None, ("sam", "olga"))
    assert (set(desk.told("role_given")), set(desk.told("role_lost"))) == ({"erik"}, {"sam"})
    assert not desk.does(TakeFile()).last


def test_another_edit_of_the_file_changes_no_role() -> None:
    """Only the row that was edited in the file counts anew."""
    desk = _restarted(Desk(None, BY_ZITA), _filed(supervisors=["erik"]))
    assert desk.row() == ("sam", "olga")
    assert desk.row("supervisor") == ("erik",)
    assert not desk.events


def test_a_file_that_caught_up_is_the_basis_from_then_on() -> None:
    """Written into the file what a chat had changed: a later change is not undone by it."""
    caught_up = _filed(account_manager="sam", deputies=["olga"])
    first = _restarted(Desk(None, BY_ZITA), caught_up)
    assert [event.people for event in first.events if isinstance(event, ev.RoleChanged)] == [("sam", "olga")]
    assert not first.told("matrix_changed")
    first.does(ChangeRole("zita", *MANAGER, ("erik",)))
    before = [*Desk(None, BY_ZITA).events, *first.events]
    again = Desk(caught_up)
    again.state = fold(before)
    assert again.does(TakeFile()).row() == ("erik",)


@pytest.mark.parametrize(
    ("people", "left"), [(("sam", "erik"), ("erik",)), (("sam",), AT_FILE)], ids=["a deputy is left", "nobody is left"]
)
def test_who_has_left_the_company_file_holds_nothing(people: tuple[str, ...], left: tuple[str, ...]) -> None:
    """The others stay, in order; when nobody is left, the file's own row counts: the role is never empty."""
    everybody = [{**one, "active": one["id"] != "sam"} for one in TABLES["people"]]
    book = Rulebook(rules().plan, company_from_tables({**TABLES, "people": everybody}))
    before = Desk(None, ChangeRole("zita", *MANAGER, people))
    assert people_in(book.in_force(before.state.roles).company, MANAGER) == left
    desk = _restarted(before, book)
    assert desk.row() == left
    assert [event.people for event in desk.events if isinstance(event, ev.RoleChanged)] == [left]


def test_a_project_that_left_the_file_takes_its_rows_along() -> None:
    """What was changed there waits for it, and disturbs nobody."""
    _, *others = TABLES["projects"]
    book = Rulebook(rules().plan, company_from_tables({**TABLES, "projects": others}))
    assert not _restarted(Desk(None, BY_ZITA), book).events


# --- always -----------------------------------------------------------------------------------------------------------


def test_a_change_of_roles_keeps_what_is_dear() -> None:
    """The arrays over all people are made once, whatever becomes of the roles; agents and backups are shared."""
    book = rules()
    changed = book.in_force(Desk(None, BY_ZITA).state.roles)
    assert changed.roster is book.roster
    assert changed.company.people is book.company.people
    assert changed.company.all_agents is book.company.all_agents
    assert changed.company.digest == book.company.digest
    assert book.in_force(book.roles) is book


def test_a_new_manager_without_a_zone_gets_the_projects() -> None:
    """Times are shown where the project is to somebody who has served none before."""
    assert rules().company.zone_of("erik") == "UTC"
    desk = Desk(None, ChangeRole("zita", *MANAGER, ("erik",)))
    assert desk.rules.company.zone_of("erik") == "Europe/Berlin"


def test_a_journal_without_roles_goes_by_the_file() -> None:
    """Everything written before roles could change folds to the file's matrix, with the very same rules."""
    events = [from_record(to_record(event)) for event in Desk(None, *OFFERS).events]
    assert rules().in_force(fold(events).roles) is rules()


_ROWS = (("cmt_lead", None), ("it_manager", None), ("ert", None), MANAGER, ("supervisor", "globex"))
_NAMES = (*PEOPLE, "mallory", "")
_changes: st.SearchStrategy[Command] = st.builds(
    lambda by, row, people, source, seen: ChangeRole(by, *row, tuple(people), seen, source),
    st.sampled_from(_NAMES),
    st.sampled_from(_ROWS),
    st.lists(st.sampled_from(_NAMES), max_size=3),
    st.sampled_from(["chat", "chat", "sharepoint"]),
    st.sampled_from([None, None, AT_FILE, ("zita",)]),
)
_typed: st.SearchStrategy[Command] = st.builds(
    lambda by, row, named: WriteRole(by, *row, named),
    st.sampled_from(_NAMES),
    st.sampled_from(_ROWS),
    st.text(alphabet="sam,olgN @;", max_size=10),
)
_others: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from([*OUT, ConfirmRestored("anna", "anna"), TakeFile()]),
    st.builds(lambda by: Acknowledge(by, "acme-de"), st.sampled_from(PEOPLE)),
    st.builds(lambda by, take: SettleRole(by, *MANAGER, take, instant(START)), st.sampled_from(PEOPLE), st.booleans()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(_changes, _changes, _typed, _others), max_size=25))
def test_from_any_state_only_the_permitted_change_a_role_and_the_matrix_works(commands: list[Command]) -> None:
    """Whatever is tried: every needed role has somebody, all are known and active, and who did it was allowed to."""
    desk = Desk()
    for command in commands:
        before = desk.rules
        try:
            desk.do(command)
        except Rejected:
            assert desk.rules is before
            continue
        for event in desk.last:
            if isinstance(event, ev.RoleChanged) and event.source == "chat":
                assert before.company.company_roles(event.by or "") & {Role.CMT_LEAD, Role.IT_MANAGER}
        rows = {(row.role, row.project): row.people for row in matrix_rows(desk.rules)}
        assert all(people for (role, _), people in rows.items() if role in NEEDED)
        assert all(checked(*key, people, desk.rules.company) is None for key, people in rows.items())
    replayed = fold(from_record(to_record(event)) for event in desk.events)
    assert replayed == desk.state
    assert matrix_rows(rules().in_force(replayed.roles)) == matrix_rows(desk.rules)


def test_every_needed_role_of_the_matrix_is_in_the_rows() -> None:
    """The rows are all there: the company's, then each project's in the file's order, as the file has them."""
    rows = matrix_rows(rules())
    assert [(row.role, row.project) for row in rows] == [
        ("cmt_lead", None),
        ("it_manager", None),
        ("ert_lead", None),
        ("ert", None),
        *((role, project) for project in ("acme-de", "globex") for role in ("account_manager", "supervisor")),
    ]
    assert all(row.people == filed_in(rules().company, (row.role, row.project)) for row in rows)
    assert not decide(Situation(), TakeFile(), START, rules())
