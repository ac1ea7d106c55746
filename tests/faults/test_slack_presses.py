"""Promise 18: fifty people who may decide press the same button at the same instant, also over two replicas."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import web

from bot.ports import Account, Journal, Json
from store import open_store
from tests.bench.bench_slack import prepare, user_of
from tests.contract.postgres import TEMPLATE, Server
from tests.e2e.slack_stage import process
from tests.faults.slack_side import FULL, PATIENCE, TEAM, Sender, sending, subfolder
from tests.standins.slack.client import spawned

COMPANIES, ROUNDS = (20, 10) if FULL else (1, 3)
DECIDERS = [f"c{number}" for number in range(50)]


@dataclass
class Ear:
    """Hears what people are told through the `response_url` of their press."""

    heard: dict[str, asyncio.Future[str]] = field(default_factory=dict)

    def expect(self, key: str) -> asyncio.Future[str]:
        """What will be said there."""
        return self.heard.setdefault(key, asyncio.get_running_loop().create_future())

    async def hear(self, asked: web.Request) -> web.Response:
        """Somebody is told something."""
        self.expect(asked.match_info["key"]).set_result(str((await asked.json())["text"]))
        return web.Response()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Serve; where the keys go."""
        app = web.Application()
        app.router.add_post("/said/{key}", self.hear)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/said"
        finally:
            await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Hands:
    """Presses buttons on messages; each press goes to the next of the replicas. `record`: reads what they wrote."""

    senders: Sequence[Sender]
    ear: Ear
    replies: str
    record: Journal
    turn: Iterator[int] = field(default_factory=count)

    @property
    def sender(self) -> Sender:
        """Whoever is next."""
        return self.senders[next(self.turn) % len(self.senders)]

    async def press(self, person: str, verb: str, project: str, incident: str) -> str:
        """What they are told."""
        key, who = f"{person}-{verb}-{incident}", {"id": user_of(person), "team_id": TEAM}
        value = json.dumps({"project": project, "incident": incident})
        action = {"action_id": verb, "block_id": "b", "value": value, "action_ts": "1.1", "type": "button"}
        payload: dict[str, object] = {
            "type": "block_actions",
            "user": who,
            "team": {"id": TEAM},
            "trigger_id": f"1.{key}.x",
        }
        payload |= {"actions": [action], "container": {"type": "message", "message_ts": incident, "channel_id": "D1"}}
        payload |= {"response_url": f"{self.replies}/{key}"}
        told = self.ear.expect(key)
        answer = await self.sender.send(urlencode({"payload": json.dumps(payload)}).encode())
        assert answer.status == 200
        async with asyncio.timeout(PATIENCE):
            return await told


async def test_fifty_presses_at_once_are_one_decision(tmp_path: Path) -> None:
    """One decides; everybody else hears who it was."""
    told = 0
    for number in range(COMPANIES):
        folder = subfolder(tmp_path, f"company{number}")
        told += await one_company(folder, f"sqlite:///{folder / 'backline.db'}", replicas=1)
    rounds = COMPANIES * ROUNDS
    print(f"\n{rounds} rounds of {len(DECIDERS)} presses at once: {rounds} decisions, {told} told who decided")
    assert told == rounds * (len(DECIDERS) - 1)


@pytest.mark.postgres
async def test_fifty_presses_on_two_replicas_are_one_decision(tmp_path: Path, postgres: Server) -> None:
    """Half of them reach one process and half another, on one PostgreSQL database: still one decides."""
    told = 0
    for number in range(COMPANIES):
        name = f"presses_{number}"
        postgres.sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        told += await one_company(subfolder(tmp_path, name), postgres.url(name), replicas=2)
        postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
    rounds = COMPANIES * ROUNDS
    print(
        f"\n{rounds} rounds of {len(DECIDERS)} presses at once on 2 replicas: {rounds} decisions, {told} told by whom"
    )
    assert told == rounds * (len(DECIDERS) - 1)


async def one_company(folder: Path, database: str, replicas: int) -> int:
    """How many were told that somebody else had decided."""
    await settle(folder, database)
    ear = Ear()
    async with AsyncExitStack() as stack:
        slack, replies = await stack.enter_async_context(spawned()), await stack.enter_async_context(ear.open())
        for person in (*DECIDERS, *(f"{role}{number}" for number in range(ROUNDS) for role in "amb"), "zita", "ivan"):
            await slack.person(person, id=user_of(person), email=f"{person}@example.com")
        running = [
            await stack.enter_async_context(process(slack.api, folder, database=database)) for _ in range(replicas)
        ]
        senders = [await stack.enter_async_context(sending(one.url)) for one in running]
        record = await open_store(database, read_only=True)
        stack.push_async_callback(record.close)
        hands = Hands(senders, ear, replies, record.journal)
        return sum([await one_round(hands, number) for number in range(ROUNDS)])


async def settle(folder: Path, database: str) -> None:
    """A project for each round, with fifty supervisors, each of whom may approve."""
    await prepare(folder, ROUNDS, ROUNDS, database)
    file = folder / "company.toml"
    people = "".join(f'  {{ id = "{one}", name = "Decider {one}" }},\n' for one in DECIDERS)
    text = file.read_text(encoding="utf-8").replace("people = [\n", f"people = [\n{people}", 1)
    for number in range(ROUNDS):
        text = text.replace(f'supervisors = ["s{number}"]', f"supervisors = {json.dumps(DECIDERS)}")
    file.write_text(text, encoding="utf-8")
    store = await open_store(database)
    for one in DECIDERS:
        await store.directory.link(Account(one, "slack", TEAM, user_of(one)))
    await store.close()


async def one_round(hands: Hands, number: int) -> int:
    """An agent is out, the backup offers, all press. How many were told that somebody else had decided."""
    project = f"p{number}"
    assert (await hands.sender.report(f"a{number}", f"1.{number}.x", "report fire, cannot move")).recorded
    incident = str((await entries(hands.record, "IncidentOpened", project, 1))[0]["incident"])
    await entries(hands.record, "CoverAsked", project, 1)
    await hands.press(f"b{number}", "cover_yes", project, incident)
    said = await asyncio.gather(*(hands.press(one, "approve", project, incident) for one in DECIDERS))
    decisions = await entries(hands.record, "CoverApproved", project, 1)
    assert len(decisions) == 1
    winner = str(decisions[0]["by"])
    losers = [text for one, text in zip(DECIDERS, said, strict=True) if one != winner]
    assert "is approved" in said[DECIDERS.index(winner)]
    names = (f"Decider {winner}", f"<@{user_of(winner)}>")
    assert all("Already decided by" in text and any(name in text for name in names) for text in losers), losers[:2]
    return len(losers)


async def entries(record: Journal, kind: str, project: str, least: int) -> list[Json]:
    """The data of these journal entries, once there are so many. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = [one.data for one in await record.read() if one.type == kind and one.data["project"] == project]
            if len(found) >= least:
                return found
            await asyncio.sleep(0.02)
