"""Settings from the environment, from files named by `NAME_FILE`, and from a `.env` file: checked as a whole, frozen.

The list of all settings is in `setting_kinds`; docs/reference/settings.md explains them to operators.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from adapters.secret import Secret
from adapters.setting_kinds import SETTINGS, Setting

DATABASE = "sqlite:///backline.db"
_MOST_SECRET_BYTES = 64 * 1024  # nobody's token is longer; a wrong path may be a device or a dump


class InvalidSettings(Exception):
    """Some settings cannot be used; `faults` has a line for each, beginning with its name."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(self.faults)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. A field is the variable's name in lower case, without `BACKLINE_`. None: not set."""

    database_url: Secret | None = None
    plan: Path | None = None
    company: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    log_level: str = "info"
    log_format: str | None = None
    readiness_at: time | None = None
    language: str | None = None
    slack_bot_token: Secret | None = None
    slack_signing_secret: Secret | None = None
    slack_app_token: Secret | None = None
    slack_api_url: str = "https://slack.com/api/"
    microsoft_app_id: str | None = None
    microsoft_app_password: Secret | None = None
    microsoft_app_tenant_id: str | None = None
    teams_openid_metadata_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_token_url: str | None = None
    teams_service_urls: tuple[str, ...] = ()
    teams_auth: str = "required"
    azure_tenant_id: str | None = None
    azure_client_id: str | None = None
    azure_client_secret: Secret | None = None
    azure_client_certificate_path: Path | None = None
    graph_base_url: str = "https://graph.microsoft.com/v1.0"
    graph_token: Secret | None = None
    graph_site: str | None = None

    @property
    def practice(self) -> bool:
        """Without any chat credentials it is the practice desk."""
        return self.slack_bot_token is None and not self.teams

    @property
    def teams(self) -> bool:
        """Whether Teams is served: the bot's app id is there, or on this computer nobody asks for it."""
        return self.microsoft_app_id is not None or self.teams_auth == "off"

    @property
    def sharepoint(self) -> bool:
        """With a site the record is kept in SharePoint as well."""
        return self.graph_site is not None

    @property
    def database(self) -> str:
        """Where the database is."""
        return DATABASE if self.database_url is None else self.database_url.reveal()

    def secrets(self) -> tuple[str, ...]:
        """Every secret text, for taking them out of logs."""
        values = (getattr(self, each.name) for each in fields(self) if each.name != "database_url")
        found = [value.reveal() for value in values if isinstance(value, Secret)]
        password = urlsplit(self.database).password
        return (*found, password) if password else tuple(found)


def shown_database(url: str) -> str:
    """A database URL that may be shown: without the password and whatever stands after a `?`."""
    parts = urlsplit(url)
    if parts.password is None:
        return url.split("?", maxsplit=1)[0]
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{parts.username or ''}:…@{host}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# Read by others: the developers' tools, Azure's login library.
_OTHERS = frozenset({"BACKLINE_BROWSER", "BACKLINE_FAULTS", "AZURE_AUTHORITY_HOST"})
_OURS = ("BACKLINE_",)  # any of these names is ours; of the others, what is almost one of ours
_ALMOST = 0.85


# --- Reading them -----------------------------------------------------------------------------------------------------


