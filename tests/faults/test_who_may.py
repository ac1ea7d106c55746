"""Promise 17 at both doors: every person presses every button in every state; only the current matrix's roles may.

What the rules allow is held against the plan in `tests/unit/test_rules_permissions.py`. Here the same rules are asked
about the same state, and each press goes the whole way: signed or with a token, over HTTP, from the person's account.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.verify import SIGNATURE, TIMESTAMP, signature
from adapters.teams.places import Place
from bot import commands as cm
from bot.cards import Press
from bot.company import parse_company
from bot.cover import Rulebook
from bot.data import packaged
from bot.decide import decide
from bot.desk import Desk
from bot.plan import parse_plan
from bot.ports import Account
from bot.presses import command_of
from bot.turn import Rejected
from store import open_store
from tests.faults.slack_side import TEAM
from tests.standins.slack.client import running as slack_running
from tests.standins.teams.client import running as teams_running
from tests.standins.teams.model import HOME
from tests.unit.slack_listen.house import SECRET
from tests.unit.slack_listen.house import served as slack_served
from tests.unit.teams_listen.house import served as teams_served

COMPANY = Path(__file__).parents[1] / "scenario" / "companies" / "solo.toml"
ABOUT = {"project": "acme", "incident": "2026-0001"}
BUTTONS: tuple[tuple[str, Mapping[str, str]], ...] = (
    *((verb, ABOUT) for verb in ("approve", "stand_down", "acknowledge", "ivr_on", "cover_yes", "cover_no", "on_duty")),
    ("approve_some", ABOUT | {"person": "bela"}),
    ("decline_some", ABOUT | {"person": "berta"}),
    ("release_some", ABOUT | {"person": "nick"}),
    ("use_level", ABOUT | {"level": "3"}),
    ("factor_yes", ABOUT | {"factor": "1"}),
    *((verb, {"person": "anna"}) for verb in ("move_yes", "move_no", "moved", "restored")),
    ("role_keep", {"role": "cmt_lead", "since": "x"}),
    ("role_take", {"role": "cmt_lead", "since": "x"}),
)
OUT = tuple(cm.ReportWorkplace(one, one, None, can_move=False) for one in ("anna", "adam"))
YES = tuple(cm.AnswerCover(one, "acme", yes=True) for one in ("berta", "bela", "nick"))
LEVEL = (*OUT, *YES, cm.DeclareLevel("mia", "acme", 1, "a reason"))
COVERED = (*OUT, *YES, cm.ApproveCover("mia", "acme", ("berta", "nick")))
STATES: dict[str, Sequence[cm.Command]] = {
    "nothing open": (),
    "offers": (*OUT, *YES),
    "level 1": LEVEL,
    "level 4": (*LEVEL, cm.DeclareLevel("zita", "acme", 4, "a reason")),
    "covered": COVERED,
    "on duty": (*COVERED, cm.ConfirmOnDuty("nick", "acme"), cm.ConfirmOnDuty("berta", "acme")),
    "other roles": (*OUT, *YES, cm.WriteRole("zita", "cmt_lead", None, "otto", None)),
    "clear": (*COVERED, cm.ConfirmMoved("adam", "adam"), cm.ConfirmMoved("anna", "anna")),
}


class Door(Protocol):
    """One platform's way in. `desk`: the service's own."""

    desk: Desk

    async def press(self, person: str, verb: str, args: Mapping[str, str]) -> str:
        """Press it as this person; all they are told."""


# --- Slack ------------------------------------------------------------------------------------------------------------


@dataclass
class SlackDoor:
    """`told`: what came to a press's response_url."""

    desk: Desk
    url: str
    session: aiohttp.ClientSession
    ear: str = ""
    told: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def press(self, person: str, verb: str, args: Mapping[str, str]) -> str:
        """A signed `block_actions`."""
        number = str(next(self.numbers))
        told = self.told[number] = asyncio.get_running_loop().create_future()
        action = {"type": "button", "action_id": verb, "value": json.dumps(args), "action_ts": f"{number}.0"}
        payload: dict[str, Any] = {"type": "block_actions", "team": {"id": TEAM}, "api_app_id": "A1"}
        payload["user"] = {"id": f"U{person.upper()}", "team_id": TEAM}
        payload |= {"container": {"message_ts": "1.1"}, "actions": [{**action, "block_id": "b"}], "trigger_id": number}
        payload["response_url"] = f"{self.ear}/{number}"
        body, stamp = urlencode({"payload": json.dumps(payload)}).encode(), str(int(time.time()))
        headers = {TIMESTAMP: stamp, SIGNATURE: signature(SECRET, stamp, body)}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self.session.post(f"{self.url}/slack/events", data=body, headers=headers) as answer:
            assert answer.status == 200
        async with asyncio.timeout(20):
            return await told

    async def hear(self, request: web.Request) -> web.Response:
        """A response_url was written to."""
        self.told[request.match_info["number"]].set_result(await request.text())
        return web.Response()


