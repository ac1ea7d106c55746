"""Rows into a list, each once, whatever happens to the answers.

1. Every row has a key that the list takes only once, and it goes along in the POST itself.
2. After an end that nobody knows, the keys are looked up before anything is written again.
3. A row that is refused is looked up too: when it is there, somebody (mostly we) was quicker.
4. A row that is there is changed under its ETag; when that has moved, it is read again and ours is laid over it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.sharepoint.client import MOST_PARTS, Part
from adapters.sharepoint.failure import GraphFailed, Held
from adapters.sharepoint.schema import KEY, ListSpec
from adapters.sharepoint.site import Item, Site, item_of, rewritten

_PASSES = 6  # over the same rows, while each gets somewhere
_REFUSED = (400, 409, 413)
_MOVED = (404, 412)  # the row was changed, or deleted, since it was read
Fields = Mapping[str, Any]


class RowRefused(GraphFailed):
    """SharePoint does not take this row, though its list is as it must be."""

    def __init__(self, key: str, failed: GraphFailed) -> None:
        super().__init__(failed.status, failed.code, failed.why)
        self.key = key


class AnotherJournal(GraphFailed):
    """The list has rows of another journal: a database was begun anew, or two share a site."""

    def __init__(self, key: str) -> None:
        why = f"entry {key} in the list has another hash than here: its rows are of another journal"
        super().__init__(409, "another_journal", why)


@dataclass
class Inserter:
    """Adds rows to a list that nobody changes afterwards, in their order."""

    site: Site
    spec: ListSpec
    doubt: bool = True  # some of the next rows may be there already

    async def insert(self, rows: Sequence[Fields]) -> int:
        """Add the first rows, at most 20; how many of them, from the first on, are there now.

        Raises `Held`, `GraphFailed`, `RowRefused` for the first row, `AnotherJournal`.
        """
        rows = rows[:MOST_PARTS]
        there = 0
        if self.doubt:
            known = await self.site.with_keys(self.spec, [str(row[KEY]) for row in rows])
            there = _leading(rows, known)
            self.doubt = False
            if there:
                return there
        self.doubt = True  # until it is known how this ends
        try:
            replies = await self.site.graph.batch([self.site.adding(self.spec, row) for row in rows], chain=True)
        except Held:
            self.doubt = False  # it was not sent
            raise
        for reply in replies:
            if reply.failed is None:
                there += 1
                continue
            return there or await self._first_failed(rows[0], reply.failed)
        self.doubt = False
        return there

    async def _first_failed(self, row: Fields, failed: GraphFailed) -> int:
        """Nothing got in, and those behind the first were not tried; 1 when it turns out to be there."""
        if failed.throttled:
            raise Held(self.site.graph.wait())
        if failed.status in _REFUSED:
            key = str(row[KEY])
            if not _leading([row], await self.site.with_keys(self.spec, [key])):
                await self.site.demand(self.spec)  # is it the row, or the list?
                raise RowRefused(key, failed)
            return 1
        raise failed


def _leading(rows: Sequence[Fields], known: Mapping[str, Item]) -> int:
    """How many of the first rows are there."""
    there = 0
    for row in rows:
        if (item := known.get(str(row[KEY]))) is None:
            break
        if "Hash" in row and item.fields.get("Hash") != row["Hash"]:
            raise AnotherJournal(str(row[KEY]))
        there += 1
    return there


@dataclass
class Upserter:
    """Keeps rows of a list as they are to be. Remembers what it has read and written."""

    site: Site
    spec: ListSpec
    known: dict[str, Item] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)  # looked up, and not there

    async def upsert(self, rows: Sequence[Fields]) -> None:
        """Bring these rows, at most 20, into the list.

        Raises `Held`, `GraphFailed`, `RowRefused`; some may be there then, and trying again is harmless.
        """
        wanted = {str(row[KEY]): row for row in rows}
        for _ in range(_PASSES):
            if unknown := [key for key in wanted if key not in self.known and key not in self.absent]:
                found = await self.site.with_keys(self.spec, unknown)
                self.known |= {key: item for key, item in found.items() if key in wanted}
                self.absent |= set(unknown) - set(found)
            left = {key: row for key, row in wanted.items() if key in self.absent or differs(self.known[key], row)}
            if not left:
                return
            await self._write(left)
        raise GraphFailed(412, "restless", f"rows of {self.spec.name} keep changing while they are written")

    async def _write(self, rows: Mapping[str, Fields]) -> None:
        """One batch; what is in doubt afterwards is looked up again."""
        parts = [self._part(key, row) for key, row in rows.items()]
        try:
            replies = await self.site.graph.batch(parts)
        except GraphFailed as failed:
            if failed.ambiguous:
                self._doubt(rows)
            raise
        trouble: list[GraphFailed] = []
        for (key, row), part, reply in zip(rows.items(), parts, replies, strict=True):
            if reply.failed is None:
                before = self.known.get(key)
                self.known[key] = item_of(reply.body) if before is None else rewritten(before, reply.body)
                self.absent.discard(key)
            elif reply.failed.ambiguous or reply.failed.status in _MOVED or part.method == "POST":
                self._doubt([key])
            if reply.failed and reply.failed.status != 412:  # noqa: PLR2004 - HTTP: it has moved
                trouble.append(await self._judged(key, row, part, reply.failed))
        self._raise(trouble)

    async def _judged(self, key: str, row: Fields, part: Part, failed: GraphFailed) -> GraphFailed:
        """A refusal that is about the row itself, as one."""
        if failed.status not in _REFUSED:
            return failed
        if part.method == "POST" and (found := (await self.site.with_keys(self.spec, [key])).get(key)):
            self.known[key] = found
            return GraphFailed(412, "there", "the row is there already")
        await self.site.demand(self.spec)  # is it the row, or the list?
        return RowRefused(str(row[KEY]), failed)

    def _raise(self, trouble: Sequence[GraphFailed]) -> None:
        """The worst of it: no more calls now, then rows that are refused. What has moved is tried again."""
        for one in trouble:
            if one.throttled:
                raise Held(self.site.graph.wait())
        for one in trouble:
            if one.unanswered or isinstance(one, RowRefused) or one.status not in (*_MOVED, 424):
                raise one

    def _part(self, key: str, row: Fields) -> Part:
        if (item := self.known.get(key)) is None:
            return self.site.adding(self.spec, {name: value for name, value in row.items() if value is not None})
        return self.site.changing(self.spec, item, row)

    def _doubt(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.known.pop(key, None)
            self.absent.discard(key)


def differs(item: Item, row: Fields) -> bool:
    """Whether the row in the list has something else in one of these columns."""
    return any(_value(item.fields.get(name)) != _value(value) for name, value in row.items())


def _value(value: object) -> object:
    """An empty cell is not there in Graph's answers."""
    return None if value == "" else value
