"""What the stand-in sends to an app over HTTP, as Slack does: signed, with a deadline, retried where Slack retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack.client import Person, Refused, Slack
from tests.standins.slack.receiver import Receiver, receiving

Json = dict[str, Any]
BUTTONS: list[Json] = [
    {"type": "section", "block_id": "why", "text": {"type": "mrkdwn", "text": "No power"}},
    {
        "type": "actions",
        "block_id": "v1",
        "elements": [
            {"type": "button", "action_id": "yes", "value": "i7", "text": {"type": "plain_text", "text": "Accept"}},
            {
                "type": "static_select",
                "action_id": "cause",
                "options": [{"text": {"type": "plain_text", "text": "Power"}, "value": "power"}],
            },
        ],
    },
]
LEVEL = {
    "type": "input",
    "block_id": "reason",
    "label": {"type": "plain_text", "text": "Reason"},
    "element": {"type": "plain_text_input", "action_id": "words", "max_length": 20},
}


def modal(title: str = "Declare level", **more: object) -> Json:
    """A modal with one required input."""
    words = {"type": "plain_text", "text": title}
    return {"type": "modal", "title": words, "submit": words, "blocks": [LEVEL], "callback_id": "level", **more}


@pytest.fixture
async def app(slack: Slack) -> AsyncIterator[Receiver]:
    """An app at the stand-in's request URL; the bot's own messages do not come back."""
    async with receiving() as receiver:
        await slack.settings(request_url=receiver.address, echo=False)
        yield receiver


@pytest.fixture
async def anna(slack: Slack) -> Person:
    """Somebody in the workspace."""
    return await slack.person("anna")


async def test_a_signed_command(slack: Slack, app: Receiver, anna: Person) -> None:
    """A command is signed over its raw bytes, escaped, with people by id, and its answer is shown."""
    bela = await slack.person("bela")
    app.answers.append("Recorded as 1")
    sent = await anna.command("/backline report @bela <b> & more")
    got = app.got[0]
    verifier = SignatureVerifier("standin-signing-secret")
    assert verifier.is_valid_request(got.raw, got.headers)
    assert got.payload["text"] == f"report <@{bela.id}|bela> &lt;b&gt; &amp; more"
    assert got.payload["user_id"] == anna.id
    assert got.payload["team_id"] == "T0STANDIN"
    assert (sent["ok"], sent["sees"]) == (True, "")
    shown = (await anna.messages())[-1]
    assert (shown["text"], shown["ephemeral"]) == ("Recorded as 1", True)
    with pytest.raises(Refused, match="not a valid command"):
        await anna.command("/other")


async def test_commands_are_never_sent_again(slack: Slack, app: Receiver, anna: Person) -> None:
    """A command that is answered late or badly is an error on the person's screen, and that is all."""
    await slack.settings(ack_seconds=0.05, retry_seconds=[0.0])
    app.answers += [-1, 500]
    assert "operation_timeout" in (await anna.command("/backline"))["sees"]
    assert "dispatch_failed" in (await anna.command("/backline"))["sees"]
    assert len(app.got) == 2


async def test_events_are_sent_again(slack: Slack, app: Receiver, anna: Person) -> None:
    """An event that is not answered in time comes again with the same id, a number and the reason."""
    await slack.settings(ack_seconds=0.1, retry_seconds=[0.0, 0.01, 0.02])
    app.answers += [-1, 503, 200]
    sent = await slack.settle(await anna.say("nem tudok dolgozni & <fáradt> vagyok"))
    assert [one["reason"] for one in sent["attempts"]] == ["http_timeout", "http_error", ""]
    assert [one.headers.get("X-Slack-Retry-Num") for one in app.got] == [None, "1", "2"]
    assert [one.headers.get("X-Slack-Retry-Reason") for one in app.got] == [None, "http_timeout", "http_error"]
    assert len({one.payload["event_id"] for one in app.got}) == 1
    event = app.got[0].payload["event"]
    assert event["text"] == "nem tudok dolgozni &amp; &lt;fáradt&gt; vagyok"
    assert (event["channel_type"], event["user"]) == ("im", anna.id)