@asynccontextmanager
async def slack_door(rules: Rulebook) -> AsyncIterator[Door]:
    """Backline in Slack."""
    store = await open_store("memory:")
    for person in rules.company.people:
        await store.directory.link(Account(person, "slack", TEAM, f"U{person.upper()}"))
    async with (
        slack_running() as standin,
        slack_served(standin, store=store, rules=rules) as house,
        aiohttp.ClientSession() as session,
    ):
        door = SlackDoor(house.desk, house.url, session)
        async with serving("/{number}", door.hear) as door.ear:
            yield door


# --- Teams ------------------------------------------------------------------------------------------------------------


@dataclass
class TeamsDoor:
    """`token`: of the stand-in, which is good for every body."""

    desk: Desk
    url: str
    session: aiohttp.ClientSession
    service_url: str
    app: str
    token: str = ""
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def press(self, person: str, verb: str, args: Mapping[str, str]) -> str:
        """An `adaptiveCard/action` with a token."""
        data = {"backline": {"args": dict(args), "version": "x"}}
        activity = {
            "type": "invoke",
            "name": "adaptiveCard/action",
            "id": f"i{next(self.numbers)}",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": f"29:{person}", "aadObjectId": aad_of(person)},
            "recipient": {"id": f"28:{self.app}"},
            "conversation": {"id": f"a:{person}", "conversationType": "personal", "tenantId": HOME},
            "channelData": {"tenant": {"id": HOME}},
            "replyToId": "1",
            "value": {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"},
        }
        headers = {"Authorization": self.token}
        async with self.session.post(f"{self.url}/api/messages", json=activity, headers=headers) as answer:
            assert answer.status == 200
            return await answer.text()

    async def hear(self, request: web.Request) -> web.Response:
        """The stand-in delivers to us, to show its token."""
        self.token = request.headers["Authorization"]
        return web.Response()


def aad_of(person: str) -> str:
    """Their id in the tenant."""
    return f"{person:0>8}-0000-4000-8000-000000000000"


@asynccontextmanager
async def teams_door(rules: Rulebook) -> AsyncIterator[Door]:
    """Backline in Teams."""
    store = await open_store("memory:")
    async with teams_running() as standin, aiohttp.ClientSession() as session:
        for person in rules.company.people:
            place = Place(standin.service_url, f"a:{person}", HOME)
            ref = {"user": f"29:{person}", "place": place.as_json()}
            await store.directory.link(Account(person, "teams", HOME, aad_of(person), "en", ref))
        async with teams_served(standin, store=store, rules=rules) as house:
            app = standin.environment["MICROSOFT_APP_ID"]
            door = TeamsDoor(house.desk, house.url, session, standin.service_url, app)
            async with serving("/api/messages", door.hear) as ear:
                await standin.settings(endpoint=f"{ear}/api/messages")
                await standin.raw(body="{}")
            yield door


# --- Both -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def serving(path: str, handler: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    """A server for what comes back; its address."""
    app = web.Application()
    app.router.add_post(path, handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def refusal_of(desk: Desk, press: Press) -> str | None:
    """Why the rules would refuse it as things stand; None if they would let it."""
    try:
        decide(desk.state, command_of(press), desk.now(), desk.rules)
    except Rejected as rejected:
        return rejected.code
    return None


@dataclass
class Tried:
    """How many presses; what was let through, and what was refused but told nothing."""

    presses: int = 0
    let: list[tuple[str, str]] = field(default_factory=list)
    untold: list[tuple[str, str]] = field(default_factory=list)


async def everybody_presses(door: Door, tried: Tried) -> list[Press]:
    """Everybody presses what they may not; what they may is given back instead."""
    allowed: list[Press] = []
    for person, (verb, args) in itertools.product(door.desk.rules.company.people, BUTTONS):
        press = Press(person, verb, dict(args), {}, "")
        tried.presses += 1
        if refusal_of(door.desk, press) is None:
            allowed.append(press)
            continue
        before = door.desk.seq
        told = await door.press(person, verb, args)
        if door.desk.seq != before:
            tried.let.append((person, verb))
        if len(told) < len("{'text': 'No.'}"):
            tried.untold.append((person, verb))
    return allowed


DOORS: dict[str, Callable[[Rulebook], AbstractAsyncContextManager[Door]]] = {"slack": slack_door, "teams": teams_door}


@pytest.mark.parametrize("platform", DOORS)
async def test_nobody_acts_beyond_the_matrix(platform: str) -> None:
    """What the rules refuse changes nothing and is answered; of what they let, one is done by whoever may."""
    tried, done = Tried(), 0
    for commands in STATES.values():
        rules = Rulebook(parse_plan(packaged("plan.toml")), parse_company(COMPANY.read_text(encoding="utf-8")))
        async with DOORS[platform](rules) as door:
            for command in commands:
                assert (await door.desk.handle(command)).refused is None
            while door.desk._owed:
                await door.desk.tick()
            allowed = await everybody_presses(door, tried)
            for press in allowed[:1] + allowed[-1:]:
                if refusal_of(door.desk, press) is None:
                    before = door.desk.seq
                    await door.press(press.by, press.verb, press.args)
                    done += door.desk.seq > before
    print(f"\n{platform}: {tried.presses} presses, {done} of them let through on purpose; wrong: {tried.let}")
    assert (tried.let, tried.untold) == ([], [])
    assert done >= len(STATES)
    assert tried.presses >= 5_000 / len(DOORS)
