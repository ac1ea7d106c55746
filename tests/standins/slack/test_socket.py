"""Socket Mode as the stand-in plays it, seen through slack_sdk's client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack.client import Person, Slack

Json = dict[str, Any]


@pytest.fixture
async def anna(slack: Slack) -> Person:
    """Somebody in a workspace whose app uses Socket Mode."""
    await slack.settings(mode="socket", ack_seconds=1.0, retry_seconds=[0.0], echo=False)
    return await slack.person("anna")


@pytest.fixture
async def requests() -> asyncio.Queue[SocketModeRequest]:
    """What the connected app got."""
    return asyncio.Queue()


@pytest.fixture
async def line(
    slack: Slack, anna: Person, client: AsyncWebClient, requests: asyncio.Queue[SocketModeRequest]
) -> AsyncIterator[SocketModeClient]:
    """An app on one connection that acknowledges everything, commands with a text."""
    connection = SocketModeClient(
        "xapp-1-standin-app", web_client=client, auto_reconnect_enabled=True, ping_interval=0.2
    )

    async def listen(sender: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        payload = {"text": "Recorded"} if request.type == "slash_commands" else None
        await sender.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))
        await requests.put(request)

    connection.socket_mode_request_listeners.append(listen)
    await connection.connect()  # type: ignore[no-untyped-call]
    yield connection
    await connection.close()  # type: ignore[no-untyped-call]


async def opened(slack: Slack, client: AsyncWebClient) -> aiohttp.ClientWebSocketResponse:
    """A bare connection that has had its hello."""
    url = (await client.apps_connections_open(app_token="xapp-1-standin-app"))["url"]  # noqa: S106
    socket = await slack.session.ws_connect(url)
    await socket.receive_json()
    return socket


async def until(holds: Callable[[list[Json]], bool], slack: Slack) -> list[Json]:
    """The connections, once that holds for them."""
    async with asyncio.timeout(5):
        while not holds(lines := await slack.socket()):
            pass
        return lines


async def test_envelopes(
    slack: Slack, anna: Person, line: SocketModeClient, requests: asyncio.Queue[SocketModeRequest]
) -> None:
    """Commands, presses and events come in envelopes; a command's acknowledgement may carry its answer."""
    assert (await anna.command("/backline report"))["ok"]
    assert [one["text"] for one in await anna.messages()] == ["Recorded"]
    command = await requests.get()
    assert (command.type, command.accepts_response_payload) == ("slash_commands", True)
    await anna.shortcut("report")
    shortcut = await requests.get()
    assert (shortcut.type, shortcut.accepts_response_payload) == ("interactive", False)
    assert (await anna.say("hello"))["ok"]
    event = await requests.get()
    assert (event.type, event.retry_attempt) == ("events_api", 0)
    assert (await slack.report())["complaints"] == []


async def test_socket_mode_must_be_on(slack: Slack, client: AsyncWebClient) -> None:
    """Without Socket Mode no connection is given out, and a ticket works once."""
    with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
        await client.apps_connections_open(app_token="xapp-1-standin-app")  # noqa: S106
    await slack.settings(mode="socket")
    url = (await client.apps_connections_open(app_token="xapp-1-standin-app"))["url"]  # noqa: S106
    async with slack.session.ws_connect(url) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await slack.session.ws_connect(url)


async def test_no_acknowledgement(slack: Slack, anna: Person, client: AsyncWebClient) -> None:
    """What is not acknowledged in time is an error for the person; events come again, numbered."""
    await slack.settings(ack_seconds=0.05)
    assert "dispatch_failed" in (await anna.command("/backline"))["sees"]
    async with await opened(slack, client) as socket:
        assert "operation_timeout" in (await anna.command("/backline"))["sees"]
        sent = await slack.settle(await anna.say("hello"))
        assert [one["reason"] for one in sent["attempts"]] == ["timeout", "timeout"]
        envelopes = [await socket.receive_json() for _ in range(3)]
        assert [one.get("retry_attempt") for one in envelopes] == [None, 0, 1]
        assert envelopes[2]["retry_reason"] == "timeout"
        await socket.send_json({"envelope_id": envelopes[2]["envelope_id"]})
        await socket.send_json({"hello": 1})
        async with asyncio.timeout(5):
            while len(found := (await slack.report())["complaints"]) < 2:
                pass
    assert [one["what"] for one in found] == [
        "an acknowledgement nobody waits for",
        "a socket message that is no acknowledgement",
    ]


async def test_ten_connections(slack: Slack, anna: Person, client: AsyncWebClient) -> None:
    """Each payload goes to one of ten connections; an eleventh is sent away."""
    sockets = [await opened(slack, client) for _ in range(10)]
    url = (await client.apps_connections_open(app_token="xapp-1-standin-app"))["url"]  # noqa: S106
    async with slack.session.ws_connect(url) as eleventh:
        assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
    await slack.settings(ack_seconds=0.02)
    for _ in range(10):
        await anna.command("/backline")
    assert [one["sent"] for one in await slack.socket()] == [1] * 10
    for socket in sockets:
        await socket.close()


async def test_a_dead_line(slack: Slack, anna: Person, line: SocketModeClient) -> None:
    """A line that went dead swallows what is sent and answers no ping; the client notices and connects anew."""
    (old,) = await slack.socket()
    await slack.settings(ack_seconds=0.05)
    await slack.socket("dead")
    assert not (await anna.command("/backline"))["ok"]
    await until(lambda lines: any(not one["dead"] for one in lines), slack)
    await slack.socket("drop", old["id"])
    await until(lambda lines: all(not one["dead"] for one in lines), slack)
    await slack.settings(ack_seconds=1.0)
    assert (await anna.command("/backline"))["ok"]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_disconnect_notices(reason: str, slack: Slack, anna: Person, client: AsyncWebClient) -> None:
    """A warning leaves the connection up, a refresh closes it."""
    async with await opened(slack, client) as socket:
        await slack.socket(reason)
        notice = await socket.receive_json()
        assert (notice["type"], notice["reason"]) == ("disconnect", reason)
        if reason == "warning":
            assert len(await slack.socket()) == 1
        else:
            assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSE


async def test_a_disabled_link(slack: Slack, anna: Person, client: AsyncWebClient) -> None:
    """When Socket Mode is switched off, the connection ends and no new one is given out."""
    async with await opened(slack, client) as socket:
        await slack.socket("link_disabled")
        assert (await socket.receive_json())["reason"] == "link_disabled"
    with pytest.raises(SlackApiError, match="socket_mode_not_enabled"):
        await client.apps_connections_open(app_token="xapp-1-standin-app")  # noqa: S106


async def test_the_server_pings(slack: Slack, anna: Person, client: AsyncWebClient) -> None:
    """The server pings; who never answers is disconnected."""
    await slack.settings(ping_seconds=0.02)
    url = (await client.apps_connections_open(app_token="xapp-1-standin-app"))["url"]  # noqa: S106
    async with slack.session.ws_connect(url, autoping=False) as socket:
        await socket.receive_json()
        assert (await socket.receive()).type == aiohttp.WSMsgType.PING
        await until(lambda lines: not lines, slack)
