"""Reports a second through the desk, beside what the disk allows.

Run: `python tests/bench/bench_reports.py`. "Bare" is sqlite3 with BEGIN IMMEDIATE, one INSERT, COMMIT under
`synchronous=FULL`, in the same folder and run. 10,000 people, 200 projects. Promises 2, 28 and 30 lean on this.
"""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from bench_append import bare
from company import agents_in_turn, big_rules
from house import desk_on, milliseconds, report_all, scratch

ROUNDS = 5
REPORTS = 320  # in a round
TOGETHER = (1, 32)


async def measure(folder: Path) -> None:
    """Both ways in turn, because disks and neighbours have moods; the same desk throughout."""
    rules = big_rules()
    people = iter(agents_in_turn(rules.company))
    async with desk_on(folder, rules) as (_, desk):
        loop = asyncio.get_running_loop()
        for together in TOGETHER:
            waits: list[float] = []
            rates: list[tuple[float, float]] = []
            for _ in range(ROUNDS):
                floor = REPORTS / bare(folder / "bare.db", REPORTS)
                who = [next(people) for _ in range(REPORTS)]
                begun = loop.time()
                waits += await report_all(desk, who, together)
                rates.append((REPORTS / (loop.time() - begun), floor))
            rate, floor = (statistics.median(column) for column in zip(*rates, strict=True))
            ratio = statistics.median(ours / bare for ours, bare in rates)
            print(
                f"{together:2} at a time: {rate:.0f} reports/s; bare commits {floor:.0f}/s; ratio {ratio:.2f} "
                f"(rounds {', '.join(f'{ours / bare:.2f}' for ours, bare in rates)}); answer {milliseconds(waits)}"
            )
        print(f"{len(desk.state.workplaces)} people out at the end")


if __name__ == "__main__":
    with scratch() as name:
        asyncio.run(measure(name))
