"""Promises 19, 20 and 24 in Teams: forged tokens, changed bytes, foreigners, huge and deep bodies, slow sockets."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path

from bot.ports import Json
from tests.e2e.slack_stage import Backline
from tests.e2e.teams_stage import backline, enter
from tests.faults.slack_side import FULL
from tests.faults.test_slack_hostile import MOST_GROWTH, resident
from tests.standins.teams.client import FORGERIES, Person, Teams, spawned

BODIES = 100_000 if FULL else 2_000
SOCKETS = 500 if FULL else 100
JSON = {"Content-Type": "application/json"}
HEAD = "POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"


async def originals(teams: Teams, person: Person) -> list[Json]:
    """One delivery of each kind: a message, a press, a refusal at a field, an arrival in two ways."""
    sent = [await person.say("status"), *await person.install()]
    sent.append(await person.press(verb="report", under="My workplace is unusable"))
    team = await teams.team("Continuity", person)
    return [*sent, *await team.install(person), await person.say("@Backline status", where="General")]


async def reports(running: Backline) -> float:
    """How many have been recorded."""
    _, text = await running.get("/metrics")
    return float(next(line for line in text.splitlines() if line.startswith("backline_reports_total")).split()[1])


async def test_no_changed_bytes_make_a_5xx(tmp_path: Path) -> None:
    """With a good token, which does not cover the body: 2xx or 4xx, and the service goes on."""
    async with spawned() as teams, backline(teams, tmp_path) as running:
        carl = (await enter(teams, ["carl"]))["carl"]
        kinds, seen = await originals(teams, carl), Counter[str]()
        for number, sent in enumerate(kinds):
            seen += Counter(await teams.storm(sent, BODIES // len(kinds), seed=number * BODIES))
        print(f"\n{seen.total()} changed bodies: {dict(sorted(seen.items()))}")
        assert not [status for status in seen if not status.isdigit() or int(status) >= 500]
        assert (await running.get("/readyz"))[0] == 200
        assert (await carl.say("log"))["ok"]


async def test_forgeries_and_foreigners_write_nothing(tmp_path: Path) -> None:
    """Every kind of wrong token, by message, press and arrival: 401 or 403; guests and strangers are told so."""
    async with spawned() as teams, backline(teams, tmp_path) as running:
        anna = (await enter(teams, ["anna"]))["anna"]
        statuses: Counter[int] = Counter()
        for name, how in FORGERIES.items():
            acts = [await anna.say("no power", **how), *await anna.install(**how)]
            acts.append(await anna.press(verb="report", under="Használhatatlan a munkahelyem", **how))
            found = [one["attempts"][0]["status"] for one in acts]
            assert set(found) <= {401, 403}, (name, found)
            statuses.update(found)
        for details in ({"guest": True, "email": "bea@example.com"}, {"email": "x@example.com"}, {"tenant": "other"}):
            person = await teams.person(f"person {details}", **details)
            await person.install()
            await person.say("no power")
        print(f"\n{statuses.total()} forged calls: {dict(statuses)}")
        assert await reports(running) == 0
        assert (await anna.say("no power"))["ok"]
        assert await reports(running) == 1
        assert not [line for line in running.log if "no power" in line or "anna@" in line], "people's words in the log"


async def test_slow_sockets_and_large_bodies_are_bounded(tmp_path: Path) -> None:
    """Hundreds of sockets that send a little, or much without a token: memory stays, others are served."""
    async with spawned() as teams, backline(teams, tmp_path) as running:
        anna = (await enter(teams, ["anna"]))["anna"]
        assert (await anna.say("help"))["ok"]
        before = resident(running)
        most, done = before, asyncio.Event()

        async def watch() -> None:
            nonlocal most
            while not done.is_set():
                most = max(most, resident(running))
                await asyncio.sleep(0.02)

        watching = asyncio.create_task(watch())
        sockets = [await slow(running, 200_000 if number % 2 else 1_000) for number in range(SOCKETS)]
        deep = '{"a":' + "[" * 100_000 + "]" * 100_000 + "}"
        large = [teams.raw(body=deep, headers=JSON) for _ in range(20)]
        began = time.monotonic()
        sent = await anna.say("no power")
        took = time.monotonic() - began
        assert {one["status"] for one in await asyncio.gather(*large)} <= {400, 413}
        await asyncio.gather(*(drain(one) for one in sockets))
        done.set()
        await watching
        print(f"\n{SOCKETS} slow sockets: memory +{(most - before) / 1024**2:.1f} MB, a report meanwhile {took:.3f} s")
        assert sent["ok"]
        assert most - before <= MOST_GROWTH


async def slow(running: Backline, size: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose body never ends."""
    port = int(running.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD.format(size=size).encode() + b" " * (size // 2))
    return reader, writer


async def drain(pair: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Wait until it is turned away."""
    reader, writer = pair
    try:
        async with asyncio.timeout(20):
            first = await reader.readline()
            assert b" 408 " in first or b" 413 " in first, first
    except ConnectionError:
        pass  # turned away while it was still sending
    finally:
        writer.close()
