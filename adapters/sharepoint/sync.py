"""One round after another: who may read on claims the place, follows the roles list, and writes what waits.

The chat never waits for any of this: it has a task of its own, and the desk is asked like by anybody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from adapters.observe import alarm, logger
from adapters.sharepoint.failure import GraphFailed, Held, Missing
from adapters.sharepoint.place import Place, reached
from adapters.sharepoint.press import Press, press
from adapters.sharepoint.records import Record, Records
from adapters.sharepoint.roles import RolesDesk, RolesSync
from adapters.sharepoint.schema import LISTS, ROLES
from adapters.sharepoint.site import Site
from adapters.sharepoint.streams import (
    House,
    IncidentStream,
    LogStream,
    PlanStream,
    ReportStream,
    Stream,
    done_with,
)
from adapters.sharepoint.words import Words
from adapters.sharepoint.writer import AnotherJournal
from bot.commands import ReportSync
from bot.events import Event
from bot.ports import Clock, Conflict, Entry, Journal, Positions, StoreError, SyncState
from bot.records import UnknownEvent, from_record, instant

_PAGE = 500  # entries
_SLICE = 100  # entries folded before others get a word in
_MOST_WAITING = 5_000  # entries in memory: the rest stays in the journal
_ROUND = 30.0  # seconds between looks at the clock while nothing happens; shorter than a part may be silent
_LOOK_AGAIN, _LOOK_EVERY = 20.0, 600.0  # seconds
_PULL_SOON = 5.0  # seconds between looks for edits while something is written during an incident; else a minute
_SOON = 0.05  # seconds
_DENIED = (401, 403)
_FOR_PEOPLE = ("denied", "missing", "broken")
_LASTS = 30.0  # seconds: what is over by the next round is nobody's work
_WORST = ("denied", "missing", "broken", "unreachable", "throttled")


class SyncDesk(RolesDesk, Protocol):
    """What the sync needs of `bot.desk.Desk`."""

    @property
    def seq(self) -> int:
        """The journal's last entry in `state`."""

    def now(self) -> datetime:
        """The desk's time."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the sync works with. `clock`: real time, for the claim; `elapsed`: seconds that only grow."""

    desk: SyncDesk
    journal: Journal
    positions: Positions
    clock: Clock
    elapsed: Callable[[], float]


