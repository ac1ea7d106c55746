"""What the desk and the courier do, as log lines and metrics. Ids and numbers only."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from adapters.observe import Metrics, brief, logger
from bot import events as ev
from bot.cards import Card
from bot.commands import Command
from bot.ports import Account, Delivery, MessageRef, Messenger, SendError
from bot.situation import Situation
from bot.turn import Rejected


class DeskWatch:
    """`bot.desk.Watch`: counts and logs what was committed."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log = logger()

    def committed(self, events: Sequence[ev.Event], state: Situation) -> None:
        """These are in the journal."""
        for event in events:
            self._note(event)
        self.now_open(state)

    def now_open(self, state: Situation) -> None:
        """How much is open."""
        self._metrics.incidents.set(len(state.incidents))
        self._metrics.out.set(sum(workplace.out for workplace in state.workplaces.values()))

    def refused(self, command: Command, rejected: Rejected) -> None:
        """The rules said no."""
        self._metrics.refused.labels(rejected.code).inc()
        self._log.info(
            "command.refused",
            command=type(command).__name__,
            by=getattr(command, "by", None),
            project=getattr(command, "project", None),
            code=rejected.code,
        )

    def settled(self, seconds: float) -> None:
        """Drawing the consequences took this long."""
        self._metrics.settle.observe(seconds)

    def failed(self, what: str, error: Exception) -> None:
        """Something broke that should not."""
        self._log.error("desk.failed", what=what, error=brief(error), alarm=True)
        self._log.debug("desk.traceback", exc_info=error)

    def _note(self, event: ev.Event) -> None:
        log = self._log
        match event:
            case ev.WorkplaceReported():
                self._metrics.reports.inc()
                log.info("report.recorded", receipt=event.receipt, person=event.person, projects=list(event.projects))
            case ev.IncidentOpened():
                log.info("incident.opened", incident=event.incident, project=event.project, plan=event.plan)
            case ev.LevelDeclared():
                self._metrics.levels.labels(str(event.level)).inc()
                log.info("level.declared", incident=event.incident, level=event.level, by=event.by)
            case ev.LadderExhausted():
                self._metrics.exhausted.inc()
                log.error("ladder.exhausted", incident=event.incident, ladder=event.ladder, alarm=True)
            case ev.RtoBreached():
                log.warning("rto.breached", incident=event.incident)
            case ev.NoticeUndelivered():
                log.error("notice.undelivered", person=event.person, kind=event.kind, incident=event.incident, alarm=True)
            case ev.StoodDown():
                log.info("incident.stood_down", incident=event.incident, by=event.by)
            case _:
                log.debug("event.recorded", type=type(event).__name__, incident=getattr(event, "incident", None))


class WatchedMessenger:
    """A `Messenger`, counting how each attempt ends."""

    def __init__(self, inner: Messenger, metrics: Metrics, elapsed: Callable[[], float] = time.monotonic) -> None:
        self.platform = inner.platform
        self._inner = inner
        self._metrics = metrics
        self._elapsed = elapsed

    async def send(self, to: Account, card: Card, delivery: Delivery) -> MessageRef:
        """Show a new card, once. Raises `SendError`."""
        begun = self._elapsed()
        try:
            found = await self._inner.send(to, card, delivery)
        except SendError as error:
            self._failed(error)
            raise
        self._count("sent")
        notice, took = delivery.notice, round(self._elapsed() - begun, 3)
        logger().info(
            "notice.sent", kind=notice.kind, to=notice.to, incident=notice.incident, platform=self.platform, seconds=took
        )
        return found

    async def update(self, message: MessageRef, to: Account, card: Card) -> MessageRef:
        """Change a card that is there. Raises `SendError`."""
        try:
            found = await self._inner.update(message, to, card)
        except SendError as error:
            self._failed(error)
            raise
        self._count("updated")
        return found

    def _failed(self, error: SendError) -> None:
        self._count("failed" if error.permanent else "ambiguous" if error.ambiguous else "later")

    def _count(self, result: str) -> None:
        self._metrics.sends.labels(self.platform, result).inc()
