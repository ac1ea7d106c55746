"""Promises 19 and 24: mutated bodies, forged and replayed signatures, huge and deep bodies, slow sockets."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import aiohttp

from adapters.slack.verify import SIGNATURE, TIMESTAMP, signature
from bot.ports import Json
from tests.e2e.slack_stage import SECRETS, Backline, backline, enter
from tests.standins.slack.client import spawned
from tests.standins.slack.deliver import mutated

FULL = os.environ.get("BACKLINE_FAULTS") == "full"
BODIES = 100_000 if FULL else 2_000
SOCKETS = 500 if FULL else 100
MOST_GROWTH = 50 * 1024**2  # bytes: the promise
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
AT_ONCE = 32
ODD_TYPES = ("", "text/plain", "application/json; charset=x", "é", "a/b/c;;=")


def signed(body: bytes, kind: str) -> dict[str, str]:
    """Headers as Slack sends them."""
    stamp = str(int(time.time()))
    return {TIMESTAMP: stamp, SIGNATURE: signature(SECRETS[1], stamp, body), "Content-Type": kind}


def originals(user: str) -> list[tuple[bytes, str]]:
    """One body of each kind."""
    who: Json = {"user": {"id": user, "team_id": "T0STANDIN"}, "team": {"id": "T0STANDIN"}, "trigger_id": "1.2.ab"}
    action = {"action_id": "moved", "block_id": "b", "value": '{"person":"anna"}', "action_ts": "1.1"}
    press = {"type": "block_actions", **who, "actions": [action], "container": {"message_ts": "1.0"}}
    view = {"id": "V1", "callback_id": "report", "private_metadata": '{"args":{},"place":{}}', "state": {"values": {}}}
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": user, "ts": "1.2", "text": "no power"}
    command = {"command": "/backline", "text": "status", "team_id": "T0STANDIN", "user_id": user, "trigger_id": "1.2.a"}
    outer = {"type": "event_callback", "team_id": "T0STANDIN", "event_id": "Ev1"}
    home = {"type": "app_home_opened", "user": user, "tab": "home"}
    return [
        (urlencode(command).encode(), FORM),
        (urlencode({"payload": json.dumps(press)}).encode(), FORM),
        (urlencode({"payload": json.dumps({"type": "view_submission", **who, "view": view})}).encode(), FORM),
        (urlencode({"payload": json.dumps({"type": "shortcut", **who, "callback_id": "report"})}).encode(), FORM),
        (json.dumps({**outer, "event": event}).encode(), JSON),
        (json.dumps({**outer, "event": home}).encode(), JSON),
    ]


async def test_no_mutated_body_makes_a_5xx(tmp_path: Path) -> None:
    """Signed after the mutation or before it: 2xx, 4xx, never 5xx; unsigned ones write nothing."""
    async with spawned() as slack:
        people = await enter(slack, ["anna"])
        async with backline(slack, tmp_path) as running, aiohttp.ClientSession() as session:
            chance, bodies = random.Random(19), originals(people["anna"].id)
            statuses: Counter[int] = Counter()
            limit = asyncio.Semaphore(AT_ONCE)

            async def one(seed: int) -> None:
                body, kind = bodies[seed // 2 % len(bodies)]
                spoilt = mutated(body, seed)
                headers = signed(spoilt if seed % 2 else body, kind)
                if chance.random() < 0.1:
                    headers["Content-Type"] = chance.choice(ODD_TYPES)
                async with limit, session.post(f"{running.url}/slack/events", data=spoilt, headers=headers) as answer:
                    statuses[answer.status] += 1

            for start in range(0, BODIES, 1_000):
                await asyncio.gather(*(one(seed) for seed in range(start, min(start + 1_000, BODIES))))
            print(f"\n{BODIES} mutated bodies: {dict(sorted(statuses.items()))}")
            assert not [status for status in statuses if status >= 500]
            assert (await running.get("/readyz"))[0] == 200


async def test_forged_and_odd_requests_are_turned_away(tmp_path: Path) -> None:
    """Every kind of wrong signature, deep JSON, huge bodies, encodings, other methods."""
    async with spawned() as slack:
        people = await enter(slack, ["anna"])
        async with backline(slack, tmp_path) as running, aiohttp.ClientSession() as session:
            for tamper in (
                {"signature": "forged"},
                {"signature": "missing"},
                {"signature": "empty"},
                {"signature": "non_ascii"},
                {"signature": "wrong_version"},
                {"signature": "other_secret"},
                {"timestamp": "-301"},
                {"timestamp": "+301"},
                {"timestamp": "missing"},
                {"timestamp": "yesterday"},
            ):
                sent = await people["anna"].command("/backline report", tamper=tamper)
                assert sent["attempts"][0]["status"] == 401, (tamper, sent["attempts"])
            deep = b'{"type":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
            cases = [(deep, JSON, 400), (b"\xff\xfe", JSON, 400), (b"payload=%ff%fe", FORM, 400), (b"[1]", JSON, 400)]
            many = urlencode({f"f{n}": "" for n in range(500)}).encode()
            cases += [(b"{}" + b" " * 1024**2, JSON, 413), (many, FORM, 400)]
            for body, kind, status in cases:
                headers = signed(body, kind)
                async with session.post(f"{running.url}/slack/events", data=BytesIO(body), headers=headers) as answer:
                    assert answer.status == status, (body[:20], answer.status)
            async with session.get(f"{running.url}/slack/events") as answer:
                assert answer.status == 405
            headers = {**signed(b"{}", JSON), "Content-Encoding": "gzip"}
            async with session.post(f"{running.url}/slack/events", data=b"{}", headers=headers) as answer:
                assert answer.status in (400, 415)
            _, metrics = await running.get("/metrics")
            assert "backline_reports_total 0.0" in metrics
            assert "anna" not in "".join(running.log).replace("anna@", "")


async def test_slow_sockets_and_large_bodies_are_bounded(tmp_path: Path) -> None:
    """Hundreds of sockets that send a little, or much without a signature: memory stays, others are served."""
    async with spawned() as slack:
        people = await enter(slack, ["anna"])
        async with backline(slack, tmp_path) as running:
            assert (await people["anna"].command("/backline help"))["ok"]
            before = resident(running)
            most, done = before, asyncio.Event()

            async def watch() -> None:
                nonlocal most
                while not done.is_set():
                    most = max(most, resident(running))
                    await asyncio.sleep(0.02)

            watching = asyncio.create_task(watch())
            sockets = [await slow(running, large=number % 2 == 0) for number in range(SOCKETS)]
            began = time.monotonic()
            sent = await people["anna"].command("/backline report")
            took = time.monotonic() - began
            await asyncio.gather(*(drain(one) for one in sockets))
            done.set()
            await watching
            grown = (most - before) / 1024**2
            print(f"\n{SOCKETS} slow sockets: memory +{grown:.1f} MB, a report meanwhile {took * 1000:.0f} ms")
            assert sent["ok"]
            assert most - before <= MOST_GROWTH


async def slow(running: Backline, *, large: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose body never ends."""
    where = urlsplit(running.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    size = 1_000_000 if large else 1_000
    head = f"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {size}\r\n\r\n"
    writer.write(head.encode() + b" " * (size // 2))
    return reader, writer


async def drain(pair: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Wait until it is turned away."""
    reader, writer = pair
    try:
        async with asyncio.timeout(10):
            first = await reader.readline()
            assert b" 408 " in first or b" 413 " in first, first
    except ConnectionError:
        pass  # turned away while it was still sending
    finally:
        writer.close()


def resident(running: Backline) -> int:
    """Bytes of memory that the process holds."""
    pages = int(Path(f"/proc/{running.process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
