"""The app's manifest: what is declared is what is listened to and called, within Slack's limits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from adapters.commands.manifest import as_yaml
from adapters.slack.manifest import EVENTS, SCOPES, manifest
from bot.ports import Json

ROOT = Path(__file__).parents[3]
URL = "https://backline.example.com"
# Which scope a method, an event or a feature takes; docs.slack.dev/reference/methods, …/events.
TAKEN = {
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.history": {"im:history", "groups:history"},
    "conversations.create": {"groups:write"},
    "conversations.invite": {"groups:write"},
    "conversations.setTopic": {"groups:write"},
    "conversations.archive": {"groups:write"},
    "conversations.join": {"channels:join"},
    "pins.add": {"pins:write"},
    "pins.remove": {"pins:write"},
    "users.info": {"users:read"},
    "users.list": {"users:read", "users:read.email"},
    "users.lookupByEmail": {"users:read.email"},
    "message.im": {"im:history"},
    "/backline": {"commands"},
}
FREE = {"auth.test", "views.open", "views.publish", "views.update", "views.push", "apps.connections.open"}


def called() -> Iterator[str]:
    """Every Web API method that Slack's adapter names in a call."""
    for file in (ROOT / "adapters" / "slack").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "call":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def test_every_scope_is_taken_and_every_call_has_its_scope() -> None:
    """Nothing is asked for that is not used, and nothing used that is not asked for."""
    used = set(called())
    assert used - set(TAKEN) - FREE == set(), "say in TAKEN which scope it takes"
    needed = set().union(*(TAKEN[name] for name in (*used, *EVENTS, "/backline") if name in TAKEN))
    assert needed == set(SCOPES)


def test_every_event_has_a_listener_and_every_listener_its_event() -> None:
    """Messages go their own way; the others are Bolt's."""
    tree = ast.parse((ROOT / "adapters" / "slack" / "bolt.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    heard = {one.args[0].value for one in calls if one.func.attr == "event" and isinstance(one.args[0], ast.Constant)}  # type: ignore[attr-defined]
    assert {*heard, "message.im"} == set(EVENTS)


@pytest.mark.parametrize("url", [URL, None])
def test_the_manifest_keeps_slacks_limits(url: str | None) -> None:
    """Names, descriptions and hints are as short as Slack wants them."""
    found = manifest(url)
    shown, features = found["display_information"], found["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    command, shortcut = features["slash_commands"][0], features["shortcuts"][0]
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_addresses_are_there_unless_this_server_calls_slack() -> None:
    """In Socket Mode there is no address at all."""
    assert str(manifest(URL)).count(f"{URL}/slack/events") == 3
    assert "url" not in str(manifest(None)).replace("usage_hint", "")
    assert manifest(None)["settings"]["socket_mode_enabled"]


def test_the_file_is_the_commands_output() -> None:
    """`backline manifest slack --url https://backline.example.com > manifests/slack.yaml`"""
    text = (ROOT / "manifests" / "slack.yaml").read_text(encoding="utf-8")
    assert text == as_yaml(manifest(URL))
    read: Json = yaml.safe_load(text)
    assert read == manifest(URL)
