"""What changed in a list since a token.

Sources: learn.microsoft.com/graph/api/listitem-delta, …/graph/delta-query-overview. An item may come more than once;
the last time counts.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from tests.standins.graph import query
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, Json, invalid
from tests.standins.graph.items import shown, top
from tests.standins.graph.table import Item, Table

RESYNC = (
    "Resync required. Replace any local items with the server's version (including deletes) if you're sure that the "
    "service was up to date with your local changes when you last sync'd."
)
Change = tuple[int, int, Item | None]


def read(asked: Asked) -> Answer:
    """GET items/delta."""
    table = asked.table("read")
    asked.known("token", "$expand", "$select", "$top")
    fields = query.expanded(table, asked.query.get("$expand", ""))
    token = asked.query.get("token", "")
    if token == "latest":  # noqa: S105 - a word of the interface
        return Answer(200, {"value": [], "@odata.deltaLink": _link(asked, _token(table, table.seq, table.seq, "d"))})
    since, upto, whole = _place(asked, table, token)
    size = min(top(asked) or asked.tenant.settings.delta_page, asked.tenant.settings.page_most)
    if whole:
        rest: list[Change] = [(item.id, item.id, item) for item in table.items.values() if item.id > since]
    else:
        rest = _changes(asked, table, since, upto)
    page = rest[:size]
    body: Json = {"value": [_shown(asked, table, change, fields) for change in page]}
    if len(rest) > size:
        body["@odata.nextLink"] = _link(asked, _token(table, page[-1][0], upto, "w" if whole else "c"))
    else:
        body["@odata.deltaLink"] = _link(asked, _token(table, upto, upto, "d"))
    return Answer(200, body)


def _token(table: Table, since: int, upto: int, kind: str) -> str:
    """After which change to go on, up to which; "w": in a whole read, "c": among changes, "d": from now on."""
    return f"{table.id}.{table.epoch}.{since}.{upto}.{kind}"


def _place(asked: Asked, table: Table, token: str) -> tuple[int, int, bool]:
    """After which change (or item, in a whole read) to begin, up to which change, and whether it is a whole read."""
    if not token:
        return 0, table.seq, True
    found = re.fullmatch(r"([0-9a-f-]{36})\.(\d+)\.(\d+)\.(\d+)\.([dwc])", token)
    if found is None or found[1] != table.id:
        raise invalid("The provided token is malformed or not valid for this list.")
    epoch, since, upto = int(found[2]), int(found[3]), int(found[4])
    if epoch < table.epoch:
        headers = {"Location": _link(asked, "")}
        raise GraphError(410, "resyncRequired", RESYNC, "resyncChangesApplyDifferences", headers)
    if found[5] == "d":
        upto = table.seq
    return since, upto, found[5] == "w"


def _changes(asked: Asked, table: Table, since: int, upto: int) -> list[Change]:
    """The changes in between: every one of them, or of each item only the last."""
    changes = [one for one in table.since(since) if one[0] <= upto]
    if asked.tenant.settings.delta_repeats:
        return changes
    last = {key: seq for seq, key, _ in changes}
    return [one for one in changes if last[one[1]] == one[0]]


def _shown(asked: Asked, table: Table, change: Change, fields: list[str] | None) -> Json:
    _, key, item = change
    if item is not None:
        return shown(asked.tenant, table, item, fields)
    return {"id": str(key), "deleted": {"state": "deleted"}, "parentReference": {"siteId": asked.tenant.site_id}}


def _link(asked: Asked, token: str) -> str:
    """The same question with that token; everything else asked is kept."""
    rest = {name: value for name, value in asked.query.items() if name != "token"} | ({"token": token} if token else {})
    address = f"{asked.tenant.address}{asked.url.partition('?')[0]}"
    return f"{address}?{urlencode(rest, quote_via=quote)}" if rest else address
