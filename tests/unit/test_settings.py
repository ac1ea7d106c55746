"""Settings: where they come from, what is refused, and that secrets stay secret."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from adapters.secret import Secret
from adapters.setting_kinds import SETTINGS
from adapters.settings import (
    InvalidSettings,
    Settings,
    is_loopback,
    load_settings,
    shown_database,
    unknown_settings,
)

NO_DOTENV = Path("/nowhere/.env")
TOKEN = "xoxb-canary-1"  # noqa: S105 - made up
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"


def faults(environ: dict[str, str], dotenv: Path = NO_DOTENV) -> tuple[str, ...]:
    """What is wrong with these settings."""
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environ, dotenv)
    return caught.value.faults


def test_nothing_set_is_the_practice_desk_on_loopback() -> None:
    """Without any setting it is the practice desk, on this computer only."""
    settings = load_settings({}, NO_DOTENV)
    assert settings.practice
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database == "sqlite:///backline.db"


def test_chat_credentials_make_it_the_real_thing() -> None:
    """With chat credentials the default database is not the one of practice."""
    settings = load_settings({"SLACK_BOT_TOKEN": TOKEN, "SLACK_SIGNING_SECRET": "s"}, NO_DOTENV)
    assert not settings.practice
    assert settings.database == "sqlite:///backline.db"


def test_environment_wins_over_dotenv(tmp_path: Path) -> None:
    """A variable of the environment wins over the same one in `.env`; an empty one is not set."""
    dotenv = tmp_path / ".env"
    dotenv.write_text('BACKLINE_PORT="9001"\nBACKLINE_LOG_LEVEL=debug\nSLACK_BOT_TOKEN=a$b\nSLACK_APP_TOKEN=c\n')
    settings = load_settings({"BACKLINE_PORT": "9002", "BACKLINE_LOG_LEVEL": " "}, dotenv)
    assert settings.port == 9002
    assert settings.log_level == "debug"
    assert settings.slack_bot_token == Secret("a$b")


def test_secret_from_file(tmp_path: Path) -> None:
    """A secret can be in a file, whose last line break does not belong to it."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    settings = load_settings({"SLACK_BOT_TOKEN_FILE": str(file), "SLACK_SIGNING_SECRET": "s"}, NO_DOTENV)
    assert settings.slack_bot_token == Secret(TOKEN)


def test_secret_set_twice_is_refused(tmp_path: Path) -> None:
    """A secret that is set itself and by a file is refused: nobody could say which one holds."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    found = faults({"SLACK_APP_TOKEN": "x", "SLACK_APP_TOKEN_FILE": str(file)})
    assert found == ("SLACK_APP_TOKEN: is set, and SLACK_APP_TOKEN_FILE as well; keep one",)


def test_secret_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A secret's file that is missing or empty is named with its variable."""
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert faults({"SLACK_APP_TOKEN_FILE": "/nowhere"})[0].startswith("SLACK_APP_TOKEN_FILE: cannot read /nowhere")
    assert "is empty" in faults({"SLACK_APP_TOKEN_FILE": str(empty)})[0]


def test_all_faults_at_once() -> None:
    """Every bad setting is named in one go, with what to write."""
    bad = {
        "BACKLINE_PORT": "http",
        "BACKLINE_LOG_LEVEL": "loud",
        "BACKLINE_LOG_FORMAT": "xml",
        "BACKLINE_DATABASE_URL": "mysql://x",
        "BACKLINE_PLAN": "/nowhere/plan.toml",
        "BACKLINE_PUBLIC_URL": "ftp://example.com",
        "BACKLINE_READINESS_AT": "25:00",
        "SLACK_BOT_TOKEN": "two words",
        "TEAMS_AUTH": "maybe",
        "TEAMS_SERVICE_URLS": "https://example.com/x",
        "GRAPH_SITE": "sites/name",
    }
    found = faults(bad)
    assert {fault.partition(":")[0] for fault in found} == set(bad)
    assert any("a number from 1 to 65535" in fault for fault in found)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80.0"])
def test_ports_out_of_range(port: str) -> None:
    """Only numbers from 1 to 65535 in plain digits are ports."""
    assert faults({"BACKLINE_PORT": port})[0].startswith("BACKLINE_PORT:")


