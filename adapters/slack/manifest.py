"""The Slack app's manifest: what Slack has to know of us. `manifests/slack.yaml` is this, for an example address.

Format: docs.slack.dev/reference/app-manifest, version 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from adapters.slack.bolt import SHORTCUT
from adapters.slack.listen import PATH
from bot.ports import Json

COMMAND = "/backline"
# Every scope of the bot token, and what it is for. `backline doctor` looks for them.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "chat:write": "cards and answers in direct messages",
        "commands": "/backline and the shortcut",
        "groups:history": "whether a status card is in an incident's channel already, when an answer was lost",
        "groups:write": "a private channel for those who steer a grave incident",
        "im:history": "what people write to Backline, also while it was not there",
        "im:write": "the direct conversation with somebody who never wrote",
        "pins:write": "the status card on top of that channel",
        "users:read": "who somebody is, their language, whether they are a guest",
        "users:read.email": "links an account to the company file, once",
    }
)
LINE_SCOPE = "connections:write"  # of the app-level token, for Socket Mode
EVENTS = ("app_home_opened", "app_uninstalled", "message.im", "tokens_revoked")
_LONG = (
    "Backline keeps a remote call centre answering when workplaces go dark. Agents say that they cannot work, in one "
    "sentence or with one button. Backline counts per project, works out the severity level and the best cover, asks "
    "backup agents, puts the decision in front of the Account Manager, escalates when nobody answers, and keeps the "
    "record."
)


def manifest(url: str | None) -> Json:
    """The manifest for a server that Slack reaches at `url` (https://host), or None for Socket Mode."""
    address = {} if url is None else {"request_url": url.rstrip("/") + PATH}
    command = {
        "command": COMMAND,
        **({} if url is None else {"url": address["request_url"]}),
        "description": "Report an unusable workplace, see the status, get help",
        "usage_hint": "report [@person] [what happened] | status | roles | log | help",
        "should_escape": True,  # a @name comes as a user id, which nobody else can have
    }
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Backline",
            "description": "Report an unusable workplace, find cover, decide, keep the record",
            "long_description": _LONG,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Backline", "always_online": True},
            "shortcuts": [
                {
                    "name": "My workplace is unusable",
                    "type": "global",
                    "callback_id": SHORTCUT,
                    "description": "Report that you cannot work where you are",
                }
            ],
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
