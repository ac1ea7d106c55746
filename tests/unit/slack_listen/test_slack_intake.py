"""What comes from Slack: recorded once, answered after the commit, refused in words."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlencode

import pytest

from bot.ports import Json
from tests.e2e.slack_stage import home_with, opened
from tests.standins.slack.client import Person, Refused
from tests.unit.slack_listen.house import indoors, see

MODES = pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])


async def pressed(person: Person, verb: str, **options: object) -> Json:
    """Press the newest button with this verb, once there is one."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await person.press(action_id=verb, **options)
            except Refused:
                await asyncio.sleep(0.01)


# --- /backline --------------------------------------------------------------------------------------------------------


@MODES
async def test_a_report_by_command_is_recorded_and_answered_with_its_receipt(*, socket_mode: bool) -> None:
    """The answer is in the command's own answer, only for whoever typed it."""
    async with indoors("anna", socket_mode=socket_mode) as house:
        sent = await house.people["anna"].command("/backline report no power")
        answer = json.loads(sent["attempts"][0]["body"])
        assert answer["response_type"] == "ephemeral"
        assert "R-0001" in answer["text"]
        assert house.reports() == ["anna"]


async def test_a_supervisor_reports_for_an_agent() -> None:
    """The named account is the person reported; the report says who did it."""
    async with indoors("anna", "sam") as house:
        sent = await house.people["sam"].command("/backline report @anna no power, cannot move")
        assert "Recorded for" in sent["attempts"][0]["body"]
        assert house.reports() == ["anna"]


async def test_a_colleague_may_not_report_for_an_agent() -> None:
    """The rules say who may, and the answer says so too."""
    async with indoors("anna", "hugo") as house:
        sent = await house.people["hugo"].command("/backline report @anna no power")
        assert sent["ok"]
        assert "only these can do this" in sent["attempts"][0]["body"]
        assert house.reports() == []


async def test_naming_somebody_unknown_records_nothing() -> None:
    """Nobody is reported in place of somebody who is not in the company file."""
    async with indoors("sam") as house:
        await house.standin.person("stranger", email="stranger@example.com")
        sent = await house.people["sam"].command("/backline report @stranger")
        assert "the person you named" in sent["attempts"][0]["body"]
        assert house.reports() == []


@pytest.mark.parametrize("words", ["", "status", "log", "help"])
async def test_the_other_words_show_a_card(words: str) -> None:
    """The menu alone, the status, the log, the help."""
    async with indoors("carl") as house:
        sent = await house.people["carl"].command(f"/backline {words}".strip())
        assert sent["sees"] == ""
        assert json.loads(sent["attempts"][0]["body"])["blocks"]


# --- direct messages --------------------------------------------------------------------------------------------------


@MODES
async def test_a_report_by_message_is_recorded_and_answered_in_the_conversation(*, socket_mode: bool) -> None:
    """One sentence is enough, in either language."""
    async with indoors("anna", socket_mode=socket_mode) as house:
        assert (await house.people["anna"].say("nem tudok dolgozni"))["ok"]
        await see(house.people["anna"], "R-0001")
        assert house.reports() == ["anna"]


async def test_edits_and_bots_are_not_listened_to() -> None:
    """An edited or deleted message, another bot's, and our own say nothing."""
    async with indoors("anna") as house:
        anna = house.people["anna"]
        for changes in (
            {"event.subtype": "message_changed"},
            {"event.subtype": "message_deleted"},
            {"event.bot_id": "B0OTHER"},
            {"event.user": "U0BACKLINE"},
            {"event.channel_type": "channel"},
        ):
            assert (await anna.say("no power", override=changes))["ok"]
        assert house.reports() == []


@pytest.mark.parametrize("again", [{}, {"new_event_id": True}])
async def test_an_event_delivered_again_counts_once(again: Json) -> None:
    """With the same id or a new one: the message is the same."""
    async with indoors("anna") as house:
        sent = await house.people["anna"].say("no power")
        for _ in range(4):
            await house.standin.advance(1)  # in the same second it has the same signature
            repeated = await house.standin.control("POST", "again", {"id": sent["id"], **again})
            assert repeated["ok"]
        assert house.reports() == ["anna"]


