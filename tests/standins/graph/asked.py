"""A request and its answer without the wire: parts of a batch go the same way as requests of their own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.graph.check import Check, checked
from tests.standins.graph.errors import GraphError, Json, bad, denied, missing
from tests.standins.graph.model import Tenant
from tests.standins.graph.table import Item, Table

LEVELS = ("read", "write", "manage", "fullcontrol")
BROAD = {
    "Sites.Read.All": "read",
    "Sites.ReadWrite.All": "write",
    "Sites.Manage.All": "manage",
    "Sites.FullControl.All": "fullcontrol",
}
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is: an app with these permissions in the tenant."""

    app: str
    roles: tuple[str, ...]


@dataclass
class Answer:
    """Status, body and headers; status 0: the connection is dropped."""

    status: int
    body: Json | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request: `path` is decoded, without the version; `params` is what the route found in it."""

    tenant: Tenant
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]  # names in lower case
    raw: bytes
    url: str
    caller: Caller | None = None
    params: dict[str, str] = field(default_factory=dict)

    def body(self, schema: Check) -> Json:
        """The JSON body, if the schema takes it. Raises 400 and 415."""
        kind, _, _ = self.headers.get("content-type", "").partition(";")
        if kind.strip().lower() != JSON:
            raise GraphError(
                415, "UnsupportedMediaType", f"The media type '{kind}' is not supported; use application/json."
            )
        return checked(schema, self.json())

    def json(self) -> object:
        """The body read as JSON; half a character of UTF-16 is none."""
        try:
            value: object = json.loads(self.raw)
            if b"\\u" in self.raw:
                json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise bad(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of "
                "valid JSON format."
            ) from None
        return value

    def known(self, *names: str) -> None:
        """Refuse query options other than these."""
        for name in self.query:
            if name not in names:
                raise bad(f"The query option '{name}' is not supported here.")

    def may(self, level: str) -> None:
        """Refuse (403) a caller whose permissions do not reach that level on the site."""
        assert self.caller is not None
        held = [BROAD[role] for role in self.caller.roles if role in BROAD]
        if "Sites.Selected" in self.caller.roles:
            held += ["fullcontrol" if one == "owner" else one for one in self.tenant.settings.grants]
        if not any(LEVELS.index(one) >= LEVELS.index(level) for one in held):
            raise denied()

    def site(self, level: str) -> None:
        """Refuse a site that is not there, or that the caller may not use that way."""
        self.may("read")
        names, asked = self.tenant.settings, self.params["site"].lower()
        paths = {f"{names.host}:/sites/{names.site}".lower(), f"{names.host}:/sites/{names.site}:".lower()}
        if asked not in paths | {self.tenant.site_id.lower()}:
            raise missing("Requested site could not be found")
        self.may(level)

    def table(self, level: str) -> Table:
        """The list that is meant."""
        self.site(level)
        table = self.tenant.table(self.params["list"])
        if table is None:
            raise missing("The specified list was not found")
        return table

    def item(self, table: Table) -> Item:
        """The item that is meant."""
        key = self.params["item"]
        if not key.isdigit() or int(key) not in table.items:
            raise missing("The specified item was not found")
        return table.items[int(key)]

    def matches(self, etag: str) -> None:
        """Refuse (412) when `If-Match` names another version."""
        asked = self.headers.get("if-match")
        if asked is None or asked.strip() == "*":
            return
        if re.sub(r"^W/", "", asked.strip()) != etag:
            raise GraphError(
                412,
                self.tenant.settings.conflict_code,
                "The resource has changed since the caller last read it; usually an eTag mismatch",
            )


def whole_path(segments: list[str]) -> str:
    """A path with each segment decoded; a slash inside one becomes NUL, so that it is not taken for a separator."""
    return "/".join(unquote(one).replace("/", "\0") for one in segments)


def split(target: str) -> tuple[str, dict[str, str]]:
    """Path (as `whole_path` has it) and query of a request target or a batch part's url."""
    parts = urlsplit(target)
    return whole_path(parts.path.strip("/").split("/")), dict(parse_qsl(parts.query, keep_blank_values=True))
