"""The running service: desk, courier, clock, calendar and web server, put together, kept alive and drained."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import sys
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from adapters.calendar import Calendar
from adapters.chat.house import House
from adapters.clock import RealClock, elapsed
from adapters.http import Health, make_http
from adapters.observe import Metrics, alarm, logger
from adapters.problem import Problem
from adapters.readiness import check_all
from adapters.settings import Settings, shown_database
from adapters.sharepoint.app import SharePoint
from adapters.sharepoint.sync import Ports
from adapters.slack.app import Slack
from adapters.upkeep import Drained, Part, Pulse, every, keep, stop, watch_lag
from adapters.watching import Requests, Watching
from adapters.web import PracticeClock, Stage, add_routes, enrol
from bot.courier import Courier
from bot.cover import Rulebook
from bot.desk import Desk
from bot.ports import Clock, Directory, Journal, Mailbox, Messenger, Outbox, Positions, StoreError, SyncState, Urgency
from bot.wording import prepare

if TYPE_CHECKING:
    from adapters.teams.app import Teams

_SECOND = 1.0
_REQUESTS_END = 2.0  # seconds that requests in progress get when the service ends
_COURIER_ENDS = 4.0
_DRAINED = 9.0  # seconds for all of it; whoever stops us waits ten
_JUMP = timedelta(seconds=2)  # by which the computer's clock must part from ours to be worth a line in the log


class Store(Protocol):
    """What the service needs of an open store."""

    @property
    def journal(self) -> Journal:
        """The one truth."""

    @property
    def outbox(self) -> Outbox:
        """What waits to be sent."""

    @property
    def directory(self) -> Directory:
        """Whose platform accounts are whose."""

    @property
    def mailbox(self) -> Mailbox:
        """Conversations kept here."""

    @property
    def positions(self) -> Positions:
        """How far readers of the journal have come."""

    async def ping(self) -> None:
        """Prove that the database takes writes. Raises `StoreError`."""


class Service:
    """The chat platforms that have credentials, or else the practice desk, on an open store.

    `latest`: no instant before this one will be written. Made inside a running loop.
    """

    def __init__(self, settings: Settings, rules: Rulebook, store: Store, latest: datetime) -> None:
        self._settings = settings
        self._rules = rules
        self._store = store
        self._latest = latest
        self._metrics = Metrics()
        self._clock = RealClock(not_before=None if settings.practice else latest)
        self._told_skew = timedelta()
        self._watching = Watching(self._metrics)
        self.stage = self._make_stage() if settings.practice else None
        self._time: Clock = self.stage.clock if self.stage else self._clock
        self.desk = Desk(
            journal=store.journal,
            clock=self._time,
            rules=rules,
            watch=self._watching,
            # In practice time every consequence comes at its own instant, however long it takes to draw.
            stopwatch=time.perf_counter if self.stage is None else lambda: 0.0,
            on_commit=self._committed,
            shared=settings.database.startswith("postgresql"),
        )
        self.sharepoint = self._make_sharepoint() if settings.sharepoint else None
        self.slack = self._make_slack() if settings.slack_bot_token else None
        self.teams = self._make_teams() if settings.teams else None
        platforms = [platform for platform in (self.slack, self.teams) if platform]
        messengers: list[Messenger] = [self.stage.messenger] if self.stage else []
        messengers += [platform.messenger for platform in platforms]
        self.courier = Courier(
            desk=self.desk,
            outbox=store.outbox,
            journal=store.journal,
            directory=store.directory,
            messengers={messenger.platform: messenger for messenger in messengers},
            clock=self._time,
            watch=self._watching,
            finders={platform.messenger.platform: platform.people for platform in platforms},
            rooms={platform.messenger.platform: platform.rooms for platform in platforms},
            turns={platform.messenger.platform: platform.turns for platform in platforms},
        )
        self._calendar = Calendar()
        self._ticker = Pulse("ticker", time.monotonic)
        self._courier_pulse = Pulse("courier", time.monotonic)
        self._lines_pulse = Pulse("slack", time.monotonic)
        self._sharepoint_pulse = Pulse("sharepoint", time.monotonic)
        self._draining = False
        self._parts = self._make_parts()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._runner: web.AppRunner | None = None

    def _make_stage(self) -> Stage:
        store, started = self._store, max(self._clock.now(), self._latest)
        clock = PracticeClock(started, monotonic=elapsed)
        return Stage(store.journal, store.mailbox, self._rules, clock, self._sync_state)

    def _make_sharepoint(self) -> SharePoint:
        store = self._store
        ports = Ports(self.desk, store.journal, store.positions, self._clock, time.monotonic)
        return SharePoint(self._settings, ports, self._metrics)

    def _sync_state(self) -> SyncState | None:
        """How far SharePoint is; None: there is none."""
        return self.sharepoint.state() if self.sharepoint else None

    def _make_slack(self) -> Slack:
        return Slack(self._settings, self._house("slack"))

    def _make_teams(self) -> Teams:
        from adapters.teams.app import Teams  # noqa: PLC0415 - botbuilder takes its time to load

        return Teams(self._settings, self._house("teams"))

    def _house(self, platform: str) -> House:
        store, counts = self._store, Requests(self._metrics, platform)
        return House(
            self.desk, store.journal, store.directory, self._clock, counts, elapsed, time.time, self._sync_state
        )

    def _make_parts(self) -> list[Part]:
        """What is kept alive while the service runs."""
        parts = [
            Part(self._ticker, lambda: every(_SECOND, self._tick, self._ticker)),
            Part(self._courier_pulse, lambda: self.courier.run(self._courier_lives)),
        ]
        slack = self.slack
        if slack and slack.socket_mode:
            parts.append(Part(self._lines_pulse, lambda: slack.run_lines(self._lines_pulse.beat)))
        if sharepoint := self.sharepoint:
            parts.append(Part(self._sharepoint_pulse, lambda: sharepoint.run(self._sharepoint_pulse.beat)))
        return parts

    async def start(self) -> None:
        """Take up the work and answer on the web. Raises `Problem`, `StoreError`."""
        if self.stage:
            people = self._rules.company.people.values()
            await enrol(self._store.directory, [(person.id, person.locale) for person in people])
        prepare({"en", *(person.locale for person in self._rules.company.people.values() if person.locale)})
        await self.desk.start()
        if self.stage:
            await self.stage.open(self.desk)
        for part in self._parts:
            work = keep(part, self._metrics)
            self._tasks[part.pulse.part] = asyncio.create_task(work, name=part.pulse.part)
        self._tasks["lag"] = asyncio.create_task(watch_lag(self._metrics.lag.observe), name="lag")
        if self._settings.readiness_at:
            self._calendar.daily("readiness", self._settings.readiness_at, lambda: check_all(self.desk))
        if self.sharepoint:
            self._calendar.every_minute("sharepoint", self.sharepoint.look)
        self._calendar.start()
        try:
            await self._listen()
            if self.slack:
                await self.slack.open(self._latest)
            if self.teams:
                await self.teams.open()
        except BaseException:
            await self._drain()
            raise
        self._announce()
        if self.sharepoint:
            await self.sharepoint.look()

    async def drain(self) -> None:
        """Take nothing new, finish what was begun, within ten seconds."""
        log = logger()
        log.info("service.stopping")
        try:
            async with asyncio.timeout(_DRAINED):
                await self._drain()
        except TimeoutError as error:
            alarm("service.cut_off", error, after=_DRAINED)
        log.info("service.stopped")

    async def _drain(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self._calendar.stop()
        courier = self._tasks.pop(self._courier_pulse.part, None)
        await stop(list(self._tasks.values()))  # the lines first finish what they have begun
        self._draining = True
        self.courier.wake()
        if courier:
            await asyncio.wait({courier}, timeout=_COURIER_ENDS)
            await stop([courier], within=1.0)
        if self.stage:
            await self.stage.close()
        if self.slack:
            await self.slack.close()
        if self.teams:
            await self.teams.close()
        if self.sharepoint:
            await self.sharepoint.close()
        try:
            await self.desk.close()
        except StoreError as error:
            alarm("desk.closing_failed", error)

    def _committed(self, urgency: Urgency) -> None:
        self.courier.wake(urgency)
        if self.stage:
            self.stage.committed()
        if self.sharepoint:
            self.sharepoint.committed()

    def _courier_lives(self) -> None:
        """Called at each of the courier's rounds."""
        if self._draining:
            raise Drained
        self._courier_pulse.beat()

    async def _tick(self) -> None:
        if not self.desk.alive:
            await self.desk.start()
        await (self.stage or self.desk).tick()
        skew = self._clock.skew()
        if abs(skew - self._told_skew) > _JUMP:
            self._told_skew = skew
            logger().warning("clock.jumped", seconds=round(skew.total_seconds(), 1), followed=False)

    async def _listen(self) -> None:
        needed = [part.pulse for part in self._parts if part.pulse is not self._sharepoint_pulse]
        health = Health(self._store.ping, needed)  # reports can be taken without SharePoint
        http = make_http(health, self._metrics_text)
        if self.stage:
            add_routes(http, self.stage)
        if self.slack:
            self.slack.listen(http)
        if self.teams:
            self.teams.listen(http)
        self._runner = web.AppRunner(http, access_log=None, shutdown_timeout=_REQUESTS_END)
        await self._runner.setup()
        host, port = self._settings.host, self._settings.port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            why = "another program listens there; stop it" if busy else f"{error.strerror}; check BACKLINE_HOST"
            raise Problem(f"cannot listen on {host}:{port}: {why}, or set BACKLINE_PORT to another port") from error

    def _announce(self) -> None:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        url = f"http://{host}:{self._settings.port}"
        database = shown_database(self._settings.database)
        practice = self.stage is not None
        logger().info("service.ready", url=url, database=database, plan=self._rules.plan.version, practice=practice)
        if practice and sys.stdout.isatty():
            sys.stdout.write(
                f"\n  The practice desk is at {url}\n  Ctrl+C ends it. What happens is kept in {database}\n\n"
            )
            sys.stdout.flush()

    async def _metrics_text(self) -> bytes:
        now = self._time.now()
        with contextlib.suppress(StoreError):  # /readyz says so; the other figures are wanted all the more
            self._metrics.outbox(await self._store.outbox.depth(now), now)
        state = self.desk.state  # counted here, not at each report: that must cost the same with 10,000 people out
        self._metrics.incidents.set(len(state.incidents))
        self._metrics.out.set(sum(workplace.out for workplace in state.workplaces.values()))
        for part in self._parts:
            self._metrics.age.labels(part.pulse.part).set(part.pulse.age())
        if self.sharepoint:
            self.sharepoint.measure()
        self._metrics.skew.set(self._clock.skew().total_seconds())
        return self._metrics.text()