async def test_events_follow_subscriptions(slack: Slack, app: Receiver, anna: Person) -> None:
    """What the app did not subscribe to, or has no scope for, is not sent; the bot's own DMs are, as on Slack."""
    client = AsyncWebClient("xoxb-standin-bot", base_url=slack.api, session=slack.session)
    await slack.settings(events=["app_home_opened"])
    assert (await anna.say("hello"))["sees"] == "not subscribed"
    assert (await anna.open_home())["ok"]
    await slack.settings(events=["message.im"], scopes=["chat:write"])
    assert (await anna.say("hello"))["sees"] == "not subscribed"
    with pytest.raises(Refused):
        await anna.command("/backline")
    await slack.settings(scopes=["chat:write", "im:history"], echo=True)
    await client.chat_postMessage(channel=anna.id, text="own")
    async with asyncio.timeout(5):
        while len(app.got) < 2:
            await slack.deliveries()
    assert app.got[1].payload["event"]["bot_id"] == "B0BACKLINE"


async def test_a_press(slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """A press carries the message, the action with its ids and value, and the state of every menu."""
    posted = await client.chat_postMessage(channel=anna.id, text="Can you?", blocks=BUTTONS)
    await anna.press("Accept", values={"cause": "power"})
    payload = app.got[-1].payload
    assert payload["type"] == "block_actions"
    assert payload["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": posted["channel"],
        "is_ephemeral": False,
    }
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("yes", "v1", "i7")
    assert action["text"] == {"type": "plain_text", "text": "Accept", "emoji": True}
    assert payload["state"]["values"]["v1"]["cause"]["selected_option"]["value"] == "power"
    assert payload["message"]["blocks"][1]["block_id"] == "v1"
    assert payload["user"] == {"id": anna.id, "username": "anna", "name": "anna", "team_id": "T0STANDIN"}
    await anna.choose("cause", "power")
    assert app.got[-1].payload["actions"][0]["selected_option"]["value"] == "power"
    with pytest.raises(Refused, match="not offered"):
        await anna.choose("cause", "flood")
    with pytest.raises(Refused, match="elements fit"):
        await anna.press("Explode")


async def test_a_press_on_an_old_copy(app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """A press on what the person still saw after an update carries the old block ids."""
    posted = await client.chat_postMessage(channel=anna.id, text="Can you?", blocks=BUTTONS)
    done = [{"type": "section", "block_id": "v2", "text": {"type": "mrkdwn", "text": "Filled"}}]
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Filled", blocks=done)
    with pytest.raises(Refused):
        await anna.press("Accept")
    await anna.press("Accept", ts=posted["ts"], version=0)
    assert app.got[-1].payload["actions"][0]["block_id"] == "v1"


async def test_triggers(slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """A trigger opens one view within three seconds; a refused view does not use it up."""

    async def error(trigger: str, view: Json) -> str:
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=view)
        return str(caught.value.response["error"])

    await anna.shortcut("report")
    trigger = app.got[-1].payload["trigger_id"]
    assert await error(trigger, modal("x" * 25)) == "invalid_arguments"
    assert (await client.views_open(trigger_id=trigger, view=modal()))["view"]["state"] == {"values": {}}
    assert await error(trigger, modal()) == "exchanged_trigger_id"
    assert await error("1.2.ab", modal()) == "invalid_trigger_id"
    await anna.shortcut("report")
    await slack.advance(3.1)
    assert await error(app.got[-1].payload["trigger_id"], modal()) == "expired_trigger_id"


async def test_a_submission(slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """Slack's client checks inputs first; the app's errors keep the modal open, an empty answer closes it."""
    await anna.shortcut("report")
    await client.views_open(trigger_id=app.got[-1].payload["trigger_id"], view=modal(private_metadata="p7"))
    with pytest.raises(Refused, match="required"):
        await anna.submit()
    with pytest.raises(Refused, match="too long"):
        await anna.submit({"reason": "x" * 21})
    app.answers.append({"response_action": "errors", "errors": {"reason": "Say more."}})
    assert (await anna.submit({"words": "storm & <x>"}))["sees"] == ""
    payload = app.got[-1].payload
    assert payload["view"]["private_metadata"] == "p7"
    typed = {"type": "plain_text_input", "value": "storm & <x>"}
    assert payload["view"]["state"]["values"] == {"reason": {"words": typed}}
    assert await anna.view() is not None
    await anna.submit({"reason": "a storm"})
    assert await anna.view() is None


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "No."}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "explode"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "clear", "view": modal()},
        "fine",
        500,
    ],
)
async def test_answers_to_submissions_that_slack_refuses(
    answer: Json | str | int, slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person
) -> None:
    """An answer that makes no sense leaves the modal open and the person with an error."""
    await anna.shortcut("report")
    await client.views_open(trigger_id=app.got[-1].payload["trigger_id"], view=modal())
    app.answers.append(answer)
    assert "trouble connecting" in (await anna.submit({"reason": "x"}))["sees"]
    assert await anna.view() is not None
    assert len(app.got) == 2


