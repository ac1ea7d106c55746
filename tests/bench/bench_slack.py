"""Promises 28 and 30: reports by signed slash command, beside a bare Bolt app that only acknowledges; and the notices.

Run: `python tests/bench/bench_slack.py`. Both servers are processes of their own, one after the other in each round,
loaded by this one with the same signed requests over kept-alive connections. Backline records every report durably
(SQLite, synchronous=FULL) before it answers, and brings out what follows from it; the people are known, as they are
after the first start. Neither writes a log below errors. Backline runs as it is installed, on uvloop where there is
one; the bare app on the loop that Bolt's own server uses, which is Python's.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from adapters.slack.verify import SIGNATURE, TIMESTAMP, signature
from bot.ports import Account
from store import open_store
from tests.e2e.slack_stage import SECRETS, backline, free_port, process
from tests.standins.slack.client import spawned

REQUESTS = 500
AT_ONCE = 64
ROUNDS = 20
PROJECTS = 200
STARTS, FIRST, EACH, AT_A_TIME = 5, 8, 20, 8
WORDS = (
    "report no power",
    "report",
    "report nincs áram, nem tudok dolgozni",
    "report internet is down here",
    "report tűz van a házban",
    "report my laptop died",
    "report power cut since ten",
    "nincs internet, nem tudok dolgozni",
)
BARE = """
import sys
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from aiohttp import web

async def authorize(enterprise_id, team_id):
    who = {"enterprise_id": enterprise_id, "team_id": team_id}
    return AuthorizeResult(**who, bot_token="xoxb-x", bot_user_id="U1", bot_id="B1")

app = AsyncApp(signing_secret=sys.argv[1], authorize=authorize)

@app.command("/backline")
async def report(ack):
    await ack("ok")

web.run_app(app.web_app("/slack/events"), host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)
"""


# --- the stage --------------------------------------------------------------------------------------------------------


def company(agents: int, projects: int) -> str:
    """A company file: so many agents in so many projects, each project with a manager and a backup of its own."""
    lines = ["people = ["]
    people = [f"a{number}" for number in range(agents)]
    people += [f"{role}{number}" for number in range(projects) for role in ("m", "b", "s")]
    lines += [f'  {{ id = "{one}", name = "{one}", languages = {{ de = "native" }} }},' for one in people]
    lines += ['  { id = "zita", name = "Zita" }, { id = "ivan", name = "Ivan" },', "]", ""]
    each = agents // projects
    for number in range(projects):
        names = ", ".join(f'"a{agent}"' for agent in range(number * each, (number + 1) * each))
        lines += [
            "[[projects]]", f'id = "p{number}"', f'name = "Project {number}"', 'language = "de"', 'country = "DE"',
            'timezone = "Europe/Berlin"', 'hours = "24/7"', f"priority = {number + 1}", f"agents = [{names}]",
            f'backups = ["b{number}"]', f'supervisors = ["s{number}"]', f'account_manager = "m{number}"',
            "deputies = []", "",
        ]  # fmt: skip
    return "\n".join([*lines, "[roles]", 'cmt_lead = ["zita"]', 'it_manager = ["ivan"]', ""])


async def prepare(folder: Path, agents: int, projects: int, database: str = "") -> None:
    """The company file, and a database in which everybody's account is known: by default a file in the folder."""
    (folder / "company.toml").write_text(company(agents, projects), encoding="utf-8")
    people = ["zita", "ivan", *(f"a{number}" for number in range(agents))]
    people += [f"{role}{number}" for number in range(projects) for role in ("m", "b", "s")]
    store = await open_store(database or f"sqlite:///{folder / 'backline.db'}")
    for start in range(0, len(people), 64):
        some = people[start : start + 64]
        await asyncio.gather(*(store.directory.link(Account(one, "slack", "T0STANDIN", user_of(one))) for one in some))
    await store.close()


def user_of(person: str) -> str:
    """The person's Slack user id."""
    return f"U{person.upper():0>8}"


def request(person: str, number: int) -> bytes:
    """A signed `/backline report`, as it goes over the wire."""
    fields = {
        "token": "t",
        "team_id": "T0STANDIN",
        "team_domain": "standin",
        "channel_id": "D1",
        "user_id": user_of(person),
    }
    fields |= {
        "channel_name": "directmessage",
        "user_name": person,
        "command": "/backline",
        "text": WORDS[number % len(WORDS)],
    }
    fields |= {"api_app_id": "A1", "is_enterprise_install": "false", "trigger_id": f"1.{number}.abcdef"}
    fields["response_url"] = "https://hooks.slack.com/commands/T0STANDIN/1/abcdef"
    body, stamp = urlencode(fields).encode(), str(int(time.time()))
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"{TIMESTAMP}: {stamp}\r\n{SIGNATURE}: {signature(SECRETS[1], stamp, body)}\r\n"
        f"User-Agent: Slackbot 1.0\r\nAccept: */*\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


# --- 28: requests a second --------------------------------------------------------------------------------------------


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


