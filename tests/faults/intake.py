"""A desk on SQLite under load, as a process to be killed: `intake.py DATABASE RUN REPORTS`.

Before it asks the desk it prints `asked KEY PERSON`, after the answer `answered KEY PERSON RECEIPT CHANGED`. Lines
`KEY PERSON` on standard input are delivered again first: whoever sent them never heard of them.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bot.commands import ConfirmRestored, ReportWorkplace
from bot.company import company_from_tables
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Desk
from bot.plan import parse_plan
from store import open_store
from tests.unit.stage import HandClock, Seen

WORKERS = 32
PEOPLE = 640


def rules() -> Rulebook:
    """One project, many agents."""
    agents = [f"agent{number}" for number in range(PEOPLE)]
    tables = {
        "people": [{"id": person, "languages": {"de": "native"}} for person in [*agents, "nora", "zita", "ivan"]],
        "projects": [
            {
                "id": "acme-de",
                "language": "de",
                "country": "DE",
                "timezone": "Europe/Berlin",
                "hours": "24/7",
                "agents": agents,
                "account_manager": "nora",
            }
        ],
        "roles": {"cmt_lead": ["zita"], "it_manager": ["ivan"]},
    }
    return Rulebook(parse_plan(packaged("plan.toml")), company_from_tables(tables))


async def report(desk: Desk, key: str, person: str) -> None:
    """One report, said before and after."""
    print("asked", key, person, flush=True)
    outcome = await desk.handle(ReportWorkplace(person, person), key)
    print("answered", key, person, outcome.receipt, int(outcome.changed), flush=True)


async def worker(desk: Desk, run: str, number: int, reports: int) -> None:
    """This worker's people, one after another: report, work again."""
    for count in range(reports):
        person = f"agent{(count * WORKERS + number) % PEOPLE}"
        await report(desk, f"{run}-{number}-{count}", person)
        await desk.handle(ConfirmRestored(person, person))


async def main() -> None:
    """Deliver again what was not answered, then put on the load until killed or done."""
    database, run, reports = sys.argv[1:]
    again = [line.split() for line in sys.stdin]
    store = await open_store(f"sqlite:///{database}")
    desk = Desk(journal=store.journal, clock=HandClock(), rules=rules(), watch=Seen(), stopwatch=time.monotonic)
    await desk.start()
    print("ready", flush=True)
    for key, person in again:
        await report(desk, key, person)
        if person in desk.state.workplaces:
            await desk.handle(ConfirmRestored(person, person))
    for person in list(desk.state.workplaces):
        await desk.handle(ConfirmRestored(person, person))
    await asyncio.gather(*(worker(desk, run, number, int(reports) // WORKERS) for number in range(WORKERS)))
    await desk.close()
    await store.close()
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
