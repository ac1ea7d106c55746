"""What people type, and what is understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    AnswerCover,
    AnswerMove,
    Cause,
    Command,
    ConfirmMoved,
    ConfirmOnDuty,
    ConfirmRestored,
    ReportWorkplace,
)
from bot.phrasebook import Kind
from bot.phrases import MENU, UNCLEAR, Intent, command_for, understand
from bot.presses import LONGEST_WORDS, BadPress
from tests.unit.wording_play import scenes

REPORTS = [
    ("my workplace is unusable", None, None),
    ("My workplace is unusable!", None, None),
    ("my wokplace is unusable", None, None),
    ("I can't work", None, None),
    ("I cannot work", None, None),
    ("i can not work right now", None, None),
    ("I’m unable to work", None, None),
    ("I cannot work again", None, None),
    ("no power", Cause.POWER, None),
    ("NO POWER", Cause.POWER, None),
    ("no powr", Cause.POWER, None),
    ("There is no electricity here", Cause.POWER, None),
    ("power cut", Cause.POWER, None),
    ("power outage at home", Cause.POWER, None),
    ("the power is out", Cause.POWER, None),
    ("power is not back yet", Cause.POWER, None),
    ("the power isn't working", Cause.POWER, None),
    ("still no power", Cause.POWER, None),
    ("power cut, can't move", Cause.POWER, False),
    ("no power, cannot move", Cause.POWER, False),
    ("no power but I can move", Cause.POWER, True),
    ("Power cut. I have nowhere to go.", Cause.POWER, False),
    ("nincs áram, nem tudok dolgozni, és átköltözni sem tudok", Cause.POWER, False),
    ("nincs net, átmenni se tudok", Cause.INTERNET, False),
    ("nincs áram, átköltözni viszont tudok", Cause.POWER, True),
    ("no internet", Cause.INTERNET, None),
    ("the internet is down", Cause.INTERNET, None),
    ("wifi not working, can't work", Cause.INTERNET, None),
    ("The power is back but there is no internet", Cause.INTERNET, None),
    ("fire", Cause.FIRE, None),
    ("There is smoke in my flat and I can't work", Cause.FIRE, None),
    ("my laptop is broken", None, None),
    ("the flat is flooded", Cause.OTHER, None),
    ("nem tudok dolgozni", None, None),
    ("Nem tudok most dolgozni", None, None),
    ("még nem tudok dolgozni", None, None),
    ("nem tudok újra dolgozni", None, None),
    ("nincs áram", Cause.POWER, None),
    ("nincs aram", Cause.POWER, None),
    ("nincs áram, nem tudok dolgozni", Cause.POWER, None),
    ("nincs áram és nem tudok átmenni máshova", Cause.POWER, False),
    ("Nincs áram, de át tudok menni", Cause.POWER, True),
    ("áramszünet van", Cause.POWER, None),
    ("aramszunet", Cause.POWER, None),
    ("aramszünett van", Cause.POWER, None),
    ("elment az áram", Cause.POWER, None),
    ("elment az internet", Cause.INTERNET, None),
    ("nincs internetem", Cause.INTERNET, None),
    ("nem működik a net", Cause.INTERNET, None),
    ("van áram, de nincs internet", Cause.INTERNET, None),
    ("tűz van", Cause.FIRE, None),
    ("TŰZ!", Cause.FIRE, None),
    ("füst", Cause.FIRE, None),
    ("füst van a lakásban, nem tudok máshova menni", Cause.FIRE, False),
    ("ég a ház", Cause.FIRE, None),
    ("használhatatlan a munkahelyem", None, None),
    ("a munkahelyem nem használható", None, None),
    ("elromlott a gépem", None, None),
    ("the power is out again", Cause.POWER, None),
    ("újra elment az áram", Cause.POWER, None),
    ("No power, what should I do?", Cause.POWER, None),
    ("my laptop won't start", None, None),
    ("There is no power, there is no internet, I cannot move", Cause.POWER, False),
    ("nem megy a net és nem tudok máshonnan dolgozni", Cause.INTERNET, False),
    ("nem jött vissza az áram", Cause.POWER, None),
    ("csőtörés", Cause.OTHER, None),
]
OTHERS = [
    ("I can work again", "restored"),
    ("i can work", "restored"),
    ("working again", "restored"),
    ("I'm back online", "restored"),
    ("the power is back", "restored"),
    ("power is back on", "restored"),
    ("internet works again", "restored"),
    ("the power cut is over", "restored"),
    ("my workplace is usable again", "restored"),
    ("újra tudok dolgozni", "restored"),
    ("ujra tudok dolgozni", "restored"),
    ("Már tudok dolgozni!", "restored"),
    ("van áram", "restored"),
    ("van már áram", "restored"),
    ("visszajött az áram", "restored"),
    ("megjött a net", "restored"),
    ("működik az internet", "restored"),
    ("vége az áramszünetnek", "restored"),
    ("I have moved", "moved"),
    ("I've moved", "moved"),
    ("moved", "moved"),
    ("I have moved and can work again", "moved"),
    ("I am working from another place", "moved"),
    ("átköltöztem", "moved"),
    ("atkoltoztem", "moved"),
    ("máshonnan dolgozom", "moved"),
    ("átmentem a szüleimhez", "moved"),
    ("I can move", "move_yes"),
    ("yes, I can move", "move_yes"),
    ("I can work from elsewhere", "move_yes"),
    ("át tudok menni", "move_yes"),
    ("tudok máshonnan dolgozni", "move_yes"),
    ("I can't move", "move_no"),
    ("cannot move", "move_no"),
    ("no, I cannot move", "move_no"),
    ("nowhere to go", "move_no"),
    ("nem tudok átmenni", "move_no"),
    ("nem tudok máshonnan dolgozni", "move_no"),
    ("nincs hova mennem", "move_no"),
    ("átköltözni sem tudok", "move_no"),
    ("on duty", "on_duty"),
    ("I am on duty", "on_duty"),
    ("I'm on duty now", "on_duty"),
    ("szolgálatban vagyok", "on_duty"),
    ("szolgalatban", "on_duty"),
    ("yes", "yes"),
    ("Yes!", "yes"),
    ("ok", "yes"),
    ("igen", "yes"),
    ("Igen, vállalom", "yes"),
    ("igen, vállalom a helyettesítést", "yes"),
    ("I can be on duty", "yes"),
    ("I cannot be on duty", "no"),
    ("nem tudom vállalni", "no"),
    ("yes I can", "yes"),
    ("no", "no"),
    ("Nem.", "no"),
    ("no, sorry", "no"),
    ("sajnos nem", "no"),
    ("nem vállalom", "no"),
    ("status", "status"),
    ("státusz", "status"),
    ("helyzet", "status"),
    ("mi a helyzet?", "status"),
    ("log", "log"),
    ("napló", "log"),
    ("help", "help"),
    ("segítség", "help"),
    ("menu", "menu"),
    ("menü", "menu"),
]
NEVER_REPORTED = [
    "",
    "   ",
    "hello",
    "thanks",
    "good morning everybody",
    "not restored yet",
    "I have not moved yet",
    "még nem költöztem át",
    "I am not on duty",
    "there is no fire",
    "no smoke here",
    "nincs tűz",
    "nincs füst",
    "nincs áramszünet",
    "no power cut here",
    "what if there is a fire?",
    "what do I do if I cannot work?",
    "mi van, ha nincs áram?",
    "fire drill tomorrow",
    "I had no power yesterday",
    "tegnap nem volt áram",
    "can I work from another place?",
    "I couldn't work but now I can work again",
    "power",
    "áram",
    "the power is not out",
    "nem tudom",
    "when is the power back?",
    "my workplace is not unusable",
    "Is the power back?",
    "van áram?",
    "nincs áram?",
    "Anna cannot work",
    "my colleague has no power",
    "Annánál nincs áram",
    "I could work if there were power",
    "I will not move",
    "a" * 1_000_000,
    "\x00\x01\x02",
    "<!channel> *bold* {cause}",
]


@pytest.mark.parametrize(("text", "cause", "can_move"), REPORTS)
def test_a_report_is_understood(text: str, cause: Cause | None, *, can_move: bool | None) -> None:
    """A sentence that says a workplace is unusable is a report, with the cause and the answer it gives."""
    assert understand(text) == Intent("report", cause, can_move)


@pytest.mark.parametrize(("text", "kind"), OTHERS)
def test_everything_else_is_understood(text: str, kind: str) -> None:
    """Answers, recoveries and questions are what they say, in both languages."""
    assert understand(text) == Intent(kind)


@pytest.mark.parametrize("text", NEVER_REPORTED)
def test_nobody_is_reported_on_a_guess(text: str) -> None:
    """What is denied, hypothetical, of another day, contradictory or unknown brings the menu."""
    assert understand(text) == (MENU if text.strip() in ("", "hello") else UNCLEAR)


def test_a_long_message_takes_no_time() -> None:
    """A megabyte of words that look like a report is looked at in its beginning only."""
    assert understand("no power " * 200_000).kind == "report"
    assert understand("nem " * 300_000) == UNCLEAR


@given(st.text(max_size=200))
def test_any_text_has_an_intent(text: str) -> None:
    """Whatever somebody types, there is an answer, and what is no word of ours reports nobody."""
    intent = understand(text)
    assert intent.cause is None or intent.kind == "report"


@given(st.sampled_from(REPORTS), st.integers(0, 30))
def test_accents_capitals_and_blanks_do_not_matter(report: tuple[str, Cause | None, bool | None], seed: int) -> None:
    """The same sentence in capitals, with more blanks or an exclamation mark is the same report."""
    text = report[0]
    loud = (text.upper(), f"  {text}  ", text.replace(" ", "   "), f"{text}!!!")[seed % 4]
    assert understand(loud) == understand(text)


def test_yes_is_about_the_one_open_question() -> None:
    """A bare yes answers the move question, or the only question to cover; with none, or both, it is the menu."""
    moving, asked = scenes()["moving"].state, scenes()["asked"].state
    assert command_for(Intent("yes"), "anna", moving) == AnswerMove("anna", "anna", can_move=True)
    assert command_for(Intent("no"), "carl", asked) == AnswerCover("carl", "acme-de", False, "2026-0001")
    assert command_for(Intent("yes"), "nora", asked) is None


def test_on_duty_is_about_the_approved_seat() -> None:
    """On duty means where one is approved; with no approval it is the menu."""
    approved = scenes()["approved"].state
    assert command_for(Intent("on_duty"), "carl", approved) == ConfirmOnDuty("carl", "acme-de", "2026-0001")
    assert command_for(Intent("on_duty"), "emil", approved) is None


def test_a_report_keeps_its_words() -> None:
    """What was typed goes along, cut when it is long; a paste is refused."""
    state = scenes()["quiet"].state
    report = command_for(Intent("report", Cause.POWER), "anna", state, " no power " + "x" * 1000)
    assert isinstance(report, ReportWorkplace)
    assert report.words is not None
    assert len(report.words) == LONGEST_WORDS
    with pytest.raises(BadPress):
        command_for(Intent("report"), "anna", state, "x" * 1_000_000)


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("move_yes", AnswerMove("anna", "anna", can_move=True)),
        ("move_no", AnswerMove("anna", "anna", can_move=False)),
        ("moved", ConfirmMoved("anna", "anna")),
        ("restored", ConfirmRestored("anna", "anna")),
        ("status", None),
        ("menu", None),
    ],
)
def test_an_intent_is_a_command_of_the_person(kind: Kind, command: Command | None) -> None:
    """Every intent that asks something of the rules is a command by and for who typed it."""
    assert command_for(Intent(kind), "anna", scenes()["quiet"].state) == command