class Sync:
    """One per process. `wake` when there may be something to do."""

    def __init__(self, site: Site, ports: Ports, words: Words, *, exercise: bool, press: Press = press) -> None:
        self._site = site
        self._ports = ports
        self._house = House(lambda: ports.desk.rules, words, exercise, press)
        self._place = Place(ports.positions, ports.clock, ports.elapsed)
        self._roles = RolesSync(site, ports.desk, words)
        self._streams: tuple[Stream, ...] = ()
        self._lists: dict[str, str] = {}  # their ids, by name
        self._records = Records()
        self._read = 0  # the last entry that the streams have
        self._wake = asyncio.Event()
        self._pull_due, self._pulled_at = True, 0.0
        self._trouble: str | None = None
        self._told: str | None = None
        self._lasting: tuple[str | None, float] = (None, 0.0)  # the trouble, and since when it is that one
        self._since: datetime | None = None
        self._known = False  # whether anything is known of how far it is
        self._looked_at: float | None = None  # at the lists
        self._turn = 0  # whose turn it is among the streams

    # --- from outside ---------------------------------------------------------------------------------------------

    def wake(self, *, pull: bool = False) -> None:
        """There may be something to write; `pull`: look for edits of the matrix, too."""
        self._pull_due = self._pull_due or pull
        self._wake.set()

    def state(self) -> SyncState | None:
        """How far it is, for board and status; None before the first look."""
        if not self._known:
            return None
        waiting = max(0, self._ports.desk.seq - self._done()) + self._roles.waiting
        return SyncState(waiting, self._since if waiting else None, self._trouble)

    async def run(self, alive: Callable[[], None]) -> None:
        """A round whenever it is woken, until cancelled; `alive` is called at least every half minute."""
        self._site.graph.alive = alive
        seconds = 0.0
        while True:
            await self._pause(seconds, alive)
            alive()
            seconds = await self.round()

    async def close(self) -> None:
        """Let the next one go on at once. Raises `StoreError`."""
        await self._place.release()

    # --- a round --------------------------------------------------------------------------------------------------

    async def round(self) -> float:
        """Do what there is to do; seconds before which another round is of no use (0: whenever it is woken)."""
        self._wake.clear()
        seconds = await self._round()
        try:
            await self._tell()
        except StoreError as error:
            alarm("sharepoint.store_failed", error)
        return seconds

    async def _round(self) -> float:
        try:
            if not await self._claim():
                await self._look_on()
                return 0.0
            troubles = await self._work()
            await self._end(min(troubles, key=_WORST.index) if troubles else None)
        except Held as held:
            await self._stopped("throttled" if self._site.graph.gate.throttled else self._unanswered())
            return max(held.seconds, _SOON)
        except GraphFailed as failed:
            self._note(failed)
            await self._stopped(failed.trouble)
            return self._site.graph.wait()
        except Conflict:
            logger().info("sharepoint.taken_over")
            self._lost()
        except StoreError as error:
            alarm("sharepoint.store_failed", error)
            self._lost()
        return 0.0

    async def _work(self) -> set[str]:
        """All that can be done now; the troubles of single lists."""
        site, failed = self._site, dict[str, str]()  # trouble by stream
        if site.graph.gate.open:
            await site.probe()  # the circuit is open: nothing else before Graph answers
        await self._look()
        self._begin()
        await self._follow_roles(failed)
        while True:
            await self._read_on()
            if not await self._push(failed):
                break
            await self._claim_on()
        if failed:
            self._looked_at = None  # perhaps a list or a column is gone: look before anything else next time
        return {*failed.values(), *(("missing",) if site.wrong else ())}

    async def _look(self) -> None:
        """Find the lists, and see now and then that they are still there; more often while something is wrong."""
        now, site = self._ports.elapsed(), self._site
        every = _LOOK_AGAIN if site.wrong else _LOOK_EVERY
        if self._looked_at is None or now - self._looked_at > every:
            await site.look()
            self._looked_at = now
            self._told_missing()

    async def _follow_roles(self, failed: dict[str, str]) -> None:
        """The matrix first: whoever has lost a role must not go on approving."""
        if ROLES.name in self._site.wrong:
            return
        try:
            now, urgent = self._ports.elapsed(), bool(self._ports.desk.state.incidents)
            if self._pull_due or self._roles.lost or (urgent and now - self._pulled_at > _PULL_SOON):
                await self._roles.pull()
                self._pull_due, self._pulled_at = False, now
            await self._roles.settle()
        except GraphFailed as error:
            failed["roles"] = self._local(error)

    async def _push(self, failed: dict[str, str]) -> bool:
        """Every stream once, beginning with the one whose turn it is; whether one of them wrote something."""
        wrote = False
        try:
            for _ in self._streams:
                stream = self._streams[self._turn]
                if self._may(stream, failed) and not (wrote and stream is self._reports):  # a report takes seconds
                    try:
                        wrote = await stream.push() or wrote
                    except GraphFailed as error:
                        failed[stream.name] = self._local(error)
                self._turn = (self._turn + 1) % len(self._streams)
        finally:
            await self._keep()
        done_with(self._records, self._incidents, self._reports)
        return wrote

    def _may(self, stream: Stream, failed: Mapping[str, str]) -> bool:
        """Whether its list is as it must be, as far as is known."""
        return stream.name not in failed and (stream.spec is None or stream.spec.name not in self._site.wrong)

    def _local(self, error: GraphFailed) -> str:
        """The trouble of one list alone, which leaves the others going. Raises what concerns all of them."""
        if isinstance(error, AnotherJournal) or error.unanswered or error.throttled or error.status in _DENIED:
            raise error
        self._note(error)
        return error.trouble

    # --- reading --------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin where the place says; a list with another id is another list, and is filled from the start."""
        ids = {spec.name: self._site.found_id(spec) for spec in LISTS}
        kept: Mapping[str, str] = self._lists if self._streams else self._place.kept.get("lists") or {}
        moved = [name for name, found in ids.items() if found and kept.get(name) not in (None, found)]
        self._lists = {**kept, **{name: found for name, found in ids.items() if found}}
        if self._streams and not moved:
            return
        site, place = self._site, self._place.kept

        def start(stream: str, spec: str | None) -> int:
            return 0 if spec in moved or (spec and not kept.get(spec)) else int(place.get(stream, 0))

        self._incidents = IncidentStream(site, self._house, start("incidents", "BacklineIncidents"))
        self._reports = ReportStream(site, self._house, start("reports", None))
        self._plans = PlanStream(site, start("plans", "BacklinePlans"))
        self._log = LogStream(site, self._house, start("log", "BacklineLog"))
        self._streams = (self._log, self._incidents, self._plans, self._reports)
        self._records, self._read = Records(), 0
        if moved:
            logger().warning("sharepoint.list_replaced", lists=moved)

    async def _read_on(self) -> None:
        """Fold what is newer, as far as there is room for what waits."""
        while len(self._log.waiting) < _MOST_WAITING:
            entries = await self._ports.journal.read(self._read, _PAGE)
            for at in range(0, len(entries), _SLICE):
                for entry in entries[at : at + _SLICE]:
                    self._take(entry)
                await asyncio.sleep(0)
            if len(entries) < _PAGE:
                break
        plan = self._ports.desk.rules.plan
        self._plans.in_force(plan.version, plan.digest, self._ports.desk.now())
        self._known = True

    def _take(self, entry: Entry) -> None:
        event: Event | None
        touched: tuple[Record, ...]
        try:
            event = from_record(entry)
            touched = self._records.take(event)
        except UnknownEvent as error:
            alarm("sharepoint.unknown_event", error, seq=entry.seq)
            event, touched = None, ()
        for stream in self._streams:
            stream.take(entry, event, touched)
        self._read = entry.seq

    # --- the place ------------------------------------------------------------------------------------------------

    async def _claim(self) -> bool:
        """Whether the place is ours for now; when it was not before, everything begins where it says."""
        had = self._place.ours
        if not await self._place.claim():
            self._lost()
            return False
        if not had:
            self._streams = ()
        return True

    async def _claim_on(self) -> None:
        if not await self._claim():
            raise Conflict("another process reads on")

    def _lost(self) -> None:
        """Somebody else reads on, or the store cannot say: begin again from what is kept there."""
        self._place.lose()
        self._streams = ()

    async def _keep(self) -> None:
        """Remember how far every list is. Raises `Conflict`, `StoreError`."""
        places = {stream.name: stream.place for stream in self._streams}
        await self._place.keep({**places, "lists": self._lists, "trouble": self._trouble, "again": self._again()})

    def _again(self) -> str | None:
        """While the circuit is open, when it is tried again."""
        graph = self._site.graph
        if not graph.gate.open:
            return None
        return instant((self._ports.clock.now() + timedelta(seconds=graph.wait())).replace(microsecond=0))

    async def _look_on(self) -> None:
        """Another process writes: how far is it?"""
        await self._place.look()
        trouble = self._place.kept.get("trouble")
        self._trouble = trouble if isinstance(trouble, str) else None
        self._known = True
        await self._note_since()

    def _done(self) -> int:
        """The last entry that every list has."""
        if self._streams:
            return min(stream.place for stream in self._streams)
        return reached(self._place.kept)

    async def _note_since(self) -> None:
        """Since when the oldest entry waits."""
        waiting = await self._ports.journal.read(self._done(), 1)
        self._since = waiting[0].at if waiting else None

    # --- troubles -------------------------------------------------------------------------------------------------

    def _unanswered(self) -> str | None:
        """Waiting for the budget alone is no trouble."""
        return "unreachable" if self._site.graph.gate.failures else self._trouble_left()

    def _trouble_left(self) -> str | None:
        return "missing" if self._site.wrong else None

    def _note(self, error: GraphFailed) -> None:
        log, status, code = logger(), error.status, error.code
        log.warning("sharepoint.failed", trouble=error.trouble, status=status, code=code, why=error.why)

    def _told_missing(self) -> None:
        """Say once what is wrong with the lists, and once that it is right again."""
        wrong = "; ".join(one for found in self._site.wrong.values() for one in found)
        if wrong == (self._told or ""):
            return
        if wrong:
            alarm("sharepoint.missing", Missing(tuple(wrong.split("; "))), run="backline sharepoint provision")
        else:
            logger().info("sharepoint.lists_mended")
        self._told = wrong

    async def _tell(self) -> None:
        """The IT manager hears of what a person must put right, once it has lasted, and when it is over."""
        if not self._place.ours:
            return
        trouble, now, desk = self._trouble, self._ports.elapsed(), self._ports.desk
        if trouble != self._lasting[0]:
            self._lasting = (trouble, now)
        if trouble is None and desk.state.sync_trouble is not None:
            await desk.handle(ReportSync(None))
        elif trouble in _FOR_PEOPLE and trouble != desk.state.sync_trouble and now - self._lasting[1] >= _LASTS:
            await desk.handle(ReportSync(trouble))

    async def _end(self, trouble: str | None) -> None:
        """A whole round is over."""
        if trouble is None and self._trouble is not None:
            logger().info("sharepoint.in_step", entries=self._read)
        self._trouble = trouble
        await self._note_since()
        await self._keep()

    async def _stopped(self, trouble: str | None) -> None:
        """Nothing more goes now: remember why, where others look."""
        self._known, before = True, self._trouble
        self._trouble = trouble
        try:
            await self._note_since()
            if self._streams and (trouble != before or self._site.graph.gate.open):
                await self._keep()
        except Conflict:
            self._lost()
        except StoreError as error:
            alarm("sharepoint.store_failed", error)
            self._lost()

    async def _pause(self, seconds: float, alive: Callable[[], None]) -> None:
        """So long, and until there is a reason; `alive` all the while."""
        until = self._ports.elapsed() + seconds
        while (left := until - self._ports.elapsed()) > 0:
            alive()
            await asyncio.sleep(min(left, _ROUND))
        while not self._wake.is_set():
            alive()
            if seconds > 0:
                return
            try:
                async with asyncio.timeout(_ROUND):
                    await self._wake.wait()
            except TimeoutError:
                continue
