"""Columns: what one may look like, made, changed, taken away.

Source: learn.microsoft.com/graph/api/resources/columndefinition, …/api/list-post-columns.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tests.standins.graph import schemas
from tests.standins.graph.asked import Answer, Asked
from tests.standins.graph.errors import GraphError, Json, invalid, missing, taken
from tests.standins.graph.model import Tenant
from tests.standins.graph.table import Column, Table
from tests.standins.graph.values import LINE, READ_ONLY

MOST_INDEXES = 20
_LINE = {"allowMultipleLines": False, "appendChangesToExistingText": False, "linesForEditing": 0, "maxLength": LINE}
_LINES = {"allowMultipleLines": True, "appendChangesToExistingText": False, "linesForEditing": 6, "textType": "plain"}
FACETS: dict[str, Json] = {
    "text": _LINE,
    "number": {"decimalPlaces": "automatic", "displayAs": "number"},
    "boolean": {},
    "dateTime": {"displayAs": "default", "format": "dateTime"},
    "choice": {"allowTextEntry": False, "choices": [], "displayAs": "dropDownMenu"},
}
_PLAIN = {
    "displayName": "display_name", "indexed": "indexed", "enforceUniqueValues": "unique", "required": "required",
    "hidden": "hidden", "description": "description", "columnGroup": "group",
}  # fmt: skip


def title(key: str) -> Column:
    """The column that every list has. SharePoint asks people for it, but takes items of an app without it."""
    return Column(key, "Title", "Title", "text", _LINE)


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


def made(tenant: Tenant, given: Json, names: set[str]) -> Column:
    """A new column from its definition. Raises 400, and 409 for a name in use."""
    name = given.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name):
        raise invalid(
            f"The column name '{name}' is not valid here: letters, digits and underscores, 32 at most, a letter first."
        )
    if name.lower() in {one.lower() for one in names | READ_ONLY | {"Title"}}:
        raise taken(f"A column with the name '{name}' already exists.")
    if given.get("displayName") not in (None, name):
        tenant.complain("column.displayName given at its creation: the internal name may follow it", name=name)
    column = Column(tenant.new_id(), name, name, *kind(given))
    return altered(column, {key: value for key, value in given.items() if key != column.kind})


def kind(given: Json) -> tuple[str, Json]:
    """Which of the facets a definition has, and what it says. Raises 400 unless it is exactly one that is played."""
    for name in schemas.NOT_PLAYED:
        if given.get(name) is not None:
            raise GraphError(400, "notSupported", f"This stand-in has no {name} columns.")
    kinds = [name for name in FACETS if given.get(name) is not None]
    if len(kinds) != 1:
        raise invalid("A column needs exactly one type: " + ", ".join(FACETS))
    return kinds[0], _facet(kinds[0], given[kinds[0]], {})


def _facet(kind: str, given: Json, old: Json) -> Json:
    """The facet as it is then. Raises 400 where its parts contradict each other."""
    said = {name: value for name, value in given.items() if "@odata" not in name and value is not None}
    base = FACETS[kind]
    if kind == "text" and said.get("allowMultipleLines", old.get("allowMultipleLines")):
        base = _LINES
    if kind == "text":
        if unfit := sorted(name for name in said if name not in base):
            raise invalid(f"{', '.join(unfit)} cannot be said of this kind of text.")
        if said.get("appendChangesToExistingText"):
            raise invalid("appendChangesToExistingText needs versions, which this list does not keep.")
    facet = base | {name: value for name, value in old.items() if name in base or kind != "text"} | said
    if kind == "text" and base is _LINE and not 1 <= facet["maxLength"] <= LINE:
        raise invalid(f"maxLength must be between 1 and {LINE}.")
    if kind == "choice" and not 1 <= len(set(facet["choices"])) == len(facet["choices"]):
        raise invalid("A choice column needs choices, each once.")
    return facet


def altered(column: Column, given: Json) -> Column:
    """The column as it is after a change. Raises 400."""
    if given.get("readOnly") or given.get("isDeletable") is False or given.get("propagateChanges"):
        raise invalid("readOnly, isDeletable and propagateChanges cannot be set here.")
    if given.get("defaultValue") is not None:
        raise GraphError(400, "notSupported", "This stand-in fills in no default values.")
    said = {_PLAIN[name]: value for name, value in given.items() if name in _PLAIN and value is not None}
    if given.get(column.kind) is not None:
        said["facet"] = _facet(column.kind, given[column.kind], column.facet)
    new = replace(column, **said)
    if not new.display_name.strip():
        raise invalid("A column needs a display name.")
    if new.indexed and (new.many_lines or new.many_choices):
        raise invalid(f"The field '{new.name}' is of a kind that cannot be indexed.")
    if new.unique and not new.indexed:
        raise invalid(f"The field '{new.name}' must be indexed before its values can be unique.")
    if new.unique and new.kind == "boolean":
        raise invalid(f"The values of the field '{new.name}' cannot be unique: it is of the kind boolean.")
    return new


def put(table: Table, column: Column) -> None:
    """Let a column take its place, with its index. Raises 400."""
    others = [one for one in table.columns.values() if one.name != column.name]
    if column.indexed and sum(one.indexed for one in others) >= MOST_INDEXES:
        raise invalid(f"A list has at most {MOST_INDEXES} indexed columns.")
    table.reindex(column)
    table.columns[column.name] = column


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
    column = made(asked.tenant, asked.body(schemas.COLUMN), set(table.columns))
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
