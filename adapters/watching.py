"""What the desk and the courier do, as log lines and metrics. Ids and numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from adapters.observe import Metrics, alarm, logger
from bot import events as ev
from bot.commands import Command
from bot.ports import Delivery
from bot.situation import Situation
from bot.turn import Rejected


class Watching:
    """`bot.desk.Watch` and `bot.courier.SendWatch`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log = logger()

    def committed(self, events: Sequence[ev.Event], state: Situation) -> None:  # noqa: ARG002 - the port gives it
        """These are in the journal."""
        for event in events:
            self._note(event)

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

    def delivered(self, delivery: Delivery, platform: str, outcome: str) -> None:
        """`outcome`: sent, updated, later, dead or elsewhere."""
        self._metrics.sends.labels(platform, outcome).inc()
        notice = delivery.notice
        levels = {"dead": self._log.error, "later": self._log.warning, "elsewhere": self._log.warning}
        log = levels.get(outcome, self._log.info)
        if delivery.is_refresh and outcome == "updated":
            log = self._log.debug
        name = "card.updated" if outcome == "updated" else f"notice.{outcome}"
        log(name, kind=notice.kind, to=notice.to, incident=notice.incident, platform=platform, attempt=delivery.attempt)

    def reaches(self, platform: str, *, up: bool) -> None:
        """A platform that took messages takes none now, or takes them again."""
        self._metrics.up.labels(platform).set(up)
        if up:
            self._log.info("platform.up", platform=platform)
        else:
            self._log.error("platform.down", platform=platform, alarm=True)

    def failed(self, what: str, error: Exception) -> None:
        """Something broke that should not; desk and courier go on."""
        alarm("work.failed", error, what=what)

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
                log.error(
                    "notice.undelivered", person=event.person, kind=event.kind, incident=event.incident, alarm=True
                )
            case ev.StoodDown():
                log.info("incident.stood_down", incident=event.incident, by=event.by)
            case ev.RoleChanged():
                told = (
                    log.warning if event.source == "file" else log.info
                )  # the file has undone what a chat had changed
                told("role.changed", role=event.role, project=event.project, by=event.by, source=event.source)
            case ev.RolesConflicted():
                log.warning("role.conflict", role=event.role, project=event.project, by=event.by)
            case ev.RoleRowRefused():
                log.warning("role.row_refused", row=event.row, role=event.role, project=event.project, why=event.why)
            case _:
                log.debug("event.recorded", type=type(event).__name__, incident=getattr(event, "incident", None))


class Requests:
    """Counts what one chat platform delivers."""

    def __init__(self, metrics: Metrics, platform: str) -> None:
        self._counter = cache(partial(metrics.requests.labels, platform))

    def requested(self, kind: str, result: str) -> None:
        """`kind` of request; `result`: taken, again, or why it was turned away. All words of ours, so they are few."""
        self._counter(kind, result).inc()
