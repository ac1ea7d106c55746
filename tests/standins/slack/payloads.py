"""What Slack puts into the things it sends. Source: docs.slack.dev/reference/interaction-payloads, …/events."""

from __future__ import annotations

import copy
import secrets

from tests.standins.slack.check import Json
from tests.standins.slack.messages import as_seen
from tests.standins.slack.model import Channel, Message, User, View, Workspace


def escaped(text: str) -> str:
    """What people type, as Slack passes it on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def person(ws: Workspace, user: User) -> Json:
    """The `user` of an interaction."""
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team or ws.settings.team}


def team(ws: Workspace) -> Json:
    """The `team` of an interaction."""
    return {"id": ws.settings.team, "domain": ws.settings.domain}


def _interaction(ws: Workspace, kind: str, user: User) -> Json:
    names = ws.settings
    base: Json = {"type": kind, "user": person(ws, user), "api_app_id": names.app, "token": names.verification_token}
    return base | {"team": team(ws), "enterprise": None, "is_enterprise_install": False}


def command(ws: Workspace, user: User, words: str, text: str, channel: Channel) -> Json:
    """A slash command's fields."""
    names = ws.settings
    return {
        "token": names.verification_token,
        "team_id": names.team,
        "team_domain": names.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": words,
        "text": text,
        "api_app_id": names.app,
        "is_enterprise_install": "false",
        "response_url": ws.new_reply_url(user.id, channel.id).replace("/actions/", "/commands/"),
        "trigger_id": ws.new_trigger(user.id),
    }


def action_in_message(
    ws: Workspace, user: User, channel: Channel, message: Message, *, blocks: list[Json], action: Json, values: Json
) -> Json:
    """A press on a message; `blocks`: the version that the person saw."""
    shown = as_seen(ws, message) | {"blocks": copy.deepcopy(blocks)}
    ephemeral = bool(message.only_for)
    where = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": ephemeral}
    payload = _interaction(ws, "block_actions", user) | {"container": where, "trigger_id": ws.new_trigger(user.id)}
    payload["channel"] = {"id": channel.id, "name": "privategroup" if channel.kind == "private" else channel.name}
    if not ephemeral:
        payload["message"] = shown
    payload["state"] = {"values": values}
    payload["response_url"] = ws.new_reply_url(user.id, channel.id, message.ts)
    return payload | {"actions": [action]}


def action_in_view(ws: Workspace, user: User, view: View, action: Json) -> Json:
    """A press in a modal or on Home."""
    modal = view.body["type"] == "modal"
    payload = _interaction(ws, "block_actions", user) | {"container": {"type": "view", "view_id": view.id}}
    payload["trigger_id"] = ws.new_trigger(user.id, view.id if modal else "")
    return payload | {"view": copy.deepcopy(view.body), "actions": [action]}


def submission(ws: Workspace, user: User, view: View) -> Json:
    """A modal that was submitted."""
    payload = _interaction(ws, "view_submission", user) | {"trigger_id": ws.new_trigger(user.id, view.id)}
    return payload | {"view": copy.deepcopy(view.body), "response_urls": []}


def closed(ws: Workspace, user: User, view: View, *, cleared: bool) -> Json:
    """A modal that was closed without submitting."""
    return _interaction(ws, "view_closed", user) | {"view": copy.deepcopy(view.body), "is_cleared": cleared}


def shortcut(ws: Workspace, user: User, callback: str) -> Json:
    """A global shortcut."""
    payload = _interaction(ws, "shortcut", user) | {"callback_id": callback, "trigger_id": ws.new_trigger(user.id)}
    return payload | {"action_ts": ws.new_ts()}


def event(ws: Workspace, inner: Json) -> Json:
    """An event in its envelope."""
    names = ws.settings
    authorised = {"enterprise_id": None, "team_id": names.team, "user_id": names.bot_user, "is_bot": True}
    authorised["is_enterprise_install"] = False
    outer: Json = {"token": names.verification_token, "team_id": names.team, "context_team_id": names.team}
    outer |= {"context_enterprise_id": None, "api_app_id": names.app, "event": inner, "type": "event_callback"}
    outer |= {"event_id": ws.new_id("Ev"), "event_time": int(ws.now()), "authorizations": [authorised]}
    return outer | {"is_ext_shared_channel": False, "event_context": f"4-{secrets.token_hex(20)}"}


def typed_message(text: str) -> Json:
    """A message as somebody types it: the text escaped, and the same again as rich text."""
    element = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    block = {"type": "rich_text", "block_id": secrets.token_hex(3), "elements": [element]}
    return {"text": escaped(text), "blocks": [block], "client_msg_id": secrets.token_hex(16)}
