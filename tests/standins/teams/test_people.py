"""People in front of Teams: installing, typing, pressing, filling in, looking; and what an answer does to a card."""

from __future__ import annotations

from typing import Any

import pytest

from tests.standins.teams.caller import Caller
from tests.standins.teams.cards import TYPE
from tests.standins.teams.client import Person, Refused, Teams
from tests.standins.teams.model import APP, HOME
from tests.standins.teams.person import ERROR, NOTE, TROUBLE
from tests.standins.teams.receiver import Receiver

Json = dict[str, Any]
DONE: Json = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "fallbackText": "Accepted",
    "body": [{"type": "TextBlock", "text": "Accepted"}],
}
CAUSES = [{"title": "Power", "value": "p"}, {"title": "Network", "value": "n"}]
INNER: Json = {
    "type": "AdaptiveCard",
    "body": [
        {
            "type": "Input.Text",
            "id": "1.reason",
            "label": "Reason",
            "maxLength": 5,
            "isRequired": True,
            "errorMessage": "!",
        },
        {"type": "Input.ChoiceSet", "id": "1.cause", "label": "Cause", "choices": CAUSES, "isMultiSelect": True},
    ],
    "actions": [{"type": "Action.Execute", "title": "Send", "verb": "decline", "data": {"case": "7"}}],
}
OTHER = {**INNER, "body": [{**INNER["body"][0], "id": "2.reason"}], "actions": [{**INNER["actions"][0], "verb": "ask"}]}
CARD: Json = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "fallbackText": "Cover",
    "body": [
        {"type": "TextBlock", "text": "Can you cover?"},
        {"type": "Input.Text", "id": "note", "label": "Note"},
    ],
    "actions": [
        {
            "type": "Action.Execute",
            "title": "Accept",
            "verb": "accept",
            "associatedInputs": "none",
            "data": {"case": "7"},
        },
        {"type": "Action.ShowCard", "title": "Decline", "card": INNER},
        {"type": "Action.ShowCard", "title": "Ask", "card": OTHER},
    ],
}


@pytest.fixture
async def chat(anna: Person, caller: Caller) -> str:
    """Anna's chat, with a card in it."""
    found = str((await caller.open(anna)).body["id"])
    await caller.show(found, CARD)
    return found


def pressed(bot: Receiver) -> Json:
    """The newest invoke's value."""
    return dict(bot.got[-1].activity["value"])


# --- Coming and going -------------------------------------------------------------------------------------------------


async def test_installing(teams: Teams, bot: Receiver) -> None:
    """The bot hears twice that somebody has it, with everything it needs to write to them; once that they have not."""
    anna = await teams.person("Anna Nagy", aad="0a0a0a0a-0000-4000-8000-000000000001")
    with pytest.raises(Refused, match="no chat"):
        await anna.say("hello")
    await anna.install()
    await anna.uninstall()
    first, second, third = [one.activity for one in bot.got]
    assert (first["type"], first["action"]) == ("installationUpdate", "add")
    assert [one["id"] for one in second["membersAdded"]] == [f"28:{APP}", anna.id]
    assert (third["type"], third["action"]) == ("installationUpdate", "remove")
    assert first["from"] == {"id": anna.id, "name": "Anna Nagy", "aadObjectId": "0a0a0a0a-0000-4000-8000-000000000001"}
    assert first["conversation"] == {
        "conversationType": "personal",
        "tenantId": HOME,
        "id": first["conversation"]["id"],
    }
    assert (first["channelData"]["tenant"]["id"], first["serviceUrl"]) == (HOME, teams.service_url)
    with pytest.raises(Refused, match="not installed"):
        await anna.say("hello")


async def test_a_message_has_all_that_real_ones_have(bot: Receiver, anna: Person) -> None:
    """Ids, locale, time zone, client information: as Teams sends them."""
    sent = await anna.say("Nincs áram")
    activity = bot.got[-1].activity
    assert (sent["ok"], activity["text"], activity["channelId"]) == (True, "Nincs áram", "msteams")
    assert (activity["locale"], activity["localTimezone"]) == ("hu-HU", "Europe/Budapest")
    assert activity["entities"][-1]["type"] == "clientInfo"
    assert activity["recipient"] == {"id": f"28:{APP}", "name": "Backline"}
    assert activity["id"].isdigit()
    assert activity["timestamp"].endswith("Z")
    assert (await anna.messages())[-1]["text"] == "Nincs áram"