async def test_a_replay_byte_for_byte_is_refused() -> None:
    """The same signature is good once."""
    async with indoors("anna") as house:
        sent = await house.people["anna"].command("/backline report")
        replay = await house.standin.control("POST", "again", {"id": sent["id"], "exact": True})
        assert replay["status"] == 401
        assert house.reports() == ["anna"]


# --- the store does not take it ---------------------------------------------------------------------------------------


async def test_a_command_that_was_not_recorded_says_so() -> None:
    """Nobody is told that it worked."""
    async with indoors("anna") as house:
        await house.linked("anna")
        house.journal.broken = True
        sent = await house.people["anna"].command("/backline report")
        assert sent["ok"]
        assert "NOT recorded" in sent["attempts"][0]["body"] or "NEM lett" in sent["attempts"][0]["body"]


async def test_a_message_that_was_not_recorded_is_delivered_again_and_counts_once() -> None:
    """Slack is told to come again, also in the same second, and the person hears both."""
    async with indoors("anna") as house:
        await house.linked("anna")
        await house.standin.settings(retry_seconds=[0.0, 0.2])
        house.journal.broken = True
        sent = await house.people["anna"].say("no power")
        assert sent["attempts"][0]["status"] == 503
        await see(house.people["anna"], "NEM lett")
        house.journal.broken = False
        done = await house.standin.settle(sent)
        assert done["ok"]
        await see(house.people["anna"], "R-0001")
        assert house.reports() == ["anna"]


async def test_a_store_that_hangs_is_answered_within_three_seconds() -> None:
    """It is not certain whether it counts, and that is what is said; pressing again is safe."""
    async with indoors("anna") as house:
        await house.linked("anna")
        house.journal.slow = 2.2
        sent = await house.people["anna"].command("/backline report")
        assert sent["ok"]
        assert sent["attempts"][0]["ms"] < 3000
        assert "not certain" in sent["attempts"][0]["body"] or "Nem biztos" in sent["attempts"][0]["body"]


# --- who may not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"is_restricted": True}, "guests"),
        ({"is_ultra_restricted": True}, "guests"),
        ({"team": "T0OTHER", "is_stranger": True}, "our own workspace"),
        ({"is_bot": True}, "our own workspace"),
        ({"deleted": True}, "not in the company file"),
        ({"email": "somebody@example.com"}, "not in the company file"),
    ],
)
async def test_who_is_nobody_here_is_refused_in_words(details: Json, said: str) -> None:
    """Guests, bots, Slack Connect and unknown people: by command, message, button and form."""
    async with indoors() as house:
        person = await house.standin.person("anna", **{"email": "anna@example.com", **details})
        sent = await person.command("/backline report no power")
        assert said in sent["attempts"][0]["body"]
        assert (await person.say("no power"))["ok"]
        assert (await person.shortcut("report"))["ok"]
        assert house.reports() == []


async def test_another_workspace_is_refused_even_with_a_known_user_id() -> None:
    """The person is the pair of workspace and user."""
    async with indoors("anna") as house:
        await house.linked("anna")
        for field in ("team_id",):
            sent = await house.people["anna"].command("/backline report", override={field: "T0OTHER"})
            assert "our own workspace" in sent["attempts"][0]["body"]
        assert house.reports() == []


async def test_when_slack_does_not_say_who_it_is_nothing_is_recorded() -> None:
    """Somebody never seen, and users.info is dead: they are told within three seconds."""
    async with indoors() as house:
        await house.standin.fault("users.info", "black_hole", count=None)
        person = await house.standin.person("anna", email="anna@example.com")
        sent = await person.command("/backline report no power")
        assert "did not tell us who you are" in sent["attempts"][0]["body"]
        assert sent["attempts"][0]["ms"] < 3000
        assert house.reports() == []


