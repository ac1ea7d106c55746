"""The roles matrix both ways: people's edits in the list become commands, changes in force are written to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from adapters.observe import logger
from adapters.sharepoint.cells import Names
from adapters.sharepoint.client import MOST_PARTS
from adapters.sharepoint.failure import GraphFailed
from adapters.sharepoint.matrix import Matrix, Work
from adapters.sharepoint.schema import KEY, ROLES
from adapters.sharepoint.site import Item, Site, item_of, rewritten
from adapters.sharepoint.words import Words
from bot.commands import ChangeRole, Command, ReportRoleRow
from bot.cover import Rulebook
from bot.desk import Outcome
from bot.situation import Situation

_MOST_PASSES = 200  # batches of rows in one round
_RESTLESS = 3  # passes in which somebody else was quicker
_TOO_OLD = 410  # HTTP: gone; of a change feed's link


class RolesDesk(Protocol):
    """What the matrix needs of `bot.desk.Desk`."""

    @property
    def rules(self) -> Rulebook:
        """In force now."""

    @property
    def state(self) -> Situation:
        """As committed."""

    async def handle(self, command: Command, key: str | None = None) -> Outcome:
        """Decide and commit."""


class RolesSync:
    """Keeps the list's rows in memory and follows its change feed; after a restart it reads all of it again."""

    def __init__(self, site: Site, desk: RolesDesk, words: Words) -> None:
        self._site = site
        self._desk = desk
        self._words = words
        self._list: str | None = None  # the list whose rows these are
        self._items: dict[str, Item] = {}
        self._link: str | None = None
        self._names: Names | None = None
        self.waiting = 0  # rows that are still to be written

    async def pull(self) -> None:
        """Read what has changed in the list. Raises `Held`, `GraphFailed`."""
        list_id = self._site.list_id(ROLES)
        if list_id != self._list or self._link is None:
            self._begin_anew(list_id)
        try:
            changes = await self._site.changes(ROLES, self._link)
        except GraphFailed as failed:
            if failed.status != _TOO_OLD:
                raise
            logger().info("sharepoint.read_again", list=ROLES.name)
            self._begin_anew(list_id)
            changes = await self._site.changes(ROLES, None)
        self._items |= changes.items
        for key in changes.deleted:
            self._items.pop(key, None)
        self._link = changes.link

    @property
    def lost(self) -> bool:
        """Whether the rows have to be read again before anything else."""
        return self._link is None or self._list != self._site.found_id(ROLES)

    async def settle(self) -> None:
        """Have edits decided, and write what is in force. Raises `Held`, `GraphFailed`, `StoreError`."""
        restless = 0
        for _ in range(_MOST_PASSES):
            work = self._compare()
            if work.commands:
                await self._ask(work.commands)
                work = self._compare()
            self.waiting = len(work.changes) + len(work.additions)
            if not self.waiting:
                return
            if not await self._write(work):
                restless += 1
                if restless > _RESTLESS:
                    raise GraphFailed(412, "restless", "rows of the matrix keep changing while they are written")
                await self.pull()  # somebody was quicker: look at what they wrote

    def _begin_anew(self, list_id: str) -> None:
        self._list, self._link = list_id, None
        self._items.clear()

    def _compare(self) -> Work:
        rules = self._desk.rules
        people = rules.company.people
        if self._names is None or self._names.people is not people:
            self._names = Names(people)
        return Matrix(rules, self._desk.state, self._words, self._names).compare(self._items)

    async def _ask(self, commands: Sequence[ChangeRole | ReportRoleRow]) -> None:
        """All together, so that those concerned get one message. A row that is bad by now is reported instead."""
        outcomes = await asyncio.gather(*(self._desk.handle(command) for command in commands))
        late: list[ReportRoleRow] = []
        for command, outcome in zip(commands, outcomes, strict=True):
            refused = outcome.refused
            if refused is None or not isinstance(command, ChangeRole) or command.row is None:
                continue
            why, people = str(refused.data.get("why") or "unreadable"), tuple(refused.data.get("people") or ())
            item = self._items.get(command.row)
            version = item.etag if item else None
            late.append(ReportRoleRow(command.role, command.project, command.row, why, people, command.by, version))
        await asyncio.gather(*(self._desk.handle(command) for command in late))

    async def _write(self, work: Work) -> bool:
        """One batch of rows; whether all of them went as they stood. Raises `Held`, `GraphFailed`."""
        changes = work.changes[:MOST_PARTS]
        additions = work.additions[: MOST_PARTS - len(changes)]
        parts = [self._site.changing(ROLES, item, fields) for item, fields in changes]
        parts += [
            self._site.adding(ROLES, {name: value for name, value in row.items() if value is not None})
            for row in additions
        ]
        try:
            replies = await self._site.graph.batch(parts)
        except GraphFailed as failed:
            if failed.ambiguous:
                self._link = None  # read all rows before the next decision: some may be written
            raise
        calm = True
        for number, reply in enumerate(replies):
            if reply.failed is not None:
                calm = False
                self._refused(reply.failed)
            elif number < len(changes):
                item = changes[number][0]
                self._items[item.id] = rewritten(item, reply.body)
            else:
                item = item_of(reply.body)
                self._items[item.id] = item
        return calm

    def _refused(self, failed: GraphFailed) -> None:
        """Moved, deleted or there already: the feed will tell. Anything else ends this round."""
        if failed.ambiguous:
            self._link = None
        if failed.status not in (400, 404, 409, 412):
            raise failed
        if failed.status == 400:  # noqa: PLR2004 - HTTP: perhaps a key that was added in the meantime
            logger().warning("sharepoint.row_refused", list=ROLES.name, key=KEY, status=failed.status)
