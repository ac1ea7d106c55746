"""What each setting takes: a text becomes its value; `ValueError` says what to write. The list of all is `SETTINGS`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.secret import Secret

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
_PORTS = range(1, 65536)

Parse = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: how its text becomes its value. A secret may also come from the file that `NAME_FILE` names."""

    name: str
    parse: Parse
    secret: bool = False

    @property
    def field(self) -> str:
        """Its field in `Settings`."""
        return self.name.removeprefix("BACKLINE_").lower()


def _text(text: str) -> str:
    return text


def _secret(text: str) -> Secret:
    if any(letter.isspace() for letter in text):
        raise ValueError("has a blank or a line break inside; copy it again, as one word")
    return Secret(text)


def _database(text: str) -> Secret:
    if text == "memory:" or text.startswith(("sqlite:///", "postgresql://")):
        return _secret(text) if text.startswith("postgresql") else Secret(text)
    raise ValueError("must be sqlite:///file.db or postgresql://user:password@host/database")


def _file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"there is no file {text}; write the path of one")
    return path


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) in _PORTS:
        return int(text)
    raise ValueError(f'"{text}" is not a port; write a number from 1 to 65535, like 8080')


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        right = False
    if not right:
        raise ValueError("is not a web address; write like https://backline.example.com, without a user or password")
    return text


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(filter(None, re.split(r"[\s,]+", text)))
    if wrong := [host for host in hosts if "/" in host]:
        raise ValueError(f'"{wrong[0]}" is not a host; write hosts only, with commas between')
    return hosts


def _one_of(*words: str) -> Parse:
    def parse(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        raise ValueError(f'"{text}" is not known; write {", ".join(words[:-1])} or {words[-1]}')

    return parse


def _time(text: str) -> time:
    if re.fullmatch(r"\d\d:\d\d", text):
        try:
            return time.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(f'"{text}" is not a time of day; write UTC hours and minutes, like 07:30')


def _site(text: str) -> str:
    if re.fullmatch(r"[^/:\s]+:/[^\s]+", text):
        return text
    raise ValueError(f'"{text}" is not a site; write host:/sites/name, like example.sharepoint.com:/sites/continuity')


SETTINGS = (
    Setting("BACKLINE_DATABASE_URL", _database, secret=True),
    Setting("BACKLINE_PLAN", _file),
    Setting("BACKLINE_COMPANY", _file),
    Setting("BACKLINE_HOST", _text),
    Setting("BACKLINE_PORT", _port),
    Setting("BACKLINE_PUBLIC_URL", _url),
    Setting("BACKLINE_LOG_LEVEL", _one_of(*LOG_LEVELS)),
    Setting("BACKLINE_LOG_FORMAT", _one_of(*LOG_FORMATS)),
    Setting("BACKLINE_READINESS_AT", _time),
    Setting("BACKLINE_LANGUAGE", _one_of("en", "hu")),
    Setting("SLACK_BOT_TOKEN", _secret, secret=True),
    Setting("SLACK_SIGNING_SECRET", _secret, secret=True),
    Setting("SLACK_APP_TOKEN", _secret, secret=True),
    Setting("SLACK_API_URL", _url),
    Setting("MICROSOFT_APP_ID", _text),
    Setting("MICROSOFT_APP_PASSWORD", _secret, secret=True),
    Setting("MICROSOFT_APP_TENANT_ID", _text),
    Setting("TEAMS_OPENID_METADATA_URL", _url),
    Setting("TEAMS_TOKEN_URL", _url),
    Setting("TEAMS_SERVICE_URLS", _hosts),
    Setting("TEAMS_AUTH", _one_of("required", "off")),
    Setting("AZURE_TENANT_ID", _text),
    Setting("AZURE_CLIENT_ID", _text),
    Setting("AZURE_CLIENT_SECRET", _secret, secret=True),
    Setting("AZURE_CLIENT_CERTIFICATE_PATH", _file),
    Setting("GRAPH_BASE_URL", _url),
    Setting("GRAPH_TOKEN", _secret, secret=True),
    Setting("GRAPH_SITE", _site),
)
