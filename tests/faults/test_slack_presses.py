"""Promise 18: fifty people who may decide press the same button at the same instant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from bot.ports import Account
from store import open_store
from tests.bench.bench_slack import prepare, user_of
from tests.e2e.slack_stage import backline
from tests.faults.slack_side import FULL, PATIENCE, TEAM, Sender, rows, sending, subfolder
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
    """Presses buttons on messages."""

    sender: Sender
    ear: Ear
    replies: str

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
        told += await one_company(subfolder(tmp_path, f"company{number}"))
    rounds = COMPANIES * ROUNDS
    print(f"\n{rounds} rounds of {len(DECIDERS)} presses at once: {rounds} decisions, {told} told who decided")
    assert told == rounds * (len(DECIDERS) - 1)


async def one_company(folder: Path) -> int:
    """How many were told that somebody else had decided."""
    await settle(folder)
    told, ear = 0, Ear()
    async with (
        spawned() as slack,
        ear.open() as replies,
        backline(slack, folder) as running,
        sending(running.url) as sender,
    ):
        hands = Hands(sender, ear, replies)
        for number in range(ROUNDS):
            told += await one_round(hands, folder, number)
    return told


async def settle(folder: Path) -> None:
    """A project for each round, with fifty supervisors, each of whom may approve."""
    await prepare(folder, ROUNDS, ROUNDS)
    file = folder / "company.toml"
    people = "".join(f'  {{ id = "{one}", name = "Decider {one}" }},\n' for one in DECIDERS)
    text = file.read_text(encoding="utf-8").replace("people = [\n", f"people = [\n{people}", 1)
    for number in range(ROUNDS):
        text = text.replace(f'supervisors = ["s{number}"]', f"supervisors = {json.dumps(DECIDERS)}")
    file.write_text(text, encoding="utf-8")
    store = await open_store(f"sqlite:///{folder / 'backline.db'}")
    for one in DECIDERS:
        await store.directory.link(Account(one, "slack", TEAM, user_of(one)))
    await store.close()


async def one_round(hands: Hands, folder: Path, number: int) -> int:
    """An agent is out, the backup offers, all press. How many were told that somebody else had decided."""
    project = f"p{number}"
    assert (await hands.sender.report(f"a{number}", f"1.{number}.x", "report fire, cannot move")).recorded
    incident = str((await entries(folder, "IncidentOpened", project, 1))[0]["incident"])
    await entries(folder, "CoverAsked", project, 1)
    await hands.press(f"b{number}", "cover_yes", project, incident)
    said = await asyncio.gather(*(hands.press(one, "approve", project, incident) for one in DECIDERS))
    decisions = await entries(folder, "CoverApproved", project, 1)
    assert len(decisions) == 1
    winner = str(decisions[0]["by"])
    losers = [text for one, text in zip(DECIDERS, said, strict=True) if one != winner]
    assert "is approved" in said[DECIDERS.index(winner)]
    names = (f"Decider {winner}", f"<@{user_of(winner)}>")
    assert all("Already decided by" in text and any(name in text for name in names) for text in losers), losers[:2]
    return len(losers)


async def entries(folder: Path, kind: str, project: str, least: int) -> list[dict[str, object]]:
    """The data of these journal entries, once there are so many. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = [json.loads(str(data)) for of, data in rows(folder, "SELECT type, data FROM journal") if of == kind]
            if len(mine := [data for data in found if data["project"] == project]) >= least:
                return mine
            await asyncio.sleep(0.02)
