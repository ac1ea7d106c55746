"""The Slack stand-in as a process of its own, with a plain Bolt app before it: from a command to a decision."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack.client import Slack, spawned

Json = dict[str, Any]
PLAIN = {"type": "plain_text", "text": "Cover"}
BUTTON = {"type": "button", "action_id": "choose", "value": "i1", "text": {"type": "plain_text", "text": "Choose"}}
MODAL = {
    "type": "modal",
    "callback_id": "chosen",
    "title": PLAIN,
    "submit": PLAIN,
    "blocks": [
        {
            "type": "input",
            "block_id": "who",
            "label": PLAIN,
            "element": {
                "type": "multi_static_select",
                "action_id": "people",
                "options": [{"text": PLAIN, "value": "p1"}, {"text": PLAIN, "value": "p2"}],
            },
        }
    ],
}


def bolt_app(slack: Slack) -> AsyncApp:
    """A Bolt app that offers a button, opens a modal and says who was chosen."""
    client = AsyncWebClient("xoxb-standin-bot", base_url=slack.api, retry_handlers=[])
    app = AsyncApp(client=client, signing_secret="standin-signing-secret")  # noqa: S106

    @app.command("/backline")
    async def command(ack: AsyncAck, body: Json) -> None:
        await ack(f"Recorded: {body['text']}")
        blocks = [{"type": "actions", "block_id": "v1", "elements": [BUTTON]}]
        await client.chat_postMessage(channel=body["user_id"], text="Choose people", blocks=blocks)

    @app.action("choose")
    async def action(ack: AsyncAck, body: Json) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.view("chosen")
    async def view(ack: AsyncAck, body: Json) -> None:
        await ack()
        chosen = body["view"]["state"]["values"]["who"]["people"]["selected_options"]
        text = "Chosen: " + " ".join(one["value"] for one in chosen)
        await client.chat_postMessage(channel=body["user"]["id"], text=text)

    @app.event("message")
    async def message(event: Json) -> None:
        if "bot_id" not in event and "subtype" not in event:
            await client.chat_postMessage(channel=event["channel"], text=f"Heard: {event['text']}")

    return app


@asynccontextmanager
async def connected(slack: Slack, mode: str) -> AsyncIterator[None]:
    """The Bolt app, listening over HTTP or through a socket."""
    app = bolt_app(slack)
    if mode == "socket":
        await slack.settings(mode="socket")
        handler = AsyncSocketModeHandler(app, "xapp-1-standin-app", web_client=app.client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield
        await handler.close_async()  # type: ignore[no-untyped-call]
        return
    runner = web.AppRunner(app.web_app("/slack/events", port=0))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack.settings(request_url=f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    yield
    await runner.cleanup()


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_a_bolt_app_works_before_the_stand_in(mode: str) -> None:
    """Command, button, modal, submission and DM go through a plain Bolt app, in both modes, from outside."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(spawned())
        await stack.enter_async_context(connected(slack, mode))
        anna = await slack.person("anna")
        assert (await anna.command("/backline report"))["ok"]
        await anna.until("Recorded: report")
        await anna.until("Choose people")
        assert (await anna.press("Choose"))["ok"]
        async with asyncio.timeout(5):
            while await anna.view() is None:
                pass
        assert (await anna.submit({"people": ["p1", "p2"]}))["sees"] == ""
        await anna.until("Chosen: p1 p2")
        assert (await anna.say("help"))["ok"]
        await anna.until("Heard: help")
        report = await slack.report()
        assert report == {"violations": [], "complaints": []}
