"""Hostile words, many people, and who may see what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards import Card, Choice, Facts, Line, Mention, Text, Words
from bot.commands import Cause, ReportWorkplace
from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.data import packaged
from bot.plan import parse_plan
from bot.situation import Cover, CoverStatus
from bot.wording import Reader, View, may_see, menu, plain, status, word
from bot.wording.basics import LONGEST_WORDS, names, said
from tests.unit.wording_play import START, TABLES, ZONE, Play, notice, reader, rules, scenes

HOSTILE = "<!channel> *bold* [x](http://example.com) <at>all</at> & {project}\x00\x1b[31m\u202e\r\n=1+1"


def _lines(card: Card) -> list[Line]:
    found = [card.lead, card.summary]
    for block in card.blocks:
        match block:
            case Text(line):
                found.append(line)
            case Facts(rows):
                found += [line for _, line in rows]
    return found


@pytest.mark.parametrize("text", [HOSTILE, HOSTILE * 20_000])
def test_peoples_words_stay_words(text: str) -> None:
    """Markup, control characters and a megabyte of it are one short node of words, none of it our own text."""
    view = replace(scenes()["declared"], notes={"n1": text})
    card = word(notice("level_declared", "nora", {"level": 4, "by": "erik"}), view, reader("nora"))
    spans = [span for line in _lines(card) for span in line]
    (words,) = [span for span in spans if isinstance(span, Words)]
    assert len(words.text) <= LONGEST_WORDS
    assert words.text.startswith("<!channel> *bold*")
    assert not [span for span in spans if isinstance(span, str) and ("channel" in span or "bold" in span)]


@given(st.text(max_size=2 * LONGEST_WORDS))
def test_words_are_printable(text: str) -> None:
    """No control character, no change of direction and no line break is left in what people typed."""
    assert not set(said(text).text) & set("\x00\x07\x1b\r\n\u200f\u202e\u2066")


def test_many_names_are_cut() -> None:
    """Of two hundred people the first are named, and how many more there are."""
    line = names(reader("nora").tongue, [f"p{number}" for number in range(200)])
    assert sum(isinstance(span, Mention) for span in line) == 17
    assert plain(line, rules().company, reader("nora")).endswith(" and 183 more")


def test_a_card_of_two_hundred_stays_short() -> None:
    """An incident with two hundred out and two hundred offers fits the lists of any platform."""
    view = scenes()["offered"]
    incident = view.state.incidents["acme-de"]
    out = incident.out
    for number in range(200):
        out = out.insert(f"p{number}", START)
    covers = {f"c{number}": Cover(CoverStatus.OFFERED, 1, START, START) for number in range(200)}
    crowded = replace(incident, out=out, covers=covers)
    state = replace(view.state, incidents={"acme-de": crowded})
    card = word(notice("offers_waiting", "nora"), replace(view, state=state), reader("nora"))
    text = "\n".join(plain(line, rules().company, reader("nora")) for line in _lines(card))
    assert len(text) < 2000
    forms = [button.form for button in card.buttons if button.form]
    assert all(len(field.options) <= 100 for form in forms for field in form.fields if isinstance(field, Choice))


@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("anna", {"acme-de"}),
        ("cili", {"globex"}),
        ("carl", {"acme-de", "globex"}),
        ("dora", set()),
        ("nora", {"acme-de"}),
        ("olga", {"acme-de", "globex"}),
        ("sam", {"acme-de", "globex"}),
        ("zita", {"acme-de", "globex"}),
        ("ivan", {"acme-de", "globex"}),
        ("erik", {"acme-de", "globex"}),
        ("stranger", set()),
    ],
)
def test_who_sees_which_incident(person: str, sees: set[str]) -> None:
    """CMT, IT and ERT see all; agents, backups and those with a role see their own projects."""
    assert {project for project in ("acme-de", "globex", "gone") if may_see(person, project, rules())} == sees


def test_the_status_keeps_to_what_one_may_see() -> None:
    """Somebody of another project learns nothing of an incident; who was asked to cover it does."""
    view = scenes()["offered"]
    assert status(view, reader("cili")).blocks == ()
    assert status(view, reader("dora")).blocks != ()


def test_the_report_button_comes_first() -> None:
    """Who has no open report finds the report button first; who has one, the way out of it."""
    assert menu(scenes()["quiet"], reader("anna")).buttons[0].verb == "report"
    assert [button.verb for button in menu(scenes()["moving"], reader("anna")).buttons] == ["moved", "restored"]


def test_somebody_unknown_gets_a_menu() -> None:
    """Whoever is not in the company file has a menu and a status, without a single name."""
    for card in (menu(scenes()["offered"], reader("stranger")), status(scenes()["offered"], reader("stranger"))):
        assert not [span for line in _lines(card) for span in line if isinstance(span, Mention)]


def test_cards_outlive_the_company_file() -> None:
    """A project or person that has left the company file does not break the cards of its incident."""
    left = {**TABLES, "projects": [TABLES["projects"][1]]}
    book = Rulebook(parse_plan(packaged("plan.toml")), company_from_tables(left))
    for name, view in scenes().items():
        for kind, to, data in (
            ("level_raised", "nora", {"level": 1, "by": None}),
            ("cover_request", "carl", {}),
            ("report_received", "anna", {"receipt": 1, "by": "anna"}),
        ):
            card = word(notice(kind, to, data), View(view.state, book, view.now), reader(to))
            assert card.lead, name
    assert menu(View(scenes()["offered"].state, book, START), Reader("nora", "hu", ZONE)).lead


def test_the_card_says_who_reported_it() -> None:
    """A report on somebody's behalf names who made it."""
    play = Play().do(ReportWorkplace("sam", "anna", Cause.FIRE))
    card = word(notice("report_received", "anna", {"receipt": 1, "by": "sam"}), play.view(), reader("anna"))
    assert [
        line
        for block in card.blocks
        if isinstance(block, Facts)
        for label, line in block.rows
        if label == "Reported by"
    ] == [(Mention("sam"),)]
