"""Buttons and forms on cards in Teams: committed, then answered with the card as it stands now."""

from __future__ import annotations

import asyncio

from bot.ports import Json
from tests.standins.teams.client import Person
from tests.unit.teams_listen.house import Indoors, indoors, pressed, until

REPORT = "My workplace is unusable"


def fine(sent: Json) -> Json:
    """Answered with a card, in time."""
    assert sent["ok"], sent
    assert (sent["shown"], sent["sees"]) == ("card", "")
    return sent


def answered(sent: Json) -> str:
    """All that can be read in the answer."""
    return str(sent["answer"])


async def no_complaints(house: Indoors) -> None:
    """Teams took every call and every answer."""
    assert await house.standin.report() == {"violations": [], "complaints": []}


# --- The way of a report ----------------------------------------------------------------------------------------------


async def test_the_button_of_the_greeting_reports() -> None:
    """One card, one button; nothing in its form must be filled in; the same card shows the receipt."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        sent = fine(await carl.press(verb="report", under=REPORT))
        assert "R-0001" in answered(sent)
        assert house.reports() == ["carl"]
        shown = (await carl.messages())[-1]
        assert shown["own"]
        assert "I have moved" in shown["actions"]
        await no_complaints(house)


async def test_what_the_form_asks_is_recorded() -> None:
    """Cause, whether they can move, and their words."""
    async with indoors("carl") as house:
        inputs = {"cause": "fire", "can_move": "no", "words": "smoke & <fire>"}
        fine(await house.people["carl"].press(verb="report", under=REPORT, inputs=inputs))
        known = house.desk.state.workplaces["carl"]
        assert (str(known.cause), known.can_move) == ("fire", False)


async def test_pressed_again_it_says_what_is_known() -> None:
    """From an old copy of the card: nothing is recorded twice."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        fine(await carl.press(verb="report", under=REPORT))
        again = fine(await carl.press(verb="report", under=REPORT, version=0))
        assert "already recorded" in answered(again)
        assert house.reports() == ["carl"]


async def test_a_press_delivered_again_counts_once_and_says_the_same() -> None:
    """The answer was lost on its way."""
    async with indoors("carl") as house:
        first = fine(await house.people["carl"].press(verb="report", under=REPORT))
        again = await house.standin.again(first, exact=True)
        assert again["status"] == 200
        assert "R-0001" in again["body"]
        assert house.reports() == ["carl"]


async def test_the_workplaces_card_changes_at_once_and_other_copies_follow() -> None:
    """The answer has the result on top; the update has the card as everybody keeps it."""
    async with indoors("carl", courier=True) as house:
        carl = house.people["carl"]
        await carl.say("no power")
        sent = fine(await pressed(carl, "move_no"))
        assert "Recorded: cannot move" in answered(sent)
        assert "You count as out" in answered(sent)
        sent = fine(await pressed(carl, "restored"))
        assert "Thank you" in answered(sent)
        await carl.until("your workplace is usable again")
        await no_complaints(house)


async def test_a_report_for_somebody_else_is_no_card_of_mine() -> None:
    """Whoever sends a colleague's receipt along is told in words, and sees nothing of the report."""
    async with indoors("anna", "carl", courier=True) as house:
        await house.people["anna"].say("no power, cannot move")
        await house.people["carl"].say("no power")
        override = {"value.action.data.backline.args.person": "anna", "value.action.data.backline.args.receipt": "1"}
        sent = await pressed(house.people["carl"], "restored", override=override)
        assert sent["shown"] == "message"
        assert "only these can do this" in sent["sees"]
        assert house.desk.state.workplaces["anna"].out


# --- Cover and decisions ----------------------------------------------------------------------------------------------


async def offered(house: Indoors) -> None:
    """Anna is out, and Carl has offered to cover."""
    assert (await house.people["anna"].say("fire, cannot move"))["ok"]
    fine(await pressed(house.people["carl"], "cover_yes"))


