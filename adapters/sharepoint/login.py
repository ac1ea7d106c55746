"""As whom Graph is called, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from adapters.secret import Secret
from adapters.settings import Settings

GRAPH = "https://graph.microsoft.com"
_CLOUDS = ("graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn")


@dataclass(frozen=True, slots=True)
class Login:
    """As whom to call: a fixed token, else a secret, else a certificate, else the host's managed identity."""

    tenant: str
    client: str
    secret: Secret | None = None
    certificate: Path | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where Graph is, and how we say who calls (`NONISV|Company|App/version`)."""

    base_url: str
    agent: str

    @property
    def scope(self) -> str:
        """What the token is asked for: the cloud's own Graph, whatever stands before it."""
        host = urlsplit(self.base_url).hostname or ""
        return f"https://{host}/.default" if host in _CLOUDS else f"{GRAPH}/.default"


def login_of(settings: Settings) -> Login:
    """As whom these settings call."""
    return Login(
        settings.azure_tenant_id or "",
        settings.azure_client_id or "",
        settings.azure_client_secret,
        settings.azure_client_certificate_path,
        settings.graph_token,
    )


def address_of(settings: Settings) -> Address:
    """Where these settings call, saying that it is Backline that does."""
    return Address(settings.graph_base_url.rstrip("/"), f"NONISV|Backline|Backline/{version('backline')}")
