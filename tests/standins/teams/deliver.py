"""What Teams sends to the bot: with a token, a deadline, and once more when nobody answers.

Redelivery after some 15 seconds, with the same id and later with another one, has been reported, not documented.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Coroutine, Iterable
from dataclasses import asdict, dataclass, field

import aiohttp

from tests.standins.slack.check import Json
from tests.standins.slack.deliver import mutated
from tests.standins.slack.widgets import CannotDo
from tests.standins.teams.keys import Keys
from tests.standins.teams.model import Cloud
from tests.standins.teams.tokens import Tamper, authorization

AGENT = "Microsoft-SkypeBotApi (Microsoft-BotFramework/3.0)"
_KEPT = 60.0  # seconds that a token is used again


@dataclass
class Attempt:
    """One try: HTTP status (0: none), what came back, how long it took, and why it does not count."""

    status: int
    body: str
    ms: float
    reason: str = ""
    retry: bool = False


@dataclass
class Delivery:
    """One thing that was sent to the bot, with every try. `kind`: its type. `shown`: what became of a card."""

    id: str
    kind: str
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    sees: str = ""
    shown: str = ""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    raw: tuple[str, bytes, dict[str, str]] | None = None

    @property
    def ok(self) -> bool:
        """The bot answered in time and well."""
        return bool(self.attempts) and not self.attempts[-1].reason

    def answer(self) -> object:
        """The bot's last answer, read as JSON if it is some."""
        body = self.attempts[-1].body if self.attempts else ""
        try:
            return json.loads(body)
        except ValueError:
            return body

    def shape(self) -> Json:
        """What the control API shows."""
        shown: Json = {"id": self.id, "kind": self.kind, "payload": self.payload, "ok": self.ok, "sees": self.sees}
        shown |= {"shown": self.shown, "done": self.done.is_set(), "answer": self.answer()}
        return shown | {"attempts": [asdict(attempt) for attempt in self.attempts]}


@dataclass
class Deliverer:
    """Sends, and remembers."""

    cloud: Cloud
    keys: Keys
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: set[asyncio.Task[object]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None
    _token: tuple[object, float, str] | None = None

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

    def background(self, work: Coroutine[object, object, object]) -> None:
        """Run a coroutine without waiting for it."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def send(self, payload: Json, tamper: Tamper | None = None) -> Delivery:
        """Send once; what is no invoke is tried again in the background when nobody answers."""
        if not self.cloud.settings.endpoint:
            raise CannotDo("the bot has no address: set `endpoint` in the settings")
        delivery = Delivery(f"d{len(self.deliveries) + 1}", str(payload.get("type", "")), payload)
        self.deliveries.append(delivery)
        began = time.monotonic()
        await self._try(delivery, tamper or Tamper())
        if delivery.attempts[-1].retry and delivery.kind != "invoke":
            self.background(self._again(delivery, tamper or Tamper(), began))
        else:
            delivery.done.set()
        return delivery

    async def _again(self, delivery: Delivery, tamper: Tamper, began: float) -> None:
        settings = self.cloud.settings
        for seconds in settings.retry_seconds:
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
            began = time.monotonic()
            if settings.retry_new_id:
                delivery.payload = {**delivery.payload, "id": self.cloud.new_id()}
            await self._try(delivery, tamper)
            if not delivery.attempts[-1].retry:
                break
        delivery.done.set()

    async def _try(self, delivery: Delivery, tamper: Tamper) -> None:
        delivery.raw = self.request(delivery.payload, tamper)
        for _ in range(tamper.repeat):
            delivery.attempts.append(await self.post(*delivery.raw, kind=delivery.kind))

    def request(self, payload: Json, tamper: Tamper) -> tuple[str, bytes, dict[str, str]]:
        """Address, body and headers, spoilt as ordered."""
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if tamper.mutate is not None:
            body = mutated(body, tamper.mutate)
        headers = {"Content-Type": tamper.content_type or "application/json; charset=utf-8", "User-Agent": AGENT}
        token = authorization(self.cloud, self.keys, tamper) if tamper.token or tamper.claims else self._signed()
        if token is not None:
            headers["Authorization"] = token
        return self.cloud.settings.endpoint, body, headers

    def _signed(self) -> str:
        """A good token, for a minute the same one, as Microsoft's are."""
        cloud, now = self.cloud, self.cloud.now()
        about = (self.keys.signing, cloud.service_url, cloud.settings.app_id, cloud.settings.signed_seconds)
        if self._token is None or self._token[0] != about or not 0 <= now - self._token[1] < _KEPT:
            self._token = (about, now, str(authorization(cloud, self.keys, Tamper())))
        return self._token[2]

    async def storm(self, old: Delivery, tampers: Iterable[Tamper], parallel: int) -> Counter[str]:
        """Send that again with each of these changes, so many at a time: how often which status came back."""
        seen: Counter[str] = Counter()
        todo = iter(tampers)

        async def work() -> None:
            for tamper in todo:
                attempt = await self.post(*self.request(old.payload, tamper), kind=old.kind)
                seen[str(attempt.status or attempt.reason)] += 1

        await asyncio.gather(*[work() for _ in range(parallel)])
        return seen

    async def post(self, url: str, body: bytes, headers: dict[str, str], *, kind: str = "message") -> Attempt:
        """One HTTP request to the bot, with the deadline."""
        began, settings = time.monotonic(), self.cloud.settings
        patience = (
            min(settings.invoke_seconds, settings.answer_seconds) if kind == "invoke" else settings.answer_seconds
        )
        limit = aiohttp.ClientTimeout(total=patience)
        try:
            async with self.session().post(url, data=body, headers=headers, timeout=limit) as response:
                text = await response.text(errors="replace")
        except TimeoutError:
            return Attempt(0, "", _ms(began), "timeout", retry=True)
        except aiohttp.ClientConnectorError:
            return Attempt(0, "", _ms(began), "connection_failed", retry=True)
        except (aiohttp.ClientError, OSError):
            return Attempt(0, "", _ms(began), "connection_lost", retry=True)
        good = response.status == 200 if kind == "invoke" else 200 <= response.status < 300
        return Attempt(
            response.status, text, _ms(began), "" if good else "http_error", response.status in (502, 503, 504)
        )


def _ms(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
