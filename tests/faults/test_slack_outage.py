"""Promises 4, 6 and 12: Slack takes a message and drops the line, answers nothing at all, or says 429 and 429."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from adapters.slack.tiers import CHANNEL
from bot.ports import Json
from tests.bench.bench_slack import user_of
from tests.e2e.slack_stage import backline
from tests.faults.lag import lag_of
from tests.faults.order import Order, order_of
from tests.faults.slack_side import (
    FULL,
    Answered,
    Sender,
    all_sent,
    keys_shown,
    rows,
    sending,
    settle_in,
    struck,
    through_the_silence,
)
from tests.standins.slack.client import spawned

LOST = 50 if FULL else 3  # of each fault
LOST_PROJECTS = 134 if FULL else 8  # of every second one an agent, a manager and a backup lose something
HOLE_SECONDS = 600.0 if FULL else 4.0
HOLE_PROJECTS, STORM_PROJECTS = (40, 40) if FULL else (15, 12)
REFUSALS, WINDOW = (100, 6) if FULL else (3, 1)  # a storm of so many 429, each asking for so many seconds
UNDER_WAY = 0.5  # of a window: what comes earlier may have left before the refusal was here
DRAIN = 1_800.0 if FULL else 240.0


async def reported(sender: Sender, projects: int, text: str = "report no power") -> list[Answered]:
    """One agent of each project reports, all at once; every one is answered with a number."""
    answers = await asyncio.gather(*(sender.report(f"a{one}", f"1.{one}.x", text) for one in range(projects)))
    assert [answer for answer in answers if not answer.recorded] == []
    return answers


def to_people(folder: Path) -> list[str]:
    """The keys of all notices sent that people get themselves; the others go into an incident's channel."""
    query = "SELECT key FROM outbox WHERE state = 'sent' AND person NOT LIKE '#%'"
    return [str(key) for (key,) in rows(folder, query)]


def key_of(call: Json) -> str:
    """The key of the notice that this call is to post."""
    return str(call["args"]["metadata"]["event_payload"]["key"])


async def test_a_lost_answer_makes_no_second_message(tmp_path: Path) -> None:
    """Taken, then the connection dropped, an error page or half an answer: it is there once, by one POST.

    Each of so many people loses something, while others get theirs: a Slack that never answers well is another test.
    """
    taken = ("lost", "malformed", "server_error")
    unlucky = iter([user_of(f"{role}{number}") for number in range(0, LOST_PROJECTS, 2) for role in "mab"])
    async with spawned() as slack:
        await slack.settings(rates=False)
        people = await settle_in(slack, tmp_path, LOST_PROJECTS, LOST_PROJECTS)
        async with backline(slack, tmp_path) as running, sending(running.url) as sender:
            for _ in range(LOST):
                for kind in taken:
                    await slack.fault("chat.postMessage", kind, accepted=True, where={"channel": next(unlucky)})
                # and these are not taken
                await slack.fault("chat.postMessage", "reset", where={"channel": next(unlucky)})
            await reported(sender, LOST_PROJECTS, "report fire, cannot move")
            await all_sent(tmp_path, DRAIN)
        posts = await slack.calls("chat.postMessage")
        shown = Counter(await keys_shown(people))
        keys = set(to_people(tmp_path))
        attempts = Counter(key_of(call) for call in posts if key_of(call) in keys)
        not_taken = Counter(key_of(call) for call in posts if call["fault"] == "reset")
        spoilt = Counter(call["fault"] for call in posts if call["fault"])
    print(f"\n{dict(spoilt)}: {len(shown)} notices by {len(posts)} POSTs, {max(shown.values())} message each")
    assert spoilt == dict.fromkeys((*taken, "reset"), LOST)
    assert shown == Counter(keys)
    assert attempts == shown + not_taken, "one POST for each, and one more for each that Slack did not take"


async def test_a_silent_slack_holds_up_no_report(tmp_path: Path) -> None:
    """Slack takes calls and never answers: reports are answered, the service is ready; then everything is sent."""
    async with spawned() as slack:
        people = await settle_in(slack, tmp_path, HOLE_PROJECTS, HOLE_PROJECTS)
        async with backline(slack, tmp_path) as running, sending(running.url) as sender:
            await slack.fault("*", "black_hole", count=None)
            silence = await through_the_silence(running, sender, HOLE_PROJECTS, HOLE_SECONDS)
            await struck(slack)
            lag = await lag_of(running)
            waiting = rows(tmp_path, "SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]
            await slack.heal()
            await all_sent(tmp_path, DRAIN)
        shown = Counter(await keys_shown(people))
        violations = (await slack.report())["violations"]
    print(
        f"\nSlack silent for {HOLE_SECONDS:.0f} s: {silence}; {lag}; "
        f"{waiting} notices waited, {len(shown)} sent, {shown.total() - len(shown)} twice"
    )
    silence.demand()
    lag.demand(HOLE_SECONDS)
    assert shown == Counter(to_people(tmp_path))
    assert not rows(tmp_path, "SELECT key FROM outbox WHERE state = 'dead'")
    assert violations == []


@dataclass(frozen=True, slots=True)
class Storm:
    """What became of a storm of 429. `inside`: for each call in a window, how long that had been open, in seconds."""

    inside: list[float]
    order: Order


async def storm(folder: Path) -> Storm:
    """Everybody reports while Slack refuses; all of it is there once in the end, and Slack has no complaint."""
    async with spawned() as slack:
        people = await settle_in(slack, folder, STORM_PROJECTS, STORM_PROJECTS)
        async with backline(slack, folder) as running, sending(running.url) as sender:
            for method in ("chat.postMessage", "chat.update"):
                await slack.fault(method, "ratelimited", count=REFUSALS, retry_after=WINDOW)
            await reported(sender, STORM_PROJECTS)
            await all_sent(folder, DRAIN)
        report, calls = await slack.report(), await slack.calls("chat.postMessage")
        shown = Counter(await keys_shown(people))
    over = max(call["at"] for call in calls if call["fault"] == "ratelimited") + WINDOW
    order = order_of(folder, [key_of(call) for call in calls if call["status"] == 200], over, CHANNEL.burst)
    inside = [WINDOW - float(one["left"]) for one in report["violations"]]
    print(
        f"\n{REFUSALS} times 429 with Retry-After {WINDOW} s: {len(inside)} calls inside, the last "
        f"{max(inside, default=0) * 1000:.0f} ms after it opened; {order.first} of {order.owed} decisions "
        f"before all that can wait, {shown.total()} notices"
    )
    assert sum(call["fault"] == "ratelimited" for call in calls) == REFUSALS
    assert report["complaints"] == []
    assert shown == Counter(to_people(folder)), "each notice once"
    return Storm(inside, order)


async def test_a_storm_of_429_is_waited_out(tmp_path: Path) -> None:
    """No call leaves once a Retry-After is known; everything is there once, and nothing is given up."""
    seen = await storm(tmp_path)
    assert [late for late in seen.inside if late > UNDER_WAY * WINDOW] == []


async def test_a_storm_of_429_lets_decisions_go_first(tmp_path: Path) -> None:
    """Not one call arrives inside a Retry-After; then all that ask for a decision go before any other."""
    seen = await storm(tmp_path)
    assert seen.inside == []
    assert seen.order.owed >= STORM_PROJECTS
    assert seen.order.first == seen.order.owed