async def test_somebody_known_reports_while_slacks_web_api_is_dead() -> None:
    """The way of a report does not ask Slack anything."""
    async with indoors("anna") as house:
        await house.people["anna"].command("/backline help")
        await house.standin.fault("*", "black_hole", count=None)
        sent = await house.people["anna"].command("/backline report")
        assert "R-0001" in sent["attempts"][0]["body"]
        await house.standin.heal()


# --- forms ------------------------------------------------------------------------------------------------------------


@MODES
async def test_the_form_on_home_reports(*, socket_mode: bool) -> None:
    """One button, a form in which nothing must be filled in, the receipt in the form, a Home that shows it."""
    async with indoors("carl", socket_mode=socket_mode) as house:
        carl = house.people["carl"]
        assert (await carl.open_home())["ok"]
        await home_with(carl, "My workplace is unusable")
        assert (await carl.press(action_id="report", where="home"))["ok"]
        await opened(carl)
        sent = await carl.submit({"cause": "fire", "words": "smoke & <fire>"})
        assert sent["ok"]
        assert sent["sees"] == ""
        assert "R-0001" in str(await carl.view())
        await home_with(carl, "R-0001")
        assert (await house.standin.report())["complaints"] == []


async def test_a_supervisor_reports_for_an_agent_by_a_form_on_home() -> None:
    """Chosen from a list, in which Slack searches; the answer says for whom; somebody else's agents are not in it."""
    async with indoors("sam") as house:
        sam = house.people["sam"]
        await sam.open_home()
        await home_with(sam, "Report for somebody else")
        assert (await sam.press(action_id="report_for", where="home"))["ok"]
        await opened(sam)
        assert (await sam.submit({"person": "anna", "cause": "power", "can_move": "no", "words": "her street"}))["ok"]
        assert "Recorded for" in str(await sam.view())
        assert house.reports() == ["anna"]
        assert house.desk.state.workplaces["anna"].out
        assert (await house.standin.report())["complaints"] == []


async def test_a_form_that_cannot_be_opened_does_not_cost_the_report() -> None:
    """What the form asks can be told later."""
    async with indoors("carl") as house:
        carl = house.people["carl"]
        await carl.open_home()
        await home_with(carl, "My workplace is unusable")
        await house.standin.fault("views.open", "error", error="internal_error", count=1)
        await carl.press(action_id="report", where="home")
        await home_with(carl, "R-0001")
        assert house.reports() == ["carl"]


async def test_the_shortcut_opens_the_form() -> None:
    """From anywhere in Slack."""
    async with indoors("carl") as house:
        assert (await house.people["carl"].shortcut("report"))["ok"]
        await opened(house.people["carl"])
        await house.people["carl"].submit({})
        assert house.reports() == ["carl"]


async def test_a_form_sent_twice_counts_once_and_says_the_same() -> None:
    """The answer was lost; the person sends it again."""
    async with indoors("carl") as house:
        await house.people["carl"].shortcut("report")
        await opened(house.people["carl"])
        first = await house.people["carl"].submit({})
        await house.standin.advance(1)  # in the same second it has the same signature
        again = await house.standin.control("POST", "again", {"id": first["id"]})
        assert "R-0001" in again["attempts"][0]["body"]
        assert house.reports() == ["carl"]


async def test_what_is_missing_is_said_at_the_field() -> None:
    """Another level than the recommended one needs a reason."""
    async with indoors("anna", "nora", courier=True) as house:
        await house.linked("nora")
        await house.people["anna"].command("/backline report fire, cannot move")
        nora = house.people["nora"]
        await pressed(nora, "declare")
        await opened(nora)
        sent = await nora.submit({"level": "3"}, anyway=True)
        answer = json.loads(sent["attempts"][0]["body"])
        assert answer["response_action"] == "errors"
        assert set(answer["errors"]) == {"reason"}
        assert sent["sees"] == ""
        assert house.desk.state.incidents["acme-de"].declared == 1


