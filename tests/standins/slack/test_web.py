"""The stand-in's Web API answers and refuses as Slack does, seen through slack_sdk's client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack.client import Person, Slack

pytestmark = pytest.mark.filterwarnings("ignore:The top-level:UserWarning")  # slack_sdk's own advice

Json = dict[str, Any]
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "words"}}
MARK = {"event_type": "notice", "event_payload": {"id": "n1", "try": 1}}


async def refusal(call: Awaitable[object]) -> Json:
    """The body of a refused call."""
    with pytest.raises(SlackApiError) as caught:
        await call
    data = caught.value.response.data
    assert isinstance(data, dict)
    return data


async def error(call: Awaitable[object]) -> str:
    """The error of a refused call."""
    return str((await refusal(call))["error"])


@pytest.fixture
async def anna(slack: Slack) -> Person:
    """Somebody in the workspace."""
    return await slack.person("anna", email="anna@example.com", locale="hu-HU")


async def test_tokens(slack: Slack, client: AsyncWebClient) -> None:
    """Only the right token of the right kind gets in."""

    def with_token(token: str | None) -> AsyncWebClient:
        return AsyncWebClient(token, base_url=slack.api, session=slack.session, retry_handlers=[])

    assert (await client.auth_test())["team_id"] == "T0STANDIN"
    assert await error(with_token(None).auth_test()) == "not_authed"
    assert await error(with_token("xoxb-other").auth_test()) == "invalid_auth"
    assert await error(with_token("xapp-1-standin-app").users_list()) == "not_allowed_token_type"
    assert await error(client.apps_connections_open(app_token="xoxb-standin-bot")) == "not_allowed_token_type"  # noqa: S106 - known to every test
    await slack.control("POST", "revoke", {"token": "xoxb-standin-bot"})
    assert await error(client.auth_test()) == "token_revoked"


async def test_scopes(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """A missing scope is named, with those that there are; e-mail addresses need one of their own."""
    await slack.settings(scopes=["chat:write", "users:read"])
    answer = await refusal(client.conversations_open(users=anna.id))
    assert answer["error"] == "missing_scope"
    assert "im:write" in answer["needed"]
    assert answer["provided"] == "chat:write,users:read"
    assert await error(client.users_lookupByEmail(email="anna@example.com")) == "missing_scope"
    seen = await client.users_info(user=anna.id, include_locale=True)
    assert seen["user"]["locale"] == "hu-HU"
    assert "email" not in seen["user"]["profile"]
    assert seen.headers["X-OAuth-Scopes"] == "chat:write,users:read"
    await slack.settings(scopes=["chat:write", "channels:history"])
    posted = await client.chat_postMessage(channel=anna.id, text="hello")
    answer = await refusal(client.conversations_history(channel=posted["channel"]))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "im:history")


async def test_bodies(slack: Slack) -> None:
    """Content types are taken as seriously as Slack takes them."""

    async def post(method: str, body: object, kind: str, headers: Json | None = None) -> Json:
        head = {"Authorization": "Bearer xoxb-standin-bot", "Content-Type": kind} | (headers or {})
        async with slack.session.post(f"{slack.api}{method}", data=body, headers=head) as response:
            return dict(await response.json())

    message = json.dumps({"channel": "C0GENERAL", "text": "words"})
    assert (await post("chat.postMessage", message, "application/json"))["warning"] == "missing_charset"
    assert "warning" not in await post("chat.postMessage", message, "application/json; charset=utf-8")
    form = "application/x-www-form-urlencoded"
    assert (await post("auth.test", "a=b", f"{form}; charset=utf-8"))["warning"] == "superfluous_charset"
    assert (await post("auth.test", "{", "application/json"))["error"] == "invalid_json"
    assert (await post("auth.test", "[]", "application/json"))["error"] == "json_not_object"
    assert (await post("auth.test", "words", "text/plain"))["error"] == "invalid_post_type"
    assert (await post("auth.test", b"a=\xff", form))["error"] == "invalid_form_data"
    assert (await post("users.info", '{"user": "U0BACKLINE"}', "application/json"))["error"] == "invalid_arguments"
    assert (await post("nothing.here", "a=b", form))["error"] == "unknown_method"
    assert (await post("auth.test", "token=xoxb-standin-bot", form, {"Authorization": ""}))["ok"]
    in_json = json.dumps({"token": "xoxb-standin-bot"})
    assert (await post("auth.test", in_json, "application/json", {"Authorization": ""}))["error"] == "not_authed"


async def test_posting(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """A message reaches the DM by the person's id, its blocks get ids, its metadata comes back when asked for."""
    posted = await client.chat_postMessage(channel=anna.id, text="hello", blocks=[SECTION], metadata=MARK)
    assert posted["channel"].startswith("D")
    assert posted["message"]["blocks"][0]["block_id"]
    assert posted["message"]["blocks"][0]["text"]["verbatim"] is False
    assert [one["text"] for one in await anna.messages()] == ["hello"]
    bare = await client.conversations_history(channel=posted["channel"])
    assert "metadata" not in bare["messages"][0]
    whole = await client.conversations_history(channel=posted["channel"], include_all_metadata=True)
    assert whole["messages"][0]["metadata"] == MARK


