"""Adaptive Cards: what the schema of 1.5 and Teams refuse, what is only complained of, what words become."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.standins.teams.caller import Caller
from tests.standins.teams.cards import check_card
from tests.standins.teams.client import Person, Teams
from tests.standins.teams.markup import active, betrayed
from tests.standins.teams.model import APP

Json = dict[str, Any]
TEXT = {"type": "TextBlock", "text": "Hello"}
RUN = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "Hello"}]}
WORDS = {"type": "Input.Text", "id": "words", "label": "What"}
CHOICE = {
    "type": "Input.ChoiceSet",
    "id": "cause",
    "label": "Cause",
    "choices": [{"title": "Power", "value": "power"}, {"title": "Network", "value": "network"}],
}
SEARCH = {"type": "Data.Query", "dataset": "people"}  # of version 1.6
TOGGLE = {"type": "Action.ToggleVisibility", "title": "More"}
ACTION = {"type": "Action.Execute", "title": "Accept", "verb": "accept", "data": {"case": "1"}}


def card(*body: Json, **more: object) -> Json:
    """A card with that body."""
    return {"type": "AdaptiveCard", "version": "1.5", "fallbackText": "Hello", "body": list(body) or [TEXT], **more}


def mention(name: str, who: str) -> Json:
    """What `msteams` holds for a mention."""
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": who, "name": name}}


GOOD: list[Json] = [
    card(),
    card(RUN, {"type": "FactSet", "facts": [{"title": "Level", "value": "3"}]}),
    card({"type": "Container", "style": "Attention", "bleed": True, "items": [TEXT]}),
    card({"type": "ColumnSet", "columns": [{"type": "Column", "width": "auto", "items": [TEXT]}]}),
    card(WORDS, CHOICE, actions=[ACTION]),
    card({"type": "ActionSet", "actions": [ACTION]}),
    card(
        {"type": "Input.Toggle", "id": "sure", "label": "Sure", "title": "Yes"},
        {"type": "Input.Number", "id": "many", "label": "How many", "min": 1, "max": 9},
        {"type": "Input.Date", "id": "day", "label": "Day", "value": "2026-11-22"},
        {"type": "Input.Time", "id": "time", "label": "Time", "value": "10:42"},
    ),
    card({**TEXT, "id": "more"}, actions=[{**TOGGLE, "targetElements": ["more"]}]),
    card(actions=[{"type": "Action.OpenUrl", "title": "Open", "url": "https://backline.example.com/"}]),
    card(refresh={"action": ACTION, "userIds": ["29:anna"]}, msteams={"width": "Full"}),
    card({**TEXT, "text": "<at>Anna</at>: hello"}, msteams={"entities": [mention("Anna", "29:anna")]}),
]


def shown(*inputs: Json, **more: object) -> Json:
    """An action that opens a card with these."""
    return {"type": "Action.ShowCard", "title": "More", "card": {"type": "AdaptiveCard", "body": list(inputs)}, **more}


BAD: list[tuple[str, Json]] = [
    ("missing required field: version", {name: value for name, value in card().items() if name != "version"}),
    ("must be one of 1.5", card(version="1.6")),
    ("missing required field: fallbackText", {"type": "AdaptiveCard", "version": "1.5", "body": [TEXT]}),
    ("unsupported type: Image", card({"type": "Image", "url": "https://example.com/x.png"})),
    ("unsupported type: Table", card({"type": "Table"})),
    ("unsupported type: Action.Http", card(actions=[{"type": "Action.Http", "title": "Go"}])),
    ("invalid additional property: onClick", card({**TEXT, "onClick": "x"})),
    ("missing required field: text", card({"type": "TextBlock"})),
    ("must be more than 0 characters", card({"type": "TextBlock", "text": ""})),
    ("must be a boolean", card({**TEXT, "wrap": "true"})),
    ("must be one of default, lighter, bolder", card({**TEXT, "weight": "heavy"})),
    ("must be pixels", card({"type": "Container", "items": [TEXT], "minHeight": "50"})),
    ("must provide at least 1 items", card({"type": "Container", "items": []})),
    ("missing required field: label", card({"type": "Input.Text", "id": "words"})),
    ("missing required field: id", card({"type": "Input.Text", "label": "What"})),
    ("missing required field: errorMessage", card({**WORDS, "isRequired": True})),
    ("duplicate id: words", card(WORDS, WORDS)),
    ("duplicate id: words", card(WORDS, actions=[shown(WORDS)])),
    ("missing required field: choices", card({"type": "Input.ChoiceSet", "id": "x", "label": "X"})),
    ("two choices have the same value", card({**CHOICE, "choices": [CHOICE["choices"][0]] * 2})),
    ("starts with what is no choice", card({**CHOICE, "value": "flood"})),
    ("must provide at least 1 items", card({**CHOICE, "choices": []})),
    ("invalid additional property: choices.data", card({**CHOICE, "style": "filtered", "choices.data": SEARCH})),
    ("filtered cannot take several", card({**CHOICE, "isMultiSelect": True, "style": "filtered"})),
    (
        "a comma in a value",
        card({**CHOICE, "isMultiSelect": True, "choices": [{"title": "Both", "value": "power,network"}]}),
    ),
    ("missing required field: verb", card(actions=[{"type": "Action.Execute", "title": "Accept"}])),
    ("missing required field: title", card(actions=[{"type": "Action.Execute", "verb": "accept"}])),
    ("must be an object", card(actions=[{**ACTION, "data": "case 1"}])),
    ("must be an https address", card(actions=[{"type": "Action.OpenUrl", "title": "Open", "url": "javascript:x"}])),
    ("unsupported type: Action.ShowCard", card({"type": "Container", "items": [TEXT], "selectAction": shown(WORDS)})),
    (
        "toggles what is not there",
        card(actions=[{**TOGGLE, "targetElements": ["less"]}]),
    ),
    ("no more than 60 items", card(refresh={"action": ACTION, "userIds": [f"29:{one}" for one in range(61)]})),
    ("input must match regex pattern: 29:", card(refresh={"action": ACTION, "userIds": ["anna@example.com"]})),
    ("missing required field: userIds", card(refresh={"action": ACTION})),
    ("must be one of full", card(msteams={"width": "wide"})),
    ("a mention that stands nowhere", card(msteams={"entities": [mention("Anna", "29:anna")]})),
    ("without an entity", card({**TEXT, "text": "<at>Anna</at>"})),
    (
        "two mentions have the same text",
        card(
            {**TEXT, "text": "<at>Anna</at>"}, msteams={"entities": [mention("Anna", "29:a"), mention("Anna", "29:b")]}
        ),
    ),
]


@pytest.mark.parametrize("good", GOOD)
def test_a_good_card(good: Json) -> None:
    """Every element, input and action that this bot may use is taken."""
    assert check_card(good) == []


@pytest.mark.parametrize(("why", "bad"), BAD)
def test_a_bad_card(why: str, bad: Json) -> None:
    """Whatever the schema or Teams does not know is refused, and named."""
    assert any(why in one for one in check_card(bad)), check_card(bad)


@pytest.mark.parametrize("thing", [None, [], "card", 7, {}, {"type": "AdaptiveCard", "body": [[]]}])
def test_what_is_no_card(thing: object) -> None:
    """Anything else is no card."""
    assert check_card(thing)


@pytest.mark.parametrize("kind", sorted(one["type"] for good in GOOD for one in good["body"]))
def test_unknown_properties(kind: str) -> None:
    """Each element refuses a property that is not in the schema."""
    element = next(copy.deepcopy(one) for good in GOOD for one in good["body"] if one["type"] == kind)
    assert any("invalid additional property: x" in one for one in check_card(card({**element, "x": 1})))


# --- Through the connector --------------------------------------------------------------------------------------------


async def test_cards_through_the_connector(anna: Person, caller: Caller) -> None:
    """A bad card is a 400 that says why; people in it must be known to the bot."""
    chat = (await caller.open(anna)).body["id"]
    assert (await caller.show(chat, card())).status == 201
    told = await caller.show(chat, card({"type": "Image", "url": "https://example.com/x.png"}))
    assert (told.status, told.code) == (400, "BadSyntax")
    assert "unsupported type: Image" in told.body["error"]["message"]
    text = {**TEXT, "text": "<at>Anna Nagy</at>"}
    for who, status in ((anna.id, 201), ("29:nobody", 400), (f"28:{APP}", 400)):
        told = await caller.show(chat, card(text, msteams={"entities": [mention("Anna Nagy", who)]}))
        assert told.status == status
    assert (await caller.show(chat, card(refresh={"action": ACTION, "userIds": ["29:nobody"]}))).status == 400


@pytest.mark.parametrize(
    ("complaint", "content"),
    [
        ("too large", card(*[{**TEXT, "text": "x" * 1_000}] * 29)),
        ("more actions than Teams shows", card(actions=[{**ACTION, "title": str(one)} for one in range(7)])),
        ("in the menu", card(actions=[shown(WORDS, mode="secondary")])),
        ("people's words became markup", card({**TEXT, "text": "Reason: [click](https://evil.example)"})),
    ],
)
async def test_what_is_only_complained_of(
    teams: Teams, anna: Person, caller: Caller, complaint: str, content: Json
) -> None:
    """Teams takes it, and it is still wrong."""
    await teams.hostile("[click](https://evil.example)")
    chat = (await caller.open(anna)).body["id"]
    assert (await caller.show(chat, content)).status == 201
    assert {complaint in one["what"] for one in (await teams.report())["complaints"]} == {True}


async def test_six_actions_and_a_menu(teams: Teams, anna: Person, caller: Caller) -> None:
    """Six are shown; the others are in the menu, and that is fine."""
    actions = [{**ACTION, "title": str(one), "mode": "primary" if one < 6 else "secondary"} for one in range(9)]
    chat = (await caller.open(anna)).body["id"]
    assert (await caller.show(chat, card(actions=actions))).status == 201
    assert (await teams.report())["complaints"] == []


# --- Markup -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("link", "see [this](https://evil.example)"),
        ("image", "![x](https://evil.example/x.png)"),
        ("bare address", "see https://evil.example now"),
        ("bare address", "see www.evil.example"),
        ("mention", "<at>Everybody</at>"),
        ("tag", "<b>bold</b>"),
        ("entity", "&lt;"),
        ("function", "{{DATE(2026-11-22T10:00:00Z, SHORT)}}"),
        ("template", "${secret}"),
        ("strong", "**now**"),
        ("emphasis", "it is _so_ bad"),
        ("strikethrough", "~~no~~"),
        ("code", "`rm`"),
        ("list", "- one\n- two"),
        ("list", "1. one"),
        ("heading", "# Big"),
        ("quote", "> said"),
    ],
)
def test_what_is_markup(kind: str, text: str) -> None:
    """Each of Markdown's and Teams' own ways to be more than text is known."""
    assert kind in {found for found, _ in active(text)}


@pytest.mark.parametrize(
    "text",
    ["No power at 10:42", "snake_case_name", "2 * 3 * 4", "\\[this\\](there)", "5 < 6 & 7 > 2", "C:\\temp", "a-b"],
)
def test_what_is_none(text: str) -> None:
    """Plain text is plain."""
    assert list(active(text)) == []


def test_where_words_are_markup_and_where_not() -> None:
    """In a TextRun only mentions and dates could be; in a text, a fact and a label, everything."""
    evil = "[x](https://evil.example) <at>Anna</at>"
    run = {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": evil}]}
    fact = {"type": "FactSet", "facts": [{"title": "Reason", "value": evil}]}
    label = {**WORDS, "label": evil}
    assert {kind for kind, _ in betrayed(card(run), [evil])} == {"mention"}
    for element in ({**TEXT, "text": evil}, fact, label):
        assert {"link", "mention"} <= {kind for kind, _ in betrayed(card(element), [evil])}
    assert list(betrayed(card({**TEXT, "text": "<at>Anna</at> [ours](https://ours.example)"}), ["other words"])) == []
