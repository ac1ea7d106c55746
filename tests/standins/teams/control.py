"""The control API: tests set the stand-in up, act as people and look at what happened. JSON, under /_control/."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields

from aiohttp import web

from tests.standins.slack.check import Json
from tests.standins.slack.faults import Fault
from tests.standins.slack.widgets import CannotDo
from tests.standins.teams.deliver import Deliverer, Delivery
from tests.standins.teams.doors import Doors
from tests.standins.teams.keys import key_id
from tests.standins.teams.model import Cloud, Conversation, Settings, Team
from tests.standins.teams.person import Hands
from tests.standins.teams.tokens import Tamper, authorization

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


def _shape(where: Conversation) -> Json:
    names = ("id", "kind", "tenant", "members", "name", "team", "installed")
    return {name: getattr(where, name) for name in names} | {"messages": len(where.messages)}


def _team(cloud: Cloud, team: Team) -> Json:
    channels = {cloud.conversations[key].name: key for key in team.channels}
    return asdict(team) | {"channels": channels}


@dataclass
class Control:
    """What the control API works on."""

    doors: Doors
    hands: Hands
    deliverer: Deliverer

    @property
    def cloud(self) -> Cloud:
        """What the stand-in knows."""
        return self.doors.cloud

    # --- The tenant ---------------------------------------------------------------------------------------------------

    async def settings(self, body: Json) -> Json:
        """GET: all settings, and the addresses. PATCH: change some (see `model.Settings`)."""
        settings = self.cloud.settings
        for name, value in body.items():
            if name not in {one.name for one in fields(Settings)}:
                raise ValueError(f"there is no setting {name!r}")
            setattr(settings, name, value)
        return asdict(settings) | {"service_url": self.cloud.service_url}

    async def add_user(self, body: Json) -> Json:
        """POST: somebody (see `model.User`); ids are made up unless given."""
        if self.cloud.user(str(body["name"])) is not None:
            raise ValueError(f"somebody is called {body['name']!r} already")
        return asdict(self.cloud.add_user(**body))

    async def change_user(self, body: Json) -> Json:
        """PATCH: change somebody by id or name: `blocked`, `locale`, `email`, …"""
        user = self.hands.user(body.pop("user"))
        for name, value in body.items():
            getattr(user, name)
            setattr(user, name, value)
        return asdict(user)

    async def add_team(self, body: Json) -> Json:
        """POST: a team with `name`, `channels` (the first is everybody's) and `members` (ids or names)."""
        members = [self.hands.user(key).id for key in body.get("members", [])]
        channels = list(body.get("channels") or ["General"])
        return _team(self.cloud, self.cloud.add_team(body["name"], channels, members, body.get("tenant", "")))

    async def add_chat(self, body: Json) -> Json:
        """POST: a group chat of `members`, with `name`, the bot in it."""
        members = [self.hands.user(key).id for key in body["members"]]
        return _shape(self.cloud.add_chat(members, body.get("name", "")))

    async def change_team(self, body: Json) -> list[Json]:
        """POST: `user` does `action` with `team`: install, uninstall (the app), or join."""
        acts = {
            "install": self.hands.add_to_team,
            "uninstall": self.hands.remove_from_team,
            "join": self.hands.join,
        }
        return [one.shape() for one in await acts[body["action"]](body["user"], body["team"], body)]

    async def conversations(self, body: Json) -> list[Json]:
        """GET: every conversation."""
        return [_shape(one) for one in self.cloud.conversations.values()]

    async def hostile(self, body: Json) -> list[str]:
        """POST: `texts` that people type and that must never become markup in a card."""
        self.cloud.hostile += [str(one) for one in body.get("texts", [])]
        return self.cloud.hostile

    # --- Trouble ------------------------------------------------------------------------------------------------------

    async def add_fault(self, body: Json) -> Json:
        """POST: order a fault (`faults.Fault`) for token, openid, keys, create, post, update, members, … or "*"."""
        fault = Fault(**body)
        self.doors.faults.append(fault)
        return asdict(fault)

    async def faults(self, body: Json) -> list[Json]:
        """GET: the faults ordered, with how often each was met."""
        return [asdict(fault) for fault in self.doors.faults]

    async def clear_faults(self, body: Json) -> Json:
        """DELETE: no more faults, and black holes let go."""
        self.doors.faults.clear()
        self.doors.cleared.set()
        self.doors.cleared.clear()
        return {}

    async def rotate(self, body: Json) -> Json:
        """POST: sign with a new key; `keep`: the old ones stay published. The keys' ids, the signing one last."""
        self.doors.keys.rotate(keep=bool(body.get("keep", True)))
        return {"keys": [key_id(name) for name in self.doors.keys.names]}

    async def revoke(self, body: Json) -> Json:
        """POST: a `token` of the bot is worth nothing from now on."""
        self.doors.revoked.add(body["token"])
        return {}

    async def clock(self, body: Json) -> Json:
        """POST: put Microsoft's clock ahead by so many seconds (`advance`); `stop` it."""
        self.cloud.ahead += float(body.get("advance", 0))
        if body.get("stop"):
            stopped = self.cloud.clock()
            self.cloud.clock = lambda: stopped
        return {"now": self.cloud.now()}

    # --- What happened ------------------------------------------------------------------------------------------------

    async def calls(self, body: Json) -> list[Json]:
        """GET: every call of the bot, or those of one `operation`."""
        operation = body.get("operation") or None
        return [asdict(call) for call in self.cloud.calls if operation in (None, call.operation)]

    async def report(self, body: Json) -> Json:
        """GET: what was wrong: calls inside a Retry-After window, and what Teams lets pass and should not be."""
        return {"violations": self.doors.rates.violations, "complaints": self.cloud.complaints}

    async def deliveries(self, body: Json) -> list[Json]:
        """GET: everything sent to the bot, or those of one `kind` (an activity's type)."""
        kind = body.get("kind") or None
        return [one.shape() for one in self.deliverer.deliveries if kind in (None, one.kind)]

    async def settle(self, body: Json) -> Json:
        """POST: wait until a delivery's tries (`id`) are over."""
        delivery = self._delivery(body["id"])
        await delivery.done.wait()
        return delivery.shape()

    def _delivery(self, key: str) -> Delivery:
        found = [one for one in self.deliverer.deliveries if one.id == key]
        if not found:
            raise CannotDo(f"there is no delivery {key!r}")
        return found[0]

    async def again(self, body: Json) -> Json:
        """POST: send a delivery (`id`) once more: byte for byte (`exact`), or anew, with another id if `new_id`."""
        old = self._delivery(body["id"])
        if body.get("exact") and old.raw is not None:
            return asdict(await self.deliverer.post(*old.raw, kind=old.kind))
        payload = json.loads(json.dumps(old.payload))
        if body.get("new_id"):
            payload["id"] = self.cloud.new_id()
        return (await self.deliverer.send(payload)).shape()

    async def storm(self, body: Json) -> Json:
        """POST: a delivery (`id`) `count` times, each with its bytes changed by its own seed, the token good."""
        first = int(body.get("seed", 0))
        tampers = (Tamper(mutate=seed) for seed in range(first, first + int(body["count"])))
        return dict(await self.deliverer.storm(self._delivery(body["id"]), tampers, int(body.get("parallel", 16))))

    async def raw(self, body: Json) -> Json:
        """POST: any `body` (or `hex`) with any `headers` to the bot, with a good token or a `tamper`."""
        data = bytes.fromhex(body["hex"]) if "hex" in body else str(body.get("body", "")).encode()
        token = authorization(self.cloud, self.doors.keys, Tamper(**body.get("tamper", {})))
        headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})
        url = body.get("url") or self.cloud.settings.endpoint
        return asdict(await self.deliverer.post(url, data, headers | (body.get("headers") or {})))

    async def activity(self, body: Json) -> Json:
        """POST: any `activity` to the bot, as it is."""
        return (await self.deliverer.send(body["activity"], Tamper(**body.get("tamper", {})))).shape()

    # --- People -------------------------------------------------------------------------------------------------------

    async def see(self, body: Json) -> list[Json]:
        """GET: what a person (`user`) sees (`where`: "chat", a channel)."""
        return self.hands.see(body["user"], body.get("where", "chat"))

    async def act(self, body: Json) -> object:
        """POST: a person does something: say, press, refresh, install, uninstall."""
        user, hands = body["user"], self.hands
        sent: Delivery | None
        match body["action"]:
            case "say":
                sent = await hands.say(user, body["text"], body)
            case "press":
                sent = await hands.press(user, body)
            case "refresh":
                sent = await hands.refresh(user, body)
            case "install":
                return [one.shape() for one in await hands.install(user, body)]
            case "uninstall":
                return [one.shape() for one in await hands.uninstall(user, body)]
            case other:
                raise ValueError(f"people cannot {other!r}")
        return sent.shape() if sent else {"id": "", "ok": False, "sees": "", "shown": "not sent", "attempts": []}