async def test_an_offer_and_its_approval_change_the_pressed_cards() -> None:
    """Each for whoever pressed, in their language."""
    async with indoors("anna", "carl", "nora", courier=True) as house:
        await house.people["anna"].say("fire, cannot move")
        sent = fine(await pressed(house.people["carl"], "cover_yes"))
        assert "your offer for ACME Germany waits for approval" in answered(sent)
        sent = fine(await pressed(house.people["nora"], "approve"))
        assert "jóváhagy" in answered(sent)
        await house.people["carl"].until("Approved: please be on duty")
        fine(await pressed(house.people["carl"], "on_duty"))
        assert house.desk.state.incidents["acme-de"].on_duty == 1
        await no_complaints(house)


async def test_a_stale_press_is_answered_with_who_decided() -> None:
    """Two may approve; the second sees by whom and when it was decided, on the card as it stands now."""
    async with indoors("anna", "carl", "nora", "sam", courier=True) as house:
        await offered(house)
        nora, sam = house.people["nora"], house.people["sam"]
        old = await nora.until_that(lambda one: "Helyettesítés jóváhagyása" in one["actions"])
        fine(await pressed(sam, "approve"))
        await nora.until_that(lambda one: one["id"] == old["id"] and "Helyettesítés jóváhagyása" not in one["actions"])
        sent = fine(await nora.press(verb="approve", message=old["id"], version=old["versions"] - 1))
        assert "Erről már született döntés" in answered(sent)
        assert "Sam" in answered(sent)


async def test_fifty_presses_at_once_are_one_decision() -> None:
    """One wins; the others see what was decided."""
    async with indoors("anna", "carl", "nora", courier=True) as house:
        await offered(house)
        nora = house.people["nora"]
        old = await nora.until_that(lambda one: "Helyettesítés jóváhagyása" in one["actions"])
        await asyncio.gather(
            *(nora.press(verb="approve", message=old["id"], version=old["versions"] - 1) for _ in range(50))
        )
        approvals = [event for event in house.seen.events if type(event).__name__ == "CoverApproved"]
        assert len(approvals) == 1


# --- Forms ------------------------------------------------------------------------------------------------------------


async def declaring(house: Indoors) -> Person:
    """The manager, who may declare a level."""
    assert (await house.people["anna"].say("fire, cannot move"))["ok"]
    nora = house.people["nora"]
    await nora.until_that(lambda one: "Szint elrendelése" in one["actions"])
    return nora


async def test_what_is_missing_is_said_at_the_field_and_what_was_typed_stays() -> None:
    """Another level than the recommended one needs a reason; the form is open, the level still chosen."""
    async with indoors("anna", "nora", courier=True) as house:
        nora = await declaring(house)
        sent = fine(await pressed(nora, "declare", under="Szint elrendelése", inputs={"level": "3", "reason": "   "}))
        shown = str(sent["answer"]["value"])
        assert "'value': '3'" in shown
        assert "add meg az okot" in shown
        assert house.desk.state.incidents["acme-de"].declared == 1
        fine(await pressed(nora, "declare", inputs={"level": "3", "reason": "Nobody answers."}))
        assert house.desk.state.incidents["acme-de"].declared == 3
        await no_complaints(house)


async def test_the_reason_somebody_gave_is_on_the_card_that_answers() -> None:
    """It is kept beside the journal, and read for the answer."""
    async with indoors("anna", "nora", courier=True) as house:
        nora = await declaring(house)
        sent = fine(
            await pressed(
                nora, "declare", under="Szint elrendelése", inputs={"level": "3", "reason": "Nobody answers."}
            )
        )
        assert "Nobody answers." in answered(sent)


async def test_a_button_whose_form_did_not_fit_opens_it() -> None:
    """Nothing is done; the same card comes back with the form on it."""
    async with indoors("anna", "nora", courier=True) as house:
        nora = await declaring(house)
        sent = fine(
            await pressed(
                nora,
                "declare",
                under="Szint elrendelése",
                inputs={"level": "3", "reason": "x"},
                override={"value.action.data.backline.asks": True},
            )
        )
        assert "Input.Text" in str(sent["answer"]["value"]["body"])
        assert house.desk.state.incidents["acme-de"].declared == 1


