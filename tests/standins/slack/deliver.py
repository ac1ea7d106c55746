"""What Slack sends to the app: signed over HTTP or through a socket, with its deadline, its retries and its patience.

Sources: docs.slack.dev/authentication/verifying-requests-from-slack, docs.slack.dev/apis/events-api.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

import aiohttp

from tests.standins.slack.args import FORM, JSON
from tests.standins.slack.check import Json
from tests.standins.slack.model import Workspace
from tests.standins.slack.socket import Sockets

AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"
ENVELOPES = {"command": "slash_commands", "event": "events_api"}
TAKES_PAYLOAD = ("command", "submission")


@dataclass(frozen=True, slots=True)
class Tamper:
    """How a request is spoilt on its way over HTTP. `mutate` changes bytes by that seed, before signing if `resign`."""

    signature: str = ""  # "forged", "missing", "empty", "non_ascii", "wrong_version", "other_secret"
    timestamp: str = ""  # seconds to add ("-301"), or "missing", or any words
    mutate: int | None = None
    resign: bool = False
    repeat: int = 1  # the same bytes so many times
    content_type: str = ""


@dataclass
class Attempt:
    """One try: HTTP status (0: none), what came back, how long it took, and why it does not count."""

    status: int
    body: str
    ms: float
    reason: str = ""
    line: str = ""
    final: bool = False  # the app said X-Slack-No-Retry


@dataclass
class Delivery:
    """One thing that was sent to the app, with every try."""

    id: str
    kind: str
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    sees: str = ""  # what the person is told when it went wrong
    done: asyncio.Event = field(default_factory=asyncio.Event)
    raw: tuple[str, bytes, dict[str, str]] | None = None

    @property
    def ok(self) -> bool:
        """The app answered in time."""
        return bool(self.attempts) and not self.attempts[-1].reason

    def answer(self) -> object:
        """The app's last answer, read as JSON if it is some."""
        body = self.attempts[-1].body if self.attempts else ""
        try:
            return json.loads(body)
        except ValueError:
            return body

    def shape(self) -> Json:
        """What the control API shows."""
        shown: Json = {"id": self.id, "kind": self.kind, "payload": self.payload, "ok": self.ok, "sees": self.sees}
        return shown | {"done": self.done.is_set(), "attempts": [asdict(attempt) for attempt in self.attempts]}


def mutated(body: bytes, seed: int) -> bytes:
    """The body with some bytes changed, cut, doubled or put in, the same for the same seed."""
    chance, changed = random.Random(seed), bytearray(body)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + chance.randint(1, 20)]
            case 2:
                changed[at:at] = changed[at : at + chance.randint(1, 20)]
            case _:
                changed[at:at] = chance.choice([b"\x00", b"\xff\xfe", b"%", b"&", b"{", b"[" * 50, b'"', b"payload="])
    return bytes(changed) if changed != body else mutated(body, seed + 1_000_003)