ROUTES: list[tuple[str, str, Callable[[Control, Json], Awaitable[object]]]] = [
    ("GET", "settings", Control.settings),
    ("PATCH", "settings", Control.settings),
    ("POST", "users", Control.add_user),
    ("PATCH", "users/{user}", Control.change_user),
    ("POST", "teams", Control.add_team),
    ("POST", "teams/{team}/{action}", Control.change_team),
    ("POST", "chats", Control.add_chat),
    ("GET", "conversations", Control.conversations),
    ("POST", "hostile", Control.hostile),
    ("POST", "faults", Control.add_fault),
    ("GET", "faults", Control.faults),
    ("DELETE", "faults", Control.clear_faults),
    ("POST", "rotate", Control.rotate),
    ("POST", "revoke", Control.revoke),
    ("POST", "clock", Control.clock),
    ("GET", "calls", Control.calls),
    ("GET", "report", Control.report),
    ("GET", "deliveries", Control.deliveries),
    ("POST", "settle", Control.settle),
    ("POST", "again", Control.again),
    ("POST", "storm", Control.storm),
    ("POST", "raw", Control.raw),
    ("POST", "activity", Control.activity),
    ("GET", "see", Control.see),
    ("POST", "people/{user}/{action}", Control.act),
]


def routes(control: Control) -> list[web.RouteDef]:
    """The control API's routes."""
    return [
        web.RouteDef(method, f"/_control/{path}", as_control(handler)(control), {}) for method, path, handler in ROUTES
    ]
