"""Cards as Adaptive Cards: golden files, Teams' limits, and texts that want to be more than text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.teams.forms import Fault, action_of
from adapters.teams.lines import Reading, TeamsUser
from adapters.teams.render import LARGEST, MOST_VIEWERS, render, render_line, summary, version_of, with_refresh
from bot.cards import Button, Card, Choice, Facts, Form, Input, Instant, Line, Mention, Option, Text, Words
from bot.wording import superseded
from tests.standins.teams.markup import betrayed
from tests.unit.teams.showing import (
    GOLDEN,
    LANGUAGES,
    buttons,
    executes,
    faults,
    golden,
    nodes,
    pressed,
    reading,
    texts,
    texts_in_order,
)
from tests.unit.wording_play import GALLERY, START, reader, shown

LATER = START + timedelta(minutes=30)
HOSTILE = (
    "<at>Nora</at> <AT>Nora</at> <at id='1'>x</at> @nora",
    "[your bank](https://evil.example.com) ![x](http://evil.example.com/x.png) www.evil.example.com",
    "https://evil.example.com mailto:a@example.com <https://evil.example.com>",
    "**bold** _it_ *it* ~~no~~ `code` ```block```",
    "<script>alert(1)</script> <b>x</b> &lt;b&gt; &#60;i&#62; <!-- -->",
    "# head",
    "- item",
    "1. item",
    "> quote\n> more",
    "{{DATE(2026-03-02T10:30:00Z, SHORT)}} {{TIME(2026-03-02T10:30:00Z)}} {{{{DATE(2026-03-02T10:30:00Z)}}}}",
    "${$root.x} ${formatDateTime('x')} {x}",
    "[x]: https://evil.example.com \\*x\\*",
    "abc\u202egnp.exe\u2066x\u2069 \u200bz\u200d\ufeff",
    "\x00\x07\x1b[31m\r\n\t\x7f\x9f",
    "half \ud800 pair 😀",
    '"}],"actions":[{"type":"Action.OpenUrl"}]',
)
_HIDING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_a_card_of_every_kind_looks_as_it_was_approved(name: str, language: str) -> None:
    """Every card of the gallery, in both languages, is the one in its golden file, and Teams takes it."""
    content = render(shown(name, language), reading(GALLERY[name][2], language))
    assert faults(content) == []
    golden(f"{language}/{name}", content)


@pytest.mark.parametrize("name", GALLERY)
def test_an_older_copy_is_a_card_too(name: str) -> None:
    """What is left of a card that was posted again is taken by Teams, and has no button."""
    content = render(superseded(shown(name, "hu"), reader("nora", "hu"), "ACME Germany"), reading())
    assert faults(content) == []
    assert "actions" not in content


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a card of the gallery, in both languages."""
    for language in LANGUAGES:
        assert {path.stem for path in (GOLDEN / language).glob("*.json")} == set(GALLERY)


