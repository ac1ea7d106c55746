"""Promise 1: kill -9 at random points while reports come in; every answered report is in the journal exactly once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bot.ports import Entry
from store import open_store
from store.chain import verify_journal

FULL = os.environ.get("BACKLINE_FAULTS") == "full"
KILLS = 200 if FULL else 20
REPORTS = 50_000 if FULL else 4_000  # answered, all runs together


async def test_every_answered_report_survives_being_killed(tmp_path: Path) -> None:
    """Killed again and again under load: no answered report is lost, none is there twice, the chain is whole."""
    database = tmp_path / "journal.db"
    answers: dict[str, tuple[str, int]] = {}
    changed: set[str] = set()
    lost_touch: dict[str, str] = {}
    chance = random.Random(42)
    for run in range(KILLS + 1):
        stop_after = REPORTS // KILLS + chance.randrange(-10, 10) if run < KILLS else None
        lines = run_until(database, run, stop_after, lost_touch)
        for line in lines:
            match line.split():
                case ["asked", key, person]:
                    lost_touch[key] = person
                case ["answered", key, person, receipt, new]:
                    lost_touch.pop(key)
                    answers.setdefault(key, (person, int(receipt)))
                    assert answers[key] == (person, int(receipt)), f"{key} was answered differently the second time"
                    changed |= {key} if int(new) else set()

    entries = await journal(database)
    reported = Counter((entry.data["person"], entry.data["receipt"]) for entry in entries if is_report(entry))
    lost = [key for key, answer in answers.items() if reported[answer] == 0]
    doubled = [report for report, count in reported.items() if count > 1]
    print(f"\n{KILLS} kills, {len(answers)} reports answered: {len(lost)} lost, {len(doubled)} doubled")
    assert not lost_touch
    assert not lost
    assert not doubled
    assert len(reported) == len(changed)
    assert len(answers) >= REPORTS // 2


def run_until(database: Path, run: int, stop_after: int | None, again: dict[str, str]) -> list[str]:
    """What the process said until it was killed after so many answers; None: let it finish."""
    command = [sys.executable, "-m", "tests.faults.intake", str(database), str(run), "100000" if stop_after else "320"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(f"{key} {person}\n" for key, person in again.items()))
        process.stdin.close()
        lines: list[str] = []
        answered = 0
        for line in process.stdout:
            if not line.endswith("\n"):
                break  # torn by the kill: nobody read that answer
            lines.append(line)
            answered += line.startswith("answered")
            if stop_after is not None and answered == stop_after:
                process.kill()
    if stop_after is None:
        assert lines[-1] == "done\n"
    return lines


def is_report(entry: Entry) -> bool:
    """Whether it is a first report of a disruption."""
    return entry.type == "WorkplaceReported"


async def journal(database: Path) -> list[Entry]:
    """The whole journal, its chain verified; also beside whoever writes it."""
    store = await open_store(f"sqlite:///{database}", read_only=True)
    await verify_journal(store.journal)
    entries: list[Entry] = []
    while page := await store.journal.read(entries[-1].seq if entries else 0):
        entries += page
    await store.close()
    return entries
