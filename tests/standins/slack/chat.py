"""chat.postMessage, chat.postEphemeral, chat.update, chat.delete. Source: docs.slack.dev/reference/methods/chat.…"""

from __future__ import annotations

import copy

from tests.standins.slack.args import Args
from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError
from tests.standins.slack.messages import as_seen, read_blocks, read_metadata, read_text
from tests.standins.slack.model import Channel, Message, Workspace

POST_CHARACTERS, UPDATE_CHARACTERS = 40_000, 4_000


def visible(ws: Workspace, key: str) -> Channel:
    """A channel that the bot may know of: private ones only as a member. Raises `channel_not_found`."""
    channel = ws.channels.get(key)
    if channel is None or (channel.kind != "public" and ws.settings.bot_user not in channel.members):
        raise ApiError("channel_not_found")
    return channel


def destination(ws: Workspace, key: str) -> Channel:
    """Where a message to that id goes; a person's id leads to the DM with them."""
    user = ws.users.get(key)
    if user is not None:
        if user.is_bot:
            raise ApiError("cannot_dm_bot")
        if user.deleted or user.is_stranger:
            raise ApiError("channel_not_found")
        if not ws.settings.messages_tab:
            raise ApiError("messages_tab_disabled")
        return ws.dm(key)
    channel = visible(ws, key)
    if channel.archived:
        raise ApiError("is_archived")
    if ws.settings.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _content(text: str, blocks: list[Json] | None) -> Json:
    return {"text": text} | ({"blocks": blocks} if blocks else {})


def put(ws: Workspace, channel: Channel, user: str, body: Json, **more: object) -> Message:
    """Write a message into a conversation, and let the app hear of it where it is a DM."""
    message = Message(ws.new_ts(), channel.id, user, body, **more)  # type: ignore[arg-type]
    message.versions.append(copy.deepcopy(body))
    channel.messages.append(message)
    own = user == ws.settings.bot_user
    if channel.kind == "im" and not message.only_for and (not own or ws.settings.echo):
        event = as_seen(ws, message) | {"channel": channel.id, "channel_type": "im", "event_ts": message.ts}
        ws.happened.append(("message.im", event))
    return message


def _thread(args: Args, channel: Channel) -> Json:
    parent = args.maybe("thread_ts")
    if parent and channel.find(parent) is None:
        raise ApiError("thread_not_found")
    return {"thread_ts": parent} if parent else {}


def post_message(ws: Workspace, args: Args) -> Json:
    """chat.postMessage."""
    key = args.text("channel")
    blocks, metadata = read_blocks(args), read_metadata(args)
    text = read_text(ws, "chat.postMessage", args, POST_CHARACTERS, blocks)
    channel = destination(ws, key)
    body = _content(text, blocks) | _thread(args, channel)
    message = put(ws, channel, ws.settings.bot_user, body, metadata=metadata or None)
    shown = as_seen(ws, message, metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def post_ephemeral(ws: Workspace, args: Args) -> Json:
    """chat.postEphemeral."""
    key, user = args.text("channel"), args.text("user")
    blocks = read_blocks(args)
    text = read_text(ws, "chat.postEphemeral", args, UPDATE_CHARACTERS, blocks)
    channel = destination(ws, key)
    if user not in ws.users:
        raise ApiError("user_not_found")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = put(ws, channel, ws.settings.bot_user, _content(text, blocks), only_for=user)
    return {"message_ts": message.ts}


def _own(ws: Workspace, args: Args, refusal: str) -> tuple[Channel, Message]:
    """The bot's own message that the arguments name."""
    channel = visible(ws, args.text("channel"))
    message = channel.find(args.text("ts"))
    if message is None or message.only_for:  # an ephemeral one cannot be reached again
        raise ApiError("message_not_found")
    if message.user != ws.settings.bot_user:
        raise ApiError(refusal)
    return channel, message


def update(ws: Workspace, args: Args) -> Json:
    """chat.update: blocks stay only where neither text nor blocks replace them; `{}` removes metadata."""
    channel_id, ts = args.text("channel"), args.text("ts")
    blocks, metadata = read_blocks(args), read_metadata(args)
    given = "blocks" in args.values or args.maybe("text")
    if not given and metadata is None:
        raise ApiError("no_text")
    text = read_text(ws, "chat.update", args, UPDATE_CHARACTERS, blocks) if given else ""
    channel, message = _own(ws, args, "cant_update_message")
    if channel.archived:
        raise ApiError("is_inactive")
    before = as_seen(ws, message)
    if given:
        message.body = _content(text or message.body["text"], blocks)
        message.versions.append(copy.deepcopy(message.body))
    if metadata is not None:
        message.metadata = metadata or None
    shown = as_seen(ws, message, metadata=True)
    if channel.kind == "im" and ws.settings.echo:
        stamp = ws.new_ts()
        event = {"type": "message", "subtype": "message_changed", "hidden": True, "channel": channel_id, "ts": stamp}
        event |= {"message": shown, "previous_message": before, "channel_type": "im", "event_ts": stamp}
        ws.happened.append(("message.im", event))
    return {"channel": channel_id, "ts": ts, "text": message.body["text"], "message": shown}


def delete(ws: Workspace, args: Args) -> Json:
    """chat.delete."""
    channel, message = _own(ws, args, "cant_delete_message")
    message.deleted = True
    return {"channel": channel.id, "ts": message.ts}
