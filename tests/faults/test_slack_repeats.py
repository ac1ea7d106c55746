"""Promise 5: what Slack delivers again, however it does so, counts once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

from tests.e2e.slack_stage import backline
from tests.faults.slack_side import (
    FORM,
    FULL,
    JSON,
    Answered,
    Sender,
    command,
    message,
    sending,
    settle_in,
    signed,
)
from tests.faults.test_kill import is_report, journal
from tests.standins.slack.client import spawned

EVENTS = 1_000 if FULL else 50
AT_ONCE = 10  # events; each comes five times


async def test_an_event_that_comes_five_times_counts_once(tmp_path: Path) -> None:
    """Same id, new id, byte for byte, another connection, in any order: one report each, and no error."""
    chance = random.Random(5)
    statuses: Counter[int] = Counter()
    async with spawned() as slack:
        await slack.settings(rates=False)
        await settle_in(slack, tmp_path, EVENTS, 10)
        async with backline(slack, tmp_path) as running, sending(running.url) as one, sending(running.url) as other:
            limit = asyncio.Semaphore(AT_ONCE)

            async def deliver(number: int) -> None:
                async with limit:
                    answers = await five_times(f"a{number}", number, (one, other), chance)
                    statuses.update(answer.status for answer in answers)
                    assert any(answer.status == 200 for answer in answers)

            await asyncio.gather(*(deliver(number) for number in range(EVENTS)))
            _, metrics = await running.get("/metrics")
    entries = await journal(tmp_path / "backline.db")
    effects = Counter(str(entry.data["person"]) for entry in entries if is_report(entry))
    print(f"\n{EVENTS} events 5 times: {effects.total()} reports; answers {dict(sorted(statuses.items()))}")
    assert statuses.keys() <= {200, 401}, "401: the same bytes once more"
    assert effects == Counter(f"a{number}" for number in range(EVENTS))
    assert f"backline_reports_total {EVENTS}.0" in metrics


async def five_times(person: str, number: int, senders: tuple[Sender, Sender], chance: random.Random) -> list[Answered]:
    """The event and its repeats, all at once in any order; every other one is a slash command: no event id."""
    one, other = senders
    if number % 2:
        kind, first = FORM, command(person, f"1.{number}.x", "report no power")
        renamed = first + b"&api_app_id=A0BACKLINE"  # the same command in other bytes
    else:
        kind, ts = JSON, f"1700000000.{number:06d}"
        first, renamed = message(person, ts, f"Ev{number}"), message(person, ts, f"EvAgain{number}")
    headers = signed(first, kind)
    retried = {**signed(first, kind), "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    ways = [
        one.post(first, headers),
        one.post(first, headers),  # byte for byte
        one.post(first, retried),
        one.send(renamed, kind),
        other.send(renamed + (b" " if kind == JSON else b"&x="), kind),  # never the same signature
    ]
    chance.shuffle(ways)
    return list(await asyncio.gather(*ways))
