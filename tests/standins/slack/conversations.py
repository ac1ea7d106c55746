"""conversations.… and pins.…. Source: docs.slack.dev/reference/methods/conversations.…, …/pins.…"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from tests.standins.slack.args import Args
from tests.standins.slack.chat import visible
from tests.standins.slack.check import Json
from tests.standins.slack.errors import ApiError, missing
from tests.standins.slack.messages import as_seen
from tests.standins.slack.model import Channel, Message, Workspace

T = TypeVar("T")
SCOPE_WORDS = {"public": "channels", "private": "groups", "im": "im"}
TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def allow(ws: Workspace, kind: str, *rights: str) -> None:
    """Refuse unless the token has one of the rights for that kind of conversation."""
    wanted = [f"{SCOPE_WORDS[kind]}:{right}" for right in rights]
    if not set(wanted) & set(ws.settings.scopes):
        raise ApiError("missing_scope", needed=wanted[0], provided=",".join(ws.settings.scopes))


def shape(ws: Workspace, channel: Channel) -> Json:
    """A conversation as the API shows it."""
    bot_in = ws.settings.bot_user in channel.members
    base: Json = {"id": channel.id, "created": channel.created, "is_archived": channel.archived}
    base |= {"is_im": channel.kind == "im", "is_org_shared": False, "context_team_id": ws.settings.team}
    if channel.kind == "im":
        return base | {"user": channel.user, "is_user_deleted": False, "priority": 0, "is_open": True}
    topic = {"value": channel.topic, "creator": channel.creator, "last_set": 0}
    base |= {"name": channel.name, "name_normalized": channel.name, "creator": channel.creator, "topic": topic}
    base |= {"is_channel": channel.kind == "public", "is_group": channel.kind == "private", "is_mpim": False}
    base |= {"is_private": channel.kind == "private", "is_member": bot_in, "is_general": channel.name == "general"}
    base |= {"num_members": len(channel.members), "purpose": {"value": "", "creator": "", "last_set": 0}}
    return base


def page(args: Args, items: Sequence[T], most: int, default: int = 100) -> tuple[list[T], str]:
    """One page of the items, and the cursor of the next."""
    cursor, limit = args.maybe("cursor"), args.limit(default, most)
    if cursor and not re.fullmatch(r"next:\d+", cursor):
        raise ApiError("invalid_cursor")
    start = int(cursor.removeprefix("next:")) if cursor else 0
    rest = start + limit
    return list(items[start:rest]), f"next:{rest}" if rest < len(items) else ""


def open_dm(ws: Workspace, args: Args) -> Json:
    """conversations.open, for one person."""
    if args.maybe("channel"):
        channel = visible(ws, args.text("channel"))
        if channel.kind != "im":
            raise ApiError("method_not_supported_for_channel_type")
    else:
        users = [user for user in args.maybe("users").split(",") if user]
        if not users:
            raise ApiError("users_list_not_supplied")
        if len(users) > 1:
            raise ApiError("missing_scope", needed="mpim:write", provided=",".join(ws.settings.scopes))
        user = ws.users.get(users[0])
        if user is None:
            raise ApiError("user_not_found")
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_bot:
            raise ApiError("cannot_dm_bot")
        if user.is_stranger:
            raise ApiError("invalid_user_combination")
        if not ws.settings.messages_tab:
            raise ApiError("messages_tab_disabled")
        allow(ws, "im", "write")
        known = any(one.kind == "im" and one.user == user.id for one in ws.channels.values())
        if args.flag("prevent_creation") and not known:
            raise ApiError("channel_not_found")
        channel = ws.dm(user.id)
        if known:
            again = {"no_op": True, "already_open": True}
            return again | {"channel": shape(ws, channel) if args.flag("return_im") else {"id": channel.id}}
    return {"channel": shape(ws, channel) if args.flag("return_im") else {"id": channel.id}}


def info(ws: Workspace, args: Args) -> Json:
    """conversations.info."""
    channel = visible(ws, args.text("channel"))
    allow(ws, channel.kind, "read")
    return {"channel": shape(ws, channel)}


def _bound(args: Args, name: str) -> float | None:
    value = args.maybe(name)
    if not value or value == "now":
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", value):
        raise ApiError(f"invalid_ts_{name}")
    return float(value)


def history(ws: Workspace, args: Args) -> Json:
    """conversations.history: newest first, metadata only when asked for."""
    channel = visible(ws, args.text("channel"))
    allow(ws, channel.kind, "history")
    if ws.settings.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    oldest, latest, inclusive = _bound(args, "oldest"), _bound(args, "latest"), args.flag("inclusive")

    def inside(message: Message) -> bool:
        at = float(message.ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        before = latest is None or at < latest or (inclusive and at == latest)
        return after and before and not message.deleted and not message.only_for

    found = [message for message in reversed(channel.messages) if inside(message)]
    shown, following = page(args, found, 999)
    whole = args.flag("include_all_metadata")
    answer: Json = {
        "messages": [as_seen(ws, message, metadata=whole) for message in shown],
        "has_more": bool(following),
        "pin_count": sum(message.pinned for message in channel.messages),
    }
    return answer | ({"response_metadata": {"next_cursor": following}} if following else {})


def create(ws: Workspace, args: Args) -> Json:
    """conversations.create."""
    private, name = args.flag("is_private"), args.maybe("name")
    allow(ws, "private" if private else "public", "write" if private else "manage")
    if not name:
        raise ApiError("invalid_name_required")
    if len(name) > 80:
        raise ApiError("invalid_name_maxlength")
    if not re.search(r"\w", name.replace("_", "")):
        raise ApiError("invalid_name_punctuation")
    if name != name.lower() or not re.fullmatch(r"[\w-]+", name):
        raise ApiError("invalid_name_specials")
    if any(channel.name == name for channel in ws.channels.values()):  # archived ones keep their names
        raise ApiError("name_taken")
    bot, key = ws.settings.bot_user, ws.new_id("C")
    ws.channels[key] = Channel(key, name, "private" if private else "public", [bot], bot, int(ws.now()))
    return {"channel": shape(ws, ws.channels[key])}


def _member(ws: Workspace, args: Args) -> Channel:
    """A channel the bot is in and that is no DM and not archived."""
    channel = visible(ws, args.text("channel"))
    if channel.kind == "im":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    if ws.settings.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _why_not(ws: Workspace, channel: Channel, key: str) -> str:
    """Why that person cannot be invited; empty if they can."""
    user = ws.users.get(key)
    if user is None or user.deleted:
        return "user_not_found"
    if key == ws.settings.bot_user:
        return "cant_invite_self"
    if key in channel.members:
        return "already_in_channel"
    if user.is_stranger:
        return "no_external_invite_permission"
    return "ura_max_channels" if user.is_ultra_restricted else ""


def invite(ws: Workspace, args: Args) -> Json:
    """conversations.invite: all or nobody, save with `force`."""
    channel = _member(ws, args)
    manage = ("manage", "write.invites") if channel.kind == "public" else ("write", "write.invites")
    allow(ws, channel.kind, *manage)
    users = [user for user in args.maybe("users").split(",") if user]
    if not users:
        raise ApiError("no_user")
    if len(users) > 100:
        raise ApiError("too_many_users")
    refused = [(user, why) for user in users if (why := _why_not(ws, channel, user))]
    taken = [user for user in users if user not in dict(refused)]
    if refused and (not args.flag("force") or not taken):
        errors = [{"user": user, "ok": False, "error": why} for user, why in refused]
        raise ApiError(refused[0][1], errors=errors)
    channel.members += taken
    return {"channel": shape(ws, channel)}


def set_topic(ws: Workspace, args: Args) -> Json:
    """conversations.setTopic."""
    channel = _member(ws, args)
    allow(ws, channel.kind, "manage" if channel.kind == "public" else "write", "write.topic")
    if "topic" not in args.values:
        raise missing("topic")
    if len(args.maybe("topic")) > 250:
        raise ApiError("too_long")
    channel.topic = args.maybe("topic")
    return {"channel": shape(ws, channel)}


def join(ws: Workspace, args: Args) -> Json:
    """conversations.join: public channels only."""
    channel = visible(ws, args.text("channel"))
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    if ws.settings.bot_user in channel.members:
        return {"channel": shape(ws, channel), "warning": "already_in_channel"}
    channel.members.append(ws.settings.bot_user)
    return {"channel": shape(ws, channel)}


def listing(ws: Workspace, args: Args) -> Json:
    """conversations.list."""
    kinds: list[str] = []
    for word in (args.maybe("types") or "public_channel").split(","):
        if word.strip() not in TYPES:
            raise ApiError("invalid_types")
        kind = TYPES[word.strip()]
        allow(ws, kind, "read") if kind in SCOPE_WORDS else None
        kinds.append(kind)
    bot, archived = ws.settings.bot_user, not args.flag("exclude_archived")
    found = [
        channel
        for channel in ws.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or bot in channel.members)
        and (archived or not channel.archived)
    ]
    shown, following = page(args, found, 1000)
    return {"channels": [shape(ws, one) for one in shown], "response_metadata": {"next_cursor": following}}


def members(ws: Workspace, args: Args) -> Json:
    """conversations.members."""
    channel = visible(ws, args.text("channel"))
    allow(ws, channel.kind, "read")
    shown, following = page(args, channel.members, 1000)
    return {"members": shown, "response_metadata": {"next_cursor": following}}


def archive(ws: Workspace, args: Args) -> Json:
    """conversations.archive."""
    channel = visible(ws, args.text("channel"))
    if channel.archived:
        raise ApiError("already_archived")
    channel = _member(ws, args)
    allow(ws, channel.kind, "manage" if channel.kind == "public" else "write")
    if channel.name == "general":
        raise ApiError("cant_archive_general")
    channel.archived = True
    return {}


def _pinnable(ws: Workspace, args: Args) -> Message:
    channel = visible(ws, args.text("channel"))
    if not args.maybe("timestamp"):
        raise ApiError("no_item_specified")
    if not re.fullmatch(r"\d+\.\d{6}", args.maybe("timestamp")):
        raise ApiError("bad_timestamp")
    if ws.settings.bot_user not in channel.members:
        raise ApiError("not_in_channel")
    message = channel.find(args.maybe("timestamp"))
    if message is None or message.only_for:
        raise ApiError("message_not_found")
    return message


def pin(ws: Workspace, args: Args) -> Json:
    """pins.add."""
    message = _pinnable(ws, args)
    if message.pinned:
        raise ApiError("already_pinned")
    if sum(one.pinned for one in ws.channels[message.channel].messages) >= 100:
        raise ApiError("too_many_pins")
    message.pinned = True
    return {}


def unpin(ws: Workspace, args: Args) -> Json:
    """pins.remove."""
    message = _pinnable(ws, args)
    if not message.pinned:
        raise ApiError("no_pin")
    message.pinned = False
    return {}
