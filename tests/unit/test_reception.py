"""The reception: the same sentence and the same press mean the same on every platform."""

from __future__ import annotations

import pytest

from adapters.chat.asking import form_for, without_form
from bot.cards import Card, Choice, Press, Text
from bot.desk import Desk
from bot.ports import SyncState
from bot.reception import Reception, Reply
from bot.wording import Reader, plain
from store import Store
from tests.unit.stage import START


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
    return plain(reply.said, reception.desk.rules.company, english("nora"), reception.desk.now())


def english(person: str) -> Reader:
    """Somebody who reads English."""
    return Reader(person, "en", "Europe/Budapest")


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
    assert reply.rejected
    assert not reception.desk.state.incidents["acme-de"].covered


async def test_a_broken_press_is_refused_in_words(reception: Reception) -> None:
    """A button nobody knows, or without its arguments, changes nothing."""
    for press in (Press("anna", "explode"), Press("anna", "approve")):
        reply = await reception.press(reception.reader("anna"), press)
        assert reply.rejected
    assert reception.desk.seq == 0


async def test_somebody_is_named_who_is_reported(reception: Reception) -> None:
    """In full, they are; by a part of their name, they are asked about first; and only by who may."""
    asked = await reception.press(english("sam"), Press("sam", "report_for", {}, {"person_named": "an"}))
    assert text(reception, asked).startswith("Whom do you mean by “an”: Anna (")
    assert reception.desk.seq == 0
    done = await reception.press(english("sam"), Press("sam", "report_for", {}, {"person_named": "ANNA"}))
    assert text(reception, done).endswith("Recorded for Anna.")
    refused = await reception.press(english("carl"), Press("carl", "report_for", {}, {"person_named": "bea"}))
    assert text(reception, refused).startswith("Only these can report for others: ")
    assert refused.outcome, "the rules said so, and whoever looks on has seen it"
    chosen = await reception.press(english("carl"), Press("carl", "report_for", {}, {"person": "bea"}))
    assert text(reception, chosen).startswith("For Bea only these can do this: ")
    assert list(reception.desk.state.workplaces) == ["anna"]


@pytest.mark.parametrize("sentence", ["roles", "matrix", "szerepek", "Szerepkörök", "show the roles matrix"])
async def test_whoever_asks_sees_the_roles(reception: Reception, sentence: str) -> None:
    """In English and Hungarian; an agent sees the company's roles and those of their own project, without a button."""
    said = card(await reception.say(english("anna"), sentence))
    assert said.kind == "roles"
    assert not said.buttons
    lead = card(await reception.say(english("zita"), sentence))
    assert [button.verb for button in lead.buttons] == ["change_role"]


async def test_a_role_is_changed_by_the_form_of_its_card(reception: Reception) -> None:
    """The form that the button asks is found again on every platform; its answer says who holds the role now."""
    zita = english("zita")
    (button,) = card(await reception.say(zita, "roles")).buttons
    press = Press("zita", button.verb, button.args, key="p1")
    form = form_for(press, reception.view(), zita)
    assert form == button.form
    assert form_for(Press("nora", button.verb, button.args), reception.view(), english("nora")) is None
    choice = form.fields[0] if form else None
    assert isinstance(choice, Choice)
    row = next(one.value for one in choice.options if one.value.startswith("account_manager/acme-de/"))
    fields = {"row": row, "people": "Sam, olga"}
    reply = await reception.press(zita, Press("zita", button.verb, button.args, fields, "p1"))
    assert text(reception, reply) == "Account Manager, ACME Germany now: Sam, Olga."
    again = await reception.press(zita, Press("zita", button.verb, button.args, fields, "p2"))
    assert again.rejected
    assert text(reception, again).startswith("Meanwhile this was changed to: Sam, Olga.")


async def test_a_form_nobody_offers_any_more_says_why(reception: Reception) -> None:
    """Somebody whose role is gone meanwhile is told who may, and nothing happens."""
    press = without_form(Press("nora", "change_role", {}, {"row": "ert//", "people": "nora"}))
    reply = await reception.press(english("nora"), press)
    assert text(reception, reply) == "Only these can change the roles matrix: the CMT lead or the IT manager."


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SyncState(0, None, None), "SharePoint: in step"),
        (SyncState(12, START, None), "SharePoint: 12 rows waiting since 10:00"),
        (SyncState(1, START, "unreachable"), "SharePoint: 1 row waiting since 10:00; it does not answer"),
        (SyncState(0, None, "denied"), "SharePoint: nothing is waiting; it refuses us access"),
        (SyncState(3, None, "what is this"), "SharePoint: 3 rows waiting; something is wrong with it"),
    ],
)
async def test_the_status_says_how_far_sharepoint_is(desk: Desk, store: Store, state: SyncState, words: str) -> None:
    """In words, to whoever asks, with an incident open or not; nothing where SharePoint is not set up."""
    reception = Reception(desk, store.journal, lambda: state)
    reader = english("nora")
    for sentence in ("status", "no power, cannot move"):
        asked = card(await reception.say(reader, "status"))
        lines = [
            plain(one.line, desk.rules.company, reader, desk.now()) for one in asked.blocks if isinstance(one, Text)
        ]
        assert any(line.startswith(words) for line in lines)
        await reception.say(english("anna"), sentence)
    without = card(await Reception(desk, store.journal).say(reader, "status"))
    assert not [one for one in without.blocks if isinstance(one, Text)]


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
