"""The practice desk over HTTP, on the real desk and courier with a memory store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.web import PracticeClock, Stage, add_routes, enrol
from adapters.web.guard import LARGEST_BODY, is_loopback
from bot.company import parse_company
from bot.courier import Courier
from bot.cover import Rulebook
from bot.data import packaged
from bot.desk import Desk
from bot.plan import parse_plan
from bot.ports import SyncState
from bot.roles import basis, people_in
from store import open_store
from tests.unit.stage import Seen

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOSTILE = '<img src=x onerror="alert(1)"></li>{{ 7*7 }}'


@dataclass
class Practice:
    """A client on the desk's own page, and what stands behind it."""

    client: TestClient[web.Request, web.Application]
    stage: Stage
    courier: Courier
    records: list[SyncState]  # the last one is what the board shows

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        """As the page does it, then bring out the mail."""
        origin = f"http://{self.client.host}:{self.client.port}"
        async with self.client.post(path, data=fields, headers={"Origin": origin}) as response:
            answer = response.status, await response.text()
        while await self.courier.deliver_once():
            pass
        return answer

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Look."""
        async with self.client.get(path, headers=headers) as response:
            return response.status, await response.text()


@pytest_asyncio.fixture
async def practice() -> AsyncIterator[Practice]:
    """The sample company on a Monday morning, clock paused."""
    rules = Rulebook(parse_plan(packaged("plan.toml")), parse_company(packaged("company.toml")))
    async with contextlib.AsyncExitStack() as stack:
        store = await open_store("memory:")
        stack.push_async_callback(store.close)
        records, seen = list[SyncState](), Seen()
        sync = lambda: records[-1] if records else None  # noqa: E731 - what the service hands in
        stage = Stage(store.journal, store.mailbox, rules, PracticeClock(START), sync)
        stage.run(0)
        desk = Desk(
            journal=store.journal,
            clock=stage.clock,
            rules=rules,
            watch=seen,
            stopwatch=lambda: 0.0,  # consequences are always drawn at once
            on_commit=lambda _urgency: stage.committed(),
        )
        await enrol(store.directory, [(one.id, one.locale) for one in rules.company.people.values()])
        await desk.start()
        stack.push_async_callback(desk.close)
        await stage.open(desk)
        stack.push_async_callback(stage.close)
        courier = Courier(
            desk=desk,
            outbox=store.outbox,
            journal=store.journal,
            directory=store.directory,
            messengers={stage.messenger.platform: stage.messenger},
            clock=stage.clock,
            watch=seen,
        )
        app = web.Application()
        add_routes(app, stage)
        client = TestClient(TestServer(app))
        await client.start_server()
        stack.push_async_callback(client.close)
        yield Practice(client, stage, courier, records)


async def test_what_somebody_types_is_escaped_wherever_it_is_shown(practice: Practice) -> None:
    """Markup in a message arrives as text in the conversation."""
    assert (await practice.post("/say", **{"as": "anna", "text": HOSTILE}))[0] == 204
    _, html = await practice.get("/parts/conversation?as=anna")
    assert "<img" not in html
    assert "&lt;img src=x onerror=" in html
    assert "{{ 7*7 }}" in html


async def test_a_report_reaches_the_manager_and_the_board(practice: Practice) -> None:
    """One sentence: a receipt for the agent, a card for the Account Manager, level 1 on the board."""
    await practice.post("/say", **{"as": "anna", "text": "no power, cannot move"})
    assert 'data-verb="restored"' in (await practice.get("/parts/conversation?as=anna"))[1]
    assert 'data-verb="acknowledge"' in (await practice.get("/parts/conversation?as=nora"))[1]
    board = (await practice.get("/parts/board"))[1]
    assert "Level 1" in board
    assert "<table>" in board


async def test_a_refused_press_says_why(practice: Practice) -> None:
    """An agent who presses a manager's button is told who may, and nothing happens."""
    await practice.post("/say", **{"as": "anna", "text": "no power, cannot move"})
    incident = practice.stage.desk.state.incidents["acme-de"].number
    fields = {"arg.project": "acme-de", "arg.incident": incident}
    status, html = await practice.post("/press", **{"as": "bea", "verb": "stand_down", "key": "1", **fields})
    assert status == 409
    assert "refused" in html
    assert "acme-de" in practice.stage.desk.state.incidents


async def test_a_role_changes_hands_on_the_desk(practice: Practice) -> None:
    """The CMT lead's form is a list; the page goes by the new matrix at once, and both people are told."""
    await practice.post("/say", **{"as": "zita", "text": "roles"})
    html = (await practice.get("/parts/conversation?as=zita"))[1]
    assert 'data-verb="change_role"' in html
    assert '<select id="f-row"' in html
    now = basis(people_in(practice.stage.company, ("account_manager", "acme-de")))
    fields = {"field.row": f"account_manager/acme-de/{now}", "field.people": "sam, olga"}
    status, html = await practice.post("/press", **{"as": "zita", "verb": "change_role", "key": "1", **fields})
    assert (status, "Sam" in html) == (200, True)
    assert practice.stage.cast()[2] == "sam"
    assert "már nem te vagy" in (await practice.get("/parts/conversation?as=nora"))[1]
    assert "sam" in practice.stage.cast()
    assert "Sam, Olga instead of Nóra, Olga" in (await practice.get("/parts/board"))[1]


