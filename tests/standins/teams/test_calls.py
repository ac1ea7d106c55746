"""The connector: chats, messages, members, rates and faults, as the documents say, at their strictest."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.standins.teams.caller import Caller
from tests.standins.teams.client import Person, Team, Teams
from tests.standins.teams.model import APP
from tests.standins.teams.receiver import Receiver

Json = dict[str, Any]
NOWHERE = "a:1nobody-has-such-a-chat"


@pytest.fixture
async def chat(anna: Person, caller: Caller) -> str:
    """The id of Anna's chat with the bot."""
    return str((await caller.open(anna)).body["id"])


@pytest.fixture
async def team(teams: Teams, anna: Person) -> Team:
    """A team with two channels and the app."""
    made = await teams.team("Support", anna, channels=("General", "Incidents"))
    await made.install(anna)
    return made


# --- Chats ------------------------------------------------------------------------------------------------------------


async def test_a_chat_needs_the_app(teams: Teams, anna: Person, caller: Caller) -> None:
    """A chat is opened with who has the app, or is in a team that has it, and is the same one again."""
    assert (await caller.open(anna)).body == (await caller.open(anna)).body
    bela = await teams.person("Béla Kis")
    told = await caller.open(bela)
    assert (told.status, told.code) == (403, "ForbiddenOperationException")
    await (await teams.team("Support", anna, bela)).install(anna)
    assert (await caller.open(bela)).status == 201


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"members": [{"id": "29:somebody"}]}, 403, "BadArgument"),
        ({"members": []}, 400, "BadSyntax"),
        ({"members": "Anna"}, 400, "BadSyntax"),
        ({"tenantId": None}, 400, "BadSyntax"),
        ({"tenantId": "0ff1ce00-0000-4000-8000-000000000000"}, 403, "BadArgument"),
        ({"bot": {"id": "28:another"}}, 400, "BadArgument"),
        ({"isGroup": True}, 400, "BadSyntax"),
    ],
)
async def test_a_chat_with_nobody(caller: Caller, anna: Person, changes: Json, status: int, code: str) -> None:
    """Unknown people, wrong tenants, other bots, and group chats are refused."""
    told = await caller.open(anna, **changes)
    assert (told.status, told.code) == (status, code)


async def test_a_chat_by_the_id_in_the_tenant(anna: Person, caller: Caller) -> None:
    """`aadObjectId` does as well, but not with 29: before it."""
    assert (await caller.open(anna, members=[{"id": anna.aad}])).status == 201
    assert (await caller.open(anna, members=[{"id": f"29:{anna.aad}"}])).status == 403


async def test_a_blocked_chat(teams: Teams, anna: Person, caller: Caller, chat: str) -> None:
    """Who blocks the bot or takes the app away is not written to any more; both documented shapes are played."""
    await anna.block()
    told = await caller.post(chat, text="Hello")
    assert (told.status, told.code) == (403, "MessageWritesBlocked")
    await anna.block(blocked=False)
    assert (await caller.post(chat, text="Hello")).status == 201
    await anna.uninstall()
    await teams.settings(blocked_shape="subCode")
    told = await caller.post(chat, text="Hello")
    assert (told.status, told.body["errorCode"], "MessageWritesBlocked" in told.body["message"]) == (403, 209, True)


# --- Messages ---------------------------------------------------------------------------------------------------------


async def test_a_message_is_changed_and_deleted(anna: Person, caller: Caller, chat: str) -> None:
    """A message has an id, is there as it was last changed, and is gone when deleted."""
    told = await caller.post(chat, text="Hello")
    assert told.status == 201
    message = told.body["id"]
    body = {"type": "message", "text": "Goodbye"}
    assert (await caller.call("PUT", chat, "activities", message, body=body)).body == {"id": message}
    (seen,) = await anna.messages()
    assert (seen["text"], seen["versions"]) == ("Goodbye", 2)
    assert (await caller.call("DELETE", chat, "activities", message)).status == 200
    assert await anna.messages() == []
    told = await caller.call("PUT", chat, "activities", message, body=body)
    assert (told.status, told.code) == (404, "ActivityNotFoundInConversation")


