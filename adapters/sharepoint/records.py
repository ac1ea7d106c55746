"""What the journal says of each incident: a fold of our own, at our own place in the journal. Pure.

The desk's state is of now and knows of each project only its last closed incident; after a day without SharePoint that
is too little. Here every incident keeps its record until its row and its report are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot import events as ev
from bot.fold import evolve
from bot.situation import CoverStatus, Incident, Situation

_MOST_POINTS = 2000
_MOST_STEPS = 2000
_TOLD = (
    ev.IncidentOpened,
    ev.LevelDeclared,
    ev.ScopeReached,
    ev.CrisisLeadContacted,
    ev.CoverAsked,
    ev.CoverApproved,
    ev.CoverOnDuty,
    ev.CoverLapsed,
    ev.CoverLost,
    ev.CoverReleased,
    ev.RtoStarted,
    ev.RtoMet,
    ev.RtoBreached,
    ev.LadderExhausted,
    ev.Acknowledged,
    ev.IvrConfirmed,
    ev.FactorAnswered,
    ev.StandDownProposed,
    ev.StoodDown,
)


@dataclass(frozen=True, slots=True)
class Point:
    """An incident's numbers from `at` on, until the next point."""

    at: datetime
    out: int
    on_duty: int
    level: int | None


@dataclass(slots=True)
class Record:
    """One incident, from the first report to its stand-down. `restored`: when the last run of the clock was met."""

    number: str
    project: str
    plan: str
    opened: datetime
    now: Incident
    causes: dict[str, str | None] = field(default_factory=dict)  # by person
    cover: dict[int, set[str]] = field(default_factory=dict)  # who was on duty, by pool
    restored: datetime | None = None
    breached: bool = False
    points: list[Point] = field(default_factory=list)
    steps: list[ev.Event] = field(default_factory=list)
    left_out: int = 0  # steps that were too many

    @property
    def closed(self) -> datetime | None:
        """When it was stood down."""
        return self.now.closed_at

    def counted_causes(self) -> list[tuple[str | None, int]]:
        """The causes that people gave, the most frequent first."""
        return sorted(Counter(self.causes.values()).items(), key=lambda item: (-item[1], item[0] or "~"))

    def pools(self) -> Mapping[int, int]:
        """How many people were on duty, by pool."""
        return {pool: len(people) for pool, people in sorted(self.cover.items())}


class Records:
    """The fold. `take` every event, in the journal's order; what it gives back are the incidents that changed."""

    def __init__(self) -> None:
        self.state = Situation()
        self.by_number: dict[str, Record] = {}
        self._open: dict[str, Record] = {}  # by project

    def take(self, event: ev.Event) -> tuple[Record, ...]:
        """The incidents whose record is another one now."""
        before = self.state
        self.state = evolve(before, event)
        if isinstance(event, ev.IncidentOpened):
            self._begin(event)
        touched = tuple(self._touched(event, before))
        for record in touched:
            self._note(record, event)
        if isinstance(event, ev.StoodDown):
            self._open.pop(event.project, None)
        return touched

    def done(self, number: str) -> None:
        """Row and report of a closed incident are written: it may be forgotten."""
        if (record := self.by_number.get(number)) and record.closed:
            del self.by_number[number]

    def _begin(self, event: ev.IncidentOpened) -> None:
        """The first report comes before the incident that it opens."""
        record = Record(event.incident, event.project, event.plan, event.at, self.state.incidents[event.project])
        for person, workplace in self.state.workplaces.items():
            if event.project in workplace.projects:
                record.causes[person] = workplace.cause
        self._open[event.project] = self.by_number[event.incident] = record

    def _touched(self, event: ev.Event, before: Situation) -> Iterator[Record]:
        match event:
            case ev.AboutIncident():
                projects: tuple[str, ...] = (event.project,)
            case ev.ScopeReached():
                projects = event.projects
            case ev.AboutPerson():
                workplace = self.state.workplaces.get(event.person) or before.workplaces.get(event.person)
                projects = workplace.projects if workplace else ()
            case _:
                projects = ()
        for project in projects:
            if record := self._open.get(project):
                yield record

    def _note(self, record: Record, event: ev.Event) -> None:
        if isinstance(event, ev.StoodDown):
            record.now = self.state.closed[event.project]
        else:
            record.now = self.state.incidents[record.project]
        match event:
            case ev.AboutPerson() if workplace := self.state.workplaces.get(event.person):
                record.causes[event.person] = workplace.cause
            case ev.CoverOnDuty():
                record.cover.setdefault(event.pool, set()).add(event.person)
            case ev.RtoMet():
                record.restored = event.at
            case ev.RtoStarted():
                record.restored = None
            case ev.RtoBreached():
                record.breached = True
            case _:
                pass
        if isinstance(event, _TOLD):
            if len(record.steps) < _MOST_STEPS:
                record.steps.append(event)
            else:
                record.left_out += 1
        self._draw(record, event.at)

    def _draw(self, record: Record, at: datetime) -> None:
        now = record.now
        point = Point(at, now.seats, len(now.having(CoverStatus.ON_DUTY)), now.declared)
        points = record.points
        if points and points[-1].at >= at:  # of one instant only the outcome is drawn
            last = points.pop()
            point = Point(last.at, point.out, point.on_duty, point.level)
        if not points or (points[-1].out, points[-1].on_duty, points[-1].level) != (
            point.out,
            point.on_duty,
            point.level,
        ):
            points.append(point)
        if len(points) > _MOST_POINTS:
            del points[1 : _MOST_POINTS // 2 : 2]  # thinner where it is oldest