async def test_a_form_for_what_is_over_says_why() -> None:
    """Somebody else closed the incident while the form was open."""
    async with indoors("anna", "nora", courier=True) as house:
        await house.linked("nora")
        await house.people["anna"].command("/backline report fire, cannot move")
        nora = house.people["nora"]
        await pressed(nora, "declare")
        await opened(nora)
        await house.people["anna"].command("/backline I can work again")
        await pressed(nora, "stand_down")
        sent = await nora.submit({"level": "3", "reason": "late"})
        assert sent["sees"] == ""
        assert json.loads(sent["attempts"][0]["body"])["response_action"] == "update"
        assert "acme-de" not in house.desk.state.incidents


# --- presses ----------------------------------------------------------------------------------------------------------


async def test_a_stale_press_is_answered_with_who_decided() -> None:
    """Two may approve; the second is told by whom and when it was decided."""
    async with indoors("anna", "carl", "nora", "sam", courier=True) as house:
        for name in ("carl", "nora", "sam"):
            await house.linked(name)
        await house.people["anna"].command("/backline report fire, cannot move")
        await pressed(house.people["carl"], "cover_yes")
        nora, sam = house.people["nora"], house.people["sam"]
        old = await nora.until("'approve'")
        assert (await pressed(sam, "approve"))["ok"]
        assert (await nora.press(action_id="approve", ts=old["ts"], version=0))["ok"]
        await see(nora, "Erről már született döntés")


async def test_a_button_nobody_knows_is_answered_in_words() -> None:
    """200 for Slack, a sentence for the person, a count for the operator."""
    async with indoors("carl", courier=True) as house:
        await house.people["carl"].command("/backline report")
        sent = await pressed(house.people["carl"], "move_no", override={"actions.0.action_id": "explode"})
        assert sent["ok"]
        await see(house.people["carl"], "not known any more")
        assert ("action", "odd") in house.counts.results


@pytest.mark.parametrize(
    "url", ["https://evil.example.com/x", "https://hooks.slack.com@evil.example.com/", "file:///x"]
)
async def test_no_request_goes_to_a_hostile_response_url(url: str) -> None:
    """Only Slack's own address is answered; the press counts all the same."""
    async with indoors("carl", courier=True) as house:
        await house.people["carl"].command("/backline report")
        sent = await pressed(house.people["carl"], "move_no", override={"response_url": url})
        assert sent["ok"]
        assert house.desk.state.workplaces["carl"].out


async def test_odd_payloads_are_answered_200_and_counted() -> None:
    """Unknown events, views and shortcuts, and payloads that lack what they always have."""
    async with indoors("carl") as house:
        bodies: list[Json] = [
            {"type": "event_callback", "event": {"type": "team_rename"}, "team_id": "T0STANDIN"},
            {"type": "event_callback", "event": 7},
            {"type": "event_callback"},
            {"type": "what"},
            {},
        ]
        for body in bodies:
            raw = {"body": json.dumps(body), "headers": {"Content-Type": "application/json"}}
            assert (await house.standin.control("POST", "raw", raw))["status"] == 200
        payloads: list[Json] = [
            {"type": "block_actions"},
            {"type": "block_actions", "user": {"id": "U1"}, "team": None, "actions": [7]},
            {"type": "view_submission", "user": {"id": house.people["carl"].id, "team_id": "T0STANDIN"}, "view": {}},
            {"type": "shortcut", "callback_id": "other", "user": {"id": "U1", "team_id": "T0STANDIN"}},
            {"type": "message_action", "callback_id": "x"},
        ]
        for payload in payloads:
            raw = {"body": urlencode({"payload": json.dumps(payload)})}
            raw["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
            assert (await house.standin.control("POST", "raw", raw))["status"] == 200
        assert ("event", "odd") in house.counts.results


async def test_the_challenge_is_answered() -> None:
    """Slack asks once whether we are who we say."""
    async with indoors() as house:
        assert (await house.standin.control("POST", "verify_url", {}))["ok"]
