"""What stands in Slack's payloads: who speaks, and what makes each thing said once. Pure; trusts no shape.

Sources: docs.slack.dev/interactivity/implementing-slash-commands, docs.slack.dev/reference/interaction-payloads,
docs.slack.dev/apis/events-api.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.chat.text import compact
from bot.ports import Json

_RESPONSE_URL = re.compile(r"https://hooks\.slack\.com/[\w/.~%-]+", re.ASCII)
_LOOPBACK_URL = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?/[\w/.~%-]*", re.ASCII)
_LONGEST_ID = 100


class Malformed(ValueError):
    """A payload that lacks what its kind always has."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A Slack user in the workspace they belong to, which need not be the one the app is in."""

    team: str
    user: str


def caller_of(payload: Json) -> Caller:
    """Who speaks. Raises `Malformed`."""
    if "command" in payload:
        return Caller(text_in(payload, "team_id"), text_in(payload, "user_id"))
    if payload.get("type") == "event_callback":
        event = object_in(payload, "event")
        team = event.get("user_team") or event.get("source_team") or event.get("team") or payload.get("team_id")
        return Caller(_id(team), text_in(event, "user"))
    user = object_in(payload, "user")
    team = user.get("team_id")
    return Caller(_id(team) if team else text_in(object_in(payload, "team"), "id"), text_in(user, "id"))


def object_in(payload: Json, name: str) -> Json:
    """The object of that name. Raises `Malformed`."""
    found = payload.get(name)
    if not isinstance(found, Mapping):
        raise Malformed(name)
    return found


def text_in(payload: Json, name: str) -> str:
    """The id of that name. Raises `Malformed`."""
    return _id(payload.get(name), name)


def _id(value: object, name: str = "id") -> str:
    if not isinstance(value, str) or not value or len(value) > _LONGEST_ID:
        raise Malformed(name)
    return value


def command_key(payload: Json, caller: Caller) -> str:
    """Unique for a slash command: its trigger. Raises `Malformed`."""
    return _key("command", caller.team, caller.user, text_in(payload, "trigger_id"))


def message_key(team: str, channel: str, ts: str) -> str:
    """Unique for a message, whether Slack delivers it as an event or it is read from the history."""
    return _key("message", team, channel, ts)


def action_key(payload: Json, caller: Caller, action: Json) -> str:
    """Unique for a press: who, on which message or view, when, which button. Raises `Malformed`."""
    place = object_in(payload, "container")
    where = str(place.get("message_ts") or place.get("view_id") or "")[:_LONGEST_ID]
    return _key("press", caller.team, caller.user, where, text_in(action, "action_ts"), str(action.get("action_id")))


def shortcut_key(payload: Json, caller: Caller) -> str:
    """Unique for a use of a global shortcut. Raises `Malformed`."""
    return _key("shortcut", caller.team, caller.user, text_in(payload, "action_ts"))


def submission_key(caller: Caller, view_id: str, fields: Mapping[str, Any]) -> str:
    """Unique for a form that was sent: sent again with other values it is another one."""
    digest = hashlib.sha256(compact(dict(fields)).encode()).hexdigest()[:16]
    return _key("form", caller.team, caller.user, view_id, digest)


def _key(*parts: str) -> str:
    return ":".join(("slack", *(part[:_LONGEST_ID] for part in parts)))


def reply_address(payload: Json, *, loopback: bool) -> str | None:
    """The payload's `response_url`, if it is one of Slack's. `loopback`: the stand-in's will do as well."""
    url = payload.get("response_url")
    if not isinstance(url, str):
        return None
    if _RESPONSE_URL.fullmatch(url) or (loopback and _LOOPBACK_URL.fullmatch(url)):
        return url
    return None
