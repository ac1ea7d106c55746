"""Every card parses in Microsoft's own renderer (npm: adaptivecards) at version 1.5 without an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.teams.forms import Fault
from adapters.teams.render import render, render_line, with_refresh
from bot.cards import Button, Card, Choice, Facts, Form, Input, Instant, Mention, Option, Text, Words
from tests.unit.teams.javascript import ask
from tests.unit.teams.showing import GOLDEN, reading
from tests.unit.wording_play import START

HOSTILE = "<at>Nora</at> **b** [l](https://evil.example.com) {{DATE(2026-03-02T10:30:00Z, SHORT)}} ${x} <b>&amp;</b>"


def complaints(cards: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the renderer says of each card."""
    return ask("parse.js", "adaptivecards", cards)  # type: ignore[no-any-return]


def _everything() -> Card:
    """One of each node, with texts that want to be more."""
    line = (Words(HOSTILE), " ", Instant(START), Mention("nora"), Mention("zita"))
    choices = (
        Choice(f"c{amount}{several}", HOSTILE, tuple(Option(f"o{n}", HOSTILE) for n in range(amount)), several)
        for amount in (3, 12, 40)
        for several in (False, True)
    )
    form = Form(HOSTILE, (*choices, Input("i", HOSTILE, multiline=True, hint=HOSTILE)), HOSTILE, line)
    offered = tuple(Button(f"v{n}", HOSTILE, {"x": HOSTILE}, form=form if n % 2 else None) for n in range(9))
    rows = (("Who", (Mention("nora"),)), ("When", (Instant(START, "datetime"),)), ("Why", line), (HOSTILE, line))
    return Card("test", line, line, "urgent", (Text(line), Text((HOSTILE,), subtle=True), Facts(rows)), offered)


def test_every_golden_card_parses_without_an_event() -> None:
    """Cards of every kind in both languages, their forms, and a form that was refused."""
    cards = {str(path.relative_to(GOLDEN)): json.loads(path.read_text("utf-8")) for path in GOLDEN.rglob("*.json")}
    for name in [name for name in cards if name.startswith("forms-")]:
        cards |= {f"{name}:{verb}": {**_frame(), "actions": [shown]} for verb, shown in cards.pop(name).items()}
    assert len(cards) > 80
    assert {name: found for name, found in complaints(cards).items() if found} == {}


def test_hostile_full_open_and_shared_cards_parse_without_an_event() -> None:
    """So do cards with every node and hostile text, closed and with a form open, a line, and one that is shared."""
    card = _everything()
    content = render(card, reading())
    fault = Fault("v1", card.buttons[1].args, "i", HOSTILE, {"i": HOSTILE, "c3True": ("o0", "o2"), "c40False": "o7"})
    cards = {
        "closed": content,
        "open": render(card, reading(locale="hu"), fault),
        "line": render_line((HOSTILE, Words(HOSTILE)), reading()),
        "shared": with_refresh(content, "look", {"card": HOSTILE}, ["29:1nora", "29:1carl"]),
    }
    assert {name: found for name, found in complaints(cards).items() if found} == {}


@pytest.mark.parametrize("amount", [1, 40, 200, 300, 5_000])
def test_any_number_of_people_parses_without_an_event(amount: int) -> None:
    """The form that asks for one of them: behind its button, open, and open with those who could be meant."""
    people = tuple(Option(f"p{number}", f"{HOSTILE} {number}") for number in range(amount))
    who = Choice("person", HOSTILE, people, hint=HOSTILE)
    button = Button("report_for", HOSTILE, form=Form(HOSTILE, (who, Input("words", HOSTILE)), HOSTILE))
    card = Card("test", (HOSTILE,), (HOSTILE,), buttons=(button,))
    meant = Fault("report_for", {}, "person_named", HOSTILE, {"person_named": HOSTILE}, people[:15])
    cards = {
        "closed": render(card, reading()),
        "open": render(card, reading(), Fault("report_for", {})),
        "asked": render(card, reading(), meant),
    }
    assert complaints(cards) == {"closed": [], "open": [], "asked": []}


def test_the_renderer_does_complain() -> None:
    """An id that comes twice, an unknown element, a wrong value and a seventh action are noticed."""
    twice = {**_frame(), "body": [{"type": "Input.Text", "id": "a"}, {"type": "Input.Text", "id": "a"}]}
    unknown = {**_frame(), "body": [{"type": "Table9"}]}
    wrong = {**_frame(), "body": [{"type": "TextBlock", "text": "x", "size": "gigantic"}]}
    many = {**_frame(), "actions": [{"type": "Action.Execute", "title": "x", "verb": "x"}] * 7}
    found = complaints({"twice": twice, "unknown": unknown, "wrong": wrong, "many": many, "good": _frame()})
    assert {name: bool(said) for name, said in found.items()} == {
        "twice": True,
        "unknown": True,
        "wrong": True,
        "many": True,
        "good": False,
    }


def _frame() -> dict[str, Any]:
    return {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x"}]}
