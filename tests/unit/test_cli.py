"""The command line itself, doctor and database."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cli import main
from tests.unit.terminal import Run


def test_help_names_every_command(backline: Run) -> None:
    """`--help` lists the commands and ends with 0."""
    ran = backline("--help")
    assert ran.code == 0
    for command in ("run", "doctor", "plan", "company", "simulate", "log", "db"):
        assert f" {command} " in ran.out


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "doctor",
        "plan check",
        "plan show",
        "company check",
        "company import",
        "simulate",
        "log",
        "log verify",
        "db upgrade",
    ],
)
def test_every_command_has_help(backline: Run, command: str) -> None:
    """Every command explains itself."""
    ran = backline(*command.split(), "--help")
    assert ran.code == 0
    assert "Usage" in ran.out


def test_unknown_command(backline: Run) -> None:
    """A command that does not exist is bad usage."""
    ran = backline("nonsense")
    assert ran.code == 2
    assert "nonsense" in ran.err


def test_version(backline: Run) -> None:
    """`--version` says the version."""
    assert backline("--version").out.startswith("backline 0.")


def test_bad_settings_are_all_named(backline: Run) -> None:
    """Every bad setting is a line on stderr, and the exit code is 2."""
    ran = backline("run", BACKLINE_PORT="x", BACKLINE_LOG_LEVEL="loud")
    assert ran.code == 2
    assert [line.partition(":")[0] for line in ran.err.splitlines()] == ["BACKLINE_PORT", "BACKLINE_LOG_LEVEL"]


def test_doctor_on_a_fresh_machine(backline: Run) -> None:
    """With nothing set everything is well, and nothing is made."""
    ran = backline("doctor", BACKLINE_PORT="1")
    assert ran.code == 0
    names = [line.split()[1] for line in ran.out.splitlines()]
    assert names == ["settings", "plan", "company", "database", "clock", "service"]
    assert list(Path().iterdir()) == []


def test_doctor_names_what_is_wrong(backline: Run) -> None:
    """A faulty plan, a database out of reach and a misspelt setting each have their line, and the exit code is 1."""
    Path("plan.toml").write_text("x = 1", encoding="utf-8")
    ran = backline(
        "doctor",
        BACKLINE_PLAN="plan.toml",
        BACKLINE_DATABASE_URL="sqlite:////nowhere/x.db",
        BACKLINE_PROT="1",
        BACKLINE_PORT="1",
    )
    assert ran.code == 1
    assert "fail  plan" in ran.out
    assert "fail  database" in ran.out
    assert "warn  settings  BACKLINE_PROT is not a setting" in ran.out
    assert "ok    company" in ran.out


def test_doctor_with_half_of_what_is_needed(backline: Run) -> None:
    """Chat without a company file is one failure, not the sample company; a login without a site is a warning."""
    slack = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    ran = backline("doctor", BACKLINE_PORT="1", AZURE_CLIENT_ID="app", **slack)
    assert ran.code == 1
    assert "fail  settings  BACKLINE_COMPANY" in ran.out
    assert "sample company" not in ran.out
    assert "warn  settings  AZURE_CLIENT_ID is set but GRAPH_SITE is not" in ran.out
    assert "no answer from http://127.0.0.1:9/api/auth.test" in ran.out


def test_doctor_with_bad_settings(backline: Run) -> None:
    """With bad settings the doctor names them all and looks no further."""
    ran = backline("doctor", BACKLINE_PORT="x", TEAMS_AUTH="maybe")
    assert ran.code == 1
    assert "BACKLINE_PORT" in ran.out
    assert "TEAMS_AUTH" in ran.out
    assert "database" not in ran.out


@pytest.mark.usefixtures("history")
def test_practice_keeps_off_a_real_log(backline: Run) -> None:
    """A log that is not from practice is refused by the practice desk, and the doctor says so."""
    ran = backline("run")
    assert ran.code == 2
    assert "not from practice" in ran.err
    assert "fail  database" in backline("doctor", BACKLINE_PORT="1").out


def test_upgrade(backline: Run) -> None:
    """`db upgrade` makes the tables, and again changes nothing."""
    assert backline("db", "upgrade").code == 0
    assert backline("db", "upgrade").code == 0
    assert backline("log").code == 0


def test_bug_is_one_line(backline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected is a line and where the details are; with debug the details come."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("adapters.commands.plan.read_plan", broken)
    ran = backline("plan", "show")
    assert ran.code == 70
    assert ran.err.splitlines()[0] == "ZeroDivisionError: boom"
    assert "BACKLINE_LOG_LEVEL=debug" in ran.err
    monkeypatch.setenv("BACKLINE_LOG_LEVEL", "debug")
    with pytest.raises(ZeroDivisionError):
        main(["plan", "show"])
