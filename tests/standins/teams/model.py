"""The stand-in's tenant: people, teams, chats, messages, who has the app, and what was called."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.slack.check import Json

HOME = "6d7c3a10-0000-4000-8000-00000000aaaa"
APP = "9b1f2c30-0000-4000-8000-00000000bbbb"
THREAD = ";messageid="


@dataclass
class Settings:
    """What a test may change: `PATCH /_control/settings` takes any of these."""

    app_id: str = APP
    app_secret: str = "standin-app-secret"  # noqa: S105 - known to every test
    app_name: str = "Backline"
    tenant: str = HOME  # whose people these are unless said otherwise, and whose app it is
    endpoint: str = ""  # where the bot listens: http://127.0.0.1:3978/api/messages
    service_path: str = "emea"  # of the serviceUrl
    token_seconds: int = 3600  # that a bot's token lives
    signed_seconds: int = 3600  # that a token sent to the bot lives
    answer_seconds: float = 15.0  # for any activity
    invoke_seconds: float = 10.0  # that a client waits for an invoke's answer
    retry_seconds: list[float] = field(default_factory=lambda: [15.0, 15.0])  # from one try to the next, unanswered
    retry_new_id: bool = False  # the same message comes again under another id, as has been reported
    blocked_shape: str = "error"  # of a 403 for a blocked chat: "error" or "subCode", both are documented
    rates: bool = True
    windows: list[list[float]] = field(default_factory=lambda: [[1, 7], [2, 8], [30, 60], [3600, 1800]])
    member_factor: int = 2  # members may be asked for so many times as often
    per_second: int = 50  # requests of the app in one tenant
    retry_after: int = 1  # at least, in a 429
    page_size: int = 200
    largest: int = 80 * 1024  # bytes of an activity in UTF-16
    advised: int = 28 * 1024  # bytes of a card in UTF-8 before it is complained of
    most_shown: int = 6  # actions of a card


@dataclass
class User:
    """Somebody. `id`: as this bot knows them; `tenant`: whose chat it is; `home`: where a guest comes from."""

    id: str
    aad: str
    name: str
    email: str = ""
    locale: str = "hu-HU"
    timezone: str = "Europe/Budapest"
    country: str = "HU"
    tenant: str = HOME
    guest: bool = False
    installed: bool = False
    blocked: bool = False

    def member(self) -> Json:
        """A TeamsChannelAccount, as the connector gives it."""
        given, _, surname = self.name.partition(" ")
        principal = f"{self.email.replace('@', '_')}#EXT#@standin.onmicrosoft.com" if self.guest else self.email
        return {
            "id": self.id,
            "name": self.name,
            "objectId": self.aad,
            "aadObjectId": self.aad,
            "givenName": given,
            "surname": surname,
            "email": self.email,
            "userPrincipalName": principal,
            "tenantId": self.tenant,
            "userRole": "guest" if self.guest else "user",
        }


@dataclass
class Message:
    """A message with every version it ever had, oldest first. `views`: who sees another card than the others."""

    id: str
    sender: str
    body: Json
    thread: str = ""  # the id of the first message in a channel's thread
    versions: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    deleted: bool = False

    def seen_by(self, user: str) -> Json:
        """The body as that person sees it."""
        card = self.views.get(user)
        return self.body if card is None else {**self.body, "attachments": [attached(card)]}


def attached(card: Json) -> Json:
    """A card as an attachment."""
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}


@dataclass
class Conversation:
    """A chat with the bot ("personal"), a group's ("groupChat"), or a team's channel ("channel")."""

    id: str
    kind: str
    tenant: str
    members: list[str]
    name: str = ""
    team: str = ""
    installed: bool = True  # of chats: the bot is in it
    messages: list[Message] = field(default_factory=list)

    def find(self, message: str) -> Message | None:
        """The message of that id, if it is still there."""
        return next((one for one in self.messages if one.id == message and not one.deleted), None)


@dataclass
class Team:
    """A team; its id is that of its first channel."""

    id: str
    name: str
    group: str
    tenant: str
    members: list[str]
    channels: list[str]
    installed: bool = False


@dataclass
class Call:
    """A request as it came in, and how it was answered. `operation`: "post", "update", "members", "token", …"""

    number: int
    at: float
    operation: str
    conversation: str
    body: Any
    query: Json = field(default_factory=dict)
    status: int = 0
    error: str = ""
    fault: str = ""
    inside_window: bool = False
    answered: bool = True
    made: str = ""  # the id of the message that came of it


@dataclass
class Cloud:
    """Everything the stand-in knows. `clock` gives seconds since 1970; `ahead` is added by `POST /_control/clock`."""

    settings: Settings = field(default_factory=Settings)
    clock: Callable[[], float] = time.time
    ahead: float = 0.0
    address: str = ""
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    chats: dict[str, str] = field(default_factory=dict)  # the id of each person's chat with the bot
    calls: list[Call] = field(default_factory=list)
    complaints: list[Json] = field(default_factory=list)
    hostile: list[str] = field(default_factory=list)  # people's words that must never become markup
    _last_id: int = 0

    @property
    def service_url(self) -> str:
        """What activities carry as serviceUrl."""
        return f"{self.address}/{self.settings.service_path}/"

    @property
    def bot(self) -> Json:
        """The bot's account."""
        return {"id": f"28:{self.settings.app_id}", "name": self.settings.app_name}

    def now(self) -> float:
        """Seconds since 1970 on Microsoft's clock."""
        return self.clock() + self.ahead

    def new_id(self) -> str:
        """A message's id: milliseconds, unique, later than all before."""
        self._last_id = max(int(self.now() * 1000), self._last_id + 1)
        return str(self._last_id)

    def user(self, key: str) -> User | None:
        """Somebody by id, id in the tenant, or name."""
        found = self.users.get(key)
        return found or next((one for one in self.users.values() if key in (one.aad, one.name)), None)

    def add_user(self, **details: Any) -> User:  # noqa: ANN401 - as JSON has it
        """Somebody new; ids are made up unless given."""
        made: Json = {
            "id": f"29:{secrets.token_urlsafe(40)}",
            "aad": str(uuid.uuid4()),
            "tenant": self.settings.tenant,
            "email": f"{str(details['name']).lower().replace(' ', '.')}@example.com",
        }
        user = User(**made | {name: value for name, value in details.items() if value is not None})
        self.users[user.id] = user
        return user

    def add_team(self, name: str, channels: list[str], members: list[str], tenant: str = "") -> Team:
        """A team with channels; the first is what others call General."""
        tenant = tenant or self.settings.tenant
        keys = [f"19:{secrets.token_hex(16)}@thread.tacv2" for _ in channels]
        team = Team(keys[0], name, str(uuid.uuid4()), tenant, members, keys)
        self.teams[team.id] = team
        for key, channel in zip(keys, channels, strict=True):
            self.conversations[key] = Conversation(key, "channel", tenant, members, channel, team.id)
        return team

    def add_chat(self, members: list[str], name: str = "") -> Conversation:
        """A group chat, the bot in it."""
        key = f"19:{uuid.uuid4().hex}@thread.v2"
        self.conversations[key] = Conversation(key, "groupChat", self.settings.tenant, members, name)
        return self.conversations[key]

    def chat(self, user: User) -> Conversation | None:
        """The chat between that person and the bot, if there is one."""
        return self.conversations.get(self.chats.get(user.id, ""))

    def open_chat(self, user: User) -> Conversation:
        """The chat between that person and the bot, made if there is none."""
        found = self.chat(user)
        if found is None:
            found = Conversation(f"a:1{secrets.token_urlsafe(80)}", "personal", user.tenant, [user.id])
            self.conversations[found.id] = found
            self.chats[user.id] = found.id
        return found

    def place(self, key: str) -> tuple[Conversation, str] | None:
        """The conversation with that id, and the thread in it; None when there is none."""
        base, _, thread = key.partition(THREAD)
        found = self.conversations.get(base)
        if found is None or (
            thread and (found.kind != "channel" or not any(one.id == thread for one in found.messages))
        ):
            return None
        return found, thread

    def reaches(self, user: User) -> bool:
        """The app is installed for that person, or in a team of theirs."""
        return user.installed or any(team.installed and user.id in team.members for team in self.teams.values())

    def has_bot(self, where: Conversation) -> bool:
        """The bot is in that conversation."""
        if where.kind == "personal":
            return self.reaches(self.users[where.members[0]])
        return self.teams[where.team].installed if where.kind == "channel" else where.installed

    def complain(self, what: str, **details: Any) -> None:  # noqa: ANN401 - goes to JSON
        """Note something that Teams lets pass, and that is still wrong."""
        self.complaints.append({"at": self.now(), "what": what, **details})
