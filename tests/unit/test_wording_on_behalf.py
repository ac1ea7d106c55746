"""Reporting for somebody else by a form: who may, whom they find, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from bot.cards import Button, Choice, Press
from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.decide import decide
from bot.events import WorkplaceReported
from bot.presses import command_of
from bot.situation import Situation
from bot.turn import Rejected
from bot.wording import View, menu, people_found
from bot.wording.on_behalf import MOST_FOUND, MOST_LISTED, REPORT_FOR
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
    assert (choice.id, choice.search, choice.required) == ("person", REPORT_FOR, True)
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
        assert people_found(REPORT_FOR, "", view, person) == ()
    else:
        assert _listed(view, person) == theirs
        assert [one.value for one in people_found(REPORT_FOR, "", view, person)] == theirs


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
        offered = {one.value for one in people_found(REPORT_FOR, "", now, by, most=len(people))}
        for person in people:
            command = command_of(Press(by, REPORT_FOR, {}, {"person": person}))
            if person in {*offered, by}:
                decide(now.state, command, now.now, now.rules)
                continue
            with pytest.raises(Rejected) as raised:
                decide(now.state, command, now.now, now.rules)
            assert raised.value.code == "not_for_them"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kov", ["p0", "p1"]),
        ("KOVÁCS", ["p0", "p1"]),
        ("anna  kovacs", ["p0", "p1"]),
        ("nagy", ["p2"]),
        ("odon kiss", ["p2"]),
        ("o'b", ["p3"]),
        ("post.4@", ["p4"]),
        ("p4", ["p4"]),
        ("ovacs", []),
        ("kov sean", []),
        ("*", []),
        ("", ["p4", "p2", "p0", "p1", "p3"]),
        (" \u0301 ", ["p4", "p2", "p0", "p1", "p3"]),
        ("k" * 100_000, []),
    ],
)
def test_a_few_letters_find_them(typed: str, found: list[str]) -> None:
    """With or without accents, capitals and the right order; by name, id and address; in the order of the names."""
    assert [one.value for one in people_found(REPORT_FOR, typed, _named(), "nora")] == found


def test_two_of_one_name_are_told_apart() -> None:
    """The project stands beside the name, and the id where that is not enough."""
    labels = [one.label for one in people_found(REPORT_FOR, "k", _named(), "nora")]
    assert labels == [
        "Kiss-Nagy Ödön, ACME Germany",
        "Kovács Anna, ACME Germany (p0)",
        "Kovács Anna, ACME Germany (p1)",
    ]


def test_no_more_are_found_than_can_be_shown() -> None:
    """The first by name; more letters narrow it down."""
    found = people_found(REPORT_FOR, "agent", _crowd(40), "nora")
    assert [one.value for one in found] == [f"p{number}" for number in range(MOST_FOUND)]


def test_very_many_are_not_listed_but_found() -> None:
    """A form with more people than anybody looks through asks for a search, and says so."""
    button = _offered(_crowd(MOST_LISTED), "nora")
    assert button
    assert not button.needs_search
    many = _crowd(MOST_LISTED + 1)
    button = _offered(many, "nora")
    assert button
    assert button.needs_search
    assert _listed(many, "nora") == []
    assert [one.value for one in people_found(REPORT_FOR, "1000", many, "nora")] == ["p1000"]


def test_another_search_finds_nobody() -> None:
    """Only the searches of our forms are answered."""
    assert people_found("graph.microsoft.com/users", "anna", scenes()["quiet"], "nora") == ()


def test_who_has_lost_the_role_finds_nobody() -> None:
    """The matrix counts as it is now."""
    view = scenes()["quiet"]
    changed = replace(
        view, rules=Rulebook(view.rules.plan, company_from_tables({**TABLES, "projects": [TABLES["projects"][1]]}))
    )
    assert people_found(REPORT_FOR, "anna", changed, "nora") == ()
    assert _offered(changed, "nora") is None
