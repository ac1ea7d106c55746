"""Reporting for somebody else by a form: who may, whom they find, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bot.cards import Button, Choice, Input, Press
from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.decide import decide
from bot.events import WorkplaceReported
from bot.naming import MOST_FOUND, agent_meant
from bot.presses import command_of
from bot.situation import Situation
from bot.turn import Rejected
from bot.wording import View, menu, people_options, plain, refusal
from bot.wording.on_behalf import MOST_LISTED, REPORT_FOR
from bot.workplaces import reported_for
from tests.unit.wording_play import START, TABLES, reader, rules, scenes

NAMES = ("Kovács Anna", "Kovács Anna", "Kiss-Nagy Ödön", "O'Brien Sean", "Ágoston Béla")


def _project(people: list[dict[str, Any]], **more: object) -> Mapping[str, Any]:
    first = {**TABLES["projects"][0], "agents": [one["id"] for one in people], "backups": [], **more}
    return {**TABLES, "people": [*TABLES["people"], *people], "projects": [first, TABLES["projects"][1]]}


@cache
def _named() -> View:
    """A project whose agents have these names."""
    people = [
        {"id": f"p{number}", "name": name, "email": f"post.{number}@example.com"} for number, name in enumerate(NAMES)
    ]
    return _view(_project(people))


def _crowd(amount: int) -> View:
    """A project with so many agents."""
    return _view(_project([{"id": f"p{number}", "name": f"Agent {number:04d}"} for number in range(amount)]))


def _view(tables: Mapping[str, Any]) -> View:
    return View(Situation(), Rulebook(rules().plan, company_from_tables(tables)), START)


def _offered(view: View, person: str) -> Button | None:
    return next((one for one in menu(view, reader(person)).buttons if one.verb == REPORT_FOR), None)


def _listed(view: View, person: str) -> list[str]:
    button = _offered(view, person)
    assert button
    assert button.form
    choice = button.form.fields[0]
    assert isinstance(choice, Choice)
    assert (choice.id, choice.hint, choice.required) == ("person", "Name or e-mail", True)
    return [one.value for one in choice.options]


@pytest.mark.parametrize(
    ("person", "theirs"),
    [
        ("nora", ["anna", "bea"]),
        ("olga", ["anna", "bea", "cili", "dani"]),
        ("sam", ["anna", "bea", "cili", "dani"]),
        ("anna", None),
        ("carl", None),
        ("zita", None),
        ("ivan", None),
        ("stranger", None),
    ],
)
def test_supervisors_and_account_managers_report_for_their_agents(person: str, theirs: list[str] | None) -> None:
    """They find a button in the menu, and behind it the agents of their projects; nobody else finds one."""
    view = scenes()["quiet"]
    if theirs is None:
        assert _offered(view, person) is None
        assert reported_for(view.rules, person) == ()
    else:
        assert _listed(view, person) == theirs
        assert sorted(reported_for(view.rules, person)) == theirs


def test_the_button_stays_while_ones_own_workplace_is_out() -> None:
    """A supervisor whose own power is gone as well still reports for the others; never by this for themselves."""
    view = _view(_project([{"id": "anni", "name": "Anni"}, {"id": "ben", "name": "Ben"}], supervisors=["anni"]))
    command = command_of(Press("anni", "report", {}, {}))
    events = decide(view.state, command, START, view.rules)
    assert any(isinstance(one, WorkplaceReported) for one in events)
    assert _listed(view, "anni") == ["ben"]


@pytest.mark.parametrize("view", list(scenes()))
def test_whom_the_form_offers_the_rules_take(view: str) -> None:
    """And nobody beyond: whoever is not offered is refused."""
    now, people = scenes()[view], [one["id"] for one in TABLES["people"]]
    for by in people:
        offered = set(reported_for(now.rules, by))
        for person in people:
            command = command_of(Press(by, REPORT_FOR, {}, {"person": person}))
            if person in {*offered, by}:
                decide(now.state, command, now.now, now.rules)
                continue
            with pytest.raises(Rejected) as raised:
                decide(now.state, command, now.now, now.rules)
            assert raised.value.code == "not_for_them"


def _meant(view: View, typed: str, by: str = "nora") -> str | tuple[str, ...]:
    """Who is meant; those who could be; or why nobody is."""
    try:
        return agent_meant(view.rules.company, reported_for(view.rules, by), typed)
    except Rejected as rejected:
        return tuple(rejected.data["ids"]) if rejected.code == "which_person" else rejected.code


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ágoston Béla", "p4"),
        ("agoston  BELA", "p4"),
        ("post.4@example.com", "p4"),
        ("@p4", "p4"),
        ("P4", "p4"),
        ("Béla", ("p4",)),
        ("bela agoston", "p4"),
        ("Ágoston Béla (post.4@example.com), ACME Germany", "p4"),
        ("Kovács Anna (p1)", "p1"),
        ("agoston bela, ACME Germany", "p4"),
        ("Béla Ágoston.", "p4"),
        ("Kovács Anna", ("p0", "p1")),
        ("kov", ("p0", "p1")),
        ("anna  kovacs", ("p0", "p1")),
        ("p", ("p4", "p2", "p0", "p1", "p3")),
        ("nagy", ("p2",)),
        ("odon kiss", ("p2",)),
        ("o'b", ("p3",)),
        ("post.4@", ("p4",)),
        ("ovacs", "nobody_meant"),
        ("kov sean", "nobody_meant"),
        ("*", "nobody_meant"),
        ("k" * 100_000, "nobody_meant"),
        ("", "missing"),
        (" \u0301 @", "missing"),
    ],
)
def test_whoever_is_named_in_full_is_meant_and_others_are_asked_about(typed: str, meant: str | tuple[str, ...]) -> None:
    """With or without accents and capitals. Part of a name is never enough, even of one person's; by name."""
    assert _meant(_named(), typed) == meant


