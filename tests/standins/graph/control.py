"""The control API: tests set the stand-in up, act as people and look at what happened. JSON, under /_control/."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields

from aiohttp import web

from tests.standins.graph import columns, drive, lists, values
from tests.standins.graph.door import Door
from tests.standins.graph.errors import GraphError, Json
from tests.standins.graph.faults import Fault
from tests.standins.graph.items import shown
from tests.standins.graph.login import Login, know
from tests.standins.graph.model import Settings, Tenant
from tests.standins.graph.table import Column, Item, Table

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
SOMEBODY = "somebody@example.com"


def as_control(handler: Callable[[Control, Json], Awaitable[object]]) -> Callable[[Control], Answer]:
    """A handler of JSON: what it returns is the answer; what people cannot do is 409, what is not understood 400."""

    def bind(control: Control) -> Answer:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                body = await request.json() if request.can_read_body else {}
                body = {**request.query, **request.match_info, **body}
                return web.json_response(await handler(control, body))
            except GraphError as error:
                return web.json_response({"error": error.message}, status=409)
            except (KeyError, TypeError, ValueError) as error:
                return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

        return answer

    return bind


@dataclass
class Control:
    """What the control API works on."""

    door: Door
    login: Login
    trusted: str = ""

    @property
    def tenant(self) -> Tenant:
        """What the stand-in knows."""
        return self.door.tenant

    def table(self, body: Json) -> Table:
        """The list that `list` names. Raises ValueError."""
        table = self.tenant.table(str(body["list"]))
        if table is None:
            raise ValueError(f"no list {body['list']!r}; there are {[one.display_name for one in self._lists()]}")
        return table

    def _lists(self) -> list[Table]:
        return list(self.tenant.lists.values())

    def _item(self, table: Table, key: object) -> Item:
        if int(str(key)) not in table.items:
            raise ValueError(f"no item {key!r} in {table.display_name}")
        return table.items[int(str(key))]

    async def where(self, _: Json) -> Json:
        """GET: addresses, what to trust, and the names of site, drive, tenant and app."""
        tenant, names = self.tenant, self.tenant.settings
        return {
            "address": tenant.address, "tls_address": tenant.tls_address, "trusted": self.trusted,
            "site": f"{names.host}:/sites/{names.site}", "site_id": tenant.site_id, "drive_id": tenant.drive_id,
            "tenant": names.tenant, "client_id": names.client_id, "client_secret": names.client_secret,
            "token": names.static_token, "identity_endpoint": f"{tenant.address}/msi/token",
            "identity_header": names.identity_header,
        }  # fmt: skip

    async def settings(self, body: Json) -> Json:
        """GET: all settings. PATCH: change some (see `model.Settings`)."""
        settings = self.tenant.settings
        for name, value in body.items():
            if name not in {one.name for one in fields(Settings)}:
                raise ValueError(f"there is no setting {name!r}")
            setattr(settings, name, value)
        if not settings.outage and not settings.login_outage:
            self._let_go()
        return asdict(settings)

    def _let_go(self) -> None:
        self.door.cleared.set()
        self.door.cleared.clear()

    async def add_fault(self, body: Json) -> Json:
        """POST: order a fault (see `faults.Fault`)."""
        fault = Fault(**body)
        self.door.faults.append(fault)
        return asdict(fault)

    async def faults(self, _: Json) -> list[Json]:
        """GET: the faults ordered, with how often each was met."""
        return [asdict(fault) for fault in self.door.faults]

    async def clear_faults(self, _: Json) -> Json:
        """DELETE: no more faults, and black holes let go."""
        self.door.faults.clear()
        self._let_go()
        return {}

    async def calls(self, body: Json) -> list[Json]:
        """GET: every call, or those of `op`, after the one with number `after`."""
        op, after = body.get("op") or None, int(body.get("after") or 0)
        return [asdict(call) for call in self.tenant.calls[after:] if op in (None, call.op)]

    async def report(self, _: Json) -> Json:
        """GET: calls inside a Retry-After, and what Graph lets pass and is still wrong."""
        return {"violations": self.door.budget.violations, "complaints": self.tenant.complaints}

    async def units(self, _: Json) -> Json:
        """GET: resource units: `minutes` (by the clock), `most` within any minute, `used` within the last."""
        budget = self.door.budget
        return {"minutes": list(budget.minutes.items()), "most": budget.most, "used": budget.used}

    async def clock(self, body: Json) -> Json:
        """POST: put the service's clock ahead by `advance` seconds."""
        self.tenant.ahead += float(body["advance"])
        return {"now": self.tenant.now()}

    async def expire(self, _: Json) -> Json:
        """POST: every token issued so far is worth nothing from now on."""
        self.tenant.not_before = self.tenant.now()
        return {}

    async def certificate(self, body: Json) -> list[str]:
        """POST: the app may log in with this certificate (`pem`)."""
        return know(self.tenant, body["pem"])

    async def lists(self, _: Json) -> list[Json]:
        """GET: the lists as Graph shows them, with their columns."""
        return [lists.shown(self.tenant, one, whole=True) for one in self._lists()]

    async def change_list(self, body: Json) -> Json:
        """PATCH: a person renames a list (`displayName`)."""
        table = self.table(body)
        lists.change(self.tenant, table, {name: body[name] for name in ("displayName", "description") if name in body})
        return lists.shown(self.tenant, table)

    async def delete_list(self, body: Json) -> Json:
        """DELETE: a person deletes a list."""
        table = self.table(body)
        self.tenant.gone.append(self.tenant.lists.pop(table.id))
        return {}

    async def resync(self, body: Json) -> Json:
        """POST: delta tokens of a list issued so far are answered 410."""
        self.table(body).epoch += 1
        return {}

    def _column(self, table: Table, name: str) -> Column:
        if name not in table.columns:
            raise ValueError(f"no column {name!r} in {table.display_name}")
        return table.columns[name]

    async def add_column(self, body: Json) -> Json:
        """POST: a person adds a column (`definition` as Graph takes it)."""
        table = self.table(body)
        column = columns.made(self.tenant, body["definition"], set(table.columns))
        columns.put(table, column)
        return columns.shown(column)

    async def change_column(self, body: Json) -> Json:
        """PATCH: a person changes a column (`changes`: displayName, required, a facet, another kind, …)."""
        table, changes = self.table(body), dict(body["changes"])
        column = self._column(table, body["column"])
        if any(name in changes for name in columns.FACETS if name != column.kind):
            kind, facet = columns.kind(changes)
            changes.pop(kind)
            column = Column(column.id, column.name, column.display_name, kind, facet)
            table.convert(column.name, lambda value: values.kept(column, value))
        new = columns.altered(column, changes)
        columns.put(table, new)
        return columns.shown(new)

    async def delete_column(self, body: Json) -> Json:
        """DELETE: a person deletes a column."""
        table = self.table(body)
        table.drop(self._column(table, body["column"]).name)
        return {}

    async def items(self, body: Json) -> list[Json]:
        """GET: a list's items as Graph shows them, with all their fields."""
        table = self.table(body)
        return [shown(self.tenant, table, one, []) for one in table.items.values()]

    async def rows(self, body: Json) -> list[Json]:
        """GET: what stands in a list's own columns, oldest item first."""
        return [dict(one.fields) for one in self.table(body).items.values()]

    async def add_item(self, body: Json) -> Json:
        """POST: a person (`by`) adds an item with `fields`."""
        table, by = self.table(body), self.tenant.person(body.get("by", SOMEBODY))
        given = values.fields(table, body["fields"], new=True)
        item = table.add(self.tenant.new_id(), given, self.tenant.stamp(), by)
        return shown(self.tenant, table, item, [])

    async def edit_item(self, body: Json) -> Json:
        """PATCH: a person (`by`) changes an item's `fields`; None empties one."""
        table, by = self.table(body), self.tenant.person(body.get("by", SOMEBODY))
        item = self._item(table, body["item"])
        item = table.change(item, values.fields(table, body["fields"], new=False), self.tenant.stamp(), by)
        return shown(self.tenant, table, item, [])

    async def delete_item(self, body: Json) -> Json:
        """DELETE: a person deletes an item."""
        table = self.table(body)
        table.remove(self._item(table, body["item"]))
        return {}

    async def files(self, _: Json) -> list[Json]:
        """GET: the files with their paths, versions and sizes."""
        names = ("id", "path", "version", "sizes", "media", "locked", "by")
        return [
            {name: getattr(one, name) for name in names} | {"size": len(one.content)}
            for one in self.tenant.files.values()
        ]

    async def file(self, body: Json) -> Json:
        """GET: a file's content (`path`), in base64."""
        return {"content": base64.b64encode(self.tenant.files[body["path"]].content).decode()}

    async def write_file(self, body: Json) -> Json:
        """POST: a person (`by`) writes a file (`path`, `content` in base64)."""
        by = self.tenant.person(body.get("by", SOMEBODY))
        return drive.shown(self.tenant, drive.written(self.tenant, body["path"], base64.b64decode(body["content"]), by))

    async def lock_file(self, body: Json) -> Json:
        """POST: somebody opens (`locked`) or closes a file."""
        self.tenant.files[body["path"]].locked = bool(body["locked"])
        return {}


