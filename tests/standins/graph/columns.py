"""Columns: what one may look like, made, changed, taken away.

Source: learn.microsoft.com/graph/api/resources/columndefinition, …/api/list-post-columns.
"""

from __future__ import annotations

import re

from tests.standins.graph import schemas
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, Json, invalid, missing, taken
from tests.standins.graph.table import Column, Table
from tests.standins.graph.values import LINE, READ_ONLY, fitting

MOST_INDEXES = 20
FACETS: dict[str, Json] = {
    "text": {"allowMultipleLines": False, "appendChangesToExistingText": False, "linesForEditing": 0},
    "number": {"decimalPlaces": "automatic", "displayAs": "number"},
    "boolean": {},
    "dateTime": {"displayAs": "default", "format": "dateTime"},
    "choice": {"allowTextEntry": False, "choices": [], "displayAs": "dropDownMenu"},
}
_PLAIN = {
    "displayName": "display_name", "indexed": "indexed", "enforceUniqueValues": "unique", "required": "required",
    "hidden": "hidden", "description": "description", "columnGroup": "group", "defaultValue": "default",
}  # fmt: skip


def title(key: str) -> Column:
    """The column that every list has. SharePoint asks people for it, but takes items of an app without it."""
    return Column(key, "Title", "Title", "text", FACETS["text"] | {"maxLength": LINE})


def shown(column: Column) -> Json:
    """A column as Graph shows it."""
    return {
        "columnGroup": column.group,
        "description": column.description,
        "displayName": column.display_name,
        "enforceUniqueValues": column.unique,
        "hidden": column.hidden,
        "id": column.id,
        "indexed": column.indexed,
        "name": column.name,
        "readOnly": column.read_only,
        "required": column.required,
        "defaultValue": column.default,
        column.kind: column.facet,
    }


def system(table: Table) -> list[Json]:
    """The columns that SharePoint keeps itself."""
    kinds: dict[str, tuple[str, Json]] = {
        "ContentType": ("text", {}), "Modified": ("dateTime", FACETS["dateTime"]),
        "Created": ("dateTime", FACETS["dateTime"]), "Author": ("personOrGroup", {}), "Editor": ("personOrGroup", {}),
        "ID": ("number", {"decimalPlaces": "none"}), "_UIVersionString": ("text", {}), "Attachments": ("boolean", {}),
    }  # fmt: skip
    names = {"ContentType": "Content Type", "Author": "Created By", "Editor": "Modified By"}
    return [
        shown(Column(f"{table.id[:-4]}{at:04d}", name, names.get(name, name), kind, facet, read_only=True))
        for at, (name, (kind, facet)) in enumerate(kinds.items())
    ]


def made(asked: Asked, given: Json, names: set[str]) -> Column:
    """A new column from its definition. Raises 400, and 409 for a name in use."""
    name = given.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name):
        raise invalid(
            f"The column name '{name}' is not valid here: letters, digits and underscores, 32 at most, a letter first."
        )
    if name.lower() in {one.lower() for one in names | READ_ONLY | {"Title"}}:
        raise taken(f"A column with the name '{name}' already exists.")
    if given.get("displayName") not in (None, name):
        asked.tenant.complain("column.displayName given at its creation: the internal name may follow it", name=name)
    column = Column(asked.tenant.new_id(), name, name, *kind(given))
    return altered(column, {key: value for key, value in given.items() if key != column.kind})


def kind(given: Json) -> tuple[str, Json]:
    """Which of the facets a definition has, and what it says. Raises 400 unless it is exactly one that is played."""
    for name in schemas.NOT_PLAYED:
        if given.get(name) is not None:
            raise GraphError(400, "notSupported", f"This stand-in has no {name} columns.")
    kinds = [name for name in FACETS if given.get(name) is not None]
    if len(kinds) != 1:
        raise invalid("A column needs exactly one type: " + ", ".join(FACETS))
    facet = {key: value for key, value in given[kinds[0]].items() if "@odata" not in key and value is not None}
    return kinds[0], _facet(kinds[0], FACETS[kinds[0]] | facet, facet)