async def test_the_board_says_how_far_sharepoint_is(practice: Practice) -> None:
    """In words beside the board's heading; nothing where SharePoint is not set up."""
    assert "SharePoint" not in (await practice.get("/parts/board"))[1]
    practice.records.append(SyncState(12, START, None))
    assert "SharePoint: 12 rows waiting since" in (await practice.get("/parts/board"))[1]


async def test_every_exercise_reaches_its_level(practice: Practice) -> None:
    """Played one after another, each from a cleared table."""
    levels = [exercise.level for exercise in practice.stage.exercises()]
    assert levels == [1, 2, 3, 4]
    for level in levels:
        assert (await practice.post("/exercise", level=str(level)))[0] == 200
        assert practice.stage.board()["acme-de"].declared == level


async def test_a_reset_clears_the_table_and_keeps_the_log(practice: Practice) -> None:
    """Nothing is open, nobody has a message, the timeline is empty; the journal has more than before."""
    await practice.post("/exercise", level="2")
    before = practice.stage.history.seq
    assert practice.stage.letters("nora")
    assert (await practice.post("/reset"))[0] == 204
    assert not practice.stage.desk.state.incidents
    assert not practice.stage.desk.state.workplaces
    assert practice.stage.letters("nora") == []
    assert practice.stage.timeline(10) == []
    assert practice.stage.history.seq > before


async def test_deadlines_of_a_jump_fire_at_their_own_instants(practice: Practice) -> None:
    """Five minutes forward with nobody answering: the person counts as out at minute five, not at the jump's end."""
    await practice.post("/say", **{"as": "anna", "text": "my workplace is unusable"})
    reported = practice.stage.desk.state.workplaces["anna"].reported_at
    await practice.post("/clock", action="advance", value="1200")
    assert practice.stage.desk.state.workplaces["anna"].out
    incident = practice.stage.desk.state.incidents["acme-de"]
    assert incident.out["anna"] == reported + practice.stage.rules.plan.timings.move_answer


async def test_an_older_copy_of_a_live_card_is_folded_away(practice: Practice) -> None:
    """A card posted again leaves one open copy; the older one keeps its first line and loses its buttons."""
    await practice.post("/exercise", level="2")
    html = (await practice.get("/parts/conversation?as=nora"))[1]
    assert html.count('data-verb="acknowledge"') == 1
    assert 'class="older"' in html


async def test_the_page_speaks_both_languages(practice: Practice) -> None:
    """The frame follows the language asked for, else the browser's; nothing is left untranslated in Hungarian."""
    assert "GYAKORLAT" in (await practice.get("/?lang=hu"))[1]
    assert "GYAKORLAT" in (await practice.get("/", **{"Accept-Language": "hu-HU,hu;q=0.9,en;q=0.8"}))[1]
    await practice.post("/exercise", level="1")
    for path in ("/?lang=hu", "/parts/board?lang=hu", "/parts/conversation?lang=hu&as=nora"):
        html = (await practice.get(path))[1]
        for word in ("Recovery", "on duty", "Level", "Needs", "Account Manager", "Close"):
            assert word not in html.replace("LevelRecommended", ""), (path, word)


async def test_the_stream_tells_of_news(practice: Practice) -> None:
    """An open page hears the status at once, and again when something happened."""
    async with practice.client.get("/changes") as stream:
        first = await stream.content.readuntil(b"\n\n")
        assert b'"speed": 0' in first
        await practice.post("/say", **{"as": "anna", "text": "no power, cannot move"})
        async with asyncio.timeout(10):
            while b'"nora"' not in await stream.content.readuntil(b"\n\n"):
                pass
        practice.stage.changes.close()
        await stream.content.read()


async def test_another_site_cannot_use_the_desk(practice: Practice) -> None:
    """A foreign host name, a foreign origin and a POST that says nothing of its origin are refused."""
    assert (await practice.get("/", Host="desk.example.com"))[0] == 421
    for headers in ({"Origin": "https://example.com"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {}):
        async with practice.client.post("/reset", data={}, headers=headers) as response:
            assert response.status == 403, headers


async def test_a_huge_body_is_refused(practice: Practice) -> None:
    """More than the desk's limit is turned away."""
    status, _ = await practice.post("/say", **{"as": "anna", "text": "x" * (LARGEST_BODY + 1)})
    assert status == 413


async def test_pages_forbid_inline_script(practice: Practice) -> None:
    """The content security policy allows scripts of the desk's own files only, and the page has no other."""
    async with practice.client.get("/") as response:
        policy = response.headers["Content-Security-Policy"]
        html = await response.text()
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    for inline in ("<script>", " onclick=", " style="):
        assert inline not in html


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost:8080", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("127.0.0.1", True),
        ("localhost.example.com", False),
        ("127.0.0.1.nip.io:8080", False),
        ("0.0.0.0:8080", False),
        ("192.0.2.7", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_only_loopback_names_are_ours(host: str, ours: bool) -> None:  # noqa: FBT001 - a table's column
    """A Host header counts only if it names this machine's loopback."""
    assert is_loopback(host) is ours
