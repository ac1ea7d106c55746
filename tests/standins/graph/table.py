"""One list: its columns, its items with their versions, what is unique, and what changed in which order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tests.standins.graph.errors import NOT_UNIQUE, Json, invalid

Index = dict[object, set[int]]


@dataclass
class Column:
    """A column; `kind` is its facet's name, `facet` what Graph shows under that name."""

    id: str
    name: str
    display_name: str
    kind: str
    facet: Json
    indexed: bool = False
    unique: bool = False
    required: bool = False
    hidden: bool = False
    read_only: bool = False
    description: str = ""
    group: str = "Custom Columns"

    @property
    def many_lines(self) -> bool:
        """A text of several lines."""
        return self.kind == "text" and bool(self.facet.get("allowMultipleLines"))

    @property
    def many_choices(self) -> bool:
        """More than one choice at a time."""
        return self.kind == "choice" and self.facet.get("displayAs") == "checkBoxes"


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it is in one version."""

    id: int
    guid: str
    version: int
    fields: Json
    created: str
    created_by: Json
    modified: str
    modified_by: Json

    @property
    def etag(self) -> str:
        """`"guid,version"`, quotation marks included."""
        return f'"{self.guid},{self.version}"'


def folded(value: object) -> object:
    """A value as SharePoint compares it: capitals make no difference."""
    return value.casefold() if isinstance(value, str) else value


@dataclass
class Table:
    """A list. `log` has every change in order: number, item's id, the item as it was then (None: deleted)."""

    id: str
    name: str
    display_name: str
    template: str
    created: str
    by: Json
    description: str = ""
    modified: str = ""
    version: int = 1
    hidden: bool = False
    columns: dict[str, Column] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    log: list[tuple[int, int, Item | None]] = field(default_factory=list)
    last_id: int = 0
    epoch: int = 0  # delta tokens of an earlier one are answered 410

    @property
    def seq(self) -> int:
        """The last change's number."""
        return self.log[-1][0] if self.log else 0

    def add(self, guid: str, fields: Json, when: str, by: Json) -> Item:
        """A new item. Raises 400 where a value has to be unique and is not."""
        self._unique(fields, None)
        self.last_id += 1
        item = Item(self.last_id, guid, 1, fields, when, by, when, by)
        self._put(item)
        return item

    def change(self, item: Item, fields: Json, when: str, by: Json) -> Item:
        """The item's next version: these fields are new, None takes one away. Raises as `add` does."""
        self._unique(fields, item.id)
        whole = {name: value for name, value in (item.fields | fields).items() if value is not None}
        changed = replace(item, version=item.version + 1, fields=whole, modified=when, modified_by=by)
        self._unindex(item)
        self._put(changed)
        return changed

    def remove(self, item: Item) -> None:
        """Delete an item."""
        self._unindex(item)
        del self.items[item.id]
        self.log.append((self.seq + 1, item.id, None))

    def since(self, seq: int) -> list[tuple[int, int, Item | None]]:
        """The changes after that one."""
        return self.log[bisect_right(self.log, seq, key=lambda entry: entry[0]) :]

    def reindex(self, column: Column) -> None:
        """Build a column's index anew, or drop it. Raises 400 if its values are to be unique and are not."""
        index: Index = {}
        for item in self.items.values():
            if (value := item.fields.get(column.name)) is not None:
                index.setdefault(folded(value), set()).add(item.id)
        if column.unique and any(len(ids) > 1 for ids in index.values()):
            raise invalid(f"The values of the field '{column.name}' are not unique.")
        self.indexes.pop(column.name, None)
        if column.indexed:
            self.indexes[column.name] = index

    def found(self, column: str, value: object) -> Iterable[int]:
        """The ids of the items with that value in an indexed column."""
        return self.indexes[column].get(folded(value), ())

    def drop(self, column: str) -> None:
        """Take a column away, with what stands in it."""
        del self.columns[column]
        self.convert(column, lambda _: None)

    def convert(self, column: str, to: Callable[[object], object]) -> None:
        """Make something else of what stands in a column, nothing where it is None; its index is gone."""
        self.indexes.pop(column, None)
        for key, item in self.items.items():
            if column in item.fields:
                fields = item.fields | {column: to(item.fields[column])}
                self.items[key] = replace(item, fields={name: one for name, one in fields.items() if one is not None})

    def _unique(self, fields: Json, own: int | None) -> None:
        for name, value in fields.items():
            if value is None or name not in self.indexes or not self.columns[name].unique:
                continue
            if any(key != own for key in self.found(name, value)):
                raise invalid(NOT_UNIQUE)

    def _put(self, item: Item) -> None:
        self.items[item.id] = item
        for name, index in self.indexes.items():
            if (value := item.fields.get(name)) is not None:
                index.setdefault(folded(value), set()).add(item.id)
        self.log.append((self.seq + 1, item.id, item))

    def _unindex(self, item: Item) -> None:
        for name, index in self.indexes.items():
            value = folded(item.fields.get(name))
            if value is not None and value in index:
                index[value].discard(item.id)
                if not index[value]:
                    del index[value]