async def test_posting_is_not_idempotent(anna: Person, caller: Caller, chat: str) -> None:
    """The same message twice is two messages."""
    first, second = await caller.post(chat, text="Hello"), await caller.post(chat, text="Hello")
    assert first.body["id"] != second.body["id"]
    assert len(await anna.messages()) == 2


@pytest.mark.parametrize(
    ("activity", "status", "code"),
    [
        ({"type": "message"}, 400, "BadSyntax"),
        ({"type": "message", "text": ""}, 400, "BadSyntax"),
        ({"type": "message", "text": 7}, 400, "BadSyntax"),
        ({"type": "message", "text": "x", "colour": "red"}, 400, "BadSyntax"),
        ({"type": "message", "text": "x", "importance": "very"}, 400, "BadArgument"),
        ({"type": "message", "text": "x", "from": {"id": "28:another"}}, 403, "BadArgument"),
        ({"type": "message", "text": "x", "conversation": {"id": NOWHERE}}, 400, "BadArgument"),
        ({"type": "trace", "text": "x"}, 400, "BadArgument"),
        ({"type": "message", "attachments": [{"contentType": "text/plain", "content": "x"}]}, 400, "BadArgument"),
        ({"type": "message", "text": "x" * 41_000}, 413, "MessageSizeTooBig"),
        ([], 400, "BadSyntax"),
    ],
)
async def test_an_activity_that_is_none(caller: Caller, chat: str, activity: object, status: int, code: str) -> None:
    """Empty, unknown, foreign, and too large activities are refused."""
    told = await caller.call("POST", chat, "activities", body=activity)
    assert (told.status, told.code) == (status, code)


async def test_as_large_as_can_be(caller: Caller, chat: str) -> None:
    """A size is that of UTF-16, two bytes for a letter."""
    assert (await caller.post(chat, text="ő" * 40_000)).status == 201
    assert (await caller.post(chat, text="😀" * 21_000)).status == 413


async def test_a_mention_stands_in_the_text(anna: Person, caller: Caller, chat: str) -> None:
    """A mention's words are in the text, and it means somebody who is known."""
    entity = {"type": "mention", "text": "<at>Anna</at>", "mentioned": {"id": anna.id, "name": "Anna"}}
    assert (await caller.post(chat, text="<at>Anna</at>: hello", entities=[entity])).status == 201
    assert (await caller.post(chat, text="Hello", entities=[entity])).code == "BadArgument"
    stranger = entity | {"mentioned": {"id": "29:nobody", "name": "Anna"}}
    assert (await caller.post(chat, text="<at>Anna</at>", entities=[stranger])).code == "BadArgument"


async def test_text_and_card_have_no_id(teams: Teams, anna: Person, caller: Caller, chat: str) -> None:
    """A text with a card becomes two messages whose ids nobody is told, and that is complained of."""
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    told = await caller.post(chat, text="Look:", attachments=[card], summary="Look")
    assert (told.status, told.body) == (201, {})
    assert [bool(one["card"]) for one in await anna.messages()] == [False, True]
    assert "text and card" in (await teams.report())["complaints"][0]["what"]


CARD: Json = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "fallbackText": "Hello",
    "body": [{"type": "TextBlock", "text": "Hello"}],
}


async def test_other_peoples_messages_are_theirs(anna: Person, caller: Caller, chat: str) -> None:
    """The bot changes no message that somebody else wrote."""
    await anna.say("mine")
    (message,) = await anna.messages()
    told = await caller.update(chat, message["id"], CARD)
    assert (told.status, told.code) == (403, "NotEnoughPermissions")


@pytest.mark.parametrize(("chat_id", "status"), [(NOWHERE, 403), ("19:nothing@thread.tacv2", 404)])
async def test_no_such_conversation(caller: Caller, anna: Person, chat_id: str, status: int) -> None:
    """A chat's id that is not this bot's cannot be decrypted; a channel is not found."""
    assert (await caller.post(chat_id, text="Hello")).status == status
    assert (await caller.call("GET", chat_id, "members")).status == status


