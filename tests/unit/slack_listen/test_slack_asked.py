"""What typed text asks in Slack."""

from __future__ import annotations

import pytest

from adapters.slack.asked import readable, typed
from bot.commands import Cause


@pytest.mark.parametrize(
    ("text", "cause", "can_move", "about"),
    [
        ("report", None, None, None),
        ("report no power, cannot move", Cause.POWER, False, None),
        ("Report: cannot move", None, False, None),
        ("report the cat is on the keyboard", None, None, None),
        ("report <@U0ABC|anna> no internet", Cause.INTERNET, None, "U0ABC"),
        ("report <@U0ABC> ", None, None, "U0ABC"),
        ("jelentés áramszünet", Cause.POWER, None, None),
        ("bejelentem", None, None, None),
    ],
)
def test_report_after_the_command_is_a_report(
    text: str, cause: Cause | None, can_move: object, about: str | None
) -> None:
    """The words only say more about it."""
    asked = typed(text, command=True)
    found = (asked.intent.kind, asked.intent.cause, asked.intent.can_move, asked.about)
    assert found == ("report", cause, can_move, about)


@pytest.mark.parametrize(
    ("text", "kind"), [("", "menu"), ("status", "status"), ("log", "log"), ("help", "help"), ("napló", "log")]
)
def test_other_words_after_the_command_are_understood(text: str, kind: str) -> None:
    """They are a sentence like any other."""
    assert typed(text, command=True).intent.kind == kind


def test_a_report_that_says_it_is_over_is_not_one() -> None:
    """Whoever writes that they can work again is not out."""
    assert typed("report I can work again", command=True).intent.kind == "restored"


@pytest.mark.parametrize("text", ["<@U0ABC> has no power", "my internet is gone, ask <@U0ABC>"])
def test_a_message_that_names_somebody_reports_nobody(text: str) -> None:
    """Nobody is reported on a guess."""
    assert typed(text, command=False).intent.kind == "menu"


def test_the_bots_own_mention_says_nothing() -> None:
    """People greet the bot by name."""
    assert typed("<@U0BOT> no power", command=False, me="U0BOT").intent.kind == "report"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("see <https://example.com|the page> or <https://example.com/x>", "see the page or https://example.com/x"),
        ("  no   power \n cannot move ", "no power \n cannot move"),
        ("<!channel> hi", "<!channel> hi"),
    ],
)
def test_slacks_markup_becomes_words(text: str, plain: str) -> None:
    """Escapes are undone once, links are their labels, line breaks stay."""
    assert readable(text) == plain
