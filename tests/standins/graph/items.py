"""Items: read, page, filter, add, change, delete.

Sources: learn.microsoft.com/graph/api/listitem-list, …-create, …-update, …-delete.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from tests.standins.graph import query, schemas, values
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import Json, bad
from tests.standins.graph.model import Tenant, guid
from tests.standins.graph.table import Item, Table

CONTENT_TYPE = {"id": "0x0100" + guid("item").replace("-", "").upper(), "name": "Item"}


def shown_fields(table: Table, item: Item, names: list[str]) -> Json:
    """An item's fields, or those of these names."""
    system = {
        "id": str(item.id),
        "ContentType": "Item",
        "Modified": item.modified,
        "Created": item.created,
        "AuthorLookupId": str(_lookup(item.created_by)),
        "EditorLookupId": str(_lookup(item.modified_by)),
        "_UIVersionString": f"{item.version}.0",
        "Attachments": False,
        "Edit": "",
        "ItemChildCount": "0",
        "FolderChildCount": "0",
    }
    if title := item.fields.get("Title"):
        system |= {"LinkTitle": title, "LinkTitleNoMenu": title}
    whole = item.fields | system
    kept = {name: whole[name] for name in names if name in whole} if names else whole
    typed = {f"{name}@odata.type": "#Collection(String)" for name in kept if isinstance(kept[name], list)}
    return {"@odata.etag": item.etag} | typed | kept


def _lookup(identity: Json) -> int:
    """A number for who it was, always the same."""
    return 10 + int(guid(str(identity["user"])).replace("-", ""), 16) % 90


def shown(tenant: Tenant, table: Table, item: Item, names: list[str] | None) -> Json:
    """An item as Graph shows it; `names`: its fields (empty: all), None: without."""
    settings = tenant.settings
    path = f"https://{settings.host}/sites/{settings.site}/Lists/{quote(table.name)}/{item.id}_.000"
    body: Json = {
        "@odata.etag": item.etag,
        "createdDateTime": item.created,
        "eTag": item.etag,
        "id": str(item.id),
        "lastModifiedDateTime": item.modified,
        "webUrl": path,
        "createdBy": item.created_by,
        "lastModifiedBy": item.modified_by,
        "parentReference": {"id": guid(f"parent {table.id}"), "siteId": tenant.site_id},
        "contentType": CONTENT_TYPE,
    }
    if names is not None:
        body |= {"fields@odata.context": f"{tenant.address}/v1.0/$metadata#fields", "fields": shown_fields(
            table, item, names
        )}  # fmt: skip
    return body


def listed(asked: Asked) -> Answer:
    """GET items."""
    table, names = asked.table("read"), asked.tenant.settings
    asked.known("$expand", "$select", "$filter", "$orderby", "$top", "$skiptoken")
    fields = query.expanded(table, asked.query.get("$expand", ""))
    found = query.select(
        table,
        asked.query.get("$filter", ""),
        asked.query.get("$orderby", ""),
        asked.headers.get("prefer", ""),
        names.threshold,
    )
    size = min(top(asked) or names.page, names.page_most)
    start = _start(asked, found)
    page = found[start : start + size]
    body: Json = {
        "@odata.context": f"{asked.tenant.address}/v1.0/$metadata#items",
        "value": [shown(asked.tenant, table, item, fields) for item in page],
    }
    if start + size < len(found):
        mark = f"p_ID={page[-1].id}" if "$orderby" not in asked.query else f"p_at={start + size}"
        rest = {name: value for name, value in asked.query.items() if name != "$skiptoken"}
        again = urlencode(rest | {"$skiptoken": f"Paged=TRUE&{mark}"}, quote_via=quote)
        body["@odata.nextLink"] = f"{asked.tenant.address}{asked.url.partition('?')[0]}?{again}"
    return Answer(200, body)


def top(asked: Asked) -> int:
    """`$top`, 0 if it is not there."""
    given = asked.query.get("$top", "0")
    if not given.isdigit() or (given == "0" and "$top" in asked.query):
        raise bad(f"Invalid value '{given}' for $top query option found.")
    return int(given)


def _start(asked: Asked, found: list[Item]) -> int:
    """Where the page begins: after the item that the last one ended with, or at that place."""
    token = asked.query.get("$skiptoken", "")
    if not token:
        return 0
    head, _, mark = token.partition("&")
    name, _, number = mark.partition("=")
    if head != "Paged=TRUE" or name not in ("p_ID", "p_at") or not number.isdigit():
        raise bad("Invalid $skiptoken")
    if name == "p_at":
        return int(number)
    return next((place for place, item in enumerate(found) if item.id > int(number)), len(found))


def create(asked: Asked) -> Answer:
    """POST items."""
    table, tenant = asked.table("write"), asked.tenant
    given = asked.body(schemas.ITEM)["fields"]
    item = table.add(tenant.new_id(), values.fields(table, given, new=True), tenant.stamp(), tenant.app())
    return Answer(201, shown(tenant, table, item, []))


def get(asked: Asked) -> Answer:
    """GET one item."""
    table = asked.table("read")
    asked.known("$expand", "$select")
    fields = query.expanded(table, asked.query.get("$expand", ""))
    return Answer(200, shown(asked.tenant, table, asked.item(table), fields))


def get_fields(asked: Asked) -> Answer:
    """GET an item's fields."""
    table = asked.table("read")
    asked.known("$select")
    names = query.selected(table, asked.query.get("$select", ""))
    return Answer(200, shown_fields(table, asked.item(table), names))


def _changed(asked: Asked, given: Json) -> tuple[Table, Item]:
    table, tenant = asked.table("write"), asked.tenant
    item = asked.item(table)
    asked.matches(item.etag)
    return table, table.change(item, values.fields(table, given, new=False), tenant.stamp(), tenant.app())


def update_fields(asked: Asked) -> Answer:
    """PATCH an item's fields."""
    table, item = _changed(asked, asked.body(schemas.FIELDS))
    return Answer(200, shown_fields(table, item, []))


def update(asked: Asked) -> Answer:
    """PATCH an item with fields inside."""
    table, item = _changed(asked, asked.body(schemas.ITEM)["fields"])
    return Answer(200, shown(asked.tenant, table, item, []))


def delete(asked: Asked) -> Answer:
    """DELETE an item."""
    table = asked.table("write")
    item = asked.item(table)
    asked.matches(item.etag)
    table.remove(item)
    return Answer(204)
