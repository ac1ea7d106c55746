"""What typed text asks in Teams."""

from __future__ import annotations

import pytest

from adapters.teams.asked import readable, typed
from bot.ports import Json

BOT = {"id": "28:bot", "name": "Backline"}


def said(text: str, *mentioned: Json) -> Json:
    """A message."""
    entities = [{"type": "mention", "mentioned": one, "text": f"<at>{one['name']}</at>"} for one in mentioned]
    return {"text": text, "entities": [{"type": "clientInfo"}, *entities], "recipient": BOT}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("report", "report"),
        ("bejelentés", "report"),
        ("no power", "report"),
        ("nincs áram", "report"),
        ("status", "status"),
        ("helyzet", "status"),
        ("moved", "moved"),
        ("átköltöztem", "moved"),
        ("restored", "restored"),
        ("újra tudok dolgozni", "restored"),
        ("log", "log"),
        ("napló", "log"),
        ("help", "help"),
        ("segítség", "help"),
        ("what", "menu"),
        ("", "menu"),
        ("<at>Backline</at> no power", "report"),
        ("<at>Backline</at>&nbsp;report", "report"),
    ],
)
def test_commands_and_sentences_are_understood(text: str, kind: str) -> None:
    """The manifest's commands and plain sentences, in both languages."""
    assert typed(said(text, BOT)).intent.kind == kind


def test_whoever_is_mentioned_after_report_is_whom_it_is_about() -> None:
    """By the id in the entities, not by the name in the text."""
    anna = {"id": "29:anna", "name": "Anna"}
    asked = typed(said("<at>Backline</at> report <at>Anna</at> no power", BOT, anna))
    assert (asked.intent.kind, asked.about, asked.text) == ("report", "29:anna", "no power")


def test_an_address_after_report_is_whom_it_is_about() -> None:
    """In a chat where nobody can be mentioned."""
    asked = typed(said("report anna@example.com no power, cannot move"))
    assert (asked.intent.kind, asked.intent.can_move, asked.about) == ("report", False, "anna@example.com")


@pytest.mark.parametrize("text", ["<at>Anna</at> has no power", "no power, ask anna@example.com"])
def test_a_message_that_names_somebody_reports_nobody(text: str) -> None:
    """Nobody is reported on a guess."""
    asked = typed(said(text, {"id": "29:anna", "name": "Anna"}))
    assert (asked.intent.kind, asked.about) == ("menu", None)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<at>Backline</at>  no   power \n cannot move ", "no power \n cannot move"),
        ("&lt;at&gt;x&lt;/at&gt;", "<at>x</at>"),
        ("<at>unclosed", "unclosed"),
        ('<at id="0">Backline</at> hi', "hi"),
    ],
)
def test_teams_markup_becomes_words(text: str, plain: str) -> None:
    """Escapes are undone once, mentions are gone, line breaks stay."""
    assert readable(text) == plain


@pytest.mark.parametrize(
    "activity",
    [{}, {"text": 7}, {"text": "no power", "entities": 7}, {"entities": [7, {"type": "mention"}], "recipient": "x"}],
)
def test_odd_shapes_say_what_they_say(activity: Json) -> None:
    """Nothing of an activity is trusted."""
    assert typed(activity).about is None