async def test_a_form_for_what_is_over_says_why() -> None:
    """Somebody else closed the incident meanwhile."""
    async with indoors("anna", "nora", courier=True) as house:
        nora = await declaring(house)
        old = await nora.until_that(lambda one: "Szint elrendelése" in one["actions"])
        await house.people["anna"].say("I can work again")
        fine(await pressed(nora, "stand_down"))
        sent = fine(
            await nora.press(
                verb="declare",
                under="Szint elrendelése",
                inputs={"level": "3", "reason": "late"},
                message=old["id"],
                version=old["versions"] - 1,
            )
        )
        assert "nincs nyitott" in answered(sent)
        assert "acme-de" not in house.desk.state.incidents


# --- Not ours ---------------------------------------------------------------------------------------------------------


async def test_a_button_nobody_knows_is_answered_in_words() -> None:
    """200 for Teams, a sentence for the person, a count for the operator."""
    async with indoors("carl") as house:
        sent = await house.people["carl"].press(verb="report", under=REPORT, override={"value.action.verb": "explode"})
        assert (sent["shown"], "not known any more" in sent["sees"]) == ("message", True)
        assert ("action", "odd") in house.counts.results
        assert house.reports() == []


async def test_a_guest_presses_nothing() -> None:
    """The role is looked at when it is pressed, whoever the card was shown to."""
    async with indoors("carl") as house:
        guest = await house.standin.person("guest", email="guest@example.com", guest=True)
        override = {"from.id": guest.id, "from.aadObjectId": guest.aad}
        sent = await house.people["carl"].press(verb="report", under=REPORT, override=override)
        assert sent["attempts"][0]["status"] == 200
        assert "Semmi sem lett rögzítve" in str(sent["answer"])
        assert house.reports() == []


# --- In a channel -----------------------------------------------------------------------------------------------------


async def in_a_channel(house: Indoors) -> Json:
    """A level 3 incident, whose card stands in the team's channel."""
    team = await house.standin.team("Continuity", *house.people.values())
    await team.install(house.people["nora"])
    await until(lambda: house.store.directory.accounts("#team"))
    nora = await declaring(house)
    fine(await pressed(nora, "declare", under="Szint elrendelése", inputs={"level": "3", "reason": "Nobody answers."}))
    return await nora.until("ACME Germany", where="General")


async def test_in_a_channel_everybody_sees_what_they_may_press() -> None:
    """The card is the same for all; whoever steers sees buttons of their own when they look at it."""
    async with indoors("anna", "nora", "zita", courier=True) as house:
        common = await in_a_channel(house)
        assert common["actions"] == []
        nora, anna = house.people["nora"], house.people["anna"]
        sent = fine(await nora.refresh(where="General"))
        assert "Szint elrendelése" in str(sent["answer"]["value"]["actions"])
        assert sent["answer"]["value"]["refresh"]["userIds"] == [nora.id]
        refused = await anna.refresh(where="General")
        assert refused["shown"] == "error"
        seen = next(one for one in await anna.messages("General") if one["id"] == common["id"])
        assert (seen["actions"], seen["own"]) == ([], False)
        await no_complaints(house)


async def test_a_press_in_a_channel_changes_the_card_for_whoever_pressed_and_then_for_all() -> None:
    """Their view asks for itself again when the card changes."""
    async with indoors("anna", "nora", "zita", courier=True) as house:
        common = await in_a_channel(house)
        nora = house.people["nora"]
        fine(await nora.refresh(where="General", message=common["id"]))
        inputs = {"level": "4", "reason": "Nobody is left."}
        sent = fine(await nora.press(verb="declare", under="Szint elrendelése", inputs=inputs, where="General"))
        assert "Nobody is left." in answered(sent)
        assert sent["answer"]["value"]["refresh"]["userIds"] == [nora.id]
        anna = house.people["anna"]
        await anna.until_that(
            lambda one: one["id"] == common["id"] and one["versions"] > common["versions"], where="General"
        )
        assert house.desk.state.incidents["acme-de"].declared == 4
        await no_complaints(house)