@dataclass
class Deliverer:
    """Sends, and remembers."""

    ws: Workspace
    sockets: Sockets
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: set[asyncio.Task[object]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    def session(self) -> aiohttp.ClientSession:
        """The one client session."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session

    async def stop(self) -> None:
        """End everything under way."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def url(self, kind: str) -> str:
        """Where the app wants that kind sent."""
        settings = self.ws.settings
        own = {"command": settings.command_url, "event": settings.events_url}.get(kind, settings.interactivity_url)
        return own or settings.request_url

    def reachable(self, kind: str) -> bool:
        """There is somewhere to send that kind to."""
        return self.ws.settings.mode == "socket" or bool(self.url(kind))

    async def send(self, kind: str, payload: Json, tamper: Tamper | None = None) -> Delivery:
        """Send once; events are tried again in the background where that is due."""
        delivery = Delivery(self.ws.new_id("DL"), kind, payload)
        self.deliveries.append(delivery)
        await self._try(delivery, tamper or Tamper(), 0, "")
        if kind == "event" and not delivery.ok and not delivery.attempts[-1].final:
            self.background(self._retry(delivery, tamper or Tamper()))
        else:
            delivery.done.set()
        return delivery

    def background(self, work: Coroutine[object, object, object]) -> None:
        """Run a coroutine without waiting for it."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _retry(self, delivery: Delivery, tamper: Tamper) -> None:
        for number, seconds in enumerate(self.ws.settings.retry_seconds, start=1):
            await asyncio.sleep(seconds)
            await self._try(delivery, tamper, number, delivery.attempts[-1].reason)
            if delivery.ok or delivery.attempts[-1].final:
                break
        delivery.done.set()

    async def _try(self, delivery: Delivery, tamper: Tamper, number: int, reason: str) -> None:
        if self.ws.settings.mode == "socket":
            delivery.attempts.append(await self._through_socket(delivery, number, reason))
            return
        delivery.raw = self._request(delivery, tamper, number, reason)
        for _ in range(tamper.repeat):
            delivery.attempts.append(await self.post(*delivery.raw, kind=delivery.kind))

    async def _through_socket(self, delivery: Delivery, number: int, reason: str) -> Attempt:
        kind, began = delivery.kind, time.monotonic()
        retry = {"retry_attempt": number, "retry_reason": reason} if kind == "event" else None
        envelope = ENVELOPES.get(kind, "interactive")
        try:
            answer, line = await self.sockets.send(
                envelope, delivery.payload, takes_payload=kind in TAKES_PAYLOAD, retry=retry
            )
        except ConnectionError:
            return Attempt(0, "", _ms(began), "connection_failed")
        except TimeoutError:
            return Attempt(0, "", _ms(began), "timeout")
        body = answer if isinstance(answer, str) else json.dumps(answer) if answer else ""
        return Attempt(200, body, _ms(began), line=line)

    def _request(
        self, delivery: Delivery, tamper: Tamper, number: int, reason: str
    ) -> tuple[str, bytes, dict[str, str]]:
        """Address, body and headers, signed, and then spoilt as ordered."""
        if delivery.kind == "event":
            kind, body = JSON, json.dumps(delivery.payload).encode()
        elif delivery.kind == "command":
            kind, body = FORM, urlencode(delivery.payload).encode()
        else:
            kind, body = FORM, urlencode({"payload": json.dumps(delivery.payload)}).encode()
        if tamper.mutate is not None and tamper.resign:
            body = mutated(body, tamper.mutate)
        headers = self.signed(body, tamper)
        if tamper.mutate is not None and not tamper.resign:
            body = mutated(body, tamper.mutate)
        headers |= {"Content-Type": tamper.content_type or kind, "User-Agent": AGENT, "Accept": "*/*"}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return self.url(delivery.kind), body, headers

    def signed(self, body: bytes, tamper: Tamper) -> dict[str, str]:
        """Slack's two signature headers over those bytes."""
        settings, stamp = self.ws.settings, str(int(self.ws.now() + self.ws.settings.skew_seconds))
        if tamper.timestamp.lstrip("+-").isdigit():
            stamp = str(int(stamp) + int(tamper.timestamp))
        elif tamper.timestamp:
            stamp = tamper.timestamp
        secret = "not-the-secret" if tamper.signature == "other_secret" else settings.signing_secret
        digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        spoilt = {
            "forged": "v0=" + "0" * 64,
            "empty": "",
            "non_ascii": f"v0=é{digest[1:]}",
            "wrong_version": f"v1={digest}",
        }
        headers = {"X-Slack-Signature": spoilt.get(tamper.signature, f"v0={digest}")}
        headers["X-Slack-Request-Timestamp"] = stamp
        if tamper.signature == "missing":
            del headers["X-Slack-Signature"]
        if tamper.timestamp == "missing":
            del headers["X-Slack-Request-Timestamp"]
        return headers

    async def storm(self, old: Delivery, tampers: Iterable[Tamper], parallel: int) -> Counter[str]:
        """Send that delivery again with each of these changes, so many at a time: how often which status came back.

        None of it is kept among the deliveries.
        """
        seen: Counter[str] = Counter()
        todo = iter(tampers)

        async def work() -> None:
            for tamper in todo:
                attempt = await self.post(*self._request(old, tamper, 0, ""), kind=old.kind)
                seen[str(attempt.status or attempt.reason)] += 1

        await asyncio.gather(*[work() for _ in range(parallel)])
        return seen

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, kind: str = "event") -> Attempt:
        """One HTTP request to the app, with the deadline."""
        began = time.monotonic()
        limit = aiohttp.ClientTimeout(total=self.ws.settings.ack_seconds)
        try:
            async with self.session().post(url, data=body, headers=headers, timeout=limit, max_redirects=2) as response:
                text = await response.text(errors="replace")
        except TimeoutError:
            return Attempt(0, "", _ms(began), "http_timeout")
        except aiohttp.TooManyRedirects:
            return Attempt(0, "", _ms(began), "too_many_redirects")
        except aiohttp.ClientConnectorError:
            return Attempt(0, "", _ms(began), "connection_failed")
        except (aiohttp.ClientError, OSError):
            return Attempt(0, "", _ms(began), "unknown_error")
        good = 200 <= response.status < 300 if kind == "event" else response.status == 200
        final = response.headers.get("X-Slack-No-Retry") == "1"
        return Attempt(response.status, text, _ms(began), "" if good else "http_error", final=final)


def _ms(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
