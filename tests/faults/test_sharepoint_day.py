"""A day without SharePoint, and its return in a storm of faults: every row once, in order, within the budget.

Time is the test's own, here and on the stand-in's side. `BACKLINE_FAULTS=full` takes 10,000 rows instead of 700.
"""

from __future__ import annotations

import os
import time
from collections import Counter

from bot.commands import Cause, ChangeRole, ConfirmRestored, ReportWorkplace, StandDown
from tests.unit.sharepoint.side import Row, Side, beside

FULL = os.environ.get("BACKLINE_FAULTS") == "full"
ROWS = 10_000 if FULL else 700
DAY = 24 * 3600.0
LIMIT = 1200  # resource units a minute
Faults = list[tuple[str, str, dict[str, object]]]
# Parts are told to wait only where the answer arrives: of a wish that was lost nobody can know.
PARTS: Faults = [
    ("items.create", "throttled", {"chance": 0.02, "seed": 11, "retry_after": 45}),
    ("fields.update", "throttled", {"chance": 0.1, "seed": 22, "retry_after": 30}),
    ("items.create", "server_error", {"chance": 0.01, "seed": 12, "status": 503, "accepted": True}),
    ("items.create", "server_error", {"chance": 0.01, "seed": 23, "status": 503, "retry_after": 20}),
    ("items.create", "empty", {"chance": 0.01, "seed": 13, "accepted": True}),
    ("items.create", "malformed", {"chance": 0.005, "seed": 24}),
]
STORM: Faults = [
    ("batch", "lost", {"chance": 0.05, "seed": 1}),
    ("batch", "lost", {"chance": 0.05, "seed": 2, "parts": 9}),
    ("batch", "reset", {"chance": 0.03, "seed": 3}),
    ("batch", "server_error", {"chance": 0.05, "seed": 4, "status": 503, "accepted": True}),
    ("batch", "server_error", {"chance": 0.03, "seed": 5, "status": 504, "retry_after": 7}),
    ("batch", "html", {"chance": 0.03, "seed": 6, "status": 502, "accepted": True}),
    ("batch", "empty", {"chance": 0.03, "seed": 7, "accepted": True}),
    ("batch", "empty", {"chance": 0.03, "seed": 8}),
    ("batch", "malformed", {"chance": 0.03, "seed": 9}),
    ("batch", "throttled", {"chance": 0.03, "seed": 10, "retry_after": 90}),
    ("fields.update", "conflict", {"chance": 0.3, "seed": 14, "fields": {"Plan": "?"}}),
    ("items.list", "html", {"chance": 0.05, "seed": 15, "status": 502}),
    ("items.list", "throttled", {"chance": 0.03, "seed": 16, "retry_after": 120}),
    ("items.list", "empty", {"chance": 0.03, "seed": 17}),
    ("items.delta", "server_error", {"chance": 0.05, "seed": 18}),
    ("files.put", "lost", {"chance": 0.1, "seed": 19}),
    ("files.put", "error", {"chance": 0.1, "seed": 20, "status": 423, "code": "resourceLocked"}),
    ("*", "expired", {"chance": 0.01, "seed": 21}),
]


async def order(side: Side, faults: Faults) -> None:
    """From now on these happen, by chance."""
    for op, kind, details in faults:
        await side.standin.fault(op, kind, count=None, **details)


async def incidents(side: Side, rows: int, *, open_one: bool = False) -> None:
    """Incidents until the journal has so many entries."""
    people = ("anna", "bea")
    while side.play.desk.seq < rows:
        person = people[side.play.desk.seq % 2]
        await side.play.do(ReportWorkplace(person, person, Cause.POWER, can_move=False), minutes=0.5)
        await side.play.do(ConfirmRestored(person, person))
        await side.play.do(StandDown("nora", "acme-de"))
    if open_one:
        await side.play.do(ReportWorkplace("anna", "anna", can_move=False))


async def drain(side: Side) -> tuple[int, float]:
    """Rounds until everything is there, and the time that took."""
    begun, rounds = side.watch.now, 0
    while True:
        seconds, rounds = await side.step(), rounds + 1
        state = side.sync.state()
        if state and state.waiting == 0 and state.trouble is None:
            return rounds, side.watch.now - begun
        assert rounds < 20_000, state
        await side.watch.sleep(seconds or 5.0)


async def test_a_day_s_backlog_drains_once() -> None:
    """Down for a day while incidents run; afterwards every row is there once, in order, and no rule was broken."""
    began = time.monotonic()
    async with beside() as side:
        await order(side, PARTS)
        await incidents(side, ROWS // 4, open_one=True)
        await drain(side)
        await side.standin.heal()
        await side.standin.outage("503")
        await side.play.do(ConfirmRestored("anna", "anna"), StandDown("nora", "acme-de"))
        await incidents(side, ROWS)
        await side.play.do(ChangeRole("zita", "account_manager", "acme-de", ("nora", "sam")))
        before, until = len(await side.standin.calls()), side.watch.now + DAY
        while side.watch.now < until:
            await side.watch.sleep(await side.step() or 60.0)
        asked = len(await side.standin.calls()) - before
        await order(side, STORM)
        await side.standin.outage("")
        rounds, seconds = await drain(side)
        await side.standin.heal()
        await drain(side)
        await judge(side, rounds, seconds, asked)
    print(f"wall clock: {time.monotonic() - began:.0f} s")


async def judge(side: Side, rounds: int, seconds: float, asked: int) -> None:
    """Nothing twice, nothing missing, nothing inside a Retry-After, nothing over the budget; print the figures."""
    entries = await side.play.entries()
    log = await side.log()
    twice, missing = repeated(log), {entry.seq for entry in entries} - {row["Seq"] for row in log}
    found = await side.incidents()
    closed = sum(entry.type == "StoodDown" for entry in entries)
    report, units = await side.standin.report(), await side.standin.units()
    calls = await side.standin.calls()
    trouble = Counter(call["fault"] for call in calls if call["fault"])
    print(
        f"\n{len(entries)} entries, {closed} incidents: {len(twice)} rows twice, {len(missing)} missing; "
        f"{len(report['violations'])} calls inside a Retry-After; most units in a minute: {units['most']} of {LIMIT}\n"
        f"a day of outage: {asked} calls; the backlog: {rounds} rounds in {seconds / 60:.0f} min of their time; "
        f"faults met: {dict(trouble)}"
    )
    assert (twice, missing) == ([], set())
    assert [row["Seq"] for row in log] == [entry.seq for entry in entries]
    assert [row["Hash"] for row in log] == [entry.hash for entry in entries]
    assert len(found) == len({row["Key"] for row in found}) == closed
    assert all(row["State"] == "closed" and row["Plan"] != "?" for row in found)
    assert len(await side.standin.files()) == closed
    assert len(await side.roles()) == 4 + 2 * len(side.play.desk.rules.company.projects)
    assert report == {"violations": [], "complaints": []}
    assert units["most"] <= LIMIT
    assert not [call for call in calls if call["status"] == 429 and not call["fault"]]
    assert asked < DAY / 60 * 1.1


def repeated(rows: list[Row]) -> list[int]:
    """Numbers that stand in the list more than once."""
    return [number for number, count in Counter(row["Seq"] for row in rows).items() if count > 1]
