"""The messenger to Teams: a card and nothing beside it, once; or once more, marked, when nobody can tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.teams.failures import TeamsError
from adapters.teams.places import Place
from bot.cards import Button, Card
from bot.ports import MessageRef, SendError, Urgency
from tests.unit.teams.scripted import Say
from tests.unit.teams.sending import Sending, sending_half, texts

FIRST = Card("test", ("What now?",), ("What now?",), buttons=(Button("acknowledge", "Acknowledge", {}, "primary"),))
SECOND = Card("test", ("Done",), ("Done",))
LOST = [Say(end=True), Say(502), Say(504), Say(201, {})]


@pytest.fixture
async def sending() -> AsyncIterator[Sending]:
    """The sending half."""
    async with sending_half() as half:
        yield half


async def test_a_card_is_an_attachment_and_nothing_beside_it(sending: Sending) -> None:
    """No text, which could cost the message's id; a summary for the notification; the place comes back."""
    place = await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora"))
    (asked,) = sending.server.asked
    assert asked.path == "/v3/conversations/a%3Anora/activities"
    assert "text" not in asked.body
    assert asked.body["summary"] == "What now?"
    (attachment,) = asked.body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert "What now?" in texts(attachment["content"])
    assert place == MessageRef("teams", {**Place(sending.server.url, "a:nora", "tenant").as_json(), "id": "a:1"})


async def test_a_change_goes_to_the_message_that_is_there(sending: Sending) -> None:
    """From what the store kept of it."""
    nora = sending.account("nora")
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    kept = MessageRef("teams", dict(place.ref))
    assert await sending.messenger.update(kept, nora, SECOND) == place
    assert (sending.server.asked[1].method, sending.server.asked[1].path) == (
        "PUT",
        "/v3/conversations/a%3Anora/activities/a%3A1",
    )
    assert "Done" in texts(sending.server.asked[1].body["attachments"])


@pytest.mark.parametrize(
    ("urgency", "importance", "alert"),
    [
        (Urgency.DECISION, "high", True),
        (Urgency.COVER, None, True),
        (Urgency.NOTICE, None, None),
    ],
)
async def test_a_phone_rings_for_those_who_must_act(
    sending: Sending, urgency: Urgency, importance: str | None, *, alert: bool | None
) -> None:
    """Decisions are important and alert, questions alert, receipts do neither; a change never does."""
    nora = sending.account("nora")
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora", urgency))
    await sending.messenger.update(place, nora, SECOND)
    sent, changed = (asked.body for asked in sending.server.asked)
    assert sent.get("importance") == importance
    assert sent.get("channelData", {}).get("notification", {}).get("alert") == alert
    assert not {"importance", "channelData"} & set(changed)


# --- Ends that nobody knows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", LOST, ids=["cut", "502", "504", "no id"])
async def test_a_lost_answer_is_one_post(sending: Sending, answer: Say) -> None:
    """Nothing is sent again by itself; the courier hears that it may be there."""
    sending.server.say(answer)
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora"))
    assert (failed.value.ambiguous, failed.value.permanent) == (True, False)
    assert len(sending.server.asked) == 1


@pytest.mark.parametrize(("locale", "mark"), [("en", "(Repeated: "), ("hu", "(Ismétlés: ")])
async def test_a_repeat_says_so(sending: Sending, locale: str, mark: str) -> None:
    """In the reader's language, in the first line and in the notification; the next change takes it away."""
    nora = sending.account("nora", locale)
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora", ambiguous=True))
    await sending.messenger.update(place, nora, FIRST)
    look, posted, changed = sending.server.asked
    assert (look.method, look.path) == ("GET", "/v3/conversations/a%3Anora/pagedmembers?pageSize=50")
    assert mark in posted.body["summary"]
    assert mark in texts(posted.body["attachments"])
    assert mark not in texts(changed.body)


@pytest.mark.parametrize("answer", [Say(502), Say(end=True), Say(503)])
async def test_nothing_is_repeated_into_the_dark(sending: Sending, answer: Say) -> None:
    """As long as Teams does not answer a harmless question, no message is risked; it stays to be sent."""
    sending.server.usually = lambda _: answer
    for _ in range(5):
        with pytest.raises(SendError) as failed:
            await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora", ambiguous=True))
        assert (failed.value.permanent, failed.value.down) == (False, True)
    assert sending.posts == []


