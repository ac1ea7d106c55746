"""The site: its lists, their rows, the files of its library. Reads go by the SDK's builders, writes are JSON.

Costs in resource units: one item, one list, a file's description, a change feed with a token: 1; several items, every
change: 2 (learn.microsoft.com, "Avoid getting throttled or blocked in SharePoint Online").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from adapters.sharepoint.client import Graph, Make, Part
from adapters.sharepoint.failure import UNKNOWN, GraphFailed, Missing
from adapters.sharepoint.schema import KEY, LISTS, Fault, ListSpec, faults

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation

    from adapters.sharepoint.sdk import Wire

READ, READ_MANY, WRITE = 1, 2, 2  # units
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class FoundList:
    """A list of ours as it is on the site."""

    id: str
    title: str
    columns: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Item:
    """A row: `mail` of whoever changed it last, None for an app or somebody without one; `by_app`: an app did."""

    id: str
    etag: str
    fields: Mapping[str, Any]
    mail: str | None = None
    by_app: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed in a list: rows as they are now, ids of deleted ones, and the link to ask at next time."""

    items: Mapping[str, Item]
    deleted: frozenset[str]
    link: str


class Site:
    """One site. `look` finds its lists; what a person deletes or changes afterwards is found out at the next call."""

    def __init__(self, graph: Graph, path: str) -> None:
        self.graph = graph
        self.path = path
        self.found: dict[str, FoundList] = {}
        self.wrong: dict[str, tuple[str, ...]] = {}  # by the list's name, what is not as it must be
        self._id: str | None = None
        self._drive: str | None = None

    # --- finding --------------------------------------------------------------------------------------------------

    async def id(self) -> str:
        """The site's id. Raises `Held`, `GraphFailed`."""
        if self._id is None:
            body = await self.graph.send(
                lambda wire: _asking(wire.site(self.path).to_get_request_information(), select="id"), READ
            )
            self._id = str(_have(body, "id"))
        return self._id

    async def probe(self) -> None:
        """The cheapest question there is: does Graph answer? Raises `Held`, `GraphFailed`."""
        key = self._id or self.path
        await self.graph.send(lambda wire: _asking(wire.site(key).to_get_request_information(), select="id"), READ)

    async def look(self) -> list[Fault]:
        """Find our lists with their columns; what is wrong with them. Raises `Held`, `GraphFailed`."""
        site = await self.id()
        lists = await self._pages(
            lambda wire: _asking(wire.site(site).lists.to_get_request_information(), select="id,name,displayName"),
            READ_MANY,
        )
        there = {str(one.get("name")): one for one in lists}
        wrong: list[Fault] = []
        found: dict[str, FoundList] = {}
        for spec in LISTS:
            if spec.name not in there:
                wrong.append(Fault("list", spec))
                continue
            found[spec.name] = await self._list(site, there[spec.name])
            wrong += faults(spec, found[spec.name].columns)
        self.found = found
        self.wrong = {}
        for fault in wrong:
            self.wrong[fault.spec.name] = (*self.wrong.get(fault.spec.name, ()), str(fault))
        return wrong

    async def _list(self, site: str, one: Mapping[str, Any]) -> FoundList:
        key = str(one["id"])
        columns = await self._pages(
            lambda wire: wire.site(site).lists.by_list_id(key).columns.to_get_request_information(), READ_MANY
        )
        return FoundList(key, str(one.get("displayName")), tuple(columns))

    async def _pages(self, make: Make, units: int) -> list[Any]:
        """All that is listed, page after page. Raises `Held`, `GraphFailed`."""
        found, link = list[Any](), None
        for _ in range(_MOST_PAGES):
            body = await self.graph.send(make if link is None else _following(make, link), units)
            found += _have(body, "value")
            if not (link := body.get("@odata.nextLink")):
                break
        return found

    def found_id(self, spec: ListSpec) -> str | None:
        """The list's id; None: it is not there, or not as it must be."""
        found = self.found.get(spec.name)
        return found.id if found and spec.name not in self.wrong else None

    def list_id(self, spec: ListSpec) -> str:
        """The id of a list that is as it must be. Raises `Missing`."""
        if (key := self.found_id(spec)) is None:
            raise Missing(self.wrong.get(spec.name, (f"list {spec.name} was not looked for",)))
        return key

    async def demand(self, spec: ListSpec) -> None:
        """Look whether the list is still as it must be. Raises `Missing`, `Held`, `GraphFailed`."""
        await self.look()
        self.list_id(spec)

    # --- rows -----------------------------------------------------------------------------------------------------

    def items_path(self, spec: ListSpec) -> str:
        """Where the rows of a list are, below the version."""
        return f"/sites/{quote(self._id or '', safe=',')}/lists/{self.list_id(spec)}/items"

    def adding(self, spec: ListSpec, fields: Mapping[str, Any]) -> Part:
        """A new row."""
        return Part("POST", self.items_path(spec), {"fields": fields}, units=WRITE)

    def changing(self, spec: ListSpec, item: Item, fields: Mapping[str, Any]) -> Part:
        """A row that is there gets these fields, if nobody has changed it since."""
        url = f"{self.items_path(spec)}/{item.id}/fields"
        return Part("PATCH", url, fields, {"If-Match": item.etag}, WRITE)

    async def with_keys(self, spec: ListSpec, keys: Sequence[str]) -> dict[str, Item]:
        """The rows with these keys, at most 20. Raises `Held`, `GraphFailed`."""
        site, list_id = await self.id(), self.list_id(spec)
        wanted = " or ".join(f"fields/{KEY} eq '{key.replace(chr(39), chr(39) * 2)}'" for key in keys)
        expand = f"fields($select={','.join(spec.fields)})"

        def make(wire: Wire) -> RequestInformation:
            info = wire.site(site).lists.by_list_id(list_id).items.to_get_request_information()
            return _asking(info, expand=expand, filter=wanted)

        items = [item_of(one) for one in await self._pages(make, READ_MANY)]
        return {str(item.fields[KEY]): item for item in items if item.fields.get(KEY)}

    async def changes(self, spec: ListSpec, link: str | None) -> Changes:
        """What has changed since the link was given; everything without one.

        Raises `Held`, `GraphFailed`; status 410: the link is too old, begin without one.
        """
        site, list_id = await self.id(), self.list_id(spec)

        def make(wire: Wire) -> RequestInformation:
            info = wire.site(site).lists.by_list_id(list_id).items.delta.to_get_request_information()
            return _asking(info, expand="fields")

        items: dict[str, Item] = {}
        deleted: set[str] = set()
        for _ in range(_MOST_PAGES):
            body = await self.graph.send(make if link is None else _following(make, link), READ if link else READ_MANY)
            for one in _have(body, "value"):
                key = str(one["id"])
                if "deleted" in one:
                    items.pop(key, None)
                    deleted.add(key)
                else:  # it may come again: the last time counts
                    items[key] = item_of(one)
                    deleted.discard(key)
            link = body.get("@odata.nextLink")
            if not link:
                return Changes(items, frozenset(deleted), str(_have(body, "@odata.deltaLink")))
        raise GraphFailed(UNKNOWN, "endless", "the change feed has no end")

    # --- files ----------------------------------------------------------------------------------------------------

    async def drive(self) -> str:
        """The id of the site's document library. Raises `Held`, `GraphFailed`."""
        if self._drive is None:
            site = await self.id()
            body = await self.graph.send(
                lambda wire: _asking(wire.site(site).drive.to_get_request_information(), select="id"), READ
            )
            self._drive = str(_have(body, "id"))
        return self._drive

    async def file_size(self, path: str) -> int | None:
        """How large a file is; None: there is none. Raises `Held`, `GraphFailed`."""
        drive = await self.drive()
        try:
            body = await self.graph.send(
                lambda wire: _asking(
                    wire.client.drives.by_drive_id(drive)
                    .items.by_drive_item_id(f"root:/{path}:")
                    .to_get_request_information(),
                    select="id,size",
                ),
                READ,
            )
        except GraphFailed as failed:
            if failed.gone:
                return None
            raise
        return int(body.get("size", 0))

    async def put_file(self, path: str, content: bytes) -> None:
        """Write a file, in place of one of that name. Raises `Held`, `GraphFailed`; 423: somebody has it open."""
        drive = await self.drive()
        await self.graph.send(
            lambda wire: (
                wire.client.drives.by_drive_id(drive)
                .items.by_drive_item_id(f"root:/{path}:")
                .content.to_put_request_information(content)
            ),
            WRITE,
        )

    # --- making ---------------------------------------------------------------------------------------------------

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Make something below the site. Raises `Held`, `GraphFailed`."""
        url = f"/sites/{quote(await self.id(), safe=',')}{path}"
        return await self.graph.send(lambda wire: wire.request("POST", url, body), WRITE)

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Change something below the site. Raises `Held`, `GraphFailed`."""
        url = f"/sites/{quote(await self.id(), safe=',')}{path}"
        return await self.graph.send(lambda wire: wire.request("PATCH", url, body), WRITE)

    async def make_folder(self, name: str) -> None:
        """A folder in the library; nothing when it is there. Raises `Held`, `GraphFailed`."""
        url = f"/drives/{await self.drive()}/items/root/children"
        body = {"name": name, "folder": {}, "@microsoft.graph.conflictBehavior": "fail"}
        try:
            await self.graph.send(lambda wire: wire.request("POST", url, body), WRITE)
        except GraphFailed as failed:
            if failed.status != 409:  # noqa: PLR2004 - HTTP: it is there
                raise


