"""Promise 23: one person reports a hundred times a second while others report."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.slack_stage import backline
from tests.faults.slack_side import FULL, Answered, Sender, p99, sending, settle_in
from tests.faults.test_kill import is_report, journal
from tests.standins.slack.client import spawned

SECONDS = 60 if FULL else 4
EACH_SECOND, OTHERS_EACH_SECOND = 100, 10
PROJECTS = 10
MOST_WAIT = 1.0  # seconds: the promise


async def every(sender: Sender, people: list[str], each_second: int) -> list[Answered]:
    """Reports of these people, one after another, so many a second, whether or not those before are answered."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    asked: list[asyncio.Task[Answered]] = []
    for number, person in enumerate(people):
        await asyncio.sleep(began + number / each_second - loop.time())
        asked.append(asyncio.create_task(sender.report(person, f"1.{number}.{person}")))
    return await asyncio.gather(*asked)


async def test_one_who_reports_without_end_counts_once(tmp_path: Path) -> None:
    """The tally does not move, and the others are answered as quickly as ever."""
    others = [f"a{number}" for number in range(1, SECONDS * OTHERS_EACH_SECOND + 1)]
    agents = -(-(len(others) + 1) // PROJECTS) * PROJECTS
    async with spawned() as slack:
        await slack.settings(rates=False)
        await settle_in(slack, tmp_path, agents, PROJECTS)
        async with backline(slack, tmp_path) as running, sending(running.url) as loud, sending(running.url) as quiet:
            flood, served = await asyncio.gather(
                every(loud, ["a0"] * (SECONDS * EACH_SECOND), EACH_SECOND), every(quiet, others, OTHERS_EACH_SECOND)
            )
            _, metrics = await running.get("/metrics")
    slow = p99([answer.took for answer in served])
    reported = [str(entry.data["person"]) for entry in await journal(tmp_path / "backline.db") if is_report(entry)]
    print(
        f"\n{len(flood)} reports by one in {SECONDS} s (p99 {p99([one.took for one in flood]) * 1000:.0f} ms) count "
        f"{reported.count('a0')}; {len(served)} others: p99 {slow * 1000:.0f} ms"
    )
    assert [answer for answer in [*served, *flood] if not answer.recorded] == []
    assert sorted(reported) == sorted(["a0", *others])
    assert f"backline_reports_total {len(others) + 1}.0" in metrics
    assert len({answer.text.partition("R-")[2][:4] for answer in flood}) == 1, "always the same receipt"
    assert slow <= MOST_WAIT
