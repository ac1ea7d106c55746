"""What is still to be written: each list's part of the journal, waiting in memory, and how far each has come.

A stream takes events in the journal's order and gives them to its list; `place` is the last entry that is done.
After a restart, or with another list of that name, it begins there again; writing something twice is harmless.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from adapters.observe import alarm, logger
from adapters.sharepoint.client import MOST_PARTS
from adapters.sharepoint.failure import GraphFailed, Held
from adapters.sharepoint.press import Press, PressFailed
from adapters.sharepoint.records import Record, Records
from adapters.sharepoint.rows import bare_log_row, incident_row, log_row, plan_row
from adapters.sharepoint.schema import INCIDENTS, LOG, PLANS, ListSpec
from adapters.sharepoint.site import Site
from adapters.sharepoint.story import file_name, folder_name, story
from adapters.sharepoint.words import Words
from adapters.sharepoint.writer import Inserter, RowRefused, Upserter
from bot import events as ev
from bot.cover import Rulebook
from bot.ports import Entry

_ATTEMPTS = 3  # at making a report, before the others go on without it
_LOCKED = 423  # HTTP: somebody has the file open


@dataclass(frozen=True, slots=True)
class House:
    """What rows and reports are made with. `rules` gives those in force now."""

    rules: Callable[[], Rulebook]
    words: Words
    exercise: bool
    press: Press


class Stream(Protocol):
    """One list's, or the reports', part of the journal."""

    name: str
    spec: ListSpec | None

    @property
    def place(self) -> int:
        """The last entry that is done; what waits comes after it."""

    def take(self, entry: Entry, event: ev.Event | None, touched: tuple[Record, ...]) -> None:
        """The next entry; `event` None: of a newer version. `touched`: incidents that it is about."""

    async def push(self) -> bool:
        """Write some of what waits; whether there was something. Raises `Held`, `GraphFailed`."""


@dataclass
class LogStream:
    """Every entry, in order, once."""

    site: Site
    house: House
    place: int
    waiting: deque[tuple[Entry, ev.Event | None, tuple[str, ...]]] = field(default_factory=deque)
    name: str = "log"
    spec: ListSpec | None = LOG

    def __post_init__(self) -> None:
        self._writer = Inserter(self.site, LOG)
        self._refused = 0  # the entry that SharePoint does not take in words

    def take(self, entry: Entry, event: ev.Event | None, touched: tuple[Record, ...]) -> None:
        """Every entry that is not there yet."""
        if entry.seq > self.place:
            self.waiting.append((entry, event, tuple(record.number for record in touched)))

    async def push(self) -> bool:
        """The next twenty."""
        if not self.waiting:
            return False
        rules = self.house.rules()
        some = [self.waiting[at] for at in range(min(MOST_PARTS, len(self.waiting)))]
        rows = [
            bare_log_row(entry)
            if entry.seq == self._refused
            else log_row(entry, event, numbers, rules, self.house.words)
            for entry, event, numbers in some
        ]
        try:
            self._done(await self._writer.insert(rows))
        except RowRefused as refused:
            self._without_words(some[0][0], refused)
        return True

    def _done(self, count: int) -> None:
        for _ in range(count):
            self.place = self.waiting.popleft()[0].seq

    def _without_words(self, entry: Entry, refused: RowRefused) -> None:
        """One entry that cannot be told must not keep the others out; its number and hash are written at least."""
        alarm("sharepoint.row_refused", refused, list=LOG.name, seq=entry.seq, left_out=entry.seq == self._refused)
        if entry.seq == self._refused:
            self._done(1)
        self._refused = entry.seq


@dataclass
class IncidentStream:
    """One row an incident, as it is at the end of what was read: many changes are one write."""

    site: Site
    house: House
    start: int
    dirty: dict[str, tuple[int, Record]] = field(default_factory=dict)
    name: str = "incidents"
    spec: ListSpec | None = INCIDENTS

    def __post_init__(self) -> None:
        self._writer = Upserter(self.site, INCIDENTS)
        self._read = self.start

    @property
    def place(self) -> int:
        """Before the first change that is not written."""
        return min((seq - 1 for seq, _ in self.dirty.values()), default=self._read)

    def take(self, entry: Entry, event: ev.Event | None, touched: tuple[Record, ...]) -> None:  # noqa: ARG002 - the port's
        """Whoever is touched has another row."""
        if entry.seq <= self.start:
            return
        self._read = entry.seq
        for record in touched:
            self.dirty.setdefault(record.number, (entry.seq, record))

    async def push(self) -> bool:
        """The twenty that wait longest."""
        some = dict(list(self.dirty.items())[:MOST_PARTS])
        if not some:
            return False
        rules, words = self.house.rules(), self.house.words
        rows = [incident_row(record, rules, words, exercise=self.house.exercise) for _, record in some.values()]
        try:
            await self._writer.upsert(rows)
        except RowRefused as refused:
            alarm("sharepoint.row_refused", refused, list=INCIDENTS.name, incident=refused.key, left_out=True)
            self.dirty.pop(refused.key, None)
            return True
        for number, (_, record) in some.items():
            del self.dirty[number]
            if record.closed:
                self._writer.known.pop(number, None)  # it changes no more
        return True


@dataclass
class PlanStream:
    """A row for each version of the plan that was gone by."""

    site: Site
    start: int
    waiting: dict[str, tuple[int, str, datetime]] = field(default_factory=dict)
    name: str = "plans"
    spec: ListSpec | None = PLANS

    def __post_init__(self) -> None:
        self._writer = Inserter(self.site, PLANS)
        self._read = self.start
        self._known: set[str] = set()

    @property
    def place(self) -> int:
        """Before the first version that is not written."""
        return min((seq - 1 for seq, _, _ in self.waiting.values() if seq), default=self._read)

    def take(self, entry: Entry, event: ev.Event | None, touched: tuple[Record, ...]) -> None:  # noqa: ARG002 - the port's
        """An incident names the plan that it was opened under."""
        self._read = max(self._read, entry.seq)
        if isinstance(event, ev.IncidentOpened):
            self._add(event.plan, event.plan_digest, event.at, entry.seq if entry.seq > self.start else None)

    def in_force(self, version: str, digest: str, now: datetime) -> None:
        """The plan that is gone by now; before any incident it is in force since it was first seen."""
        self._add(version, digest, now, 0)

    def _add(self, version: str, digest: str, at: datetime, seq: int | None) -> None:
        """`seq` None: it is written already; 0: it stands in no entry yet."""
        if digest in self._known:
            return
        self._known.add(digest)
        if seq is not None:
            self.waiting[digest] = (seq, version, at)

    async def push(self) -> bool:
        """What waits."""
        some = list(self.waiting.items())[:MOST_PARTS]
        if not some:
            return False
        try:
            done = await self._writer.insert([plan_row(version, digest, at) for digest, (_, version, at) in some])
        except RowRefused as refused:
            alarm("sharepoint.row_refused", refused, list=PLANS.name, left_out=True)
            done = 1
        for digest, _ in some[:done]:
            del self.waiting[digest]
        return True


@dataclass
class ReportStream:
    """A Word file for each incident that was stood down."""

    site: Site
    house: House
    start: int
    waiting: dict[str, tuple[int, Record]] = field(default_factory=dict)
    name: str = "reports"
    spec: ListSpec | None = None

    def __post_init__(self) -> None:
        self._read = self.start
        self._doubt: set[str] = set()  # may be there already
        self._made: tuple[str, bytes] | None = None
        self._attempts: dict[str, int] = {}

    @property
    def place(self) -> int:
        """Before the first report that is not written."""
        return min((seq - 1 for seq, _ in self.waiting.values()), default=self._read)

    def take(self, entry: Entry, event: ev.Event | None, touched: tuple[Record, ...]) -> None:
        """Every stand-down."""
        if entry.seq <= self.start:
            return
        self._read = entry.seq
        if isinstance(event, ev.StoodDown):
            for record in touched:
                self.waiting[record.number] = (entry.seq, record)
                self._doubt.add(record.number)

    async def push(self) -> bool:
        """The next one that nobody has open."""
        for number, (_, record) in list(self.waiting.items()):
            try:
                content = await self._content(number, record)
                if content is not None:
                    await self._put(number, record, content)
            except GraphFailed as failed:
                if failed.status != _LOCKED:
                    raise
                logger().warning("sharepoint.report_locked", incident=number)
                continue
            del self.waiting[number]
            self._made = None
            return True
        return False

    async def _content(self, number: str, record: Record) -> bytes | None:
        """The file, made once; None when it cannot be made."""
        if self._made and self._made[0] == number:
            return self._made[1]
        told: Mapping[str, object] = story(record, self.house.rules(), self.house.words, exercise=self.house.exercise)
        try:
            made = await self.house.press(told)
        except PressFailed as error:
            self._attempts[number] = self._attempts.get(number, 0) + 1
            given_up = self._attempts[number] >= _ATTEMPTS
            alarm("sharepoint.report_failed", error, incident=number, given_up=given_up)
            if given_up:
                return None
            raise GraphFailed(400, "report", str(error)) from error
        self._made = (number, made)
        return made

    async def _put(self, number: str, record: Record, content: bytes) -> None:
        """Once: what may be there already is looked for first."""
        path = f"{folder_name(self.house.words)}/{file_name(record)}"
        if number in self._doubt and await self.site.file_size(path) == len(content):
            return
        self._doubt.add(number)
        try:
            await self.site.put_file(path, content)
        except Held:
            raise
        except GraphFailed as failed:
            if not failed.ambiguous:
                self._doubt.discard(number)
            raise


def done_with(records: Records, incidents: IncidentStream, reports: ReportStream) -> None:
    """Forget closed incidents whose row and report are written."""
    for number, record in list(records.by_number.items()):
        if record.closed and number not in incidents.dirty and number not in reports.waiting:
            records.done(number)
