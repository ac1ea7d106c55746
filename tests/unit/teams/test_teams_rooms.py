"""Rooms in Teams: a thread in the channel that has the app, begun by the status card."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.teams.places import CHANNEL_TENANT, PLATFORM, TEAM, Place
from bot.cards import Card
from bot.ports import Account, Room, SendError
from tests.unit.teams.scripted import Say
from tests.unit.teams.sending import Sending, sending_half

STATUS = Card("room_opened", ("Level 3",), ("Level 3",), id="incident:2026-0001")
CHANNEL = "19:c@thread.tacv2"


def room(*, is_open: bool = True) -> Room:
    """The incident's."""
    return Room("#2026-0001", "incident-2026-0001-acme-de", "Level 3", ("nora", "zita", "bea"), is_open)


@pytest.fixture
async def sending() -> AsyncIterator[Sending]:
    """The sending half; Nora and Zita are in Teams."""
    async with sending_half() as half:
        for person in ("nora", "zita"):
            await half.store.directory.link(half.account(person))
        yield half


async def added(sending: Sending, channel: str = CHANNEL) -> None:
    """The app was added to a team."""
    place = Place(sending.server.url, channel, "tenant")
    ref = {"place": place.as_json(), "team": "19:team"}
    await sending.store.directory.link(Account(TEAM, PLATFORM, CHANNEL_TENANT, channel, ref=ref))


async def test_without_a_team_there_is_no_room(sending: Sending) -> None:
    """An app cannot make channels."""
    assert await sending.rooms.room(room()) is None


async def test_the_first_message_begins_a_thread(sending: Sending) -> None:
    """It goes to the channel; later ones into its thread, also after a restart."""
    await added(sending)
    account = await sending.rooms.room(room())
    assert account
    place = await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001"))
    await sending.rooms.pin(account, place)
    (begun,) = sending.server.asked
    assert begun.path == "/v3/conversations"
    assert begun.body["channelData"]["channel"]["id"] == CHANNEL

    account = await sending.rooms.room(room())
    assert account
    assert account.user == place.ref["conversation"] == f"{CHANNEL};messageid=1"
    await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001"))
    assert sending.server.asked[1].path == "/v3/conversations/19%3Ac%40thread.tacv2%3Bmessageid%3D1/activities"
    await sending.messenger.update(place, account, STATUS)
    assert sending.server.asked[2].path.endswith("messageid%3D1/activities/1")


async def test_the_timeline_goes_below_the_card(sending: Sending) -> None:
    """A line that comes before there is a thread waits, rather than begin one of its own."""
    await added(sending)
    line = Card("timeline", ("10:00 level 4",), ("10:00 level 4",))
    account = await sending.rooms.room(room())
    assert account
    with pytest.raises(SendError) as failed:
        await sending.messenger.send(account, line, sending.delivery("#2026-0001"))
    assert (failed.value.permanent, failed.value.ambiguous, sending.server.asked) == (False, False, [])
    await sending.rooms.pin(account, await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001")))
    account = await sending.rooms.room(room())
    assert account
    place = await sending.messenger.send(account, line, sending.delivery("#2026-0001"))
    assert place.ref["conversation"] == f"{CHANNEL};messageid=1"


async def test_each_incident_has_its_thread(sending: Sending) -> None:
    """Two incidents, two threads in one channel."""
    await added(sending)
    for number in ("#2026-0001", "#2026-0002"):
        asked = Room(number, "x", "x", (), open=True)
        account = await sending.rooms.room(asked)
        assert account
        await sending.rooms.pin(account, await sending.messenger.send(account, STATUS, sending.delivery(number)))
    accounts = [(await sending.rooms.room(Room(n, "x", "x", (), open=True))) for n in ("#2026-0001", "#2026-0002")]
    assert [account and account.user for account in accounts] == [f"{CHANNEL};messageid={n}" for n in (1, 2)]


async def test_those_who_steer_see_it_as_theirs(sending: Sending) -> None:
    """Teams asks for the card of those who may press something; who is not in Teams is left out."""
    await added(sending)
    account = await sending.rooms.room(room())
    assert account
    await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001"))
    refresh = sending.server.asked[0].body["activity"]["attachments"][0]["content"]["refresh"]
    assert refresh["userIds"] == ["29:nora", "29:zita"]
    assert refresh["action"]["verb"] == "look"
    assert refresh["action"]["data"]["backline"]["args"] == {"card": "incident:2026-0001"}


async def test_the_team_added_last_counts(sending: Sending) -> None:
    """For new incidents; one that has its thread stays there."""
    await added(sending)
    account = await sending.rooms.room(room())
    assert account
    await sending.rooms.pin(account, await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001")))
    await added(sending, "19:d@thread.tacv2")
    stayed, new = await sending.rooms.room(room()), await sending.rooms.room(Room("#2", "x", "x", (), open=True))
    assert stayed
    assert new
    assert (stayed.user, new.user) == (f"{CHANNEL};messageid=1", "19:d@thread.tacv2")


async def test_a_closed_incident_gets_no_new_thread(sending: Sending) -> None:
    """But the one it has is still found, for its last state."""
    await added(sending)
    assert await sending.rooms.room(room(is_open=False)) is None
    account = await sending.rooms.room(room())
    assert account
    await sending.rooms.pin(account, await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001")))
    closed = await sending.rooms.room(room(is_open=False))
    assert closed
    assert closed.user == f"{CHANNEL};messageid=1"


async def test_a_thread_that_may_have_begun_is_begun_again_marked(sending: Sending) -> None:
    """The look goes to the channel; the new thread says that it is a repeat."""
    await added(sending)
    account = await sending.rooms.room(room())
    assert account
    sending.server.say(Say(body={"members": []}))
    await sending.messenger.send(account, STATUS, sending.delivery("#2026-0001", ambiguous=True))
    look, begun = sending.server.asked
    assert look.path == "/v3/conversations/19%3Ac%40thread.tacv2/pagedmembers?pageSize=50"
    assert "(Repeated: " in begun.body["activity"]["summary"]
