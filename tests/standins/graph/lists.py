"""Sites and lists: found, made, renamed, deleted.

Sources: learn.microsoft.com/graph/api/site-get, …/list-create, …/list-get, …/site-list-permissions.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from tests.standins.graph import columns, schemas
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, Json, denied, invalid, taken
from tests.standins.graph.model import Tenant, guid
from tests.standins.graph.table import Table

LIBRARY = "Documents"


def site(asked: Asked) -> Answer:
    """GET the site by its id or its path."""
    asked.site("read")
    asked.known("$select")
    names = asked.tenant.settings
    return Answer(
        200,
        {
            "@odata.context": f"{asked.tenant.address}/v1.0/$metadata#sites/$entity",
            "createdDateTime": "2026-01-07T09:00:00Z",
            "displayName": names.site.title(),
            "id": asked.tenant.site_id,
            "lastModifiedDateTime": asked.tenant.stamp(),
            "name": names.site,
            "root": {},
            "siteCollection": {"hostname": names.host},
            "webUrl": f"https://{names.host}/sites/{names.site}",
        },
    )


def permissions(asked: Asked) -> Answer:
    """GET who may use the site: only apps with full control learn of it."""
    asked.site("read")
    asked.may("fullcontrol")
    names = asked.tenant.settings
    app = {"application": {"id": names.client_id, "displayName": names.app_name}}
    grant = {"id": guid("grant"), "roles": names.grants, "grantedToIdentitiesV2": [app], "grantedToIdentities": [app]}
    return Answer(200, {"value": [grant] if names.grants else []})


def grant(asked: Asked) -> Answer:
    """POST what an app may do on the site: for apps with Sites.FullControl.All."""
    asked.site("read")
    given = asked.body(schemas.PERMISSION)
    assert asked.caller
    if "Sites.FullControl.All" not in asked.caller.roles:
        raise denied()
    names = asked.tenant.settings
    who = given.get("grantedToIdentities") or given.get("grantedToIdentitiesV2") or []
    if [one["application"].get("id") for one in who] != [names.client_id]:
        raise invalid("The application is not known.")
    names.grants = list(given["roles"])
    return Answer(201, {"id": guid("grant"), "roles": names.grants, "grantedToIdentitiesV2": who})


def shown(tenant: Tenant, table: Table, *, whole: bool = False) -> Json:
    """A list as Graph shows it; `whole`: with its columns."""
    settings = tenant.settings
    body: Json = {
        "@odata.etag": f'"{table.id},{table.version}"',
        "createdDateTime": table.created,
        "description": table.description,
        "eTag": f'"{table.id},{table.version}"',
        "id": table.id,
        "lastModifiedDateTime": table.modified,
        "name": table.name,
        "webUrl": f"https://{settings.host}/sites/{settings.site}/Lists/{quote(table.name)}",
        "displayName": table.display_name,
        "createdBy": table.by,
        "parentReference": {"siteId": tenant.site_id},
        "list": {"contentTypesEnabled": False, "hidden": table.hidden, "template": table.template},
    }
    if whole:
        body["columns"] = [*map(columns.shown, table.columns.values()), *columns.system(table)]
    return body


def _whole(asked: Asked) -> bool:
    """`$expand=columns`."""
    words = asked.query.get("$expand", "")
    if words and not re.fullmatch(r"columns(\([^()]*\))?", words):
        raise invalid(f"'{words}' cannot be expanded here.")
    return bool(words)


def listed(asked: Asked) -> Answer:
    """GET the lists; the document library is one of them."""
    asked.site("read")
    asked.known("$select", "$expand", "$top", "$filter")
    found, whole = list(asked.tenant.lists.values()), _whole(asked)
    if words := asked.query.get("$filter"):
        match = re.fullmatch(r"(displayName|name) eq '((?:[^']|'')*)'", words.strip())
        if match is None:
            raise invalid(f"Invalid filter clause: {words}")
        wanted = match[2].replace("''", "'").lower()
        found = [one for one in found if (one.name if match[1] == "name" else one.display_name).lower() == wanted]
    library = {
        "id": guid("library"),
        "name": "Shared Documents",
        "displayName": LIBRARY,
        "list": {"contentTypesEnabled": False, "hidden": False, "template": "documentLibrary"},
    }
    extra = [] if "$filter" in asked.query else [library]
    return Answer(200, {"value": [*(shown(asked.tenant, one, whole=whole) for one in found if not one.hidden), *extra]})


def add(tenant: Tenant, given: Json) -> Table:
    """A list from its definition. Raises 400 and 409."""
    name = given["displayName"].strip()
    _free(tenant, name, None)
    template = (given["list"] or {}).get("template")
    if template != "genericList":
        raise GraphError(400, "notSupported", f"This stand-in has no lists of the template {template!r}.")
    when, by = tenant.stamp(), tenant.app()
    key = (given.get("name") or name)[:50]
    table = Table(tenant.new_id(), key, name, template, when, by, given.get("description") or "", when)
    table.hidden = bool(given["list"].get("hidden"))
    table.columns["Title"] = columns.title(tenant.new_id())
    for one in given.get("columns", []):
        columns.put(table, columns.made(tenant, one, set(table.columns)))
    tenant.lists[table.id] = table
    return table


def _free(tenant: Tenant, name: str, own: Table | None) -> None:
    if not name or len(name) > 255 or re.search(r'[\x00-\x1f"*:<>?/\\|]', name):
        raise invalid("The list name is not valid.")
    there = tenant.table(name)
    if (there is not None and there is not own) or name.lower() == LIBRARY.lower():
        raise taken("The specified name is already in use.")


def create(asked: Asked) -> Answer:
    """POST lists: needs more than the role write."""
    asked.site("manage")
    table = add(asked.tenant, asked.body(schemas.LIST))
    return Answer(201, shown(asked.tenant, table))


def get(asked: Asked) -> Answer:
    """GET a list by id or title."""
    asked.known("$select", "$expand")
    return Answer(200, shown(asked.tenant, asked.table("read"), whole=_whole(asked)))


def update(asked: Asked) -> Answer:
    """PATCH a list's display name or description; its name stays."""
    table, given = asked.table("manage"), asked.body(schemas.LIST_CHANGE)
    if "name" in given or "list" in given:
        raise invalid("Only displayName and description of a list can be changed.")
    asked.matches(f'"{table.id},{table.version}"')
    change(asked.tenant, table, given)
    return Answer(200, shown(asked.tenant, table))


def change(tenant: Tenant, table: Table, given: Json) -> None:
    """Give a list another display name or description. Raises 400 and 409."""
    if "displayName" in given:
        _free(tenant, given["displayName"].strip(), table)
        table.display_name = given["displayName"].strip()
    table.description = given.get("description") or table.description
    table.version += 1
    table.modified = tenant.stamp()


def delete(asked: Asked) -> Answer:
    """DELETE a list."""
    table = asked.table("manage")
    asked.matches(f'"{table.id},{table.version}"')
    asked.tenant.gone.append(asked.tenant.lists.pop(table.id))
    return Answer(204)