def test_half_of_a_pair_is_refused() -> None:
    """A token without what must come with it is refused with the name of the other."""
    assert "SLACK_SIGNING_SECRET" in faults({"SLACK_BOT_TOKEN": TOKEN})[0]
    for other in ("SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        assert faults({other: TOKEN}) == (f"{other}: also set SLACK_BOT_TOKEN, or Slack is not served",)
    assert faults({"MICROSOFT_APP_ID": "id"}) == (
        "MICROSOFT_APP_ID: also set MICROSOFT_APP_PASSWORD and MICROSOFT_APP_TENANT_ID",
    )
    assert faults({"MICROSOFT_APP_PASSWORD": TOKEN})[0].startswith("MICROSOFT_APP_PASSWORD: also set MICROSOFT_APP_ID")


def test_what_is_for_tests_stays_on_loopback() -> None:
    """Unauthenticated Teams and a static Graph token are refused unless they stay on this computer."""
    assert faults({"TEAMS_AUTH": "off", "BACKLINE_HOST": "0.0.0.0"})[0].startswith("TEAMS_AUTH")  # noqa: S104
    assert faults({"GRAPH_TOKEN": "x"})[0].startswith("GRAPH_TOKEN")
    local = load_settings(
        {"GRAPH_TOKEN": "x", "GRAPH_BASE_URL": "http://127.0.0.1:9/v1.0", "TEAMS_AUTH": "off"}, NO_DOTENV
    )
    assert local.teams_auth == "off"
    assert local.teams
    assert not local.practice


@pytest.mark.parametrize("name", ["SLACK_API_URL", "TEAMS_OPENID_METADATA_URL", "TEAMS_TOKEN_URL", "GRAPH_BASE_URL"])
def test_what_trust_rests_on_travels_encrypted(name: str) -> None:
    """Signing keys and our own secret go over https, save on this computer."""
    assert "https://" in faults({name: "http://example.com/x"})[0]
    assert load_settings({name: "http://127.0.0.1:9/x"}, NO_DOTENV)


def test_secrets_are_not_printed(tmp_path: Path) -> None:
    """Neither the settings' text nor a fault shows a secret."""
    settings = load_settings(
        {
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_APP_TOKEN": "xapp-canary-2",
            "BACKLINE_DATABASE_URL": "postgresql://user:canary-3@db.example.com/backline",
        },
        NO_DOTENV,
    )
    assert "canary" not in repr(settings)
    assert "canary" not in str(settings)
    assert set(settings.secrets()) == {TOKEN, "xapp-canary-2", "canary-3"}
    assert "canary" not in "".join(
        faults({"BACKLINE_DATABASE_URL": "mysql://u:canary@h/d", "SLACK_APP_TOKEN": "canary x"})
    )


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///backline.db", "sqlite:///backline.db"),
        ("postgresql://user:pass@db.example.com:5432/b?sslmode=require", "postgresql://user:…@db.example.com:5432/b"),
        ("postgresql://db.example.com/b?password=canary", "postgresql://db.example.com/b"),
    ],
)
def test_database_is_shown_without_its_password(url: str, shown: str) -> None:
    """A database URL that is shown has no password in it, wherever it stood."""
    assert shown_database(url) == shown


def test_readiness_time() -> None:
    """The readiness check is off, or at a time of day in UTC."""
    assert Settings().readiness_at is None
    assert load_settings({"BACKLINE_READINESS_AT": "07:30"}, NO_DOTENV).readiness_at == time(7, 30)


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.com", False)],  # noqa: S104
)
def test_loopback(host: str, *, local: bool) -> None:
    """Only addresses that nobody else can reach are loopback."""
    assert is_loopback(host) is local


def test_misspelt_names_are_found() -> None:
    """A variable that looks like ours but is not gets a suggestion; what others read is left alone."""
    others = {"BACKLINE_FAULTS": "full", "AZURE_AUTHORITY_HOST": "x", "AZURE_CONFIG_DIR": "x", "OTHER": "x"}
    found = unknown_settings({"BACKLINE_PROT": "1", "SLACK_BOT_TOKN": "x", "GRAPH_STIE": "x", **others}, NO_DOTENV)
    assert found == (
        "BACKLINE_PROT is not a setting. Did you mean BACKLINE_PORT?",
        "GRAPH_STIE is not a setting. Did you mean GRAPH_SITE?",
        "SLACK_BOT_TOKN is not a setting. Did you mean SLACK_BOT_TOKEN?",
    )


def test_every_setting_is_in_the_reference() -> None:
    """The reference names every setting."""
    text = REFERENCE.read_text(encoding="utf-8")
    assert [setting.name for setting in SETTINGS if f"`{setting.name}`" not in text] == []


def test_every_setting_has_a_field() -> None:
    """Every setting lands in a field of its own."""
    assert {setting.field for setting in SETTINGS} == set(Settings.__dataclass_fields__)
