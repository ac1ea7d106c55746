"""What may stand in a column: each kind's type, lengths and limits.

Sources: learn.microsoft.com/graph/api/resources/columndefinition and …/fieldvalueset; SharePoint's own limits for
text (255 characters in a line, 64 k in several).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from tests.standins.graph.check import control
from tests.standins.graph.errors import GraphError, Json, invalid
from tests.standins.graph.table import Column, Table

LINE, LINES = 255, 63_999
READ_ONLY = {
    "id", "ID", "Created", "Modified", "Author", "AuthorLookupId", "Editor", "EditorLookupId", "ContentType",
    "_UIVersionString", "Attachments", "Edit", "LinkTitle", "LinkTitleNoMenu", "DocIcon", "ItemChildCount",
    "FolderChildCount", "GUID", "ComplianceAssetId",
}  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def fields(table: Table, given: Json, *, new: bool) -> Json:
    """The values to store, None where one is to go. Raises 400 at the first that does not fit its column."""
    stored: Json = {}
    for name, value in given.items():
        if control(name):
            continue
        if name in READ_ONLY:
            raise invalid(f"Field '{name}' is read-only")
        column = table.columns.get(name)
        if column is None:
            raise invalid(f"Field '{name}' is not recognized")
        if column.read_only:
            raise invalid(f"Field '{name}' is read-only")
        if column.many_choices and value is not None and given.get(f"{name}@odata.type") != "Collection(Edm.String)":
            raise invalid(f"Field '{name}' needs '{name}@odata.type': 'Collection(Edm.String)'")
        stored[name] = None if value is None or value in ("", []) else fitting(column, value)
    for column in table.columns.values():
        if column.required and (stored.get(column.name) is None) and (new or column.name in stored):
            raise invalid(f"Field '{column.name}' is required")
    return {name: value for name, value in stored.items() if value is not None} if new else stored


def fitting(column: Column, value: object) -> object:
    """The value as SharePoint stores it. Raises 400."""
    match column.kind:
        case "text":
            return _text(column, value)
        case "number":
            return _number(column, value)
        case "boolean":
            if not isinstance(value, bool):
                raise _wrong(column, "a boolean")
            return value
        case "dateTime":
            return _instant(column, value)
        case _:
            return _choice(column, value)


def kept(column: Column, value: object) -> object:
    """What is left of a value once its column is of another kind: the value if it fits, else None."""
    try:
        return fitting(column, value)
    except GraphError:
        return None


def _wrong(column: Column, what: str) -> Exception:
    return invalid(f"Field '{column.name}' must be {what}")


def _text(column: Column, value: object) -> str:
    if not isinstance(value, str):
        raise _wrong(column, "a string")
    if _UNFIT.search(value):
        raise _wrong(column, "text without control characters")
    if not column.many_lines and re.search(r"[\r\n]", value):
        raise _wrong(column, "a single line of text")
    most = int(column.facet.get("maxLength") or (LINES if column.many_lines else LINE))
    if len(value.encode("utf-16-le")) // 2 > most:
        raise _wrong(column, f"text of at most {most} characters")
    return value


def _number(column: Column, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(column, "a number")
    low, high = column.facet.get("minimum"), column.facet.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        raise _wrong(column, f"between {low} and {high}")
    return value


def _instant(column: Column, value: object) -> str:
    """To the second, in UTC: SharePoint keeps no fractions."""
    if not isinstance(value, str):
        raise _wrong(column, "an instant as a string")
    date_only = column.facet.get("format") == "dateOnly"
    if date_only and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        value += "T00:00:00Z"
    if not _INSTANT.fullmatch(value):
        raise _wrong(column, "an ISO 8601 instant with its offset: 2026-11-22T10:00:00Z")
    try:
        read = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(column, "an instant that exists") from None
    return read.strftime("%Y-%m-%dT00:00:00Z" if date_only else "%Y-%m-%dT%H:%M:%SZ")


def _choice(column: Column, value: object) -> object:
    offered, free = column.facet.get("choices", []), bool(column.facet.get("allowTextEntry"))
    if column.many_choices:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _wrong(column, "an array of strings")
        chosen = value
    else:
        if not isinstance(value, str):
            raise _wrong(column, "a string")
        chosen = [value]
    if not free and any(one not in offered for one in chosen):
        raise _wrong(column, "one of the choices offered")
    return value
