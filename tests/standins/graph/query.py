"""`$filter`, `$orderby`, `$expand` and `$select` of items, as far as lists know them.

Source: learn.microsoft.com/graph/api/listitem-list. Only indexed columns, unless a `Prefer` header dares more.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.standins.graph.errors import NEVER_INDEXED, THRESHOLD, GraphError, bad, invalid
from tests.standins.graph.table import Column, Item, Table, folded

Test = Callable[[Item], bool]
DARING = "honornonindexedquerieswarningmayfailrandomly"
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\w-]))|(?P<mark>[(),])|(?P<word>[\w/.:+-]+))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip


@dataclass
class Filter:
    """What a filter asks: a test, the columns it looks at, and the equations that must hold whatever else."""

    test: Test
    columns: list[str] = field(default_factory=list)
    equal: list[tuple[str, object]] = field(default_factory=list)


class _Reader:
    """A filter read from left to right."""

    def __init__(self, table: Table, words: str) -> None:
        self.table, self.words = table, words
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(words.rstrip()):
            found = _TOKEN.match(words, at)
            if found is None or found.lastgroup is None:
                raise self.fault()
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()

    def fault(self) -> GraphError:
        return invalid(f"Invalid filter clause: {self.words}")

    def take(self, *words: str) -> str:
        """The next token, which must be one of these if any are named."""
        if not self.tokens or (words and self.tokens[0][1] not in words):
            raise self.fault()
        return self.tokens.pop(0)[1]

    def next_is(self, *words: str) -> bool:
        return bool(self.tokens) and self.tokens[0][1] in words and self.tokens[0][0] != "string"

    def either(self) -> Filter:
        """`a or b`."""
        read = self.both()
        while self.next_is("or"):
            self.take()
            read = _joined(read, self.both(), any)
        return read

    def both(self) -> Filter:
        """`a and b`."""
        read = self.one()
        while self.next_is("and"):
            self.take()
            read = _joined(read, self.one(), all)
        return read

    def one(self) -> Filter:
        """A comparison, `startswith`, or something in brackets."""
        if self.next_is("("):
            self.take()
            read = self.either()
            self.take(")")
            return read
        if self.next_is("startswith"):
            self.take()
            self.take("(")
            column = self.column()
            self.take(",")
            start = str(folded(self.literal(column)))
            self.take(")")
            return Filter(lambda item: str(_value(item, column)).startswith(start), [column.name])
        column = self.column()
        compare = self.take(*_COMPARE)
        wanted = folded(self.literal(column))
        return Filter(
            _comparison(column, compare, wanted),
            [column.name],
            [(column.name, wanted)] if compare == "eq" and wanted is not None else [],
        )

    def column(self) -> Column:
        """`fields/Name`."""
        return named(self.table, self.take())

    def literal(self, column: Column) -> object:
        """A value of the column's type."""
        if not self.tokens:
            raise self.fault()
        kind, words = self.tokens.pop(0)
        if (kind, words) == ("word", "null"):
            return None
        match column.kind, kind, words:
            case "text" | "choice" | "dateTime", "string", _:
                return words[1:-1].replace("''", "'")
            case "number", "number", _:
                return float(words)
            case "boolean", "word", "true" | "false":
                return words == "true"
            case _:
                raise invalid(f"Invalid filter clause: the value does not fit the field '{column.name}'")


def _value(item: Item, column: Column) -> object:
    return folded(item.fields.get(column.name))


def _comparison(column: Column, compare: str, wanted: object) -> Test:
    def test(item: Item) -> bool:
        value = _value(item, column)
        if value is None or wanted is None:
            return _COMPARE[compare](value, wanted) if compare in ("eq", "ne") else False
        return _COMPARE[compare](value, wanted)

    return test


def _joined(left: Filter, right: Filter, how: Callable[[Iterable[bool]], bool]) -> Filter:
    equal = left.equal + right.equal if how is all else []
    return Filter(lambda item: how((left.test(item), right.test(item))), left.columns + right.columns, equal)


def named(table: Table, words: str) -> Column:
    """The column behind `fields/Name`. Raises 400."""
    kind, _, name = words.partition("/")
    if kind != "fields" or name not in table.columns:
        raise invalid(f"Field '{name or words}' is not recognized")
    return table.columns[name]


def select(table: Table, filtered: str, ordered: str, prefer: str, most: int) -> list[Item]:
    """The items that the filter lets through, in order. Raises 400, also for columns without an index."""
    chosen: Iterable[Item] = table.items.values()
    read = Filter(lambda _: True)
    if filtered:
        reader = _Reader(table, filtered)
        read = reader.either()
        if reader.tokens:
            raise reader.fault()
    key, backwards = _order(table, ordered)
    used = [*read.columns, *([key] if key else [])]
    bare = [name for name in used if name not in table.indexes]
    if bare and DARING not in prefer.lower():
        raise invalid(NEVER_INDEXED.format(bare[0]))
    if bare and len(table.items) > most:
        raise GraphError(400, "notSupported", THRESHOLD)
    seek = next((one for one in read.equal if one[0] in table.indexes), None)
    if seek is not None:
        chosen = [table.items[found] for found in sorted(table.found(*seek))]
    kept = [item for item in chosen if read.test(item)]
    if read.columns and len(kept) > most:
        raise GraphError(400, "notSupported", THRESHOLD)
    if key:
        kept.sort(key=lambda item: _rank(item.fields.get(key)), reverse=backwards)
    return kept


def _order(table: Table, words: str) -> tuple[str, bool]:
    if not words:
        return "", False
    found = re.fullmatch(r"(\S+)(?:\s+(asc|desc))?", words.strip())
    if found is None:
        raise invalid(f"Invalid orderby clause: {words}")
    return named(table, found[1]).name, found[2] == "desc"


def _rank(value: object) -> tuple[bool, float, str]:
    """Nothing comes first; numbers by size, texts by letters."""
    if isinstance(value, int | float):
        return True, float(value), ""
    return value is not None, 0.0, str(folded(value)) if value is not None else ""


def expanded(table: Table, words: str) -> list[str] | None:
    """The columns that `$expand=fields` or `$expand=fields($select=…)` asks for; None: no fields at all."""
    if not words:
        return None
    found = re.fullmatch(r"fields(?:\(\$?select=([^()]*)\))?", words.strip())
    if found is None:
        raise bad(f"Parsing OData Select and Expand failed: {words}")
    if found[1] is None:
        return []
    return selected(table, found[1])


def selected(table: Table, words: str) -> list[str]:
    """The names of columns in a `$select`. Raises 400 for one that is not there."""
    names = [name.strip() for name in words.split(",") if name.strip()]
    for name in names:
        if name not in SYSTEM:
            named(table, f"fields/{name}")
    return names


SYSTEM = ("id", "ContentType", "Created", "Modified", "AuthorLookupId", "EditorLookupId", "_UIVersionString")