def test_of_anybody_else_nothing_is_told() -> None:
    """The company file is no phone book, and nobody reports themselves by a form for others."""
    view = scenes()["quiet"]
    assert {_meant(view, typed) for typed in ("Cili", "cil", "Nora", "nora")} == {"nobody_meant"}
    assert (_meant(view, "Cili", by="olga"), _meant(view, "cil", by="olga")) == ("cili", ("cili",))


def test_a_name_in_either_order_may_be_two_people() -> None:
    """Both are usual; and letters with a stroke are found without it."""
    people = [
        {"id": "p1", "name": "Anna Kiss"},
        {"id": "p2", "name": "Kiss Anna"},
        {"id": "p3", "name": "Łukasz Øberg"},
    ]
    view = _view(_project(people))
    assert _meant(view, "anna kiss") == ("p1", "p2")
    assert _meant(view, "lukasz oberg") == "p3"


def test_the_project_shown_is_one_for_which_they_report() -> None:
    """Somebody may work for several."""
    first, second = TABLES["projects"]
    shared = [{**first, "agents": ["anna"]}, {**second, "agents": ["anna"], "supervisors": ["hugo"]}]
    tables = {**TABLES, "people": [*TABLES["people"], {"id": "hugo", "name": "Hugo"}], "projects": shared}
    view = _view(tables)
    assert [one.label for one in people_options(view.rules, ("anna",), "hugo")] == ["Anna, Globex"]
    assert [one.label for one in people_options(view.rules, ("anna",), "nora")] == ["Anna, ACME Germany"]


def test_two_of_one_name_are_told_apart() -> None:
    """The project stands beside the name, and the id where that is not enough; in words it is the e-mail."""
    view = _named()
    assert [one.label for one in people_options(view.rules, ("p1", "p2", "p0"), "nora")] == [
        "Kiss-Nagy Ödön, ACME Germany",
        "Kovács Anna (p0), ACME Germany",
        "Kovács Anna (p1), ACME Germany",
    ]
    assert _refused(view, "kovacs anna") == (
        "Whom do you mean by “kovacs anna”: Kovács Anna (post.0@example.com), Kovács Anna (post.1@example.com)?"
        " Please give the whole name, or what is in brackets."
    )


def _refused(view: View, typed: str) -> str:
    with pytest.raises(Rejected) as raised:
        agent_meant(view.rules.company, reported_for(view.rules, "nora"), typed)
    return plain(refusal(raised.value, view, reader("nora")), view.rules.company, reader("nora"), view.now)


def test_no_more_are_asked_about_than_can_be_shown() -> None:
    """The first by name; how many more there are is said, and more letters narrow it down."""
    view = _crowd(40)
    assert _meant(view, "agent") == tuple(f"p{number}" for number in range(MOST_FOUND))
    assert _refused(view, "agent").startswith(
        "Whom do you mean by “agent”: Agent 0000 (p0), Agent 0001 (p1), Agent 0002 (p2), Agent 0003 (p3) and 36 more?"
    )


def test_very_many_are_not_listed_but_named() -> None:
    """A form with more people than anybody looks through asks for a name."""
    assert len(_listed(_crowd(MOST_LISTED), "nora")) == MOST_LISTED
    many = _crowd(MOST_LISTED + 1)
    button = _offered(many, "nora")
    assert button
    assert button.form
    assert button.form.fields[0] == Input(
        "person_named", "Whose workplace is unusable?", longest=100, hint="Name or e-mail"
    )
    assert _meant(many, "agent 1000") == "p1000"


def test_who_has_lost_the_role_is_not_offered_it() -> None:
    """The matrix counts as it is now."""
    view = scenes()["quiet"]
    changed = replace(
        view, rules=Rulebook(view.rules.plan, company_from_tables({**TABLES, "projects": [TABLES["projects"][1]]}))
    )
    assert reported_for(changed.rules, "nora") == ()
    assert _offered(changed, "nora") is None
