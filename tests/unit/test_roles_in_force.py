"""The roles matrix and what is open: handing over, restarts, and what holds from any state."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import events as ev
from bot.commands import (
    Acknowledge,
    ChangeRole,
    Command,
    ConfirmRestored,
    DeclareLevel,
    SettleRole,
    TakeFile,
    WriteRole,
)
from bot.company import Role, company_from_tables
from bot.cover import Rulebook
from bot.decide import decide
from bot.fold import fold
from bot.live_cards import incident_card
from bot.records import from_record, instant, to_record
from bot.roles import NEEDED, checked, filed_in, matrix_rows, people_in
from bot.situation import Situation
from bot.turn import Rejected
from tests.unit.roles_play import AT_FILE, BY_ZITA, MANAGER, OFFERS, OUT, PEOPLE, Desk, refused
from tests.unit.wording_play import START, TABLES, rules

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