async def test_posts_that_are_refused(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """Where to, what and how long: each refusal has its own error."""
    await slack.settings(rates=False)
    gone = await slack.person("gone", deleted=True)
    robot = await slack.person("robot", is_bot=True)
    private = await slack.channel("secret", anna, kind="private")
    post = client.chat_postMessage
    assert await error(post(channel="", text="x")) == "invalid_arguments"
    assert await error(post(channel="C0NOWHERE", text="x")) == "channel_not_found"
    assert await error(post(channel=private, text="x")) == "channel_not_found"
    assert await error(post(channel="C0GENERAL", text="x")) == "not_in_channel"
    assert await error(post(channel=gone.id, text="x")) == "channel_not_found"
    assert await error(post(channel=robot.id, text="x")) == "cannot_dm_bot"
    assert await error(post(channel=anna.id, text=" ")) == "no_text"
    assert await error(post(channel=anna.id, text="x" * 40_001)) == "msg_too_long"
    assert await error(post(channel=anna.id, text="x", thread_ts="1.000001")) == "thread_not_found"
    assert await error(post(channel=anna.id, text="x", blocks="{")) == "invalid_blocks_format"
    assert await error(post(channel=anna.id, text="x", attachments=[{"text": "x"}])) == "invalid_attachments"
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert await error(post(channel=anna.id, text="x", blocks=[long] * 5)) == "msg_blocks_too_long"
    answer = await refusal(post(channel=anna.id, text="x", blocks=[{"type": "section"}]))
    assert answer["error"] == "invalid_blocks"
    words = "missing required field: text [json-pointer:/blocks/0]"
    assert answer["errors"] == [words]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {words}"]
    for bad in ({"event_type": "x"}, {**MARK, "event_type": "a b"}, {**MARK, "event_payload": {"a": None}}):
        assert await error(post(channel=anna.id, text="x", metadata=bad)) == "invalid_metadata_format"
    big = {**MARK, "event_payload": {"a": "x" * 20_000}}
    assert await error(post(channel=anna.id, text="x", metadata=big)) == "metadata_too_large"
    await slack.settings(messages_tab=False)
    assert await error(post(channel=anna.id, text="x")) == "messages_tab_disabled"


async def test_complaints(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """What Slack lets pass and should not be is reported: no text for screen readers, mentions of everybody."""
    await client.chat_postMessage(channel=anna.id, blocks=[SECTION])
    await client.chat_postMessage(channel=anna.id, text="@here", link_names=True)
    hostile = {"type": "section", "text": {"type": "mrkdwn", "text": "<!here> come"}}
    harmless = {"type": "section", "text": {"type": "plain_text", "text": "<!here> come"}}
    await client.chat_postMessage(channel=anna.id, text="&lt;!here&gt;", blocks=[harmless])
    await client.chat_postMessage(channel=anna.id, text="come", blocks=[hostile])
    found = [one["what"] for one in (await slack.report())["complaints"]]
    assert any("no top-level text" in what for what in found)
    assert any("link_names" in what for what in found)
    assert found.count("a broadcast mention") == 1


async def test_updating(client: AsyncWebClient, slack: Slack, anna: Person) -> None:
    """Text alone takes the blocks off, metadata alone leaves them; limits and owners are kept to."""
    posted = await client.chat_postMessage(channel=anna.id, text="one", blocks=[SECTION], metadata=MARK)
    channel, ts = posted["channel"], posted["ts"]
    again = {**MARK, "event_payload": {"id": "n2"}}
    kept = await client.chat_update(channel=channel, ts=ts, metadata=again)
    assert kept["message"]["blocks"]
    assert kept["message"]["metadata"] == again
    changed = await client.chat_update(channel=channel, ts=ts, text="two")
    assert "blocks" not in changed["message"]
    assert changed["message"]["metadata"] == again
    assert [(one["text"], one["versions"]) for one in await anna.messages()] == [("two", 2)]
    assert await error(client.chat_update(channel=channel, ts=ts, text="x" * 4_001)) == "msg_too_long"
    assert await error(client.chat_update(channel=channel, ts="1.000001", text="x")) == "message_not_found"
    assert await error(client.chat_update(channel="D0NOWHERE", ts=ts, text="x")) == "channel_not_found"
    theirs = await slack.control("POST", "write", {"user": anna.id, "where": "dm", "text": "hi"})
    assert await error(client.chat_update(channel=channel, ts=theirs["ts"], text="x")) == "cant_update_message"
    assert await error(client.chat_delete(channel=channel, ts=theirs["ts"])) == "cant_delete_message"
    await client.chat_delete(channel=channel, ts=ts)
    assert await error(client.chat_delete(channel=channel, ts=ts)) == "message_not_found"


async def test_ephemeral_messages(client: AsyncWebClient, slack: Slack, anna: Person) -> None:
    """Only the reader sees them, in a channel they are in, and history does not know them."""
    other = await slack.person("bela")
    made = (await client.conversations_create(name="incident"))["channel"]["id"]
    assert await error(client.chat_postEphemeral(channel=made, user=anna.id, text="x")) == "user_not_in_channel"
    await client.conversations_invite(channel=made, users=f"{anna.id},{other.id}")
    sent = await client.chat_postEphemeral(channel=made, user=anna.id, text="psst")
    assert [one["text"] for one in await anna.messages(made)] == ["psst"]
    assert await other.messages(made) == []
    assert (await client.conversations_history(channel=made))["messages"] == []
    assert await error(client.chat_update(channel=made, ts=sent["message_ts"], text="x")) == "message_not_found"


async def test_channels(client: AsyncWebClient, slack: Slack, anna: Person) -> None:
    """Names, invitations, topics and archives have Slack's rules."""
    create = client.conversations_create
    channel = (await create(name="level-4"))["channel"]["id"]
    assert await error(create(name="level-4")) == "name_taken"
    assert await error(create(name="Level 4")) == "invalid_name_specials"
    assert await error(create(name="---")) == "invalid_name_punctuation"
    assert await error(create(name="x" * 81)) == "invalid_name_maxlength"
    assert await error(create(name="")) == "invalid_name_required"
    invite = client.conversations_invite
    assert await error(invite(channel=channel, users="")) == "no_user"
    assert await error(invite(channel=channel, users="U0BACKLINE")) == "cant_invite_self"
    assert await error(invite(channel=channel, users="U0NOBODY")) == "user_not_found"
    await invite(channel=channel, users=anna.id)
    assert await error(invite(channel=channel, users=anna.id)) == "already_in_channel"
    assert await error(invite(channel="C0GENERAL", users=anna.id)) == "not_in_channel"
    assert await error(client.conversations_setTopic(channel=channel, topic="x" * 251)) == "too_long"
    await client.conversations_setTopic(channel=channel, topic="Level 4")
    assert (await client.conversations_info(channel=channel))["channel"]["topic"]["value"] == "Level 4"
    assert (await client.conversations_members(channel=channel))["members"] == ["U0BACKLINE", anna.id]
    assert (await client.conversations_join(channel="C0GENERAL"))["ok"]
    assert (await client.conversations_join(channel="C0GENERAL"))["warning"] == "already_in_channel"
    await client.conversations_archive(channel=channel)
    assert await error(client.conversations_archive(channel=channel)) == "already_archived"
    assert await error(client.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert await error(create(name="level-4")) == "name_taken"
    names = [one["name"] for one in (await client.conversations_list(exclude_archived=True))["channels"]]
    assert names == ["general"]
    assert await error(client.conversations_list(types="planets")) == "invalid_types"
    await slack.settings(restricted=["conversations.create"])
    assert await error(create(name="level-3")) == "restricted_action"


async def test_history_pages(client: AsyncWebClient, slack: Slack, anna: Person) -> None:
    """History comes newest first, in pages, between two times."""
    await slack.settings(rates=False)
    posted = [await client.chat_postMessage(channel=anna.id, text=str(n)) for n in range(5)]
    dm, stamps = posted[0]["channel"], [one["ts"] for one in posted]
    first = await client.conversations_history(channel=dm, limit=2)
    assert [one["text"] for one in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=dm, limit=3, cursor=cursor)
    assert [one["text"] for one in second["messages"]] == ["2", "1", "0"]
    assert not second["has_more"]
    between = await client.conversations_history(channel=dm, oldest=stamps[1], latest=stamps[3])
    assert [one["text"] for one in between["messages"]] == ["2"]
    both = await client.conversations_history(channel=dm, oldest=stamps[1], latest=stamps[3], inclusive=True)
    assert len(both["messages"]) == 3
    assert await error(client.conversations_history(channel=dm, cursor="x")) == "invalid_cursor"
    assert await error(client.conversations_history(channel=dm, oldest="monday")) == "invalid_ts_oldest"
    assert await error(client.conversations_history(channel=dm, limit=1000)) == "invalid_limit"


async def test_pins(client: AsyncWebClient, anna: Person) -> None:
    """A message is pinned once, and taken off once."""
    posted = await client.chat_postMessage(channel=anna.id, text="status")
    where: Json = {"channel": posted["channel"], "timestamp": posted["ts"]}
    await client.pins_add(**where)
    assert await error(client.pins_add(**where)) == "already_pinned"
    await client.pins_remove(**where)
    assert await error(client.pins_remove(**where)) == "no_pin"
    assert await error(client.pins_add(**where | {"timestamp": "1.000001"})) == "message_not_found"
    assert await error(client.pins_add(**where | {"timestamp": "now"})) == "bad_timestamp"
    assert await error(client.pins_add(channel=posted["channel"])) == "no_item_specified"


async def test_people(client: AsyncWebClient, slack: Slack, anna: Person) -> None:
    """Members are found by their address, strangers and leavers are not; guests are told apart."""
    await slack.person("guest", email="guest@example.com", is_restricted=True)
    stranger = await slack.person("far", email="far@example.com", is_stranger=True, team="T0OTHER")
    await slack.person("gone", email="gone@example.com", deleted=True)
    assert (await client.users_lookupByEmail(email="ANNA@example.com"))["user"]["id"] == anna.id
    assert (await client.users_lookupByEmail(email="guest@example.com"))["user"]["is_restricted"]
    assert await error(client.users_lookupByEmail(email="far@example.com")) == "users_not_found"
    assert await error(client.users_lookupByEmail(email="gone@example.com")) == "users_not_found"
    assert await error(client.users_info(user="U0NOBODY")) == "user_not_found"
    seen = (await client.users_info(user=stranger.id))["user"]
    assert seen["is_stranger"]
    assert seen["team_id"] == "T0OTHER"
    assert "email" not in seen["profile"]
    assert len((await client.users_list())["members"]) == 5
    assert await error(client.conversations_open(users="U0NOBODY")) == "user_not_found"
    assert await error(client.conversations_open(users=[])) == "users_list_not_supplied"
    opened = await client.conversations_open(users=anna.id)
    assert (await client.conversations_open(users=anna.id, return_im=True))["channel"]["id"] == opened["channel"]["id"]


async def test_rates_of_one_channel(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """A channel takes a short burst, then one message a second; asking again too soon is counted."""
    bela = await slack.person("bela")
    for _ in range(4):
        await client.chat_postMessage(channel=anna.id, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=anna.id, text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert (await slack.report())["violations"] == []
    await client.chat_postMessage(channel=bela.id, text="elsewhere is free")
    assert await error(client.chat_postMessage(channel=anna.id, text="x")) == "ratelimited"
    assert [one["method"] for one in (await slack.report())["violations"]] == ["chat.postMessage"]
    await slack.advance(1)
    await client.chat_postMessage(channel=anna.id, text="x")


async def test_tiers(slack: Slack, client: AsyncWebClient) -> None:
    """A tier 2 method takes 20 calls a minute in a workspace."""
    for _ in range(20):
        await client.users_list()
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 60
    await client.users_info(user="U0BACKLINE")
    await slack.advance(61)
    await client.users_list()


async def test_faults(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """Faults hit the method they were ordered for, as often as ordered; what was accepted is there afterwards."""

    async def post(text: str) -> object:
        return await client.chat_postMessage(channel=anna.id, text=text)

    await slack.settings(rates=False)
    await slack.fault("chat.postMessage", "server_error", status=502)
    with pytest.raises(SlackApiError) as caught:
        await post("refused")
    assert caught.value.response.status_code == 502
    await slack.fault("chat.postMessage", "error", error="fatal_error")
    assert await error(post("fatal")) == "fatal_error"
    await slack.fault("chat.postMessage", "lost")
    with pytest.raises(aiohttp.ClientError):
        await post("accepted")
    await slack.fault("chat.postMessage", "reset")
    with pytest.raises(aiohttp.ClientError):
        await post("dropped")
    await slack.fault("chat.postMessage", "malformed", where={"text": "half"})
    await post("other")
    with pytest.raises((SlackApiError, ValueError)):
        await post("half")
    assert [one["text"] for one in await anna.messages()] == ["accepted", "other", "half"]
    calls = await slack.calls("chat.postMessage")
    assert [one["fault"] for one in calls] == ["server_error", "error", "lost", "reset", "", "malformed"]


async def test_ordered_429_opens_a_window(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """After an ordered 429 every call inside its window is refused and counted."""
    await slack.fault("chat.postMessage", "ratelimited", retry_after=30)
    assert await error(client.chat_postMessage(channel=anna.id, text="x")) == "ratelimited"
    assert await error(client.chat_postMessage(channel=anna.id, text="x")) == "ratelimited"
    assert len((await slack.report())["violations"]) == 1
    await slack.advance(30)
    await client.chat_postMessage(channel=anna.id, text="x")


async def test_black_hole(slack: Slack, client: AsyncWebClient, anna: Person) -> None:
    """A black hole answers nothing until it is healed, and the others go on."""
    await slack.fault("chat.postMessage", "black_hole", count=None)
    lost = asyncio.create_task(client.chat_postMessage(channel=anna.id, text="x"))
    async with asyncio.timeout(5):
        while not await slack.calls("chat.postMessage"):
            pass
    await client.users_info(user=anna.id)
    assert not lost.done()
    await slack.heal()
    with pytest.raises(aiohttp.ClientError):
        await lost
    await client.chat_postMessage(channel=anna.id, text="x")