async def test_views_on_top_of_each_other(app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """Three views deep and no deeper; clear closes all of them; closing is told to who asked for it."""
    await anna.shortcut("report")
    await client.views_open(trigger_id=app.got[-1].payload["trigger_id"], view=modal("One"))
    for title in ("Two", "Three"):
        app.answers.append({"response_action": "push", "view": modal(title, notify_on_close=True)})
        assert (await anna.submit({"reason": "x"}))["sees"] == ""
    app.answers.append({"response_action": "push", "view": modal("Four")})
    assert "trouble" in (await anna.submit({"reason": "x"}))["sees"]
    assert [one["kind"] for one in await anna.close()] == ["closed"]
    view = await anna.view()
    assert view is not None
    assert view["title"]["text"] == "Two"
    app.answers.append({"response_action": "clear"})
    await anna.submit({"reason": "x"})
    assert await anna.view() is None


async def test_updating_views(app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """An old hash, a view that is gone and an external id used twice are refused."""

    async def error(**more: str) -> str:
        with pytest.raises(SlackApiError) as caught:
            await client.views_update(view=modal(), **more)
        return str(caught.value.response["error"])

    await anna.shortcut("report")
    opened = await client.views_open(trigger_id=app.got[-1].payload["trigger_id"], view=modal(external_id="e1"))
    view = opened["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Loaded", external_id="e1"))
    assert await error(view_id=view["id"], hash=view["hash"]) == "hash_conflict"
    assert await error(view_id="V0NOTHING") == "not_found"
    bela = {"type": "home", "blocks": BUTTONS, "external_id": "e1"}
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_publish(user_id=anna.id, view=bela)
    await anna.close()
    assert await error(view_id=view["id"]) == "not_found"


async def test_home(slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """Home is published per person, guarded by its hash, and pressed without a message."""
    home = {"type": "home", "blocks": BUTTONS}
    first = await client.views_publish(user_id=anna.id, view=home)
    await client.views_publish(user_id=anna.id, view=home, hash=first["view"]["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=anna.id, view=home, hash=first["view"]["hash"])
    await anna.press("Accept", where="home")
    payload = app.got[-1].payload
    assert payload["container"]["type"] == "view"
    assert payload["view"]["type"] == "home"
    assert not {"message", "channel", "response_url"} & set(payload)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.views_publish(user_id="U0NOBODY", view=home)
    await slack.settings(home_tab=False)
    with pytest.raises(SlackApiError, match="not_enabled"):
        await client.views_publish(user_id=anna.id, view=home)


async def test_response_url(slack: Slack, app: Receiver, client: AsyncWebClient, anna: Person) -> None:
    """Five replies in thirty minutes, checked like messages; the original can be replaced and deleted."""
    posted = await client.chat_postMessage(channel=anna.id, text="Can you?", blocks=BUTTONS)
    await anna.press("Accept")
    url = app.got[-1].payload["response_url"]

    async def post(body: Json) -> int:
        async with slack.session.post(url, json=body) as response:
            return response.status

    assert await post({"text": "Thanks", "replace_original": True}) == 200
    assert [(one["ts"], one["text"]) for one in await anna.messages()] == [(posted["ts"], "Thanks")]
    assert await post({"text": "x", "blocks": [{"type": "section"}]}) == 400
    assert await post({"delete_original": True}) == 200
    assert await anna.messages() == []
    assert await post({"text": "only you"}) == 200
    assert await post({"text": "all", "response_type": "in_channel"}) == 200
    assert await post({"text": "once more"}) == 404
    assert [one["ephemeral"] for one in await anna.messages()] == [True, False]
    await anna.command("/backline")
    url = app.got[-1].payload["response_url"]
    await slack.advance(1801)
    assert await post({"text": "late"}) == 404


@pytest.mark.parametrize(
    "tamper",
    [
        {"signature": "forged"},
        {"signature": "missing"},
        {"signature": "empty"},
        {"signature": "non_ascii"},
        {"signature": "wrong_version"},
        {"signature": "other_secret"},
        {"timestamp": "missing"},
        {"mutate": 3},
    ],
)
async def test_forged_requests(tamper: Json, app: Receiver, anna: Person) -> None:
    """A forged request has no good signature."""
    await anna.command("/backline report", tamper=tamper)
    assert not app.got[0].signed


async def test_hostile_requests(slack: Slack, app: Receiver, anna: Person) -> None:
    """Old, repeated, changed and foreign requests arrive as ordered, with good signatures."""
    await anna.command("/backline", tamper={"timestamp": "-301"})
    assert app.got[-1].signed
    assert (
        abs(int(app.got[-1].headers["X-Slack-Request-Timestamp"]) + 301 - (await slack.control("POST", "clock"))["now"])
        < 5
    )
    await anna.command("/backline", override={"team_id": "T0OTHER", "user_id": "U0OTHER", "text": None})
    assert app.got[-1].payload["team_id"] == "T0OTHER"
    sent = await anna.say("hello")
    await slack.control("POST", "again", {"id": sent["id"], "exact": True})
    assert (app.got[-1].raw, app.got[-1].headers) == (app.got[-2].raw, app.got[-2].headers)
    await slack.control("POST", "again", {"id": sent["id"]})
    assert app.got[-1].payload["event_id"] == app.got[-2].payload["event_id"]
    await slack.control("POST", "again", {"id": sent["id"], "new_event_id": True})
    assert app.got[-1].payload["event_id"] != app.got[-2].payload["event_id"]
    await anna.command("/backline", tamper={"mutate": 5, "resign": True})
    assert app.got[-1].signed
    storm = await slack.control("POST", "storm", {"id": sent["id"], "count": 50})
    assert storm == {"200": 50}
    assert len({one.raw for one in app.got[-50:]}) == 50
    robot = await slack.person("robot", is_bot=True)
    await robot.say("beep")
    assert app.got[-1].payload["event"]["bot_id"] == "B0OTHERBOT"
    stranger = await slack.person("far", is_stranger=True, team="T0FAR")
    await stranger.shortcut("report")
    assert app.got[-1].payload["user"]["team_id"] == "T0FAR"


async def test_url_verification_and_uninstalling(slack: Slack, app: Receiver, client: AsyncWebClient) -> None:
    """The challenge must come back; an app that was removed is told so, and its token is dead."""

    async def echo(payload: Json) -> Json:
        return {"challenge": payload["challenge"]}

    app.answers += [echo, "something else"]
    assert (await slack.control("POST", "verify_url"))["ok"]
    assert not (await slack.control("POST", "verify_url"))["ok"]
    await slack.control("POST", "uninstall")
    assert [one.payload["event"]["type"] for one in app.got[-2:]] == ["tokens_revoked", "app_uninstalled"]
    with pytest.raises(SlackApiError, match="account_inactive"):
        await client.auth_test()


async def test_a_manifest(slack: Slack, app: Receiver, anna: Person) -> None:
    """Scopes, events, commands and shortcuts can come from the app's manifest."""
    manifest = {
        "features": {"slash_commands": [{"command": "/cover", "url": app.address}], "shortcuts": []},
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"request_url": app.address, "bot_events": []}},
    }
    await slack.control("POST", "manifest", manifest)
    assert (await anna.command("/cover"))["ok"]
    with pytest.raises(Refused):
        await anna.command("/backline")
    with pytest.raises(Refused):
        await anna.shortcut("report")
    with pytest.raises(Refused, match="need the scope"):
        await slack.control("POST", "manifest", manifest | {"oauth_config": {"scopes": {"bot": ["chat:write"]}}})
    with pytest.raises(Refused, match="scopes"):
        await slack.control("POST", "manifest", manifest | {"oauth_config": {"scopes": {"bot": ["admin"]}}})
