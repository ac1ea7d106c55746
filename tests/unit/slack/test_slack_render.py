"""Cards as Slack messages: golden files, Slack's limits, and texts that want to be more than text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.chat.text import shorten, size
from adapters.slack.render import action_of, render, render_line, version_of
from bot.cards import Button, Card, Facts, Form, Instant, Line, Mention, Text, Words
from bot.wording import superseded
from tests.unit.slack.showing import GOLDEN, LANGUAGES, faults, golden, nodes, reading
from tests.unit.wording_play import GALLERY, START, reader, shown

LATER = START + timedelta(minutes=30)
HOSTILE = (
    "<!channel> <!here> <!everyone>",
    "<@U0NORA> @nora @here #general",
    "<https://evil.example.com|your bank> https://evil.example.com",
    "*bold* _it_ ~no~ `code` ```block```",
    "&lt;!channel&gt; &amp;lt;@U1&amp;gt;",
    "> quote\n> more",
    ":fire::skull: :+1:",
    "abc\u202egnp.exe\u2066x\u2069 \u200bz\u200d\ufeff",
    "\x00\x07\x1b[31m\r\n\t\x7f\x9f",
    "שלום עולם مرحبا",
    "half \ud800 pair 😀",
    "<!date^0^{date}|x> <!subteam^S1> <#C1>",
)
_ACTIVE = re.compile(r"<[@!#]|<https?:|<mailto:")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GALLERY)
def test_a_card_of_every_kind_looks_as_it_was_approved(name: str, language: str) -> None:
    """Every card of the gallery, in both languages, is the message in its golden file, and Slack takes it."""
    message = render(shown(name, language), reading(GALLERY[name][2], language))
    assert faults(message) == []
    golden(f"{language}/{name}", message)


@pytest.mark.parametrize("name", GALLERY)
def test_an_older_copy_is_a_message_too(name: str) -> None:
    """What is left of a card that was posted again is taken by Slack, and has no button."""
    message = render(superseded(shown(name, "hu"), reader("nora", "hu"), "ACME Germany"), reading())
    assert faults(message) == []
    assert not list(nodes(message["blocks"], "button"))


def test_no_golden_file_is_left_over() -> None:
    """Every golden file belongs to a card of the gallery, in both languages."""
    for language in LANGUAGES:
        assert {path.stem for path in (GOLDEN / language).glob("*.json")} == set(GALLERY)


def _card(*lines: Line, **more: object) -> Card:
    blocks = tuple(Text(line) for line in lines)
    return replace(Card("test", ("Lead",), ("Summary",), blocks=blocks), **more)  # type: ignore[arg-type]


def _texts(message: dict[str, object]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


@pytest.mark.parametrize("text", HOSTILE)
def test_peoples_words_are_inert(text: str) -> None:
    """Mentions, links, markup, emoji codes and control characters somebody typed are shown and do nothing."""
    line: Line = (Words(text),)
    facts = Facts((("Reason", line), (text[:20], line)))
    message = render(Card("test", line, line, blocks=(Text(line), Text(line, subtle=True), facts)), reading())
    assert faults(message) == []
    for one in nodes(message["blocks"], "mrkdwn"):
        assert not _ACTIVE.search(one["text"])
    assert not [kind for kind in ("user", "link", "broadcast", "emoji", "channel") if list(nodes(message, kind))]
    assert not _ACTIVE.search(message["text"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", _texts(message))
    assert "@here" not in message["text"]


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_our_own_words_are_inert_too(text: str) -> None:
    """A project or a person that is called something active is shown by that name, and pings nobody."""
    line: Line = ("Project ", text, ": ", Mention(text))
    button = Button("approve", text, {"project": text})
    message = render(Card("test", line, line, blocks=(Facts(((text, line),)),), buttons=(button,)), reading())
    assert faults(message) == []
    assert not [one for one in nodes(message, "mrkdwn") if _ACTIVE.search(one["text"])]
    assert action_of(next(nodes(message, "button"))).args == {"project": text}


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "😀" * 500_000, "&" * 1_000_000, "@a" * 400_000])
def test_a_megabyte_is_cut_and_the_cut_shows(text: str) -> None:
    """However long the words are, the message fits, says that something is missing, and keeps its buttons."""
    line: Line = (Words(text),)
    button = Button("approve", "Approve", {}, "primary")
    blocks = (Text(line), Text((text,)), Facts((("Reason", line),)))
    message = render(Card("test", line, line, blocks=blocks, buttons=(button,)), reading())
    assert faults(message) == []
    assert "…" in _texts(message)
    assert "…" in message["text"]
    assert len(list(nodes(message, "button"))) == 1


def test_three_thousand_characters_are_shown_whole() -> None:
    """A text as long as a section of Slack is not cut, whatever signs are in it."""
    for sign in ("x", "&", "*"):
        text = (sign * 9 + " ") * 300
        message = render(_card((text,)), reading())
        assert faults(message) == []
        shown_text = "".join(one.get("text", "") for one in nodes(message, "text") if isinstance(one["text"], str))
        sections = "".join(one["text"] for one in nodes(message, "mrkdwn"))
        assert (shown_text + sections).count(sign) >= 2_700


def test_two_hundred_people_fit() -> None:
    """Of two hundred names with the longest spelling, as many are shown as fit, and the rest is counted."""
    people = tuple(f"p{n}" for n in range(200))
    users = {person: f"U{place:010d}" for place, person in enumerate(people)}
    company = reading().company
    known = {one: replace(company.people["anna"], id=one, name=f"{one} {'Árvíztűrő ' * 12}") for one in people}
    linked = replace(reading(users=users), company=replace(company, people={**company.people, **known}))
    named = replace(linked, users={})
    line: Line = tuple(part for person in people for part in (Mention(person), ", "))
    for one in (linked, named):
        message = render(_card(blocks=(Facts((("Out", line),)), Text(line))), one)
        assert faults(message) == []
        assert len(re.findall(r"… and 1\d\d more", _texts(message))) == 2


def test_many_rows_are_counted_and_every_button_stays() -> None:
    """What does not fit is said in numbers; never a button is lost."""
    rows = tuple((f"Row {n}", (f"value {n} " * 30,)) for n in range(300))
    buttons = tuple(Button("factor_yes", f"Check {n}: yes", {"factor": str(n)}) for n in range(60))
    message = render(Card("test", ("Lead",), ("Sum",), blocks=(Facts(rows),), buttons=buttons), reading())
    assert faults(message) == []
    assert [action_of({**one, "block_id": "v:1"}).args["factor"] for one in nodes(message, "button")] == [
        str(n) for n in range(60)
    ]
    assert re.search(r"… and 2\d\d more", _texts(message))


def test_more_buttons_than_a_message_takes_is_an_error() -> None:
    """A card that could only be shown with buttons missing is not shown."""
    buttons = tuple(Button("factor_yes", "x", {"factor": str(n)}) for n in range(376))
    with pytest.raises(ValueError, match="376 buttons"):
        render(_card(buttons=buttons), reading())


def test_arguments_too_long_are_an_error() -> None:
    """A button never carries cut ids."""
    with pytest.raises(ValueError, match="approve"):
        render(_card(buttons=(Button("approve", "x", {"project": "p" * 2_000}),)), reading())


def test_a_naive_instant_is_an_error() -> None:
    """A moment without a zone would be shown wrong."""
    naive = Instant(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="time zone"):
        render(_card((naive,)), reading())


@pytest.mark.parametrize("style", ["time", "datetime", "countdown"])
def test_a_moment_is_the_readers_own(style: str) -> None:
    """Slack shows it in the reader's zone; what cannot, in the zone of the company file; nothing counts down."""
    instant = Instant(LATER, style)  # type: ignore[arg-type]
    message = render(_card(("by ", instant), summary=("by ", instant)), reading())
    section = message["blocks"][1]["text"]["text"]
    assert re.fullmatch(rf"by <!date\^{int(LATER.timestamp())}\^[^|]*\{{time\}}\|10:30>", section)
    assert message["text"] == "by 10:30"


