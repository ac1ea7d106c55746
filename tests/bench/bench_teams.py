"""Promise 29: reports by Teams message, beside a bare botbuilder echo bot.

Run: `python tests/bench/bench_teams.py`. Both servers are processes of their own, one after the other in each round,
loaded by this one with the same activities over kept-alive connections. Backline checks the token, and records every
report durably (SQLite, synchronous=FULL) before it answers 200; its cards follow at Teams' pace. The echo bot is
botbuilder's own adapter: it checks no token (it has no app id), and posts its echo before it answers, to a server here
that takes everything. The people are known, as they are after the first start. Neither writes a log below errors.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from adapters.teams.places import Place
from bot.ports import Account
from store import open_store
from tests.bench.bench_slack import company
from tests.e2e.slack_stage import free_port
from tests.e2e.teams_stage import backline
from tests.standins.teams.client import Teams, spawned
from tests.standins.teams.model import APP, HOME

REQUESTS = 1_000
AT_ONCE = 64
ROUNDS = 5
PROJECTS = 200
ECHO = """
import sys
from aiohttp import web
from botbuilder.core import ActivityHandler
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

class Nobody:
    APP_ID = APP_PASSWORD = APP_TENANTID = ""
    APP_TYPE = "MultiTenant"

class Echo(ActivityHandler):
    async def on_message_activity(self, turn_context):
        await turn_context.send_activity("Echo: " + turn_context.activity.text)

adapter, bot = CloudAdapter(ConfigurationBotFrameworkAuthentication(Nobody())), Echo()
app = web.Application()
app.router.add_post("/api/messages", lambda request: adapter.process(request, bot))
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


def chat_of(person: str) -> str:
    """Their chat's id."""
    return f"a:1{person}"


async def prepare(folder: Path, people: list[str], service_url: str) -> None:
    """The company file, and a database in which everybody's account is known."""
    (folder / "company.toml").write_text(company(len(people), PROJECTS), encoding="utf-8")
    store = await open_store(f"sqlite:///{folder / 'backline.db'}")
    for start in range(0, len(people), 64):
        some = people[start : start + 64]
        places = {one: Place(service_url, chat_of(one), HOME).as_json() for one in some}
        refs = {one: {"user": f"29:{one}", "service_url": service_url, "place": places[one]} for one in some}
        accounts = [Account(one, "teams", HOME, f"aad-{one}", "en-GB", refs[one]) for one in some]
        await asyncio.gather(*(store.directory.link(account) for account in accounts))
    await store.close()


def request(person: str, number: int, service_url: str, token: str) -> bytes:
    """A message that reports, as it goes over the wire."""
    activity = {
        "type": "message",
        "id": f"17956{number:08}",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:{person}", "name": person, "aadObjectId": f"aad-{person}"},
        "conversation": {"conversationType": "personal", "tenantId": HOME, "id": chat_of(person)},
        "recipient": {"id": f"28:{APP}", "name": "Backline"},
        "channelData": {"tenant": {"id": HOME}},
        "locale": "en-GB",
        "entities": [{"locale": "en-GB", "country": "GB", "platform": "Windows", "type": "clientInfo"}],
        "text": "no power",
        "textFormat": "plain",
    }
    body = json.dumps(activity).encode()
    head = (
        f"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"{token}Accept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def load(port: int, requests: list[bytes]) -> tuple[float, list[float]]:
    """Send all, `AT_ONCE` at a time; requests a second, and how long each took."""
    waiting, took = iter(requests), list[float]()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for one in waiting:
            began = time.perf_counter()
            writer.write(one)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - began)
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
                raise AssertionError(head + body)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return len(requests) / (time.perf_counter() - began), took


async def signed(teams: Teams) -> str:
    """The Authorization line of Teams', caught on its way."""
    caught: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def catch(asked: web.Request) -> web.Response:
        caught.set_result(f"Authorization: {asked.headers['Authorization']}\r\n")
        return web.Response()

    async with served(catch) as address:
        await teams.raw(body="{}", url=f"{address}/x")
        return await caught


async def take(_asked: web.Request) -> web.Response:
    """A connector that takes everything at once."""
    return web.json_response({"id": "1"}, status=201)


@asynccontextmanager
async def served(handler: object) -> AsyncIterator[str]:
    """A server of this process; its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)  # type: ignore[arg-type]
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """The echo bot as a process; its port."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MICROSOFT_", "TEAMS_"))}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", ECHO, str(port), env=env)
    try:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except ConnectionError:
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await process.wait()


async def recorded(url: str) -> int:
    """How many reports the service has counted."""
    from aiohttp import ClientSession  # noqa: PLC0415

    async with ClientSession() as session, session.get(f"{url}/metrics") as answer:
        text = await answer.text()
    line = next(line for line in text.splitlines() if line.startswith("backline_reports_total"))
    return int(float(line.split()[1]))


async def throughput(folder: Path) -> None:
    """Both in turn, a round after the other."""
    people = [f"a{number}" for number in range(REQUESTS * ROUNDS)]
    async with spawned() as teams, served(take) as sink, echo() as bare_port:
        await prepare(folder, people, teams.service_url)
        token = await signed(teams)
        async with backline(teams, folder, more={"BACKLINE_LOG_LEVEL": "error"}) as ours:
            port, rounds = int(ours.url.rpartition(":")[2]), []
            for number in range(ROUNDS):
                some = people[number::ROUNDS]
                echoes, _ = await load(bare_port, [request(one, number, f"{sink}/", "") for one in some])
                wanted = [request(one, number, teams.service_url, token) for one in some]
                reports, took = await load(port, wanted)
                assert await recorded(ours.url) == REQUESTS * (number + 1), "every answer was a report on record"
                rounds.append(reports / echoes)
                p50, p99 = (statistics.quantiles(took, n=100)[at] * 1000 for at in (49, 98))
                print(
                    f"round {number + 1}: {reports:.0f} reports/s (p50 {p50:.1f} ms, p99 {p99:.1f} ms); "
                    f"bare echo bot {echoes:.0f} turns/s; ratio {rounds[-1]:.1f}", flush=True,
                )  # fmt: skip
        print(f"29: {AT_ONCE} at a time, {ROUNDS} rounds of {REQUESTS}: ratio {statistics.median(rounds):.1f} (median)")


async def main() -> None:
    """The promise, in a folder on the disk of this checkout."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix="scratch-") as name:
        await throughput(Path(name))


if __name__ == "__main__":
    asyncio.run(main())
