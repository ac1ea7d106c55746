"""The stand-in's workspace: people, conversations, messages, views and what was promised to whom."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.slack.check import Json

ALL_SCOPES = (
    "chat:write", "commands", "im:write", "im:history", "im:read", "users:read", "users:read.email",
    "channels:manage", "channels:read", "channels:history", "channels:join", "groups:write", "groups:read",
    "groups:history", "pins:write", "files:write",
)  # fmt: skip
ALL_EVENTS = ("message.im", "app_home_opened", "app_uninstalled", "tokens_revoked", "team_join", "user_change")


@dataclass
class Settings:
    """What a test may change: `PATCH /_control/settings` takes any of these."""

    team: str = "T0STANDIN"
    domain: str = "standin"
    app: str = "A0BACKLINE"
    bot_user: str = "U0BACKLINE"
    bot: str = "B0BACKLINE"
    bot_token: str = "xoxb-standin-bot"  # noqa: S105 - known to every test
    app_token: str = "xapp-1-standin-app"  # noqa: S105 - "
    signing_secret: str = "standin-signing-secret"  # noqa: S105 - "
    verification_token: str = "legacy-verification"  # noqa: S105 - "
    scopes: list[str] = field(default_factory=lambda: list(ALL_SCOPES))
    app_scopes: list[str] = field(default_factory=lambda: ["connections:write"])
    events: list[str] = field(default_factory=lambda: list(ALL_EVENTS))
    commands: list[str] = field(default_factory=lambda: ["/backline"])
    shortcuts: list[str] | None = None  # callback ids; None: any
    escape_commands: bool = True  # `@name` in a command becomes `<@U…|name>`
    home_tab: bool = True
    messages_tab: bool = True
    mode: str = "http"  # or "socket"
    request_url: str = ""  # for all three kinds unless one has its own
    command_url: str = ""
    interactivity_url: str = ""
    events_url: str = ""
    response_host: str = ""  # what response_url starts with; empty: the stand-in's own address
    echo: bool = True  # the bot's own DMs come back as message events, as they do on Slack
    ack_seconds: float = 3.0
    retry_seconds: list[float] = field(default_factory=lambda: [0.0, 60.0, 300.0])
    trigger_seconds: float = 3.0
    response_uses: int = 5
    response_seconds: float = 1800.0
    rates: bool = True
    tiers: dict[str, int] = field(default_factory=lambda: {"1": 1, "2": 20, "3": 50, "4": 100})
    post_burst: int = 4  # messages one channel takes at once before 1/s counts
    post_per_second: float = 1.0
    post_per_minute: int = 300  # a workspace's chat.postMessage
    special_per_minute: int = 600  # auth.test and api.test
    skew_seconds: float = 0.0  # Slack's clock against this machine's, in signatures
    restricted: list[str] = field(default_factory=list)  # methods that answer restricted_action
    socket_most: int = 10
    refresh_seconds: float = 0.5  # from saying that a connection will be closed until it is
    ping_seconds: float = 10.0


@dataclass
class User:
    """Somebody in the workspace, or somebody from outside whom it knows of."""

    id: str
    name: str
    real_name: str
    email: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Budapest"
    tz_offset: int = 3600
    team: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    is_admin: bool = False


@dataclass
class Message:
    """A message with every version it ever had, oldest first; `body` is the current one."""

    ts: str
    channel: str
    user: str
    body: Json
    metadata: Json | None = None
    versions: list[Json] = field(default_factory=list)
    only_for: str = ""  # an ephemeral message's reader
    pinned: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """A conversation: public, private or a DM between a person and the bot."""

    id: str
    name: str
    kind: str  # "public", "private" or "im"
    members: list[str]
    creator: str = ""
    created: int = 0
    topic: str = ""
    archived: bool = False
    user: str = ""  # the person of a DM
    messages: list[Message] = field(default_factory=list)

    @property
    def pins(self) -> list[str]:
        """The time stamps of what is pinned."""
        return [one.ts for one in self.messages if one.pinned]

    def find(self, ts: str) -> Message | None:
        """The message with that time stamp, if it is still there."""
        return next((one for one in self.messages if one.ts == ts and not one.deleted), None)


@dataclass
class View:
    """An open modal or a published Home, with what was typed into it so far."""

    id: str
    body: Json  # as Slack hands it out
    user: str
    hash: str
    open: bool = True
    typed: dict[str, dict[str, Json]] = field(default_factory=dict)


@dataclass
class Trigger:
    """A trigger id: whose, issued when, already exchanged or not, for which open modal."""

    user: str
    at: float
    used: bool = False
    view: str = ""


@dataclass
class ReplyUrl:
    """A response_url: for whom and where, how often it may still be used."""

    user: str
    channel: str
    at: float
    uses: int = 0
    message: str = ""


@dataclass
class Call:
    """A Web API call as it came in, and how it was answered."""

    number: int
    at: float
    method: str
    args: Json
    token: str
    status: int = 0
    error: str = ""
    fault: str = ""
    inside_window: bool = False
    answered: bool = True


@dataclass
class Workspace:
    """Everything the stand-in knows. `clock` gives seconds since 1970; `ahead` is added by `POST /_control/clock`."""

    settings: Settings = field(default_factory=Settings)
    clock: Callable[[], float] = time.time
    ahead: float = 0.0
    address: str = ""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=dict)  # open modals per person, the topmost last
    triggers: dict[str, Trigger] = field(default_factory=dict)
    replies: dict[str, ReplyUrl] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    installed: bool = True
    calls: list[Call] = field(default_factory=list)
    complaints: list[Json] = field(default_factory=list)
    happened: list[tuple[str, Json]] = field(default_factory=list)  # events that the app is to hear of
    _count: int = 0
    _last_ts: int = 0

    def __post_init__(self) -> None:
        names = self.settings
        self.users[names.bot_user] = User(names.bot_user, "backline", "Backline", team=names.team, is_bot=True)
        self.channels["C0GENERAL"] = Channel("C0GENERAL", "general", "public", [], created=1_577_836_800)

    def now(self) -> float:
        """Seconds since 1970 on the workspace's clock."""
        return self.clock() + self.ahead

    def new_id(self, prefix: str) -> str:
        """The next id of that kind: `U0000000A1`, as long as Slack's."""
        self._count += 1
        digits, rest = "", self._count + 1_000
        while rest:
            rest, digit = divmod(rest, 36)
            digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
        return f"{prefix}0{digits:0>9}"

    def new_ts(self) -> str:
        """A message's time stamp: unique, and later than all before."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_hash(self) -> str:
        """A view's hash, a new one for each version."""
        return f"{int(self.now())}.{secrets.token_hex(4)}"

    def new_trigger(self, user: str, view: str = "") -> str:
        """A trigger id for something that person just did."""
        key = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self.triggers[key] = Trigger(user, self.now(), view=view)
        return key

    def new_reply_url(self, user: str, channel: str, message: str = "") -> str:
        """A response_url for something that person just did in that channel."""
        key = f"{self.settings.team}/{secrets.randbelow(10**12)}/{secrets.token_urlsafe(18)}"
        self.replies[key] = ReplyUrl(user, channel, self.now(), message=message)
        return f"{self.settings.response_host or self.address}/actions/{key}"

    def dm(self, user: str) -> Channel:
        """The DM between that person and the bot, made if there is none."""
        for channel in self.channels.values():
            if channel.kind == "im" and channel.user == user:
                return channel
        key = self.new_id("D")
        members = [user, self.settings.bot_user]
        self.channels[key] = Channel(key, "directmessage", "im", members, created=int(self.now()), user=user)
        return self.channels[key]

    def complain(self, what: str, **details: Any) -> None:  # noqa: ANN401 - goes to JSON
        """Note something that Slack lets pass, and that is still wrong."""
        self.complaints.append({"at": self.now(), "what": what, **details})
