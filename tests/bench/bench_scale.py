"""What size costs: a report among many, a start from a long journal, the memory of a serving process.

Run: `python tests/bench/bench_scale.py`. Promise 33: a report when 10,000 are out costs at most 1.2 times one when 100
are. 34: ready 2 s after the start with 100,000 entries. 35: 250 MB with 10,000 people.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

from company import agents_in_turn, big_company, big_rules
from history import append, history, outage
from house import desk_on, make_desk, report_all, scratch, url

from bot.commands import ConfirmRestored
from bot.desk import Desk
from store import open_store

FEW, MANY = 100, 10_000
BLOCK, BLOCKS, ROUNDS = 100, 4, 5
LONG = 100_000
STARTS = 5
OUT = 4_000  # while memory is looked at
GIVE_UP = 60  # seconds until a process must serve


async def beside_many(folder: Path) -> None:
    """Reports one at a time at two desks in turn; those who report come back in between, untimed."""
    rules = big_rules(people=2 * MANY)
    people = agents_in_turn(rules.company)
    took: dict[int, list[tuple[float, float]]] = {FEW: [], MANY: []}
    async with AsyncExitStack() as stack:
        desks: dict[int, Desk] = {}
        for out in took:
            (own := folder / str(out)).mkdir()
            await append(url(own), outage(rules, people[:out]))
            _, desks[out] = await stack.enter_async_context(desk_on(own, rules))
        for turn in range(1 + ROUNDS):
            for out, desk in desks.items():
                one = await reporting(desk, people[MANY : MANY + BLOCK], turn)
                if turn:  # the first opens the incidents that are not open yet
                    took[out].append(one)
    few, many = ([statistics.median(part) * 1000 for part in zip(*took[out], strict=True)] for out in (FEW, MANY))
    ratios = [many[0] / few[0] for few, many in zip(took[FEW], took[MANY], strict=True)]
    print(
        f"a report with {FEW} out {few[0]:.2f} ms ({few[1]:.2f} of the processor), with {MANY:,} out {many[0]:.2f} ms "
        f"({many[1]:.2f}); ratio {statistics.median(ratios):.2f} ({many[1] / few[1]:.2f} of the processor; rounds "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}); promise 33: ≤ 1.2"
    )


async def reporting(desk: Desk, people: Sequence[str], turn: int) -> tuple[float, float]:
    """Seconds, and seconds of the processor, for one report."""
    wall = cpu = 0.0
    for block in range(BLOCKS):
        begun, worked = time.perf_counter(), time.process_time()
        await report_all(desk, people, 1, f"{turn}-{block}")
        wall, cpu = wall + time.perf_counter() - begun, cpu + time.process_time() - worked
        for person in people:
            await desk.handle(ConfirmRestored(person, person))
    await desk.tick()
    return wall / BLOCKS / len(people), cpu / BLOCKS / len(people)


async def starting(folder: Path) -> None:
    """A desk on a long journal, from opening the store until it takes reports; the whole program likewise."""
    rules = big_rules()
    entries = history(rules, LONG)
    await append(url(folder), entries)
    took: list[float] = []
    for _ in range(STARTS):
        begun = time.perf_counter()
        store = await open_store(url(folder))
        desk = make_desk(store.journal, rules)
        await desk.start()
        took.append(time.perf_counter() - begun)
        assert desk.seq >= len(entries)
        await desk.close()
        await store.close()
    await asyncio.to_thread(serving, folder, f"the program on {desk.seq:,} entries")
    print(
        f"start from {len(entries):,} entries: desk ready after {statistics.median(took):.2f} s "
        f"({', '.join(f'{one:.2f}' for one in took)}); promise 34: ≤ 2 s"
    )


async def remembering(folder: Path) -> None:
    """The program with 10,000 people, 4,000 of them out."""
    rules = big_rules()
    await append(url(folder), outage(rules, agents_in_turn(rules.company)[:OUT]))
    await asyncio.to_thread(serving, folder, f"the program with 10,000 people, {OUT:,} out")
    print("promise 35: ≤ 250 MB")


def serving(folder: Path, what: str) -> None:
    """Start `backline run` for Slack, wait until it answers, look at its memory, end it."""
    (folder / "company.toml").write_text(as_toml(big_company()), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "BACKLINE_DATABASE_URL": url(folder),
        "BACKLINE_COMPANY": str(folder / "company.toml"),
        "BACKLINE_PORT": str(port),
        "SLACK_BOT_TOKEN": "xoxb-bench",  # nobody is at this address: everything is loaded, nothing is sent
        "SLACK_SIGNING_SECRET": "bench",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
    }
    begun = time.perf_counter()
    with (folder / "log").open("wb") as log:
        program = subprocess.Popen(  # noqa: S603 - the program under test
            [Path(sys.executable).with_name("backline"), "run"],
            env=os.environ | settings,
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )
    try:
        while not answers(port):
            if program.poll() is not None or time.perf_counter() - begun > GIVE_UP:
                raise SystemExit(f"the program ended or never answered: {(folder / 'log').read_text()}")
            time.sleep(0.02)
        ready = time.perf_counter() - begun
        memory = [int(one) // 1024 for one in held_kb(program.pid)]
        print(f"{what}: answers after {ready:.2f} s, holds {memory[0]} MB, at most {memory[-1]} MB")
    finally:
        program.terminate()
        program.wait(GIVE_UP)


def answers(port: int) -> bool:
    """Whether the program is alive to the web."""
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        return bool(answer.status == 200)
    return False


def held_kb(process: int) -> list[int]:
    """Memory the process holds, and on Linux the most it held."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return [int(subprocess.check_output(["/bin/ps", "-o", "rss=", "-p", str(process)]))]  # noqa: S603
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return [int(lines[name].split()[0]) for name in ("VmRSS", "VmHWM")]


def as_toml(tables: dict[str, Any]) -> str:
    """The company file; values are as in JSON, but for the inline tables."""
    lines: list[str] = []
    for table in ("people", "projects"):
        for row in tables[table]:
            lines += [f"[[{table}]]", *(f"{key} = {_value(value)}" for key, value in row.items())]
    lines += ["[roles]", *(f"{key} = {_value(value)}" for key, value in tables["roles"].items())]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


async def main() -> None:
    """Each part in a folder of its own."""
    for part in (beside_many, starting, remembering):
        with scratch() as folder:
            await part(folder)


if __name__ == "__main__":
    asyncio.run(main())
