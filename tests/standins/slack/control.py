"""The control API: tests set the stand-in up, act as people and look at what happened. JSON, under /_control/."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields

from aiohttp import web

from tests.standins.slack import payloads
from tests.standins.slack.chat import put
from tests.standins.slack.check import Json
from tests.standins.slack.deliver import Deliverer, Delivery, Tamper
from tests.standins.slack.faults import Fault
from tests.standins.slack.model import ALL_SCOPES, Channel, Settings, User
from tests.standins.slack.person import Hands
from tests.standins.slack.socket import Sockets
from tests.standins.slack.web import WebApi
from tests.standins.slack.widgets import CannotDo

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def as_control(handler: Callable[[Control, Json], Awaitable[object]]) -> Callable[[Control], Answer]:
    """A handler of JSON: what it returns is the answer; what cannot be done is 409, what is not understood 400."""

    def bind(control: Control) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                body = await request.json() if request.can_read_body else {}
                body = {**request.query, **request.match_info, **body}
                return web.json_response(await handler(control, body))
            except CannotDo as error:
                return web.json_response({"error": str(error)}, status=409)
            except (KeyError, TypeError, ValueError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

        return answer

    return bind


@dataclass
class Control:
    """What the control API works on."""

    api: WebApi
    hands: Hands
    deliverer: Deliverer
    sockets: Sockets

    async def settings(self, body: Json) -> Json:
        """GET: all settings. PATCH: change some (see `model.Settings`)."""
        settings = self.api.ws.settings
        for name, value in body.items():
            if name not in {one.name for one in fields(Settings)}:
                raise ValueError(f"there is no setting {name!r}")
            if name == "bot_user":
                raise ValueError("bot_user is fixed at the start")
            setattr(settings, name, value)
        return asdict(settings)

    async def manifest(self, body: Json) -> Json:
        """POST: take scopes, events, commands, shortcuts, addresses and mode from an app manifest."""
        shown, features = body.get("settings", {}), body.get("features", {})
        settings = self.api.ws.settings
        settings.scopes = list(body["oauth_config"]["scopes"]["bot"])
        if unknown := set(settings.scopes) - set(ALL_SCOPES):
            raise ValueError(f"scopes this stand-in does not know: {sorted(unknown)}")
        events = shown.get("event_subscriptions", {})
        settings.events = list(events.get("bot_events", []))
        commands = features.get("slash_commands", [])
        settings.commands = [one["command"] for one in commands]
        if "message.im" in settings.events and "im:history" not in settings.scopes:
            raise ValueError("message.im needs the scope im:history")
        if (commands or features.get("shortcuts")) and "commands" not in settings.scopes:
            raise ValueError("commands and shortcuts need the scope commands")
        settings.escape_commands = any(one.get("should_escape") for one in commands)
        settings.command_url = next((one["url"] for one in commands if "url" in one), "")
        settings.shortcuts = [one["callback_id"] for one in features.get("shortcuts", [])]
        settings.home_tab = bool(features.get("app_home", {}).get("home_tab_enabled"))
        settings.messages_tab = bool(features.get("app_home", {}).get("messages_tab_enabled"))
        settings.events_url = events.get("request_url", "")
        settings.interactivity_url = shown.get("interactivity", {}).get("request_url", "")
        settings.mode = "socket" if shown.get("socket_mode_enabled") else "http"
        return asdict(settings)

    async def add_user(self, body: Json) -> Json:
        """POST: somebody (see `model.User`); the id is made up unless given."""
        name = body["name"]
        values = {"id": self.api.ws.new_id("U"), "real_name": name.title(), "team": self.api.ws.settings.team} | body
        user = User(**values)
        self.api.ws.users[user.id] = user
        return asdict(user)

    async def change_user(self, body: Json) -> Json:
        """PATCH: change somebody by id or name."""
        user = self.hands.user(body.pop("user"))
        for name, value in body.items():
            getattr(user, name)
            setattr(user, name, value)
        return asdict(user)

    async def add_channel(self, body: Json) -> Json:
        """POST: a channel with `name`, `kind` ("public" or "private") and `members` (ids or names)."""
        members = [self.hands.user(key).id for key in body.get("members", [])]
        key = self.api.ws.new_id("C")
        created = int(self.api.ws.now())
        channel = Channel(key, body["name"], body.get("kind", "public"), members, created=created)
        self.api.ws.channels[key] = channel
        return {"id": key, "name": channel.name, "kind": channel.kind, "members": members}

    async def channels(self, body: Json) -> list[Json]:
        """GET: every conversation."""
        names = ("id", "name", "kind", "members", "topic", "archived", "user", "pins")
        return [{name: getattr(one, name) for name in names} for one in self.api.ws.channels.values()]

    async def add_fault(self, body: Json) -> Json:
        """POST: order a fault (see `faults.Fault`)."""
        fault = Fault(**body)
        self.api.faults.append(fault)
        return asdict(fault)

    async def faults(self, body: Json) -> list[Json]:
        """GET: the faults ordered, with how often each was met."""
        return [asdict(fault) for fault in self.api.faults]

    async def clear_faults(self, body: Json) -> Json:
        """DELETE: no more faults, and black holes let go."""
        self.api.faults.clear()
        self.api.cleared.set()
        self.api.cleared.clear()
        return {}

    async def calls(self, body: Json) -> list[Json]:
        """GET: every Web API call, or those of `method`."""
        method = body.get("method") or None
        return [asdict(call) for call in self.api.ws.calls if method in (None, call.method)]

    async def report(self, body: Json) -> Json:
        """GET: what was wrong: calls inside a Retry-After window, and what Slack lets pass and should not be."""
        return {"violations": self.api.rates.violations, "complaints": self.api.ws.complaints}

    async def clock(self, body: Json) -> Json:
        """POST: put the workspace's clock ahead by so many seconds (`advance`)."""
        self.api.ws.ahead += float(body.get("advance", 0))
        return {"now": self.api.ws.now()}

    async def socket(self, body: Json) -> list[Json]:
        """POST: `action` for one `line` or all (see `socket.Sockets.do`); the connections there are."""
        if "action" in body:
            await self.sockets.do(body["action"], body.get("line", ""))
        return [line.shape() for line in self.sockets.lines.values()]

    async def deliveries(self, body: Json) -> list[Json]:
        """GET: everything sent to the app, or those of one `kind`."""
        kind = body.get("kind") or None
        return [one.shape() for one in self.deliverer.deliveries if kind in (None, one.kind)]

    async def settle(self, body: Json) -> Json:
        """POST: wait until an event's tries (`id`) are over."""
        delivery = self._delivery(body["id"])
        await delivery.done.wait()
        return delivery.shape()

    def _delivery(self, key: str) -> Delivery:
        return next(one for one in self.deliverer.deliveries if one.id == key)

    async def again(self, body: Json) -> Json:
        """POST: send a delivery (`id`) once more: byte for byte (`exact`), or signed anew (`new_event_id`)."""
        old = self._delivery(body["id"])
        if body.get("exact"):
            if old.raw is None:
                raise CannotDo("it did not go over HTTP")
            return asdict(await self.deliverer.post(*old.raw, kind=old.kind))
        payload = json.loads(json.dumps(old.payload))
        if body.get("new_event_id"):
            payload["event_id"] = self.api.ws.new_id("Ev")
        return (await self.deliverer.send(old.kind, payload)).shape()

    async def storm(self, body: Json) -> Json:
        """POST: a delivery (`id`) `count` times, each changed by its own seed; signed afterwards if `resign`."""
        first, resign = int(body.get("seed", 0)), bool(body.get("resign"))
        tampers = (Tamper(mutate=seed, resign=resign) for seed in range(first, first + int(body["count"])))
        return dict(await self.deliverer.storm(self._delivery(body["id"]), tampers, int(body.get("parallel", 16))))

    async def raw(self, body: Json) -> Json:
        """POST: any `body` (or `hex`) with any `headers` to the app, signed if `sign`."""
        data = bytes.fromhex(body["hex"]) if "hex" in body else str(body.get("body", "")).encode()
        headers = self.deliverer.signed(data, Tamper(**body.get("tamper", {}))) if body.get("sign", True) else {}
        headers |= body.get("headers") or {}
        url = body.get("url") or self.deliverer.url(body.get("kind", "event"))
        return asdict(await self.deliverer.post(url, data, headers))

    async def event(self, body: Json) -> Json:
        """POST: an `event` of any kind, as `kind`; nothing is sent unless the app subscribed to it."""
        inner = {"event_ts": self.api.ws.new_ts(), **body["event"]}
        delivery = await self.hands.happens(body.get("kind", inner["type"]), inner, body)
        return delivery.shape() if delivery else {"id": "", "ok": False, "sees": "not subscribed", "attempts": []}

    async def verify_url(self, body: Json) -> Json:
        """POST: Slack's url_verification; `ok` if the app gave the challenge back."""
        challenge = self.api.ws.new_id("challenge")
        payload = {"token": self.api.ws.settings.verification_token, "challenge": challenge, "type": "url_verification"}
        data = json.dumps(payload).encode()
        headers = self.deliverer.signed(data, Tamper()) | {"Content-Type": "application/json"}
        attempt = await self.deliverer.post(self.deliverer.url("event"), data, headers)
        return {"ok": attempt.status == 200 and challenge in attempt.body, "attempt": asdict(attempt)}

    async def uninstall(self, body: Json) -> list[Json]:
        """POST: remove the app: its token dies, and it is told so."""
        ws = self.api.ws
        ws.installed = False
        tokens: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [ws.settings.bot_user]}}
        gone: list[Json] = [tokens, {"type": "app_uninstalled"}]
        sent = [await self.hands.happens(one["type"], {"event_ts": ws.new_ts(), **one}, body) for one in gone]
        return [one.shape() for one in sent if one]

    async def revoke(self, body: Json) -> Json:
        """POST: a `token` is worth nothing from now on."""
        self.api.ws.revoked.add(body["token"])
        return {}

    async def write(self, body: Json) -> Json:
        """POST: somebody (`user`) writes `text` into a channel (`where`); the app is told only of DMs."""
        user = self.hands.user(body["user"])
        channel = self.hands.place(user, body["where"])
        message = put(self.api.ws, channel, user.id, payloads.typed_message(body["text"]))
        self.hands.flush()
        return {"channel": channel.id, "ts": message.ts}

    async def see(self, body: Json) -> Json:
        """GET: what a person (`user`) sees (`where`: "dm", "home", "modal", a channel)."""
        return self.hands.see(body["user"], body.get("where", "dm"))

    async def act(self, body: Json) -> object:
        """POST: a person does something: say, command, press, submit, close, shortcut, open_home."""
        user, hands = body["user"], self.hands
        sent: Delivery | None
        match body["action"]:
            case "say":
                sent = await hands.say(user, body["text"], body)
            case "command":
                sent = await hands.command(user, body["text"], body)
            case "press":
                sent = await hands.press(user, body)
            case "submit":
                sent = await hands.submit(user, body.get("values", {}), body)
            case "close":
                return [one.shape() for one in await hands.close(user, body)]
            case "shortcut":
                sent = await hands.shortcut(user, body["callback_id"], body)
            case "open_home":
                sent = await hands.open_home(user, body)
            case other:
                raise ValueError(f"people cannot {other!r}")
        return sent.shape() if sent else {"id": "", "ok": False, "sees": "not subscribed", "attempts": []}