ROUTES: list[tuple[str, str, Callable[[Control, Json], Awaitable[object]]]] = [
    ("GET", "where", Control.where),
    ("GET", "settings", Control.settings),
    ("PATCH", "settings", Control.settings),
    ("POST", "faults", Control.add_fault),
    ("GET", "faults", Control.faults),
    ("DELETE", "faults", Control.clear_faults),
    ("GET", "calls", Control.calls),
    ("GET", "report", Control.report),
    ("GET", "units", Control.units),
    ("POST", "clock", Control.clock),
    ("POST", "expire", Control.expire),
    ("POST", "certificate", Control.certificate),
    ("GET", "lists", Control.lists),
    ("PATCH", "lists/{list}", Control.change_list),
    ("DELETE", "lists/{list}", Control.delete_list),
    ("POST", "lists/{list}/resync", Control.resync),
    ("POST", "lists/{list}/columns", Control.add_column),
    ("PATCH", "lists/{list}/columns/{column}", Control.change_column),
    ("DELETE", "lists/{list}/columns/{column}", Control.delete_column),
    ("GET", "lists/{list}/items", Control.items),
    ("GET", "lists/{list}/rows", Control.rows),
    ("POST", "lists/{list}/items", Control.add_item),
    ("PATCH", "lists/{list}/items/{item}", Control.edit_item),
    ("DELETE", "lists/{list}/items/{item}", Control.delete_item),
    ("GET", "files", Control.files),
    ("GET", "file", Control.file),
    ("POST", "file", Control.write_file),
    ("POST", "lock", Control.lock_file),
]


def routes(control: Control) -> list[web.RouteDef]:
    """The control API's routes."""
    return [
        web.RouteDef(method, f"/_control/{path}", as_control(handler)(control), {}) for method, path, handler in ROUTES
    ]