def item_of(one: Mapping[str, Any]) -> Item:
    """A row as Graph shows it. An app's change names a user without an address beside the app."""
    who = one.get("lastModifiedBy") or {}
    user = who.get("user") or {}
    fields = one.get("fields") or {}
    etag = one.get("eTag") or one.get("@odata.etag") or fields.get("@odata.etag") or ""
    return Item(str(one["id"]), str(etag), fields, user.get("email") or None, "application" in who)


def rewritten(item: Item, fields: Mapping[str, Any]) -> Item:
    """The row after a change of ours, from the fields in the answer."""
    return Item(item.id, str(fields.get("@odata.etag") or ""), fields, None, by_app=True)


def _asking(info: RequestInformation, **wanted: str) -> RequestInformation:
    """The request with `$select`, `$expand`, `$filter`."""
    for name, value in wanted.items():
        info.query_parameters[f"%24{name}"] = value
    return info


def _following(make: Any, link: str) -> Any:  # noqa: ANN401 - a function of the wire
    return lambda wire: wire.follow(make(wire), link)


def _have(body: object, name: str) -> Any:  # noqa: ANN401 - JSON
    """A property that must be there. Raises `GraphFailed`."""
    if not isinstance(body, Mapping) or body.get(name) is None:
        raise GraphFailed(UNKNOWN, "incomplete", f"an answer without {name}")
    return body[name]
