"""`backline log`: in words, as JSON, of one incident, and verified."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bot import events as ev
from tests.unit.terminal import Run


@pytest.mark.usefixtures("history")
def test_log_in_words(backline: Run) -> None:
    """The log is a line an event in words, with its time in the zone asked for, and nobody's own words."""
    ran = backline("log", "--zone", "Europe/Budapest")
    assert (ran.code, ran.err) == (0, "")
    first = ran.out.splitlines()[0]
    assert first.split()[:3] == ["1", "2026-03-02", "10:30:00"]
    assert any("Anna" in line and "unusable" in line for line in ran.out.splitlines())
    assert "canary" not in ran.out


@pytest.mark.usefixtures("history")
def test_log_as_json(backline: Run) -> None:
    """`--json` is an object a line with exactly the journal's fields."""
    lines = [json.loads(line) for line in backline("log", "--json").out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert set(lines[0]) == {"seq", "at", "type", "data", "hash"}
    assert lines[0]["at"] == "2026-03-02T09:30:00Z"


@pytest.mark.usefixtures("history")
def test_log_of_one_incident(backline: Run) -> None:
    """`--incident` shows what is about it: its people's reports too, and nothing of another incident."""
    lines = [json.loads(line) for line in backline("log", "--incident", "2026-0001", "--json").out.splitlines()]
    assert {line["data"].get("incident", "2026-0001") for line in lines} == {"2026-0001"}
    reports = [line for line in lines if line["type"] == ev.WorkplaceReported.__name__]
    assert [line["data"]["person"] for line in reports] == ["anna"]
    assert lines[-1]["type"] == ev.StoodDown.__name__
    assert any(line["type"] == ev.WorkplaceCleared.__name__ for line in lines)


@pytest.mark.usefixtures("history")
def test_log_of_an_unknown_incident_or_zone(backline: Run) -> None:
    """An incident or a zone that does not exist is told."""
    assert backline("log", "--incident", "2026-0099").code == 2
    assert backline("log", "--zone", "Mars/Base").code == 2


def test_log_without_a_database(backline: Run) -> None:
    """Reading the log of nothing does not make a database."""
    ran = backline("log")
    assert ran.code == 2
    assert "there is no database" in ran.err
    assert list(Path().iterdir()) == []


def test_whole_log_is_verified(backline: Run, history: Path) -> None:
    """A whole log is found whole, and what it says to note is found again."""
    ran = backline("log", "verify")
    assert (ran.code, ran.err) == (0, "")
    known = ran.out.split()[-1]
    assert backline("log", "verify", "--known", known).code == 0
    seq, digest = known.split(":")
    cut_off = backline("log", "verify", "--known", f"{int(seq) + 1}:{digest}")
    assert cut_off.code == 1
    assert f"First bad entry: {int(seq) + 1}" in cut_off.err
    assert backline("log", "verify", "--known", "nonsense").code == 2


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE journal SET data = replace(data, 'anna', 'bea') WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE journal SET at = replace(at, '2026', '2025') WHERE seq = 3",
        "UPDATE journal SET hash = replace(hash, 'a', 'b') WHERE seq = 3",
    ],
)
def test_changed_log_is_found(backline: Run, history: Path, harm: str) -> None:
    """A changed, cut or redated entry is named, with exit code 1."""
    connection = sqlite3.connect(history)
    with connection:
        row = connection.execute("SELECT type, data FROM journal WHERE seq = 3").fetchone()
        connection.execute(harm)
    changed = connection.execute("SELECT type, data FROM journal WHERE seq = 3").fetchone()
    connection.close()
    ran = backline("log", "verify")
    assert (ran.code, ran.out) == (1, ""), (row, changed)
    assert "First bad entry: 3." in ran.err
