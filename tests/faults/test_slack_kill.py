"""Promises 1 and 3: kill -9 of the whole service while reports come in from Slack and notices go out to it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from tests.e2e.slack_stage import Backline, free_port, process
from tests.faults.slack_side import (
    FULL,
    Answered,
    all_sent,
    end_leases,
    keys_shown,
    rows,
    sending,
    settle_in,
    struck,
    subfolder,
)
from tests.faults.test_kill import is_report, journal
from tests.standins.slack.client import Slack, spawned

COMPANIES, KILLS = (20, 10) if FULL else (1, 5)
REPORTS = 3  # before each kill


async def test_no_kill_loses_or_repeats_anything(tmp_path: Path) -> None:
    """Killed as messages are on their way: answered reports are there once, every notice is in Slack once."""
    chance = random.Random(3)
    totals: Counter[str] = Counter()
    for number in range(COMPANIES):
        totals += await one_company(subfolder(tmp_path, f"company{number}"), chance)
    print(
        f"\n{COMPANIES * KILLS} kills with {totals['under way']} sends under way, {totals['taken']} of them taken by "
        f"Slack: {totals['reports']} reports, 0 lost, 0 doubled; {totals['notices']} notices, 0 lost, 0 repeated"
    )
    assert totals["taken"] >= COMPANIES * KILLS // 3, "the kills hit nothing"


async def one_company(folder: Path, chance: random.Random) -> Counter[str]:
    """What was counted: reports answered, notices sent, sends under way at a kill and those that Slack had."""
    projects, counts = KILLS * REPORTS, Counter[str]()
    answers: dict[str, Answered] = {}
    async with spawned() as slack:
        await slack.settings(rates=False)  # as many starts as here in a minute would be over Slack's limits for reading
        people, port = await settle_in(slack, folder, projects, projects), free_port()
        for kill in range(KILLS):
            async with process(slack.api, folder, port=port) as running:
                reporters = [f"a{kill * REPORTS + one}" for one in range(REPORTS)]
                answers |= await killed_among(slack, running, reporters, chance)
            counts["under way"] += end_leases(folder)
        async with process(slack.api, folder, port=port), sending(f"http://127.0.0.1:{port}") as sender:
            for person in [name for name, answer in answers.items() if not answer.recorded]:
                answers[person] = await sender.report(person, f"1.{person}.x")  # the same again: it counts once
            await all_sent(folder)
        shown = Counter(await keys_shown(people))
        counts["taken"] = len([call for call in await slack.calls("chat.postMessage") if call["fault"] == "black_hole"])
        assert not (await slack.report())["complaints"]
    assert all(answer.recorded for answer in answers.values())
    reported = Counter(str(entry.data["person"]) for entry in await journal(folder / "backline.db") if is_report(entry))
    assert reported == Counter(answers.keys())
    queued = rows(folder, "SELECT key, state FROM outbox")
    assert {state for _, state in queued} == {"sent"}
    assert shown == Counter(key for key, _ in queued), "a notice is lost, or there twice"
    counts.update(reports=len(answers), notices=len(queued))
    return counts


async def killed_among(
    slack: Slack, running: Backline, reporters: list[str], chance: random.Random
) -> dict[str, Answered]:
    """These people report; the process is killed at an instant of no meaning, or as Slack has just taken a message."""
    taken = chance.random() < 0.7
    if taken:
        skip = chance.randrange(4)
        await slack.fault("chat.postMessage", "black_hole", accepted=True, skip=skip, count=1)
    else:
        await slack.fault("chat.postMessage", "delay", seconds=0.02, count=None)
    async with sending(running.url) as sender:
        asked = [asyncio.create_task(sender.report(person, f"1.{person}.x")) for person in reporters]
        if taken:
            await struck(slack)
        else:
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(chance.uniform(0.0, 0.1))  # any instant
        await running.kill()
        answers = await asyncio.gather(*asked)
    await slack.heal()
    return dict(zip(reporters, answers, strict=True))
