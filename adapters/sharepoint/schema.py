"""The lists on the site: their names, their columns, and how Graph is told of them. Pure.

Internal names are short ASCII and never change; what people see is in the company's language and theirs to rename.
Source: learn.microsoft.com/graph/api/resources/columndefinition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapters.sharepoint.words import Words
from bot.wording.catalogue import mark

Body = dict[str, Any]
KEY = "Key"
TITLE = "Title"


class Kind(StrEnum):
    """What stands in a column."""

    LINE = "line"
    LINES = "lines"
    NUMBER = "number"
    INSTANT = "instant"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `title` is what people see, in English."""

    name: str
    title: str
    kind: Kind = Kind.LINE
    indexed: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class ListSpec:
    """A list; `first` is what people see over SharePoint's own column Title."""

    name: str
    title: str
    first: str
    columns: Sequence[Column]

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """With the key that no two rows share."""
        return (Column(KEY, mark("Key"), indexed=True, unique=True), *self.columns)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all columns that are ours to fill in."""
        return (TITLE, *(column.name for column in self.all_columns))


LOG = ListSpec(
    "BacklineLog",
    mark("Incident log"),
    mark("Incident"),
    (
        Column("Seq", mark("No."), Kind.NUMBER, indexed=True),
        Column("At", mark("Time"), Kind.INSTANT, indexed=True),
        Column("Project", mark("Project")),
        Column("What", mark("What happened"), Kind.LINES),
        Column("Hash", mark("Hash")),
    ),
)
INCIDENTS = ListSpec(
    "BacklineIncidents",
    mark("Incidents"),
    mark("Number"),
    (
        Column("Project", mark("Project")),
        Column("State", mark("State")),
        Column("Level", mark("Level reached"), Kind.NUMBER),
        Column("Opened", mark("Opened"), Kind.INSTANT, indexed=True),
        Column("Cause", mark("Cause")),
        Column("Worst", mark("Agents out at worst"), Kind.NUMBER),
        Column("RtoDue", mark("Recovery due"), Kind.INSTANT),
        Column("Restored", mark("Restored"), Kind.INSTANT),
        Column("RtoMet", mark("Recovery time kept")),
        Column("Cover", mark("Cover by pool")),
        Column("Plan", mark("Plan version")),
        Column("Kind", mark("Exercise or real")),
        Column("Closed", mark("Closed"), Kind.INSTANT),
    ),
)
PLANS = ListSpec(
    "BacklinePlans",
    mark("Plan versions"),
    mark("Version"),
    (
        Column("Digest", mark("Digest")),
        Column("Since", mark("In force since"), Kind.INSTANT),
    ),
)
ROLES = ListSpec(
    "BacklineRoles",
    mark("Roles and escalation matrix"),
    mark("Role"),
    (
        Column("Project", mark("Project")),
        Column("Responsibility", mark("Responsibility"), Kind.LINES),
        Column("Holder", mark("Holder")),
        Column("Contact", mark("Contact")),
        Column("Deputies", mark("Deputies in order"), Kind.LINES),
        Column("ChangedBy", mark("Last changed by")),
        Column("ChangedAt", mark("Last changed"), Kind.INSTANT),
        Column("Basis", mark("Backline's own mark, leave as it is"), Kind.LINES),
    ),
)
LISTS: tuple[ListSpec, ...] = (LOG, INCIDENTS, PLANS, ROLES)

_FACETS: Mapping[Kind, Body] = {
    Kind.LINE: {"text": {"allowMultipleLines": False, "maxLength": 255}},
    Kind.LINES: {"text": {"allowMultipleLines": True, "textType": "plain"}},
    Kind.NUMBER: {"number": {"decimalPlaces": "none"}},
    Kind.INSTANT: {"dateTime": {"format": "dateTime", "displayAs": "standard"}},
}


def definition(column: Column) -> Body:
    """The column as Graph makes it. Its display name comes afterwards: the internal name might follow it."""
    body: Body = {"name": column.name, **_FACETS[column.kind]}
    if column.indexed:
        body["indexed"] = True
    if column.unique:
        body["enforceUniqueValues"] = True
    return body


def list_definition(spec: ListSpec) -> Body:
    """The list as Graph makes it, with all columns; its title comes afterwards, for the same reason."""
    columns = [definition(column) for column in spec.all_columns]
    return {"name": spec.name, "displayName": spec.name, "list": {"template": "genericList"}, "columns": columns}


def titles(spec: ListSpec, words: Words) -> dict[str, str]:
    """What people see over each column, by its name."""
    named = {column.name: words.t.text(column.title) for column in spec.all_columns}
    return {TITLE: words.t.text(spec.first), **named}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a list. `kind` of it: `list`, `column`, `type`, `unique`, `index`."""

    kind: str
    spec: ListSpec
    column: Column | None = None

    def __str__(self) -> str:
        """`list BacklineLog is missing`."""
        name = self.spec.name
        if self.column is None:
            return f"list {name} is missing"
        where = f"column {self.column.name} of list {name}"
        match self.kind:
            case "type":
                return f"{where} is of another type than {self.column.kind}"
            case "unique":
                return f"{where} takes a value twice"
            case "index":
                return f"{where} has no index"
            case _:
                return f"{where} is missing"


def faults(spec: ListSpec, found: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """What is wrong with the columns that the list has now, as Graph shows them."""
    there = {column["name"]: column for column in found}
    for column in spec.all_columns:
        shown = there.get(column.name)
        if shown is None:
            yield Fault("column", spec, column)
        elif not _is_of(column.kind, shown):
            yield Fault("type", spec, column)
        elif column.indexed and not shown.get("indexed"):
            yield Fault("index", spec, column)
        elif column.unique and not shown.get("enforceUniqueValues"):
            yield Fault("unique", spec, column)


def _is_of(kind: Kind, shown: Mapping[str, Any]) -> bool:
    match kind:
        case Kind.NUMBER:
            return shown.get("number") is not None
        case Kind.INSTANT:
            return shown.get("dateTime") is not None
        case Kind.LINE | Kind.LINES:
            text = shown.get("text")
            return text is not None and bool(text.get("allowMultipleLines")) is (kind is Kind.LINES)