# --- Channels ---------------------------------------------------------------------------------------------------------


async def test_a_thread_in_a_channel(teams: Teams, anna: Person, team: Team, caller: Caller) -> None:
    """A thread begins with an activity; what is posted to it stands in it."""
    channel = team.channels["Incidents"]
    order: Json = {"bot": {"id": f"28:{APP}"}, "isGroup": True, "channelData": {"channel": {"id": channel}}}
    assert (await caller.call("POST", body=order)).code == "BadSyntax"
    told = await caller.call("POST", body=order | {"activity": {"type": "message", "text": "It begins"}})
    assert told.body["id"] == f"{channel};messageid={told.body['activityId']}"
    await caller.post(told.body["id"], text="It goes on")
    first, second = await anna.messages("Support/Incidents")
    assert second["thread"] == first["id"] == told.body["activityId"]
    assert (await caller.post(f"{channel};messageid=1", text="Where?")).code == "ConversationNotFound"


async def test_a_team_without_the_app(teams: Teams, anna: Person, team: Team, caller: Caller) -> None:
    """When the app is taken out of the team, its channels are closed to the bot."""
    await team.uninstall(anna)
    assert (await caller.post(team.id, text="Hello")).code == "BotNotInConversationRoster"
    assert (await caller.call("GET", team.id, "pagedmembers")).code == "BotNotInConversationRoster"


# --- Members ----------------------------------------------------------------------------------------------------------


async def test_members_as_teams_tells_them(teams: Teams, anna: Person, caller: Caller) -> None:
    """Somebody is found by either id; a guest is one by role and user name."""
    guest = await teams.person("Gábor Vendég", guest=True, email="gabor@partner.example.com")
    team = await teams.team("Support", anna, guest)
    await team.install(anna)
    found = (await caller.call("GET", team.id, "members", anna.aad)).body
    assert (found["id"], found["aadObjectId"], found["objectId"], found["userRole"]) == (
        anna.id, anna.aad, anna.aad, "user",
    )  # fmt: skip
    other = (await caller.call("GET", team.id, "members", guest.id)).body
    assert other["userRole"] == "guest"
    assert other["userPrincipalName"] == "gabor_partner.example.com#EXT#@standin.onmicrosoft.com"
    assert (await caller.call("GET", team.id, "members", "29:nobody")).code == "MemberNotFoundInConversation"
    assert len((await caller.call("GET", team.id, "members")).body) == 2


async def test_members_page_by_page(teams: Teams, anna: Person, caller: Caller) -> None:
    """Pages of 50 to 500, with a token as long as there are more."""
    many = [await teams.person(f"Agent {number}") for number in range(60)]
    team = await teams.team("Support", anna, *many)
    await team.install(anna)
    first = (await caller.call("GET", team.id, "pagedmembers", query="?pageSize=50")).body
    query = f"?pageSize=50&continuationToken={first['continuationToken']}"
    second = (await caller.call("GET", team.id, "pagedmembers", query=query)).body
    assert (len(first["members"]), len(second["members"]), "continuationToken" in second) == (50, 11, False)
    for query in ("?pageSize=49", "?pageSize=501", "?pageSize=many", "?continuationToken=abc"):
        assert (await caller.call("GET", team.id, "pagedmembers", query=query)).code == "BadArgument"


# --- Rates ------------------------------------------------------------------------------------------------------------


async def test_seven_in_a_second(teams: Teams, caller: Caller, chat: str) -> None:
    """An eighth message within a second is refused, and so is one within what it was told to wait: a violation."""
    await teams.stop_clock()
    await teams.settings(windows=[[3600, 7]])
    assert {(await caller.post(chat, text="Hello")).status for _ in range(7)} == {201}
    told = await caller.post(chat, text="Hello")
    assert (told.status, told.code, told.headers["Retry-After"]) == (429, "Throttled", "3600")
    assert (await teams.report())["violations"] == []
    assert (await caller.post(chat, text="Hello")).status == 429
    assert [one["operation"] for one in (await teams.report())["violations"]] == ["post"]
    await teams.advance(3601)
    fresh = await Caller.ready(teams)
    assert (await fresh.post(chat, text="Hello")).status == 201