def _facet(kind: str, facet: Json, said: Json) -> Json:
    """The facet with what SharePoint adds. Raises 400 where its parts contradict each other."""
    if kind == "text":
        if facet["allowMultipleLines"]:
            if "maxLength" in said:
                raise invalid("maxLength is for single lines of text.")
            if facet["appendChangesToExistingText"]:
                raise invalid("appendChangesToExistingText needs versions, which this list does not keep.")
            return {"linesForEditing": 6, "textType": "plain"} | facet
        if "textType" in said or facet["appendChangesToExistingText"] or said.get("linesForEditing"):
            raise invalid("textType, linesForEditing and appendChangesToExistingText are for several lines of text.")
        facet.setdefault("maxLength", LINE)
        if not 1 <= facet["maxLength"] <= LINE:
            raise invalid(f"maxLength must be between 1 and {LINE}.")
    if kind == "choice" and not facet["choices"]:
        raise invalid("A choice column needs choices.")
    if kind == "choice" and len(set(facet["choices"])) < len(facet["choices"]):
        raise invalid("The choices of a column must differ.")
    return facet


def altered(column: Column, given: Json) -> Column:
    """The column as it is after a change. Raises 400."""
    parts = {name: getattr(column, name) for name in column.__dataclass_fields__}
    parts |= {_PLAIN[name]: value for name, value in given.items() if name in _PLAIN and value is not None}
    if given.get("readOnly") or given.get("isDeletable") is False or given.get("propagateChanges"):
        raise invalid("readOnly, isDeletable and propagateChanges cannot be set here.")
    new = Column(**parts)
    if new.kind in given and given[new.kind] is not None:
        said = {key: value for key, value in given[new.kind].items() if "@odata" not in key and value is not None}
        old = {key: value for key, value in new.facet.items() if key not in ("maxLength", "textType")}
        keep = {"maxLength": new.facet["maxLength"]} if "maxLength" in new.facet and not said.get(
            "allowMultipleLines"
        ) else {}  # fmt: skip
        new.facet = _facet(new.kind, old | keep | said, said)
    if not str(new.display_name).strip():
        raise invalid("A column needs a display name.")
    if new.indexed and (new.many_lines or new.many_choices):
        raise invalid(f"The field '{new.name}' is of a kind that cannot be indexed.")
    if new.unique and not new.indexed:
        raise invalid(f"The field '{new.name}' must be indexed before its values can be unique.")
    if new.unique and new.kind == "boolean":
        raise invalid(f"The values of the field '{new.name}' cannot be unique: it is of the kind boolean.")
    if new.default is not None and new.default.get("value") is not None and new.kind in ("text", "choice"):
        fitting(new, new.default["value"])
    return new


def put(table: Table, column: Column) -> None:
    """Let a column take its place, with its index. Raises 400."""
    others = [one for one in table.columns.values() if one.name != column.name]
    if column.indexed and sum(one.indexed for one in others) >= MOST_INDEXES:
        raise invalid(f"A list has at most {MOST_INDEXES} indexed columns.")
    before = table.indexes.get(column.name)
    table.reindex(column)
    table.columns[column.name] = column
    if before is not None and not column.indexed:
        table.indexes.pop(column.name, None)


def _found(asked: Asked, table: Table) -> Column:
    key = asked.params["column"].lower()
    for column in table.columns.values():
        if key in (column.id, column.name.lower()):
            return column
    raise missing("The specified column was not found")


def listed(asked: Asked) -> Answer:
    """GET columns."""
    table = asked.table("read")
    asked.known("$select", "$top", "$filter")
    if "$filter" in asked.query:
        raise invalid("This stand-in does not filter columns.")
    return Answer(200, {"value": [*map(shown, table.columns.values()), *system(table)]})


def create(asked: Asked) -> Answer:
    """POST columns."""
    table = asked.table("manage")
    column = made(asked, asked.body(schemas.COLUMN), set(table.columns))
    put(table, column)
    return Answer(201, shown(column))


def get(asked: Asked) -> Answer:
    """GET a column by id or name."""
    return Answer(200, shown(_found(asked, asked.table("read"))))


def update(asked: Asked) -> Answer:
    """PATCH a column; its name and its kind stay."""
    table = asked.table("manage")
    column, given = _found(asked, table), asked.body(schemas.COLUMN)
    if given.get("name") not in (None, column.name):
        raise invalid("The name of a column cannot be changed.")
    if any(given.get(name) is not None for name in FACETS if name != column.kind):
        raise invalid(f"The field '{column.name}' is of the kind {column.kind}, which cannot be changed.")
    new = altered(column, given)
    put(table, new)
    return Answer(200, shown(new))


def delete(asked: Asked) -> Answer:
    """DELETE a column."""
    table = asked.table("manage")
    column = _found(asked, table)
    if column.name == "Title":
        raise invalid("The column Title cannot be deleted.")
    table.drop(column.name)
    return Answer(204)
