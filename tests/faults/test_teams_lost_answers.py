"""Promises 4 and 12 for Teams: it takes a message and drops the line, says nothing for a while, or says 429 and 429."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from pathlib import Path

from adapters.teams.rates import CONVERSATION
from tests.e2e.teams_stage import backline
from tests.faults.lag import lag_of
from tests.faults.order import order_of
from tests.faults.slack_side import FULL, all_sent, p99, rows
from tests.faults.teams_side import MARK, chats_of, looked_at, reported, settle_in, shown, struck, summary_of
from tests.standins.teams.client import Person, spawned

LOST = 100 if FULL else 3  # of each fault
REFUSALS, WINDOW = (100, 6) if FULL else (3, 1)  # a storm of so many 429, each asking for so many seconds
STORM_PROJECTS = 40 if FULL else 12  # the chats of those who lead a crisis take a message a second
HOLE_SECONDS, HOLE_PROJECTS = (600.0, 100) if FULL else (25.0, 8)  # longer than two time-outs
UNDER_WAY = 0.5  # of a window: what comes earlier may have left before the refusal was here
EVERY = 0.1  # seconds between reports while Teams is silent
MOST_ANSWER = 1.0  # seconds: the promise
DRAIN = 1_800.0 if FULL else 240.0


async def all_report(people: dict[str, Person], projects: int) -> None:
    """One agent of each project reports, all at once; every report is recorded."""
    assert all(await asyncio.gather(*(reported(people[f"a{one}"]) for one in range(projects))))


async def kept_reporting(people: dict[str, Person], projects: int, seconds: float) -> list[float]:
    """One agent after the other reports, again and again, whatever becomes of the last report; how long each took."""
    loop = asyncio.get_running_loop()
    began, took = loop.time(), list[float]()

    async def one(person: Person) -> None:
        asked = loop.time()
        assert await reported(person), f"{person.name} was not answered"
        took.append(loop.time() - asked)

    async with asyncio.TaskGroup() as reports:
        for number in itertools.count():
            if loop.time() - began > seconds:
                break
            reports.create_task(one(people[f"a{number % projects}"]))
            await asyncio.sleep(EVERY)
    return took


async def test_a_lost_answer_is_one_post_and_one_marked_repeat(tmp_path: Path) -> None:
    """Taken, then the connection dropped, an error page or half an answer: one POST each time, and one repeat."""
    faults = (("lost", {}), ("malformed", {}), ("server_error", {"accepted": True}), ("reset", {}))
    projects = LOST * 2
    async with spawned() as teams:
        await teams.settings(rates=False)
        people = await settle_in(teams, tmp_path, projects)
        chats = await chats_of(teams, people)
        unlucky = iter([chats[f"{role}{number}"] for number in range(projects) for role in ("m", "b")])
        async with backline(teams, tmp_path):
            for kind, details in faults:
                for _ in range(LOST):
                    await teams.fault("post", kind, where={"conversation": next(unlucky)}, **details)
            await all_report(people, projects)
            await all_sent(tmp_path, DRAIN)
        answered = {chats[f"a{number}"] for number in range(projects)}  # agents are answered in their chat as well
        posts = [call for call in await teams.calls("post") if call["conversation"] not in answered]
        found, complaints = await shown(teams, tmp_path, people), (await teams.report())["complaints"]
    spoilt = Counter(call["fault"] for call in posts if call["fault"])
    ours = int(str(rows(tmp_path, "SELECT count(*) FROM outbox WHERE person NOT GLOB '[a#]*'")[0][0]))
    by_chat = Counter(call["conversation"] for call in posts if call["fault"] or MARK in summary_of(call))
    print(
        f"\n{dict(spoilt)}: {ours} notices by {len(posts)} POSTs, {found.twice} there twice, "
        f"{found.marked} marked as a repeat"
    )
    assert spoilt == dict.fromkeys((kind for kind, _ in faults), LOST)
    assert complaints == []
    assert (found.dead, found.there) == (0, found.sent)
    assert len(posts) == ours + found.marked, "one POST for each, and one more for each whose end nobody knows"
    assert (found.marked, found.twice) == (4 * LOST, 3 * LOST)
    assert set(by_chat.values()) == {2}, "a repeat that follows nothing"


async def test_a_silent_teams_costs_one_repeat_and_nobodys_message(tmp_path: Path) -> None:
    """Teams takes calls and never answers: no message is repeated into the dark, and in the end all are there."""
    async with spawned() as teams:
        people = await settle_in(teams, tmp_path, HOLE_PROJECTS)
        async with backline(teams, tmp_path) as running:
            await teams.fault("*", "black_hole", count=None)
            looking = asyncio.create_task(looked_at(running, HOLE_SECONDS))
            took = await kept_reporting(people, HOLE_PROJECTS, HOLE_SECONDS)
            await struck(teams)
            looks, lag = await looking, await lag_of(running)
            waiting = rows(tmp_path, "SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]
            in_the_dark = await teams.calls("post")
            await teams.heal()
            await all_sent(tmp_path, DRAIN)
        found = await shown(teams, tmp_path, people)
        report = await teams.report()
    print(
        f"\nTeams silent for {HOLE_SECONDS:.0f} s: {len(took)} reports answered, p99 {p99(took) * 1000:.0f} ms; {lag}; "
        f"{len(in_the_dark)} POSTs in that time, {waiting} notices waited; {found.sent} sent, {found.twice} twice, "
        f"{found.marked} marked; /readyz slowest {max(looks) * 1000:.0f} ms"
    )
    lag.demand(HOLE_SECONDS)
    assert p99(took) <= MOST_ANSWER
    assert report == {"violations": [], "complaints": []}
    assert not any(MARK in summary_of(call) for call in in_the_dark)
    assert (found.dead, found.there, found.twice) == (0, found.sent, 0)


async def test_a_storm_of_429_is_waited_out(tmp_path: Path) -> None:
    """No call leaves once a Retry-After is known, decisions go first afterwards, and everything is there once."""
    async with spawned() as teams:
        people = await settle_in(teams, tmp_path, STORM_PROJECTS)
        async with backline(teams, tmp_path):
            await teams.fault("post", "ratelimited", count=REFUSALS, retry_after=WINDOW)
            await all_report(people, STORM_PROJECTS)
            await all_sent(tmp_path, DRAIN)
        found, report, posts = await shown(teams, tmp_path, people), await teams.report(), await teams.calls("post")
    keys = {str(ref): str(key) for ref, key in rows(tmp_path, "SELECT json_extract(ref, '$.id'), key FROM outbox")}
    over = max(call["at"] for call in posts if call["fault"] == "ratelimited") + WINDOW
    taken = [keys[call["made"]] for call in posts if call["made"] in keys]  # agents are answered beside all this
    order = order_of(tmp_path, taken, over, CONVERSATION[0].burst)
    inside = [WINDOW - float(one["left"]) for one in report["violations"]]
    print(
        f"\n{REFUSALS} times 429 with Retry-After {WINDOW} s: {len(inside)} calls inside, the last "
        f"{max(inside, default=0) * 1000:.0f} ms after it opened; {order.first} of {order.owed} decisions before all "
        f"that can wait, {found.sent} notices"
    )
    assert [late for late in inside if late > UNDER_WAY * WINDOW] == []
    assert report["complaints"] == []
    assert (found.dead, found.there, found.twice) == (0, found.sent, 0)
    assert order.owed >= STORM_PROJECTS
    assert order.first == order.owed