async def test_four_windows_at_once(teams: Teams, caller: Caller, chat: str) -> None:
    """The documented figures: 7 in 1 s, 8 in 2 s, 60 in 30 s, 1,800 an hour."""
    await teams.stop_clock()
    counts = []
    for seconds in (0, 1, 1, 1, 6, 3000):
        await teams.advance(seconds)
        done = 0
        while (await caller.post(chat, text="Hello")).status == 201:
            done += 1
        counts.append(done)
    assert counts == [7, 1, 7, 1, 7, 7]
    assert (await teams.settings())["windows"] == [[1, 7], [2, 8], [30, 60], [3600, 1800]]


async def test_fifty_a_second_in_a_tenant(teams: Teams, caller: Caller, anna: Person, chat: str) -> None:
    """However many conversations there are, the app has 50 requests a second; then nobody is to call."""
    await teams.stop_clock()
    await teams.advance(5)
    await teams.settings(per_second=3)
    told = [await caller.call("GET", chat, "members") for _ in range(4)]
    assert [one.status for one in told] == [200, 200, 200, 429]
    assert (await caller.post(chat, text="Hello")).status == 429
    assert len((await teams.report())["violations"]) == 1


# --- Faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "server_error", "malformed"])
async def test_an_answer_is_lost(teams: Teams, anna: Person, caller: Caller, chat: str, kind: str) -> None:
    """The message is there, and the bot is told something else, or nothing."""
    await teams.fault("post", kind, accepted=True, status=502)
    try:
        async with teams.session.post(
            f"{teams.service_url}v3/conversations/{chat}/activities",
            json={"type": "message", "text": "Hello"},
            headers={"Authorization": f"Bearer {caller.token}"},
        ) as response:
            told = (response.status, await response.text())
    except aiohttp.ClientError:
        told = (0, "")
    assert told[0] in (0, 201, 502)
    assert "}" not in told[1]
    assert len(await anna.messages()) == 1
    assert (await teams.calls("post"))[0]["fault"] == kind


async def test_faults_of_one_operation(teams: Teams, anna: Person, caller: Caller, chat: str) -> None:
    """A fault meets only its operation, its conversation, so many calls, after so many others."""
    await teams.fault("post", "error", status=412, error="PreconditionFailed", skip=1, where={"conversation": chat})
    told = [await caller.post(chat, text="Hello") for _ in range(3)]
    assert [one.status for one in told] == [201, 412, 201]
    assert told[1].code == "PreconditionFailed"
    assert (await caller.call("GET", chat, "members")).status == 200
    await teams.fault("*", "server_error", count=None, status=504)
    assert (await caller.call("GET", chat, "members")).status == 504
    assert (await Caller.ready(teams)).token, "the login service is another one"
    assert len(await anna.messages()) == 2


async def test_a_storm_of_429(teams: Teams, caller: Caller, chat: str) -> None:
    """A 429 to order silences all of the app, or one conversation."""
    await teams.fault("post", "ratelimited", retry_after=30, scope="channel")
    assert (await caller.post(chat, text="Hello")).headers["Retry-After"] == "30"
    assert (await caller.call("GET", chat, "members")).status == 200
    assert (await caller.post(chat, text="Hello")).status == 429
    await teams.fault("members", "ratelimited", retry_after=60)
    assert (await caller.call("GET", chat, "members")).status == 429
    assert (await caller.call("GET", chat, "pagedmembers")).status == 429
    assert len((await teams.report())["violations"]) == 2


async def test_what_is_no_operation(teams: Teams, caller: Caller, bot: Receiver, chat: str) -> None:
    """Unknown paths are 404, other bodies than JSON 415."""
    assert (await caller.call("GET", chat, "history")).status == 404
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "text/plain"}
    url = f"{teams.service_url}v3/conversations/{chat}/activities"
    async with teams.session.post(url, data="hello", headers=headers) as response:
        assert response.status == 415
    async with teams.session.get(f"{teams.address}/amer/v3/conversations") as response:
        assert response.status == 404