async def test_channels_tell_only_what_names_the_bot(teams: Teams, bot: Receiver, anna: Person) -> None:
    """In a channel the bot hears what mentions it, with the thread; not what is said beside it, nor without the app."""
    bela = await teams.person("Béla Kis")
    team = await teams.team("Support", anna, bela, channels=("General", "Incidents"))
    assert (await bela.say("@Backline hello", where="Incidents"))["shown"] == "not sent"
    await team.install(anna, channel="Incidents")
    added = bot.got[-1].activity
    known = added["channelData"]["team"]
    assert (known["id"], known["name"], set(known)) == (team.id, "Support", {"id", "name", "aadGroupId"})
    assert bot.got[-2].activity["channelData"]["settings"]["selectedChannel"]["id"] == team.channels["Incidents"]
    assert (await bela.say("nothing for the bot", where="Incidents"))["shown"] == "not sent"
    assert (await bela.say("@Backline ask @Anna Nagy", where="Support/Incidents"))["ok"]
    activity = bot.got[-1].activity
    assert activity["text"] == "<at>Backline</at> ask <at>Anna Nagy</at>"
    assert [one["mentioned"]["id"] for one in activity["entities"][:2]] == [f"28:{APP}", anna.id]
    channel = team.channels["Incidents"]
    assert activity["conversation"]["id"] == f"{channel};messageid={activity['id']}"
    assert (activity["channelData"]["teamsChannelId"], activity["conversation"]["isGroup"]) == (channel, True)
    await bela.say("@Backline again", where="Incidents", thread=activity["id"])
    assert bot.got[-1].activity["conversation"]["id"] == activity["conversation"]["id"]
    assert bot.got[-1].activity["replyToId"] == activity["id"]


async def test_group_chats_and_who_joins(teams: Teams, bot: Receiver, anna: Person) -> None:
    """A group's chat is like a channel without threads; a team tells who comes."""
    bela = await teams.person("Béla Kis")
    chat = await teams.chat("Night shift", anna, bela)
    await bela.say("@Backline hello", where="Night shift")
    assert bot.got[-1].activity["conversation"]["id"] == chat
    assert bot.got[-1].activity["conversation"]["conversationType"] == "groupChat"
    team = await teams.team("Support", anna)
    await team.install(anna)
    await team.join(bela)
    assert bot.got[-1].activity["membersAdded"] == [{"id": bela.id, "aadObjectId": bela.aad}]


# --- Pressing ---------------------------------------------------------------------------------------------------------


async def test_a_press_and_its_card(bot: Receiver, anna: Person, chat: str) -> None:
    """A press is an invoke about the message; the card that comes back takes its place."""
    bot.invoke_with(200, TYPE, DONE)
    sent = await anna.press("Accept")
    activity = bot.got[-1].activity
    assert (activity["type"], activity["name"]) == ("invoke", "adaptiveCard/action")
    assert activity["replyToId"] == (await anna.messages())[0]["id"]
    assert pressed(bot)["action"]["data"] == {"case": "7"}
    assert pressed(bot)["trigger"] == "manual"
    assert (sent["shown"], (await anna.card())["fallbackText"]) == ("card", "Accepted")
    with pytest.raises(Refused, match="no action"):
        await anna.press("Accept")
    bot.invoke_with(200, NOTE, "Somebody was faster")
    assert (await anna.press("Accept", version=0))["sees"] == "Somebody was faster"


async def test_a_form_behind_an_action(bot: Receiver, anna: Person, chat: str) -> None:
    """What is behind an action goes along with what is around it, not with what is behind another one."""
    bot.invoke_with(200, NOTE, "Noted")
    await anna.press("Send", {"reason": "ill", "Cause": ["Power", "n"], "note": "x"}, under="Decline")
    assert pressed(bot)["action"]["data"] == {"case": "7", "1.reason": "ill", "1.cause": "p,n", "note": "x"}
    with pytest.raises(Refused, match="there are 2 actions"):
        await anna.press("Send", {"reason": "ill"})
    assert (await anna.press("Decline"))["shown"] == "not sent"
    bot.invoke_with(200, NOTE, "Noted")
    assert (await anna.press(verb="ask", inputs={"reason": "why"}))["shown"] == "message"
    assert pressed(bot)["action"]["data"] == {"case": "7", "2.reason": "why"}


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({}, "Reason: !"),
        ({"reason": ""}, "Reason: !"),
        ({"reason": "too long"}, "no more than 5"),
        ({"reason": "a\nb"}, "one line"),
        ({"reason": "ill", "cause": "flood"}, "not offered"),
        ({"reason": "ill", "colour": "red"}, "no input"),
    ],
)
async def test_what_the_client_does_not_send(bot: Receiver, anna: Person, chat: str, inputs: Json, why: str) -> None:
    """Required inputs, lengths, lines and choices are held to before anything is sent."""
    before = len(bot.got)
    with pytest.raises(Refused, match=why):
        await anna.press(verb="decline", inputs=inputs)
    assert len(bot.got) == before