def _card(*lines: Line, **more: object) -> Card:
    blocks = tuple(Text(line) for line in lines)
    return replace(Card("test", ("Lead",), ("Summary",), blocks=blocks), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_nothing_of_a_card_is_left_out(name: str, language: str) -> None:
    """First line, paragraphs, labels and values: all of it is on the card, in the order of the card."""
    card, plainly = shown(name, language), reading(GALLERY[name][2], language, users={})
    lines = [card.lead]
    for block in card.blocks:
        lines += (
            [block.line] if isinstance(block, Text) else [part for row in block.rows for part in ((row[0],), row[1])]
        )
    written, at = texts_in_order(render(card, plainly)["body"]), 0
    for line in lines:
        for words in (span if isinstance(span, str) else None for span in line):
            if words and words.strip():
                at = written.index(words.strip(), at)
    assert [one["title"] for one in buttons(render(card, plainly))] == [one.label for one in card.buttons]


# --- Inert ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_peoples_words_are_inert(text: str) -> None:
    """Whatever somebody typed is shown where nothing is markup, and finds no mention to be taken for."""
    line: Line = (Words(text),)
    facts = Facts((("Reason", line), (text[:20], line), ("By", (Mention("nora"), ", ", Words(text)))))
    card = Card("test", line, line, blocks=(Text(line), Text(line, subtle=True), facts))
    content = render(card, reading())
    assert faults(content) == []
    assert list(betrayed(dict(content), [text])) == []
    assert not [one for one in nodes(content, "TextBlock") if text.strip() in one["text"]]
    assert not _HIDING.search(json.dumps(content, ensure_ascii=False))
    assert "</at>" not in content["fallbackText"] + summary(line, reading())

    beside = render(replace(card, blocks=(*card.blocks, Text((Mention("nora"),)))), reading())
    assert faults(beside) == []
    assert json.dumps(beside).count("<at>") == 2  # the mention itself, and its entity


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_our_own_words_are_inert_too(text: str) -> None:
    """A project, a person, a choice or a button that is called something active does nothing but be called so."""
    line: Line = ("Project ", text, ": ", Mention("odd"), " ", Mention(text))
    company = reading().company
    odd = replace(company.people["anna"], id="odd", name=text)
    named = replace(
        reading(users={"odd": TeamsUser("29:odd", text), "nora": TeamsUser("29:nora", "Nora")}),
        company=replace(company, people={**company.people, "odd": odd}),
    )
    choice = Choice("people", text, (Option("a", text), Option("b", f"{text} {text}")), several=True)
    label = f"({text})" if text[0].isdigit() else text  # a button may begin with a number
    form = Form(text, (choice, Input("words", text, hint=text)), label, (text, Words(text)))
    offered = (
        Button("approve", label, {"project": text.encode("utf-8", "replace").decode()}),
        Button("x", label, form=form),
    )
    content = render(Card("test", line, line, blocks=(Facts(((text, line),)),), buttons=offered), named)
    assert faults(content) == []
    assert list(betrayed(dict(content), [text])) == []
    assert not list(nodes(content["msteams"], "mention"))
    opened = render(Card("test", line, line, buttons=offered), named, Fault("x", {}, "words", text, {"words": text}))
    assert faults(opened) == []
    assert list(betrayed(dict(opened), [text])) == []


def test_words_are_shown_as_they_were_typed() -> None:
    """What was made inert still reads the same."""
    content = render(_card((Words("*Fire* at 10 & <help> {me}"),)), reading())
    (element,) = content["body"][1:]
    assert element["inlines"][0]["text"].replace("\u2060", "") == "*Fire* at 10 & <help> {me}"


# --- Limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "😀" * 500_000, "&" * 1_000_000, "{{" * 400_000])
def test_a_megabyte_is_cut_and_the_cut_shows(text: str) -> None:
    """However long the words are, the card fits, says that something is missing, and keeps its buttons."""
    line: Line = (Words(text),)
    button = Button("approve", "Approve", {}, "primary")
    card = Card("test", line, line, blocks=(Text(line), Text((text,)), Facts((("Reason", line),))), buttons=(button,))
    content = render(card, reading())
    assert faults(content) == []
    assert "…" in texts(content["body"][0])
    assert "…" in texts(content["body"][1:])
    assert "…" in content["fallbackText"]
    assert len(buttons(content)) == 1


def _crowd(amount: int = 200) -> Reading:
    """A company of people with the longest names, all linked."""
    company, people = reading().company, [f"p{n}" for n in range(amount)]
    known = {
        one: replace(company.people["anna"], id=one, name=f"{one} {'Árvíztűrő Tükörfúrógép ' * 3}".strip())
        for one in people
    }
    users = {one: TeamsUser(f"29:{one}{'x' * 100}", known[one].name) for one in people}
    return replace(reading(users=users), company=replace(company, people={**company.people, **known}))


@pytest.mark.parametrize("linked", [True, False])
def test_two_hundred_people_fit(linked: bool) -> None:  # noqa: FBT001
    """Of two hundred names with the longest spelling, as many are shown as fit, and the rest is counted."""
    crowd = _crowd() if linked else replace(_crowd(), users={})
    line: Line = tuple(part for n in range(200) for part in (Mention(f"p{n}"), ", "))
    options = tuple(Option(f"p{n}", crowd.name(f"p{n}")) for n in range(100))
    form = Form("Choose", (Choice("people", "People", options, several=True),), "Send")
    verbs = ("approve_some", "decline_some", "release_some")
    offered = (
        Button("approve", "Approve", {}, "primary"),
        *(Button(verb, verb, {"i": "1"}, form=form) for verb in verbs),
    )
    card = _card(line, blocks=(Facts((("Out", line), ("Moving", line))), Text(line)), buttons=offered)
    content = render(card, crowd)
    assert faults(content) == []
    assert len(re.findall(r"… and 1\d\d more", texts(content))) == 3
    assert [action_of(pressed(one)).verb for one in executes(content)] == ["approve", *verbs]

    opened = render(card, crowd, Fault("decline_some", {"i": "1"}))
    assert faults(opened) == []
    (people,) = nodes(opened, "Input.ChoiceSet")
    assert [one["value"] for one in people["choices"]] == [f"p{n}" for n in range(100)]
    assert sorted(action_of(pressed(one)).verb for one in executes(opened)) == sorted(["approve", *verbs])


def test_a_few_people_are_mentioned_and_a_crowd_is_named() -> None:
    """Forty mentions are tappable; with more, names do, so that the card stays small."""
    crowd = _crowd(60)
    few: Line = tuple(Mention(f"p{n}") for n in range(10))
    assert len(list(nodes(render(_card(few), crowd)["msteams"], "mention"))) == 10
    many: Line = tuple(Mention(f"p{n}") for n in range(60))
    assert not list(nodes(render(_card(many), crowd)["msteams"], "mention"))


def test_many_rows_are_counted_and_every_button_stays() -> None:
    """What does not fit is said in numbers; the seventh button and those after it are in the menu, none is lost."""
    rows = tuple((f"Row {n}", (f"value {n} " * 30,)) for n in range(300))
    offered = tuple(Button("factor_yes", f"Check {n}: yes", {"factor": str(n)}) for n in range(60))
    content = render(Card("test", ("Lead",), ("Sum",), blocks=(Facts(rows),), buttons=offered), reading())
    assert faults(content) == []
    assert [action_of(pressed(one)).args["factor"] for one in buttons(content)] == [str(n) for n in range(60)]
    assert [one.get("mode") for one in buttons(content)] == [None] * 6 + ["secondary"] * 54
    assert re.search(r"… and 2\d\d more", texts(content))


def test_a_form_in_the_menu_is_asked_for() -> None:
    """Teams opens no form from the menu, so the button there asks for it, and does nothing else."""
    form = Form("Why", (Input("reason", "Reason"),), "Send")
    offered = tuple(Button("declare", f"Declare {n}", {"level": str(n)}, form=form) for n in range(8))
    content = render(_card(buttons=offered), reading())
    assert faults(content) == []
    assert [one["type"] for one in buttons(content)] == ["Action.ShowCard"] * 6 + ["Action.Execute"] * 2
    assert [action_of(pressed(one)).asks for one in buttons(content)[6:]] == [True, True]


def test_more_buttons_than_a_message_takes_is_an_error() -> None:
    """A card that could only be shown with buttons missing is not shown."""
    offered = tuple(Button("factor_yes", "x", {"factor": "f" * 100, "n": str(n)}) for n in range(300))
    with pytest.raises(ValueError, match="300 buttons"):
        render(_card(buttons=offered), reading())


# --- Moments and people -----------------------------------------------------------------------------------------------


def test_a_naive_instant_is_an_error() -> None:
    """A moment without a zone would be shown wrong, in our words and beside people's."""
    naive = Instant(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - that is the point
    for line in ((naive,), (naive, Words("x"))):
        with pytest.raises(ValueError, match="time zone"):
            render(_card(line), reading())


@pytest.mark.parametrize("style", ["time", "datetime", "countdown"])
def test_a_moment_is_the_readers_own(style: str) -> None:
    """Each client shows it in its own zone; what knows no functions, in the zone of the company file."""
    instant = Instant(LATER, style)  # type: ignore[arg-type]
    content = render(_card(("by ", instant), summary=("by ", instant)), reading())
    day = r"\{\{DATE\(2026-03-02T09:30:00Z, SHORT\)\}\} " if style == "datetime" else ""
    assert re.fullmatch(rf"by {day}\{{\{{TIME\(2026-03-02T09:30:00Z\)\}}\}}", content["body"][1]["text"])
    assert content["fallbackText"] == "by 10:30"


def test_a_moment_of_another_day_has_its_day() -> None:
    """Tomorrow's 10:30 does not look like today's."""
    instant = Instant(LATER + timedelta(days=1))
    content = render(_card((instant,), summary=(instant,)), reading())
    assert content["body"][1]["text"] == "{{DATE(2026-03-03T09:30:00Z, SHORT)}} {{TIME(2026-03-03T09:30:00Z)}}"
    assert content["fallbackText"] == "Tue 3 Mar, 10:30"


def test_a_moment_beside_peoples_words_is_in_the_readers_zone() -> None:
    """Where words force a RichTextBlock, which knows no functions and no mentions, times and names are written out."""
    content = render(_card((Words("hm"), " ", Instant(LATER), " ", Mention("nora"), Mention("zita"))), reading())
    assert [one["text"] for one in nodes(content["body"][1], "TextRun")] == ["hm 10:30 NoraZita"]


def test_people_are_mentioned_where_teams_knows_them() -> None:
    """A linked person is tappable, in a text and in a fact; another is a name."""
    line: Line = (Mention("nora"), ", ", Mention("zita"))
    content = render(_card(line, blocks=(Text(line), Facts((("By", line), ("To", line))))), reading())
    assert content["body"][1]["text"] == "<at>Nora</at>, Zita"
    assert content["body"][2]["facts"][0] == {"title": "By", "value": "<at>Nora</at>, Zita"}
    assert content["msteams"]["entities"] == [
        {"type": "mention", "text": "<at>Nora</at>", "mentioned": {"id": "29:1nora", "name": "Nora"}}
    ]


def test_two_people_of_one_name_are_not_mentioned() -> None:
    """A card finds whom it mentions by the name alone: the wrong one is never tapped."""
    users = {"nora": TeamsUser("29:1", "Nora"), "zita": TeamsUser("29:2", "Nora"), "carl": TeamsUser("29:3", "Carl")}
    content = render(_card((Mention("nora"), Mention("zita"), Mention("carl"))), reading(users=users))
    assert content["body"][1]["text"] == "NoraZita<at>Carl</at>"


# --- Buttons ----------------------------------------------------------------------------------------------------------


def test_another_card_has_another_version() -> None:
    """A press on an old copy can be told from one on the new copy; the same card again has the same version."""
    old, new = shown("offers_waiting", "en"), shown("offers_waiting-approved", "en")
    found = [{action_of(pressed(one)).version for one in executes(render(card, reading()))} for card in (old, old, new)]
    assert found == [{version_of(old)}, {version_of(old)}, {version_of(new)}]
    assert version_of(old) != version_of(new)


def test_one_primary_and_danger_only_where_the_card_says() -> None:
    """Of several primary buttons the first one stays; nothing becomes dangerous by itself."""
    styles = ("primary", "normal", "primary", "danger")
    offered = tuple(Button(f"v{n}", "x", style=style) for n, style in enumerate(styles))  # type: ignore[arg-type]
    content = render(_card(buttons=offered), reading())
    assert [one.get("style") for one in buttons(content)] == ["positive", None, None, "destructive"]


def test_the_first_line_is_what_is_needed_and_the_colour_is_said() -> None:
    """Bold, wrapped, a heading for screen readers; what the colour says stands below in words."""
    for tone, said in (("urgent", "Most rád vár"), ("done", "Lezárult")):
        content = render(_card(tone=tone), reading(locale="hu"))
        lead, words = content["body"][0]["items"]
        assert (lead["text"], lead["weight"], lead["wrap"], lead["style"]) == ("Lead", "Bolder", True, "heading")
        assert words["text"] == said


def test_an_answer_is_a_card() -> None:
    """A line said at once is a card with a text for notifications."""
    line: Line = ("Recorded. Receipt ", "R-0001", ". ", Words("<at>x</at>"))
    content = render_line(line, reading())
    assert faults(content) == []
    assert "actions" not in content
    assert summary(line, reading()).replace("\u2060", "") == "Recorded. Receipt R-0001. <at>x</at>"


def test_a_shared_card_asks_for_each_viewers_copy() -> None:
    """The refresh comes back as an action; sixty viewers at most, none twice, and always within the limit."""
    content = render(shown("offers_waiting", "en"), reading())
    users = [f"29:{n}{'x' * 100}" for n in range(80)]
    found = with_refresh(content, "look", {"card": "incident:2026-0001"}, [*users, users[0]])
    assert faults(found) == []
    assert found["refresh"]["userIds"] == users[:MOST_VIEWERS]
    action = action_of({"action": found["refresh"]["action"], "trigger": "automatic"})
    assert (action.verb, dict(action.args), action.asks) == ("look", {"card": "incident:2026-0001"}, False)

    rows = tuple((f"Row {n}", (f"value {n} " * 30,)) for n in range(300))
    full = with_refresh(render(_card(blocks=(Facts(rows),)), reading()), "look", {}, users)
    assert len(json.dumps(full)) <= LARGEST
    assert faults(full) == []


# --- Any card ---------------------------------------------------------------------------------------------------------

LONG = ("שלום עולם مرحبا", "x" * 3_000, "000\U00010000" * 700, "& " * 1_500, "word * " * 700)
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([*HOSTILE, *LONG]))
TITLES = TEXTS.filter(lambda text: not re.match(r"\W*\d", text))  # a button may begin with a number
SPANS = st.one_of(
    TEXTS,
    TEXTS.map(Words),
    st.sampled_from(["anna", "nora", "zita", "nobody"]).map(Mention),
    st.builds(Instant, st.just(LATER), st.sampled_from(["time", "datetime", "countdown"])),
)
LINES = st.lists(SPANS, max_size=6).map(tuple)
BLOCKS = st.one_of(
    st.builds(Text, LINES, st.booleans()),
    st.builds(Facts, st.lists(st.tuples(TEXTS, LINES), max_size=12).map(tuple)),
)
OPTIONS = st.lists(st.builds(Option, st.uuids().map(str), TEXTS), min_size=1, max_size=20).map(tuple)
FORMS = st.builds(
    Form,
    TEXTS,
    st.tuples(
        st.builds(Choice, st.just("people"), TEXTS, OPTIONS, st.booleans(), st.booleans()),
        st.builds(Input, st.just("reason"), TEXTS, st.booleans(), st.booleans(), st.just(500), TEXTS),
    ),
    TITLES,
    LINES,
)
BUTTONS = st.builds(
    Button,
    st.sampled_from(["approve", "declare", "factor_yes"]),
    TITLES,
    st.dictionaries(st.sampled_from(["project", "incident"]), st.text(max_size=50)),
    st.sampled_from(["primary", "danger", "normal"]),
    st.none() | FORMS,
)
CARDS = st.builds(
    Card,
    st.just("test"),
    LINES,
    LINES,
    st.sampled_from(["urgent", "attention", "calm", "done"]),
    st.lists(BLOCKS, max_size=6).map(tuple),
    st.lists(BUTTONS, max_size=10).map(tuple),
)


@given(CARDS, st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_card_exceeds_teams_limits(card: Card, opened: bool) -> None:  # noqa: FBT001
    """Whatever a card holds, with a form open or not, Teams takes it, every button is on it, nothing is markup."""
    form = next((one for one in card.buttons if one.form), None)
    fault = Fault(form.verb, form.args, "reason", "wrong", {"reason": "typed"}) if form and opened else None
    content = render(card, reading(), fault)
    assert faults(content) == []
    assert len(buttons(content)) == len(card.buttons) - bool(fault)
    assert list(betrayed(dict(render(card, reading(users={}), fault)), list(HOSTILE))) == []