async def load(port: int, requests: list[bytes]) -> tuple[float, list[float]]:
    """Send all, `AT_ONCE` at a time; requests a second, and how long each took."""
    waiting, took = iter(requests), list[float]()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for one in waiting:
            began = time.perf_counter()
            writer.write(one)
            head, body = await answer(reader)
            took.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 200") or (body != b"ok" and b"R-" not in body):
                raise AssertionError(head + body)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return len(requests) / (time.perf_counter() - began), took


@asynccontextmanager
async def bare() -> AsyncIterator[int]:
    """The bare Bolt app as a process; its port."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("SLACK_")}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BARE, SECRETS[1], str(port), env=env)
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


async def throughput(folder: Path) -> None:
    """Both in turn, a round after the other."""
    await prepare(folder, REQUESTS * ROUNDS, PROJECTS)
    async with spawned() as slack, bare() as bare_port, backline(slack, folder, log_level="error") as ours:
        port, rounds = int(ours.url.rpartition(":")[2]), []
        for number in range(ROUNDS):
            people = [f"a{agent}" for agent in range(number, REQUESTS * ROUNDS, ROUNDS)]
            acks, _ = await load(bare_port, [request(person, agent) for agent, person in enumerate(people)])
            wanted = [request(person, REQUESTS + agent) for agent, person in enumerate(people)]
            reports, took = await load(port, wanted)
            rounds.append((reports, acks))
            p50, p99 = (statistics.quantiles(took, n=100)[at] * 1000 for at in (49, 98))
            print(
                f"round {number + 1}: {reports:.0f} reports/s (p50 {p50:.1f} ms, p99 {p99:.1f} ms); "
                f"bare Bolt {acks:.0f} acks/s; ratio {reports / acks:.2f}", flush=True,
            )  # fmt: skip
        ratio = statistics.median(reports / acks for reports, acks in rounds)
        print(f"28: {AT_ONCE} at a time, {len(rounds)} rounds of {REQUESTS}: ratio {ratio:.2f} (median)")


# --- 30: until the notice is handed over ------------------------------------------------------------------------------


class Ear:
    """A Slack that takes everything at once and notes when a message for somebody arrived. The strict stand-in would
    be measured along: it takes a few milliseconds a message.
    """

    def __init__(self) -> None:
        self.arrived: dict[str, asyncio.Future[float]] = {}

    async def hear(self, asked: web.Request) -> web.Response:
        """Any method."""
        now, body = time.perf_counter(), await asked.read()
        found = {"ok": True, "team_id": "T0STANDIN", "user_id": "U0BOT", "bot_id": "B0BOT", "members": []}
        if asked.match_info["method"].startswith("chat."):
            user = str(json.loads(body)["channel"])
            found |= {"channel": user, "ts": f"{time.time():.6f}"}
            if (waiting := self.arrived.get(user)) and not waiting.done():
                waiting.set_result(now)
        return web.json_response(found)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Serve; the address of the Web API."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self.hear)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        await runner.cleanup()


async def notices(folder: Path) -> None:
    """From sending the report to the Account Manager's message at Slack, the next report after that; a fresh start each
    round, because Slack's rate is a burst and then a few a second. The first ones after a start are a figure of their
    own: code runs for the first time, and the gate to Slack lets one call go alone before it lets more.
    """
    first, waits = list[float](), list[float]()
    for number in range(STARTS):
        place, ear = folder / f"start{number}", Ear()
        place.mkdir()
        await prepare(place, FIRST + EACH, FIRST + EACH)
        async with ear.open() as address, process(address, place, log_level="error") as ours:
            port = int(ours.url.rpartition(":")[2])
            first += await handed_over(ear, port, range(FIRST))
            waits += await handed_over(ear, port, range(FIRST, FIRST + EACH))
    for what, some in (("the first after a start", first), ("then", waits)):
        p50, p99 = (statistics.quantiles(some, n=100)[at] * 1000 for at in (49, 98))
        how = f"{AT_A_TIME} at a time, {what}, {len(some)}"
        print(f"30: report → notice handed to Slack, {how}: p50 {p50:.1f} ms, p99 {p99:.1f} ms")


async def handed_over(ear: Ear, port: int, some: Iterable[int]) -> list[float]:
    """Seconds for each of these agents' reports until the Account Manager's message about it arrives at Slack."""
    waits: list[float] = []
    agents = iter(some)

    async def reporter() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for agent in agents:
            arrived = ear.arrived[user_of(f"m{agent}")] = asyncio.get_running_loop().create_future()
            began = time.perf_counter()
            writer.write(request(f"a{agent}", agent))
            head, _ = await answer(reader)
            if not head.startswith(b"HTTP/1.1 200"):
                raise AssertionError(head)
            async with asyncio.timeout(30):
                waits.append(await arrived - began)
        writer.close()

    await asyncio.gather(*(reporter() for _ in range(AT_A_TIME)))
    return waits


async def main() -> None:
    """Both promises, in a folder on the disk of this checkout."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix="scratch-") as name:
        folder = Path(name)
        (folder / "throughput").mkdir()
        await throughput(folder / "throughput")
        await notices(folder)


if __name__ == "__main__":
    asyncio.run(main())
