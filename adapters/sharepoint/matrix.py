"""The roles matrix against the list in SharePoint: what people have edited, and what is to be written there. Pure.

- A row that looks as Backline wrote it is ours: it is written anew when something else is in force.
- A row that looks otherwise is somebody's edit, of what stood there before (`seen`); it becomes a command.
- A bad row, and one whose conflict waits for a decision, is left as it is: a person mends it, or decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.sharepoint.cells import Bad, Edit, Names, blank, cells, edited, key_of, read, seen
from adapters.sharepoint.schema import KEY
from adapters.sharepoint.site import Item
from adapters.sharepoint.words import Words
from adapters.sharepoint.writer import differs
from bot import roles as matrix
from bot.commands import ChangeRole, ReportRoleRow
from bot.cover import Rulebook
from bot.roles import RoleRow, matrix_rows
from bot.situation import Situation

Fields = Mapping[str, Any]


@dataclass(slots=True)
class Work:
    """What is to be done: commands for the desk, rows to change, rows to add."""

    commands: list[ChangeRole | ReportRoleRow] = field(default_factory=list)
    changes: list[tuple[Item, Fields]] = field(default_factory=list)
    additions: list[Fields] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is in force now, and how it is written."""

    rules: Rulebook
    state: Situation
    words: Words
    names: Names

    def compare(self, items: Mapping[str, Item]) -> Work:
        """The list's rows against what is in force."""
        work = Work()
        rows = {key_of((row.role, row.project)): row for row in matrix_rows(self.rules)}
        mine, others = _owners(items, rows)
        for key, item in mine.items():
            self._row(work, rows[key], item)
        for item in others:
            self._stranger(work, item, rows, mine)
        work.additions += [self._cells(row) for key, row in rows.items() if key not in mine]
        work.commands += self._mended(items)
        return work

    def _cells(self, row: RoleRow) -> Fields:
        held = self.state.roles.get((row.role, row.project))
        return cells(row, held, self.rules, self.words, self.names)

    def _row(self, work: Work, row: RoleRow, item: Item) -> None:
        """A row that has its key."""
        wanted = self._cells(row)
        if not edited(item.fields):
            if item.id in self.state.role_faults:  # somebody put it back as it was
                work.commands.append(self._change(item, row, row.people, row.people))
            if differs(item, wanted):
                work.changes.append((item, wanted))
            return
        found = read(item.fields, (row.role, row.project), self.rules)
        if isinstance(found, Bad):
            self._bad(work, item, found)
            return
        self._edit(work, row, item, found, wanted)

    def _edit(self, work: Work, row: RoleRow, item: Item, found: Edit, wanted: Fields) -> None:
        """An edit that can be taken; nothing new, an older one that was decided against, or a change."""
        basis = seen(item.fields)
        if found.people == row.people:
            if item.id in self.state.role_faults:
                work.commands.append(self._change(item, row, found.people, row.people))
            if differs(item, wanted):
                work.changes.append((item, wanted))
            return
        conflict = self.state.role_conflicts.get((row.role, row.project))
        if basis not in (None, row.people) and conflict and conflict.theirs == found.people:
            if conflict.settled:  # in favour of what is in force
                work.changes.append((item, wanted))
                return
            if conflict.ours == row.people:
                return
        work.commands.append(self._change(item, row, found.people, basis))

    def _stranger(self, work: Work, item: Item, rows: Mapping[str, RoleRow], mine: dict[str, Item]) -> None:
        """A row that somebody added: it counts where its role has no row yet."""
        if blank(item.fields):
            return
        found = read(item.fields, None, self.rules)
        if isinstance(found, Bad):
            self._bad(work, item, found)
            return
        key = key_of((found.role, found.project))
        if key in mine:
            self._bad(work, item, Bad(found.role, found.project, matrix.ROW_TWICE))
            return
        mine[key] = item
        self._edit(work, rows[key], item, found, self._cells(rows[key]))

    def _change(self, item: Item, row: RoleRow, people: tuple[str, ...], basis: tuple[str, ...] | None) -> ChangeRole:
        return ChangeRole(self._editor(item), row.role, row.project, people, basis, "sharepoint", item.id)

    def _bad(self, work: Work, item: Item, bad: Bad) -> None:
        known = self.state.role_faults.get(item.id)
        found = (bad.role, bad.project, bad.why, bad.people, item.etag)
        if known and (known.role, known.project, known.why, known.people, known.version) == found:
            return
        by = self._editor(item)
        work.commands.append(
            ReportRoleRow(bad.role, bad.project, item.id, bad.why, bad.people, by, item.etag, bad.said or None)
        )

    def _mended(self, items: Mapping[str, Item]) -> Iterator[ChangeRole]:
        """Bad rows that are not there any more: nothing of them is left to mend."""
        row = matrix_rows(self.rules)[0]
        for key in self.state.role_faults:
            if key not in items or blank(items[key].fields):
                yield ChangeRole(None, row.role, row.project, row.people, row.people, "sharepoint", key)

    def _editor(self, item: Item) -> str | None:
        """Who changed the row last, if it is somebody of the company."""
        mail = (item.mail or "").casefold()
        if not mail or item.by_app:
            return None
        found = (person.id for person in self.rules.company.people.values() if (person.email or "").casefold() == mail)
        return next(found, None)


def _owners(items: Mapping[str, Item], rows: Mapping[str, RoleRow]) -> tuple[dict[str, Item], list[Item]]:
    """Rows by their key, and those that have none of ours; what Backline wrote for a project that has left is nobody's.

    The list takes a key once, whatever its capitals.
    """
    mine: dict[str, Item] = {}
    others: list[Item] = []
    for item in sorted(items.values(), key=lambda one: (len(one.id), one.id)):
        key = str(item.fields.get(KEY) or "")
        if key in rows:
            mine[key] = item
        elif not key or edited(item.fields):
            others.append(item)
    return mine, others
