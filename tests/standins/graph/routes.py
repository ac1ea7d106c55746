"""Which addresses there are, what each does, and what it costs in resource units.

Costs: learn.microsoft.com, "Avoid getting throttled or blocked in SharePoint Online" (one item, delta with a token, a
download: 1; several items, every change: 2; permissions: 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.standins.graph import columns, delta, drive, items, lists
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, bad

Handler = Callable[[Asked], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation; its name is what faults and calls are asked for by."""

    op: str
    units: int
    handler: Handler


_SITE = r"sites/(?P<site>[^/:]+:(?:/|\0)[^:]*:|[^/:]+:\0[^/:]*|[^/:]+)"
_BARE = r"sites/(?P<site>[^/:]+:/[^:]+)"
_LIST = _SITE + r"/lists/(?P<list>[^/]+)"
_ITEM = _LIST + r"/items/(?P<item>[^/]+)"
_COLUMN = _LIST + r"/columns/(?P<column>[^/]+)"
_DRIVE = r"drives/(?P<drive>[^/]+)"
_KEY = _DRIVE + r"/(?:items/)?(?P<key>(?<=items/)[^/:]+|root)"
_PATH = _DRIVE + r"/(?:items/)?root:[/\0](?P<path>[^:]+)"

TABLE: list[tuple[str, str, Route]] = [
    ("GET", _BARE, Route("site.get", 1, lists.site)),
    ("GET", _SITE, Route("site.get", 1, lists.site)),
    ("GET", _SITE + "/permissions", Route("permissions.list", 5, lists.permissions)),
    ("POST", _SITE + "/permissions", Route("permissions.create", 5, lists.grant)),
    ("GET", _SITE + "/lists", Route("lists.list", 2, lists.listed)),
    ("POST", _SITE + "/lists", Route("lists.create", 2, lists.create)),
    ("GET", _LIST, Route("lists.get", 1, lists.get)),
    ("PATCH", _LIST, Route("lists.update", 2, lists.update)),
    ("DELETE", _LIST, Route("lists.delete", 2, lists.delete)),
    ("GET", _LIST + "/columns", Route("columns.list", 2, columns.listed)),
    ("POST", _LIST + "/columns", Route("columns.create", 2, columns.create)),
    ("GET", _COLUMN, Route("columns.get", 1, columns.get)),
    ("PATCH", _COLUMN, Route("columns.update", 2, columns.update)),
    ("DELETE", _COLUMN, Route("columns.delete", 2, columns.delete)),
    ("GET", _LIST + r"/items/delta(?:\(\))?", Route("items.delta", 2, delta.read)),
    ("GET", _LIST + "/items", Route("items.list", 2, items.listed)),
    ("POST", _LIST + "/items", Route("items.create", 2, items.create)),
    ("GET", _ITEM, Route("items.get", 1, items.get)),
    ("PATCH", _ITEM, Route("items.update", 2, items.update)),
    ("DELETE", _ITEM, Route("items.delete", 2, items.delete)),
    ("GET", _ITEM + "/fields", Route("fields.get", 1, items.get_fields)),
    ("PATCH", _ITEM + "/fields", Route("fields.update", 2, items.update_fields)),
    ("GET", _SITE + "/drive", Route("drive.get", 1, drive.drive)),
    ("GET", _SITE + "/drives", Route("drives.list", 2, drive.drives)),
    ("GET", _KEY, Route("files.get", 1, drive.get)),
    ("GET", _PATH + ":?", Route("files.get", 1, drive.get)),
    ("GET", _KEY + "/children", Route("files.list", 2, drive.children)),
    ("GET", _PATH + ":/children", Route("files.list", 2, drive.children)),
    ("POST", _KEY + "/children", Route("folders.create", 2, drive.make_folder)),
    ("POST", _PATH + ":/children", Route("folders.create", 2, drive.make_folder)),
    ("GET", _KEY + "/content", Route("files.read", 1, drive.content)),
    ("GET", _PATH + ":/content", Route("files.read", 1, drive.content)),
    ("PUT", _KEY + "/content", Route("files.put", 2, drive.put)),
    ("PUT", _PATH + ":/content", Route("files.put", 2, drive.put)),
    ("DELETE", _KEY, Route("files.delete", 2, drive.delete)),
    ("DELETE", _PATH + ":?", Route("files.delete", 2, drive.delete)),
]
_COMPILED = [(method, re.compile(pattern), route) for method, pattern, route in TABLE]
OPS = sorted({route.op for _, _, route in TABLE} | {"batch", "login", "unknown"})


def resolve(asked: Asked) -> Route:
    """The route of a request; what the address says goes into `params`. Raises 400 and 405."""
    allowed = []
    for method, pattern, route in _COMPILED:
        if found := pattern.fullmatch(asked.path):
            if method == asked.method:
                asked.params = {name: value.replace("\0", "/") for name, value in found.groupdict().items() if value}
                return route
            allowed.append(method)
    if allowed:
        raise GraphError(405, "notAllowed", f"{asked.method} is not allowed here; {', '.join(allowed)} is.")
    raise bad(f"Resource not found for the segment '{asked.path.rpartition('/')[2]}'.")


def units(route: Route, asked: Asked) -> int:
    """What a call costs: a delta is cheap once it has a token of its own."""
    return 1 if route.op == "items.delta" and asked.query.get("token", "latest") != "latest" else route.units