async def test_inputs_that_do_not_go_along(anna: Person, chat: str) -> None:
    """An action with `associatedInputs: none` takes none."""
    with pytest.raises(Refused, match="do not go with"):
        await anna.press("Accept", {"note": "x"})


@pytest.mark.parametrize(
    "answer",
    [
        500,
        404,
        202,
        {},
        {"status": 200, "body": {"statusCode": 200, "type": TYPE, "value": DONE}},
        {"statusCode": 200, "type": TYPE, "value": {"type": "AdaptiveCard"}},
        {"statusCode": 200, "type": TYPE, "value": "a card"},
        {"statusCode": 200, "type": NOTE, "value": ""},
        {"statusCode": 200, "type": "application/json", "value": {}},
        {"statusCode": 200, "type": ERROR, "value": {"code": "BadRequest", "message": "No"}},
        {"statusCode": 418, "type": ERROR, "value": {"code": "BadRequest", "message": "No"}},
        {"statusCode": 400, "type": ERROR, "value": "No"},
    ],
)
async def test_answers_that_teams_does_not_take(
    teams: Teams, bot: Receiver, anna: Person, chat: str, answer: int | Json
) -> None:
    """Anything but HTTP 200 with one of the known answers is trouble for the person, and a complaint."""
    bot.answers.append(answer)
    sent = await anna.press("Accept")
    assert sent["sees"] == TROUBLE
    assert (await teams.report())["complaints"][-1]["verb"] == "accept"
    assert (await anna.card())["fallbackText"] == "Cover"


async def test_an_error_is_read(teams: Teams, bot: Receiver, anna: Person, chat: str) -> None:
    """An error in the known form is what the person reads, and no complaint."""
    bot.invoke_with(400, ERROR, {"code": "BadRequest", "message": "Not yours"})
    sent = await anna.press("Accept")
    assert (sent["shown"], sent["sees"]) == ("error", "Not yours")
    assert (await teams.report())["complaints"] == []


async def test_an_invoke_is_not_waited_for(teams: Teams, bot: Receiver, anna: Person, chat: str) -> None:
    """A client waits so long for an invoke; it never comes again."""
    await teams.settings(invoke_seconds=0.1, retry_seconds=[0.0])
    bot.answers.append(-1)
    sent = await anna.press("Accept")
    assert (sent["sees"], sent["done"], len(sent["attempts"])) == (TROUBLE, True, 1)


# --- Looking ----------------------------------------------------------------------------------------------------------


async def test_everybody_their_own_card(teams: Teams, bot: Receiver, anna: Person, caller: Caller) -> None:
    """Who is in `userIds` looks and gets a card of their own, until the message is changed for all."""
    bela = await teams.person("Béla Kis")
    team = await teams.team("Support", anna, bela)
    await team.install(anna)
    asks = {"action": {"type": "Action.Execute", "verb": "look", "data": {"case": "7"}}, "userIds": [anna.id]}
    posted = await caller.show(team.id, {**CARD, "refresh": asks})
    bot.invoke_with(200, TYPE, DONE)
    assert (await anna.refresh("General"))["shown"] == "card"
    assert (pressed(bot)["trigger"], pressed(bot)["action"]["verb"]) == ("automatic", "look")
    assert (await anna.card("General"))["fallbackText"] == "Accepted"
    assert (await bela.card("General"))["fallbackText"] == "Cover"
    bot.invoke_with(400, ERROR, {"code": "Forbidden", "message": "Not yours"})
    await bela.refresh("General")
    assert pressed(bot)["trigger"] == "manual"
    await caller.update(team.id, posted.body["id"], {**CARD, "fallbackText": "Changed"})
    assert (await anna.card("General"))["fallbackText"] == "Changed"
    with pytest.raises(Refused, match="refreshed"):
        await anna.refresh("General")


async def test_words_to_wait_for(anna: Person, caller: Caller, chat: str) -> None:
    """What can be read in a card is found; data and what people said themselves is not."""
    assert (await anna.until("Can you cover?"))["actions"] == ["Accept", "Decline", "Send", "Ask", "Send"]
    await anna.say("I can")
    for words in ("decline", "I can"):
        with pytest.raises(TimeoutError):
            await anna.until(words, seconds=0.05)