ROUTES: list[tuple[str, str, Callable[[Control, Json], Awaitable[object]]]] = [
    ("GET", "settings", Control.settings),
    ("PATCH", "settings", Control.settings),
    ("POST", "manifest", Control.manifest),
    ("POST", "users", Control.add_user),
    ("PATCH", "users/{user}", Control.change_user),
    ("POST", "channels", Control.add_channel),
    ("GET", "channels", Control.channels),
    ("POST", "faults", Control.add_fault),
    ("GET", "faults", Control.faults),
    ("DELETE", "faults", Control.clear_faults),
    ("GET", "calls", Control.calls),
    ("GET", "report", Control.report),
    ("POST", "clock", Control.clock),
    ("GET", "socket", Control.socket),
    ("POST", "socket", Control.socket),
    ("GET", "deliveries", Control.deliveries),
    ("POST", "settle", Control.settle),
    ("POST", "again", Control.again),
    ("POST", "storm", Control.storm),
    ("POST", "raw", Control.raw),
    ("POST", "event", Control.event),
    ("POST", "verify_url", Control.verify_url),
    ("POST", "uninstall", Control.uninstall),
    ("POST", "revoke", Control.revoke),
    ("POST", "write", Control.write),
    ("GET", "see", Control.see),
    ("POST", "people/{user}/{action}", Control.act),
]


def routes(control: Control) -> list[web.RouteDef]:
    """The control API's routes."""
    return [
        web.RouteDef(method, f"/_control/{path}", as_control(handler)(control), {}) for method, path, handler in ROUTES
    ]
