"""What the stand-in knows: one tenant with one site, its lists and files, who may do what, and every call."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.standins.graph.errors import Json
from tests.standins.graph.table import Table

SPACE = uuid.UUID("8f3a5b0e-8f2e-4f57-9b43-7f7b1d0c5c11")


def guid(name: str) -> str:
    """Always the same id for the same name."""
    return str(uuid.uuid5(SPACE, name))


@dataclass
class Settings:
    """What a test may change: `PATCH /_control/settings` takes any of these."""

    host: str = "standin.sharepoint.com"
    site: str = "continuity"
    tenant: str = guid("tenant")
    client_id: str = guid("app")
    client_secret: str = "standin-client-secret"  # noqa: S105 - known to every test
    secret_expired: bool = False
    static_token: str = "standin-graph-token"  # noqa: S105 - "
    identity_header: str = "standin-identity-header"  # of the host that lends the app its managed identity
    app_name: str = "Backline"
    roles: list[str] = field(default_factory=lambda: ["Sites.Selected"])  # the app's permissions in the tenant
    grants: list[str] = field(default_factory=lambda: ["manage"])  # its roles on the site, for Sites.Selected
    token_seconds: int = 3599
    throttle: bool = True
    units_per_minute: int = 1200
    retry_after: int = 0  # seconds that a throttled call is told to wait; 0: as long as the budget needs
    page: int = 200  # items in a page unless `$top` says fewer
    page_most: int = 999
    delta_page: int = 200
    delta_repeats: bool = True  # an item that changed twice comes twice, its latest state last
    threshold: int = 5000
    batch_order: str = "any"  # parts without dependsOn are done and answered in any order; "given": as they stand
    conflict_code: str = "resourceModified"  # of a 412
    agent: str = r"(NON)?ISV\|[^|]+\|[^|/]+/\S+"
    outage: str = ""  # of Graph: "reset", "503", "html", "black_hole"
    login_outage: str = ""  # of the login service


@dataclass
class File:
    """A file in the document library with every version's size; `locked`: somebody has it open."""

    id: str
    path: str
    content: bytes
    version: int
    created: str
    modified: str
    by: Json
    media: str = "application/octet-stream"
    locked: bool = False
    sizes: list[int] = field(default_factory=list)


@dataclass
class Call:
    """A call as it came in and how it was answered. Parts of a batch are calls too: `batch` is the batch's number."""

    number: int
    at: float
    op: str
    method: str
    url: str
    body: Any = None
    list: str = ""
    batch: int = 0
    status: int = 0  # 0: never answered
    code: str = ""
    why: str = ""  # the words of a refusal
    fault: str = ""
    units: int = 0
    inside_window: bool = False
    written: bool = False  # something changed, whatever the answer said
    user_agent: str = ""
    client_request_id: str = ""


@dataclass
class Tenant:
    """Everything the stand-in knows. `clock` gives seconds since 1970; `ahead` is added by `POST /_control/clock`."""

    settings: Settings = field(default_factory=Settings)
    clock: Callable[[], float] = time.time
    ahead: float = 0.0
    address: str = ""
    tls_address: str = ""
    lists: dict[str, Table] = field(default_factory=dict)
    gone: list[Table] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    folders: set[str] = field(default_factory=lambda: {""})
    certificates: dict[str, Any] = field(default_factory=dict)  # public keys by SHA-1 and SHA-256 thumbprint
    assertions: set[str] = field(default_factory=set)
    not_before: float = 0.0  # tokens issued earlier are worth nothing
    calls: list[Call] = field(default_factory=list)
    complaints: list[Json] = field(default_factory=list)
    count: int = 0

    def now(self) -> float:
        """Seconds since 1970 on the service's clock."""
        return self.clock() + self.ahead

    def stamp(self) -> str:
        """The time as Graph writes it."""
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def new_id(self) -> str:
        """An id never used before."""
        self.count += 1
        return guid(f"{self.settings.site} {self.count}")

    @property
    def site_id(self) -> str:
        """`host,site collection,web`."""
        return f"{self.settings.host},{guid('collection')},{guid('web')}"

    @property
    def drive_id(self) -> str:
        """The document library's drive."""
        return "b!" + guid("drive").replace("-", "")

    def app(self) -> Json:
        """Who changed something, when it was the app: SharePoint names a user beside it, without an e-mail address."""
        names = self.settings
        application = {"id": names.client_id, "displayName": names.app_name}
        return {"application": application, "user": {"displayName": "SharePoint App"}}

    def person(self, mail: str) -> Json:
        """Who changed something, when it was a person."""
        name = mail.partition("@")[0].replace(".", " ").title()
        return {"user": {"email": mail, "id": guid(mail.lower()), "displayName": name}}

    def table(self, key: str) -> Table | None:
        """The list with that id or that title."""
        if key.lower() in self.lists:
            return self.lists[key.lower()]
        return next((one for one in self.lists.values() if one.display_name.lower() == key.lower()), None)

    def complain(self, what: str, **details: object) -> None:
        """Note something that Graph lets pass, and that is still wrong."""
        self.complaints.append({"at": self.now(), "what": what, **details})