def load_settings(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """The settings: first the environment, then `.env`; in each, `NAME` or for secrets `NAME_FILE`; empty is not set.

    Raises `InvalidSettings` with every fault.
    """
    faults: list[str] = []
    sources = [os.environ if environ is None else environ, _read_dotenv(dotenv, faults)]
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = _find(setting, sources, faults)
        if text is None:
            continue
        try:
            values[setting.field] = setting.parse(text)
        except ValueError as error:
            faults.append(f"{setting.name}: {error}")
    settings = Settings(**values)
    faults += _together(settings)
    if faults:
        raise InvalidSettings(faults)
    return settings


def unknown_settings(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> tuple[str, ...]:
    """Variables that look like ours but are not: mostly typing mistakes. One sentence each."""
    names = {setting.name for setting in SETTINGS} | {f"{one.name}_FILE" for one in SETTINGS if one.secret}
    given = {**_read_dotenv(dotenv, []), **(os.environ if environ is None else environ)}
    found = []
    for name in sorted(given.keys() - names - _OTHERS):
        close = get_close_matches(name, names, n=1, cutoff=0.6 if name.startswith(_OURS) else _ALMOST)
        if close or name.startswith(_OURS):
            found.append(f"{name} is not a setting." + (f" Did you mean {close[0]}?" if close else ""))
    return tuple(found)


def _read_dotenv(path: Path, faults: list[str]) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - needed only where there is such a file

    try:
        # A "$" in a secret is a "$".
        found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        faults.append(f"{path}: cannot be read: {error}")
        return {}
    return {name: value for name, value in found.items() if value is not None}


def _find(setting: Setting, sources: Sequence[Mapping[str, str]], faults: list[str]) -> str | None:
    """The setting's text in the first source that has it."""
    for source in sources:
        text = source.get(setting.name, "").strip()
        named = source.get(f"{setting.name}_FILE", "").strip() if setting.secret else ""
        if text and named:
            faults.append(f"{setting.name}: is set, and {setting.name}_FILE as well; keep one")
            return None
        if named:
            return _read_secret(setting, Path(named), faults)
        if text:
            return text
    return None


def _read_secret(setting: Setting, path: Path, faults: list[str]) -> str | None:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_SECRET_BYTES).decode("utf-8-sig").strip()
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        faults.append(f"{setting.name}_FILE: cannot read {path}: {why}; name a file with the secret in it")
        return None
    if not text:
        faults.append(f"{setting.name}_FILE: {path} is empty; write the secret into it")
        return None
    return text


def _together(settings: Settings) -> list[str]:
    """What does not fit together."""
    faults = [*_slack(settings), *_teams(settings), *_graph(settings)]
    if settings.graph_token and not is_loopback(urlsplit(settings.graph_base_url).hostname or ""):
        faults.append("GRAPH_TOKEN: is for tests; set GRAPH_BASE_URL to a loopback address, or use AZURE_CLIENT_ID")
    return faults


def _slack(settings: Settings) -> list[str]:
    """What Slack needs together."""
    faults = _not_secure("SLACK_API_URL", settings.slack_api_url)
    other = "SLACK_APP_TOKEN" if settings.slack_app_token else "SLACK_SIGNING_SECRET"
    if not settings.slack_bot_token and (settings.slack_app_token or settings.slack_signing_secret):
        faults.append(f"{other}: also set SLACK_BOT_TOKEN, or Slack is not served")
    if settings.slack_bot_token and not (settings.slack_signing_secret or settings.slack_app_token):
        faults.append(
            "SLACK_BOT_TOKEN: also set SLACK_SIGNING_SECRET (Slack calls this server) or SLACK_APP_TOKEN (Socket Mode)"
        )
    return faults


def _not_secure(name: str, url: str | None) -> list[str]:
    """A fault if secrets would go to this address in the clear."""
    parts = urlsplit(url or "https://")
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return []
    return [f"{name}: must begin with https://, or anybody on the way could read or change what is sent"]


def _teams(settings: Settings) -> list[str]:
    """What Teams needs together."""
    if settings.teams_auth == "off":
        if not is_loopback(settings.host):
            return ["TEAMS_AUTH: off is for tests on loopback; write required, or set BACKLINE_HOST to 127.0.0.1"]
        return []
    given = {
        "MICROSOFT_APP_ID": settings.microsoft_app_id,
        "MICROSOFT_APP_PASSWORD": settings.microsoft_app_password,
        "MICROSOFT_APP_TENANT_ID": settings.microsoft_app_tenant_id,
    }
    first = next((name for name, value in given.items() if value), None)
    missing = " and ".join(name for name, value in given.items() if not value)
    faults = [f"{first}: also set {missing}"] if first and missing else []
    faults += _not_secure("TEAMS_OPENID_METADATA_URL", settings.teams_openid_metadata_url)
    faults += _not_secure("TEAMS_TOKEN_URL", settings.teams_token_url)
    return faults


def _graph(settings: Settings) -> list[str]:
    """Who calls Graph, and how."""
    faults = []
    if settings.graph_site and not (settings.graph_token or settings.azure_client_id):
        faults.append("GRAPH_SITE: also set AZURE_CLIENT_ID, the app that may write there")
    if settings.azure_client_secret and settings.azure_client_certificate_path:
        faults.append("AZURE_CLIENT_SECRET: is set, and AZURE_CLIENT_CERTIFICATE_PATH as well; keep one")
    if (settings.azure_client_secret or settings.azure_client_certificate_path) and not settings.azure_tenant_id:
        faults.append("AZURE_TENANT_ID: set it, where the app logs in by a secret or a certificate")
    faults += _not_secure("GRAPH_BASE_URL", settings.graph_base_url)
    return faults
