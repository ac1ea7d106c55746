"""The reception: the same sentence and the same press mean the same on every platform."""

from __future__ import annotations

import pytest

from bot.cards import Card, Press, Text
from bot.desk import Desk
from bot.reception import Reception, Reply
from bot.wording import Reader, plain
from store import Store


@pytest.fixture
def reception(desk: Desk, store: Store) -> Reception:
    """A reception for it."""
    return Reception(desk, store.journal)


def card(reply: Reply) -> Card:
    """The card of a reply that is one."""
    assert isinstance(reply.said, Card)
    return reply.said


def text(reception: Reception, reply: Reply) -> str:
    """The reply's line as text in English."""
    assert not isinstance(reply.said, Card)
    return plain(reply.said, reception.desk.rules.company, reception.reader("nora", "en"), reception.desk.now())


async def test_a_sentence_is_enough(reception: Reception) -> None:
    """One sentence in Hungarian is a report with cause and answer, and the receipt comes back."""
    reply = await reception.say(reception.reader("anna"), "nincs áram, nem tudok átmenni máshová", "m1")
    workplace = reception.desk.state.workplaces["anna"]
    assert (workplace.cause, workplace.can_move, workplace.out) == ("power", False, True)
    assert "R-0001" in text(reception, reply)


async def test_a_message_delivered_twice_is_one_report(reception: Reception) -> None:
    """The same message again is answered again, and recorded once."""
    for _ in range(2):
        await reception.say(reception.reader("anna"), "my workplace is unusable", "m1")
    assert reception.desk.state.receipts == 1


async def test_what_is_not_understood_is_the_menu(reception: Reception) -> None:
    """Nobody is reported on a guess, and whoever wrote it hears that first; what waits for them comes after it."""
    reply = await reception.say(reception.reader("anna", "en"), "the weather is nice")
    assert card(reply).kind == "menu"
    assert not reception.desk.state.workplaces
    await reception.say(reception.reader("anna"), "no power")
    for said in ("the weather is nice", "on duty"):
        found = card(await reception.say(Reader("anna", "en", "UTC"), said))
        assert str(found.lead[0]).startswith("That was not understood, and nothing was recorded.")
        assert found.blocks[0] == Text(("This needs you now:",))
    found = card(await reception.say(Reader("anna", "hu", "UTC"), "szép idő van"))
    assert str(found.lead[0]).startswith("Ezt nem sikerült értelmezni, és semmi sem lett rögzítve.")


async def test_whoever_asks_for_the_menu_gets_just_that(reception: Reception) -> None:
    """The word for it, a greeting or nothing at all is no misunderstanding."""
    for said in ("menu", "hello", "segítség", "  "):
        assert card(await reception.say(Reader("anna", "en", "UTC"), said)).lead == ("Nothing needs you now.",)


async def test_a_press_that_is_not_allowed_says_who_may(reception: Reception) -> None:
    """Refused in words: an agent does not approve cover."""
    await reception.say(reception.reader("anna"), "no power, cannot move")
    number = reception.desk.state.incidents["acme-de"].number
    press = Press("anna", "approve", {"project": "acme-de", "incident": number})
    reply = await reception.press(reception.reader("anna", "en"), press)
    assert reply.refused
    assert not reception.desk.state.incidents["acme-de"].covered


async def test_a_broken_press_is_refused_in_words(reception: Reception) -> None:
    """A button nobody knows, or without its arguments, changes nothing."""
    for press in (Press("anna", "explode"), Press("anna", "approve")):
        reply = await reception.press(reception.reader("anna"), press)
        assert reply.refused
    assert reception.desk.seq == 0


async def test_the_log_shows_only_what_concerns_the_reader(reception: Reception) -> None:
    """The Account Manager sees the project's lines; an agent of another project does not."""
    await reception.say(reception.reader("anna"), "no power, cannot move")
    company = reception.desk.rules.company
    stranger = next(
        person
        for person in company.people
        if not company.roles_in(person, "acme-de")
        and "acme-de" not in company.agent_of(person) + company.backup_of(person)
    )
    mine = card(await reception.say(reception.reader("nora"), "log"))
    theirs = card(await reception.say(reception.reader(stranger), "log"))
    assert mine.blocks
    assert not theirs.blocks