def test_a_moment_of_another_day_has_its_day() -> None:
    """Tomorrow's 10:30 does not look like today's."""
    instant = Instant(LATER + timedelta(days=1))
    message = render(_card((instant,), summary=(instant,)), reading())
    assert "{date_short_pretty}" in message["blocks"][1]["text"]["text"]
    assert message["text"] == "Tue 3 Mar, 10:30"


def test_a_moment_beside_peoples_words_is_a_date_too() -> None:
    """Where words force rich text, moments and people are still nodes."""
    message = render(_card((Words("hm"), " ", Instant(LATER), " ", Mention("nora"), Mention("zita"))), reading())
    section = message["blocks"][1]
    assert [one["fallback"] for one in nodes(section, "date")] == ["10:30"]
    assert [one["user_id"] for one in nodes(section, "user")] == ["U0NORA"]
    assert "Zita" in json.dumps(section)


def test_another_version_has_other_block_ids() -> None:
    """A press on an old copy can be told from one on the new copy; the same card again has the same ids."""
    old, new = shown("offers_waiting", "en"), shown("offers_waiting-approved", "en")
    first, again, later = (render(card, reading()) for card in (old, old, new))
    versions = [{version_of(block["block_id"]) for block in one["blocks"]} for one in (first, again, later)]
    assert versions[0] == versions[1]
    assert not versions[0] & versions[2]


