"""The incident's channel in Slack: made once, people invited, topic with the level, status card pinned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.slack.rooms import SlackRooms
from bot.ports import Room
from bot.wording import word
from tests.standins.slack.client import Slack
from tests.unit.slack.conftest import Sending
from tests.unit.wording_play import notice, reader, scenes

ROOM = Room("#2026-0001", "incident-2026-0001-acme-de", "Level 3", ("nora", "zita"), open=True)


@pytest.fixture
async def rooms(sending: Sending) -> SlackRooms:
    """Rooms in the stand-in's workspace, with two people in it."""
    for person in ROOM.people:
        await sending.person(person)
    return SlackRooms(sending.api, sending.store.directory)


async def test_a_channel_is_made_once(rooms: SlackRooms, slack: Slack) -> None:
    """However often the card changes: one channel, people invited once, all together, the topic set once."""
    first = await rooms.room(ROOM)
    again = await rooms.room(ROOM)
    assert first
    assert again == first
    calls = [len(await slack.calls(method)) for method in ("conversations.create", "conversations.invite")]
    assert calls == [1, 1]
    assert len(await slack.calls("conversations.setTopic")) == 1


async def test_the_topic_follows_the_level_and_the_end(rooms: SlackRooms, slack: Slack) -> None:
    """A new level is in the topic, and so is that it is over; nobody is invited then."""
    await rooms.room(ROOM)
    await rooms.room(replace(ROOM, topic="Level 4"))
    await rooms.room(replace(ROOM, topic="over", open=False))
    assert len(await slack.calls("conversations.setTopic")) == 3
    assert len(await slack.calls("conversations.invite")) == 1


async def test_many_people_take_few_calls(rooms: SlackRooms, sending: Sending, slack: Slack) -> None:
    """A hundred and twenty people are in after two calls: the courier's claim would not last for one each."""
    crowd = [f"person{number}" for number in range(120)]
    for name in crowd:
        await sending.person(name)
    account = await rooms.room(replace(ROOM, people=tuple(crowd)))
    assert account
    assert len(await slack.calls("conversations.invite")) == 2
    (channel,) = [one for one in await slack.control("GET", "channels") if one["id"] == account.user]
    assert len(channel["members"]) == 121


async def test_nobody_odd_keeps_the_others_out(rooms: SlackRooms, sending: Sending, slack: Slack) -> None:
    """Somebody who has left and somebody who may not come in are passed over, also when nobody else is new."""
    await sending.person("gone", deleted=True)
    await sending.person("carl")
    account = await rooms.room(replace(ROOM, people=("gone", *ROOM.people)))
    assert account
    (channel,) = [one for one in await slack.control("GET", "channels") if one["id"] == account.user]
    assert len(channel["members"]) == 3
    await slack.fault("conversations.invite", kind="error", error="cant_invite")
    await rooms.room(replace(ROOM, people=("gone", *ROOM.people, "carl")))
    await rooms.room(replace(ROOM, people=("gone", *ROOM.people, "carl")))
    assert len(await slack.calls("conversations.invite")) == 2


async def test_a_restart_finds_the_channel_again(rooms: SlackRooms, sending: Sending, slack: Slack) -> None:
    """The channel is in the directory: another process makes no second one."""
    first = await rooms.room(ROOM)
    second = await SlackRooms(sending.api, sending.store.directory).room(ROOM)
    assert second
    assert first
    assert second.user == first.user
    assert len(await slack.calls("conversations.create")) == 1


async def test_a_taken_name_gets_a_number(rooms: SlackRooms, slack: Slack) -> None:
    """Somebody else's channel of that name is left alone."""
    await rooms.room(ROOM)
    other = await rooms.room(replace(ROOM, id="#2026-0002"))
    assert other
    assert len(await slack.calls("conversations.create")) == 3


async def test_a_workspace_that_forbids_channels_has_none(rooms: SlackRooms, slack: Slack) -> None:
    """Then there is no channel, and nothing fails."""
    await slack.fault("conversations.create", kind="error", error="restricted_action")
    assert await rooms.room(ROOM) is None


async def test_the_status_card_is_pinned(rooms: SlackRooms, sending: Sending, slack: Slack) -> None:
    """The card is posted in the channel and pinned, once."""
    account = await rooms.room(ROOM)
    assert account
    told = notice("room_opened", ROOM.id)
    card = word(told, scenes()["declared"], reader(ROOM.id), refreshed=False)
    place = await sending.messenger.send(account, card, sending.delivery("nora"))
    await rooms.pin(account, place)
    await rooms.pin(account, place)
    assert place.ref["channel"] == account.user
    assert (await slack.report())["violations"] == []