@pytest.mark.parametrize("answer", LOST, ids=["cut", "502", "504", "no id"])
async def test_a_repeat_that_is_lost_too_is_given_up(sending: Sending, answer: Say) -> None:
    """Teams answers, and still loses it: twice is enough, and somebody hears of it."""
    sending.server.say(Say(body={"members": []}), answer)
    with pytest.raises(TeamsError) as failed:
        await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora", ambiguous=True))
    assert (failed.value.code, failed.value.permanent) == ("lost_twice", True)
    assert len(sending.posts) == 1


async def test_a_repeat_that_was_not_sent_is_tried_again(sending: Sending) -> None:
    """A 429 is no message: it comes back, still as the one repeat."""
    sending.server.say(Say(body={"members": []}), Say(429, "", {"Retry-After": "60"}))
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora", ambiguous=True))
    assert not failed.value.permanent
    assert failed.value.retry_after


async def test_somebody_who_removed_the_app_is_not_reached_by_a_repeat(sending: Sending) -> None:
    """The question before it finds that out."""
    sending.server.say(Say(403, {"error": {"code": "BotNotInConversationRoster"}}))
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(sending.account("nora"), FIRST, sending.delivery("nora", ambiguous=True))
    assert failed.value.permanent
    assert sending.posts == []


# --- Chats ------------------------------------------------------------------------------------------------------------


async def test_who_never_wrote_gets_a_chat(sending: Sending) -> None:
    """Opened once, by the person's id and the server their team is on."""
    nora = sending.account("nora")
    nora = replace(nora, ref={"user": "29:nora", "service_url": sending.server.url})
    for _ in range(2):
        place = await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
        assert place.ref["conversation"] == "a:1"
    opened, *posted = sending.server.asked
    assert opened.body["members"] == [{"id": "29:nora"}]
    assert [one.path for one in posted] == ["/v3/conversations/a%3A1/activities"] * 2


@pytest.mark.parametrize("ref", [{}, {"place": "x"}, {"place": {}}, {"user": "29:nora"}])
async def test_nobody_knows_where_to_write(sending: Sending, ref: dict[str, object]) -> None:
    """An account without a conversation is a permanent end, so that the other platform or somebody hears of it."""
    nora = replace(sending.account("nora"), ref=ref)
    with pytest.raises(TeamsError) as failed:
        await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    assert (failed.value.code, failed.value.permanent) == ("no_conversation", True)
    assert sending.server.asked == []


@pytest.mark.parametrize("ref", [{}, {"id": "1"}, {"service_url": "x", "conversation": "a", "tenant": "t"}])
async def test_a_message_that_cannot_be_found_again(sending: Sending, ref: dict[str, object]) -> None:
    """Half a place is a permanent end."""
    with pytest.raises(SendError) as failed:
        await sending.messenger.update(MessageRef("teams", ref), sending.account("nora"), SECOND)
    assert failed.value.permanent


async def test_a_card_that_teams_cannot_show_is_an_error(sending: Sending) -> None:
    """For good, and nothing leaves."""
    many = tuple(Button("acknowledge", "x" * 40, {"n": "y" * 4000 + str(n)}) for n in range(40))
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(sending.account("nora"), replace(FIRST, buttons=many), sending.delivery("nora"))
    assert failed.value.permanent
    assert sending.server.asked == []


async def test_a_chat_that_is_gone_is_opened_anew(sending: Sending) -> None:
    """What was kept of it is forgotten when Teams does not know it any more."""
    nora = replace(sending.account("nora"), ref={"user": "29:nora", "service_url": sending.server.url})
    sending.server.say(Say(201, {"id": "a:old"}), Say(404, {"error": {"code": "ConversationNotFound"}}))
    with pytest.raises(SendError):
        await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    place = await sending.messenger.send(nora, FIRST, sending.delivery("nora"))
    assert place.ref["conversation"] != "a:old"
    assert [one.path for one in sending.server.asked].count("/v3/conversations") == 2
