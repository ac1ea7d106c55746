"""Promise 3 for Teams: kill -9 of the whole service while notices go out; nobody can look for them afterwards."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from tests.e2e.slack_stage import Backline, free_port
from tests.e2e.teams_stage import backline
from tests.faults.slack_side import FULL, all_sent, end_leases, rows, subfolder
from tests.faults.teams_side import reported, settle_in, shown, struck
from tests.faults.test_kill import is_report, journal
from tests.standins.teams.client import Person, Teams, spawned

COMPANIES, KILLS = (20, 10) if FULL else (1, 5)
REPORTS = 3  # before each kill


async def test_no_kill_loses_anything_and_repeats_say_so(tmp_path: Path) -> None:
    """Killed as messages are on their way: every notice is there, once more at most for each kill, and marked then."""
    chance = random.Random(3)
    totals: Counter[str] = Counter()
    for number in range(COMPANIES):
        totals += await one_company(subfolder(tmp_path, f"company{number}"), chance)
    print(
        f"\n{COMPANIES * KILLS} kills with {totals['under way']} sends under way, {totals['taken']} of them surely "
        f"taken by Teams: {totals['reports']} reports, 0 lost, 0 doubled; {totals['notices']} notices, 0 lost, "
        f"{totals['twice']} there twice, {totals['marked']} marked as a repeat"
    )
    assert totals["taken"] >= COMPANIES * KILLS // 3, "the kills hit nothing"
    assert totals["twice"] >= totals["taken"] // 2, "nothing had to be repeated"


async def one_company(folder: Path, chance: random.Random) -> Counter[str]:
    """What was counted: reports, notices, sends under way at a kill, those that Teams had, and what is there twice."""
    counts, port = Counter[str](), free_port()
    async with spawned() as teams:
        people = await settle_in(teams, folder, KILLS * REPORTS)
        # A report that got no answer comes again, as from Teams; and more starts than this are over no limit.
        await teams.settings(rates=False, retry_seconds=[0.2] * 200, answer_seconds=5.0)
        typed: list[asyncio.Task[bool]] = []
        for kill in range(KILLS):
            reporters = [people[f"a{kill * REPORTS + one}"] for one in range(REPORTS)]
            async with backline(teams, folder, port=port) as running:
                typed += await killed_among(teams, running, reporters, chance)
            counts["under way"] += end_leases(folder)
        async with backline(teams, folder, port=port):
            assert all(await asyncio.gather(*typed))
            await all_sent(folder)
        found = await shown(teams, folder, people)
        counts["taken"] = sum(call["fault"] == "black_hole" for call in await teams.calls("post"))
        assert not (await teams.report())["complaints"]
        attempts = rows(folder, "SELECT sum(attempt), count(*) FROM outbox")[0]
    recorded = Counter(str(entry.data["person"]) for entry in await journal(folder / "backline.db") if is_report(entry))
    assert recorded == Counter(f"a{number}" for number in range(KILLS * REPORTS))
    assert (found.dead, found.there) == (0, found.sent), "a notice is lost"
    assert found.twice <= found.marked, "a repeat does not say that it is one"
    assert found.twice <= int(str(attempts[0])) - int(str(attempts[1])), "more than one repeat for an interrupted send"
    counts.update(reports=len(recorded), notices=found.sent, twice=found.twice, marked=found.marked)
    return counts


async def killed_among(
    teams: Teams, running: Backline, reporters: list[Person], chance: random.Random
) -> list[asyncio.Task[bool]]:
    """These people report; the process is killed at an instant of no meaning, or as Teams has just taken a message."""
    taken = chance.random() < 0.7
    if taken:
        # Three of the first posts are answers in the agents' own chats, which are no notices.
        await teams.fault("post", "black_hole", accepted=True, skip=3 + chance.randrange(4), count=1)
    else:
        await teams.fault("post", "delay", seconds=0.02, count=None)
    asked = [asyncio.create_task(reported(person)) for person in reporters]
    if taken:
        await struck(teams)
    else:
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(chance.uniform(0.0, 0.1))  # any instant
    await running.kill()
    await teams.heal()
    return asked
