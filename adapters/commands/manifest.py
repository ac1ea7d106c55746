"""`backline manifest …`: app manifests filled in for this installation."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from adapters.problem import Problem
from adapters.settings import load_settings
from adapters.slack.manifest import manifest
from adapters.teams.manifest import package
from bot.ports import Json

_HEAD = """\
# The Slack app, by `backline manifest slack`. Paste it at https://api.slack.com/apps, Create New App, From a manifest.
# Step by step: docs/how-to/slack.md
"""


def slack(url: str | None, *, socket_mode: bool) -> None:
    """Print Slack's manifest as YAML. Raises `Problem` without an address that Slack can reach."""
    if socket_mode:
        sys.stdout.write(as_yaml(manifest(None)))
        return
    sys.stdout.write(as_yaml(manifest(_address(url))))


def as_yaml(found: Json) -> str:
    """The manifest as Slack's page takes it."""
    return _HEAD + yaml.safe_dump(dict(found), sort_keys=False, allow_unicode=True, width=120)


def _address(url: str | None) -> str:
    settings = load_settings()
    if url is None and settings.slack_app_token and not settings.slack_signing_secret:
        raise Problem("SLACK_APP_TOKEN is set, so Socket Mode is meant: backline manifest slack --socket")
    url = url or settings.public_url
    if url is None:
        raise Problem(
            "Slack must know where this server is. Set BACKLINE_PUBLIC_URL, or --url https://backline.example.com, "
            "or use --socket, where this server calls Slack and needs no address"
        )
    return _https(url, "Slack")


def teams(out: Path, app_id: str | None, url: str | None) -> None:
    """Write the Teams app package. Raises `Problem` without an app id, an address, or a place to write to."""
    if not app_id or not url:
        settings = load_settings()
        app_id, url = app_id or settings.microsoft_app_id, url or settings.public_url
    if not app_id:
        raise Problem(
            "Teams must know which bot this is. Set MICROSOFT_APP_ID, or --app-id, to the id of your Azure Bot "
            "(docs/how-to/teams.md)"
        )
    if not url:
        raise Problem(
            "Teams must know where this server is. Set BACKLINE_PUBLIC_URL, or --url https://backline.example.com"
        )
    try:
        data = package(app_id, _https(url, "Teams"))
    except ValueError as error:
        raise Problem(f"MICROSOFT_APP_ID: {error}") from error
    try:
        out.write_bytes(data)
    except OSError as error:
        raise Problem(f"{out}: cannot be written: {error.strerror}; choose another --out") from error


def _https(url: str, platform: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise Problem(f"{url}: {platform} calls https addresses only; write like https://backline.example.com")
    return url