def test_a_press_comes_back_as_it_was_made() -> None:
    """Verb, arguments, whether there is a form, and the version."""
    form = Form("T", (), "S")
    buttons = (Button("approve", "A", {"project": "p", "incident": "i"}), Button("declare", "D", {"x": "1"}, form=form))
    message = render(_card(buttons=buttons), reading())
    block = message["blocks"][-1]
    found = [action_of({**one, "block_id": block["block_id"]}) for one in block["elements"]]
    assert [(one.verb, one.args, one.asks) for one in found] == [
        ("approve", {"project": "p", "incident": "i"}, False),
        ("declare", {"x": "1"}, True),
    ]
    assert {one.version for one in found} == {version_of(block["block_id"])}


@pytest.mark.parametrize("action", [{}, {"action_id": "a", "value": "{"}, {"action_id": "a", "value": "[1]"}])
def test_a_foreign_press_is_an_error(action: dict[str, str]) -> None:
    """A button that is not ours says so, rather than something."""
    with pytest.raises(ValueError, match="not Backline's"):
        action_of(action)


def test_one_primary_and_danger_only_where_the_card_says() -> None:
    """Of several primary buttons the first one stays; nothing becomes dangerous by itself."""
    styles = ("primary", "normal", "primary", "danger")
    buttons = tuple(Button(f"v{n}", "x", style=style) for n, style in enumerate(styles))  # type: ignore[arg-type]
    message = render(_card(buttons=buttons), reading())
    assert [one.get("style") for one in nodes(message, "button")] == ["primary", None, None, "danger"]


def test_an_answer_is_a_message() -> None:
    """A line said at once has text and blocks."""
    message = render_line(("Recorded. Receipt ", "R-0001", ". ", Words("<!here>")), reading())
    assert faults(message) == []
    assert message["text"] == "Recorded. Receipt R-0001. &lt;!here&gt;"


def test_shortening_keeps_whole_words() -> None:
    """A cut shows, is inside the limit, and not in the middle of a word where there is another place."""
    assert shorten("Choose people now", 10) == "Choose…"
    assert shorten("Szintelrendelés", 10) == "Szintelre…"
    assert size(shorten("😀" * 30, 24)) <= 24


# --- Any card ---------------------------------------------------------------------------------------------------------

LONG = ("x" * 3_000, "000\U00010000" * 700, "& " * 1_500, "word * " * 700)
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([*HOSTILE, *LONG]))
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
BUTTONS = st.builds(
    Button,
    st.sampled_from(["approve", "declare", "factor_yes"]),
    TEXTS,
    st.dictionaries(st.sampled_from(["project", "incident"]), st.text(max_size=100)),
    st.sampled_from(["primary", "danger", "normal"]),
)
CARDS = st.builds(
    Card,
    st.just("test"),
    LINES,
    LINES,
    st.just("calm"),
    st.lists(BLOCKS, max_size=6).map(tuple),
    st.lists(BUTTONS, max_size=10).map(tuple),
)


@given(CARDS)
@settings(max_examples=100, deadline=None)
def test_no_card_exceeds_slacks_limits(card: Card) -> None:
    """Whatever a card holds, Slack takes it, and every button is on it."""
    message = render(card, reading())
    assert faults(message) == []
    assert len(list(nodes(message["blocks"], "button"))) == len(card.buttons)
