"""Where things are in Teams: a conversation with the server that takes calls about it, and who may be such a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.settings import is_loopback
from bot.ports import Json

PLATFORM = "teams"
CHANNEL_TENANT = "channel"  # where a tenant's id would stand: such an account is a channel, or a thread in one
TEAM = "#team"  # stands where a person's id would: the channels of teams that have the app, the last one first
# learn.microsoft.com/microsoftteams/platform, "Send proactive messages"; and Microsoft's Teams SDK, `CloudEnvironment`:
# it takes activities from these whole names and no others.
SERVICE_HOSTS = (
    "smba.trafficmanager.net",
    "smba.onyx.prod.teams.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",  # GCC High
    "smba.infra.dod.teams.microsoft.us",
    "frontend.botapi.msg.infra.teams.microsoftonline.cn",  # operated by 21Vianet
)
THREAD = ";messageid="  # between a channel's id and that of a thread's first message
_HTTPS = 443
_ODD = frozenset("\\ ?#@")  # by which a URL may seem to be on another host than it is
_FIELDS = ("service_url", "conversation", "tenant")


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation: one with a person, a channel, or a thread in a channel."""

    service_url: str
    conversation: str
    tenant: str

    @property
    def in_thread(self) -> bool:
        """Whether it is a thread in a channel."""
        return THREAD in self.conversation

    @property
    def channel(self) -> str:
        """The conversation, without the thread in it."""
        return self.conversation.partition(THREAD)[0]

    def as_json(self) -> Json:
        """For `Account.ref` and `MessageRef.ref`."""
        return {"service_url": self.service_url, "conversation": self.conversation, "tenant": self.tenant}


def place_of(value: object) -> Place:
    """The place that `as_json` gave. Raises `ValueError`."""
    if isinstance(value, dict):
        service_url, conversation, tenant = (str(value.get(name) or "") for name in _FIELDS)
        if service_url and conversation and tenant:
            return Place(service_url, conversation, tenant)
    raise ValueError("this is no place in Teams")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a conversation, as Teams' own directory has them. `id` is per bot, `aad` for the whole tenant.

    `principal`: the name they sign in with, which looks like an e-mail address and need not be one.
    """

    id: str
    aad: str
    name: str
    email: str
    tenant: str
    guest: bool
    principal: str = ""


class ServiceHosts:
    """To whom calls may go. `allowed`: hosts; one that is this computer may have any port, and http."""

    def __init__(self, allowed: Iterable[str] = SERVICE_HOSTS) -> None:
        self._allowed = frozenset(host.lower() for host in allowed) or frozenset(SERVICE_HOSTS)

    def demand(self, service_url: str) -> str:
        """The URL, ending in a `/`. Raises `ValueError` unless it is one of the hosts over https."""
        if not self._is_allowed(service_url):
            raise ValueError("the service URL is on no host of Teams; TEAMS_SERVICE_URLS lists those that are allowed")
        return service_url.rstrip("/") + "/"

    def _is_allowed(self, url: str) -> bool:
        if not (url.isascii() and url.isprintable()) or set(url) & _ODD:
            return False
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if host not in self._allowed:
            return False
        if is_loopback(host):
            return parts.scheme in ("http", "https")
        return parts.scheme == "https" and port in (None, _HTTPS)
