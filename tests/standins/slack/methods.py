"""Which methods there are: who may call them, how often, and with what kind of body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.standins.slack import chat, conversations, users, views
from tests.standins.slack.args import Args
from tests.standins.slack.check import Json
from tests.standins.slack.model import Workspace

Handler = Callable[[Workspace, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: one of them is needed (handlers look closer); `json`: takes a JSON body; `token`: bot, app or none."""

    handler: Handler
    tier: str
    scopes: tuple[str, ...] = ()
    json: bool = True
    token: str = "bot"  # noqa: S105 - a kind of token


_MANAGE = ("channels:manage", "groups:write", "im:write")
_READ = ("channels:read", "groups:read", "mpim:read", "im:read")
_HISTORY = ("channels:history", "groups:history", "mpim:history", "im:history")
_TOPIC = ("channels:manage", "channels:write.topic", "groups:write", "groups:write.topic")
_INVITES = ("channels:manage", "channels:write.invites", "groups:write", "groups:write.invites")


def table(connect: Handler) -> dict[str, Method]:
    """Every method by name; `connect` answers apps.connections.open."""
    return {
        "api.test": Method(users.api_test, "special", token="none"),  # noqa: S106
        "auth.test": Method(users.auth_test, "special"),
        "apps.connections.open": Method(connect, "3", ("connections:write",), token="app"),  # noqa: S106
        "chat.postMessage": Method(chat.post_message, "post", ("chat:write",)),
        "chat.postEphemeral": Method(chat.post_ephemeral, "4", ("chat:write",)),
        "chat.update": Method(chat.update, "3", ("chat:write",)),
        "chat.delete": Method(chat.delete, "3", ("chat:write",)),
        "conversations.open": Method(conversations.open_dm, "3", _MANAGE),
        "conversations.info": Method(conversations.info, "3", _READ, json=False),
        "conversations.history": Method(conversations.history, "3", _HISTORY, json=False),
        "conversations.create": Method(conversations.create, "2", ("channels:manage", "groups:write")),
        "conversations.invite": Method(conversations.invite, "3", _INVITES),
        "conversations.setTopic": Method(conversations.set_topic, "2", _TOPIC),
        "conversations.join": Method(conversations.join, "3", ("channels:join",)),
        "conversations.list": Method(conversations.listing, "2", _READ, json=False),
        "conversations.members": Method(conversations.members, "4", _READ, json=False),
        "conversations.archive": Method(conversations.archive, "2", ("channels:manage", "groups:write")),
        "pins.add": Method(conversations.pin, "2", ("pins:write",)),
        "pins.remove": Method(conversations.unpin, "2", ("pins:write",)),
        "users.info": Method(users.info, "4", ("users:read",), json=False),
        "users.lookupByEmail": Method(users.by_email, "3", ("users:read.email",), json=False),
        "users.list": Method(users.listing, "2", ("users:read",), json=False),
        "views.open": Method(views.open_view, "4"),
        "views.push": Method(views.push, "4"),
        "views.update": Method(views.update, "4"),
        "views.publish": Method(views.publish, "4"),
    }
