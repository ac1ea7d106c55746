"""4,000 of 10,000 people in 200 projects report: how long they wait, whether everything is right, and how soon.

Run: `python tests/bench/bench_storm.py`. Promise 31: p99 of the answer within 500 ms, tallies exact, each level right
1 s after the last report. First as fast as 4,000 in a minute come (67 a second), then the rest at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from company import agents_in_turn, big_rules
from house import Settlings, desk_on, milliseconds, report, report_all, scratch

from bot.cover import Eligibility, Rulebook
from bot.desk import Desk
from bot.events import Event
from bot.severity import assess_levels
from bot.situation import Situation

REPORTS = 4_000
PER_SECOND = REPORTS / 60
SECONDS = 15
BURST = 64  # reports on their way at the same time


class Snapshots(Settlings):
    """Keeps every committed state."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[tuple[float, Situation]] = []

    def committed(self, events: Sequence[Event], state: Situation) -> None:
        """One more state, and when it was known."""
        self.states.append((time.perf_counter(), state))


async def at_rate(desk: Desk, people: Sequence[str]) -> list[float]:
    """They report one every 15 ms, whether those before them have been answered or not."""
    begun = time.perf_counter()
    on_way: list[asyncio.Task[float]] = []
    for number, person in enumerate(people):
        await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
        on_way.append(asyncio.create_task(report(desk, person)))
    return await asyncio.gather(*on_way)


async def right_after(desk: Desk, rules: Rulebook, watch: Snapshots) -> float:
    """Seconds from the last answer until every level was what the facts make it."""
    last = time.perf_counter()
    while desk._owed:  # noqa: ASYNC110 - the desk draws the consequences in a moment, and tells nobody
        await asyncio.sleep(0.005)
    await desk.tick()  # behind that moment's commit
    found = assess_levels(desk.state, rules, Eligibility(desk.state, rules))
    wanted = {project: one.level for project, one in found.items()}
    for at, state in watch.states:
        if at >= last and {name: incident.recommended for name, incident in state.incidents.items()} == wanted:
            return at - last
    newest = watch.states[-1][1]
    assert {name: incident.recommended for name, incident in newest.incidents.items()} == wanted, "a level is wrong"
    return 0.0


def check_tallies(desk: Desk, rules: Rulebook, people: Sequence[str]) -> None:
    """Everybody who reported is out, in each of their projects, and nobody else."""
    wanted = Counter(project for person in people for project in rules.company.agent_of(person))
    assert {name: incident.seats for name, incident in desk.state.incidents.items()} == wanted
    assert desk.state.out_agents == len(desk.state.workplaces) == len(people)


async def storm(folder: Path) -> None:
    """Prints a line for each part."""
    rules, watch = big_rules(), Snapshots()
    people = agents_in_turn(rules.company)[:REPORTS]
    steady = int(PER_SECOND * SECONDS)
    async with desk_on(folder, rules, watch) as (_, desk):
        waits = await at_rate(desk, people[:steady])
        late = await right_after(desk, rules, watch)
        check_tallies(desk, rules, people[:steady])
        print(f"{PER_SECOND:.0f}/s for {SECONDS} s: answer {milliseconds(waits)}; levels right after {late:.2f} s")
        begun = time.perf_counter()
        waits = await report_all(desk, people[steady:], BURST)
        took = time.perf_counter() - begun
        late = await right_after(desk, rules, watch)
        check_tallies(desk, rules, people)
        print(
            f"the other {REPORTS - steady} at once, {BURST} on their way: {(REPORTS - steady) / took:.0f}/s; "
            f"answer {milliseconds(waits)}; levels right after {late:.2f} s"
        )
        print(
            f"tallies exact; consequences drawn {len(watch.took)} times, {milliseconds(watch.took)}; entries {desk.seq}"
        )
        print("promise 31: answer p99 ≤ 500 ms, levels right after ≤ 1 s")


if __name__ == "__main__":
    with scratch() as name:
        asyncio.run(storm(name))
