"""What the journal says about the past: tally and level over time for the plots, and the latest events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import events as ev
from bot.deadlines import Agenda
from bot.fold import evolve
from bot.ports import Entry, Journal
from bot.records import from_record
from bot.situation import Incident, Situation

PAGE = 1000
KEPT_EVENTS = 500
KEPT_POINTS = 2000


@dataclass(frozen=True, slots=True)
class Point:
    """A project's numbers from `at` (aware UTC) on, until the next point."""

    at: datetime
    out: int
    moving: int
    on_duty: int
    declared: int | None


class History:
    """A fold of the journal that keeps each project's current incident (or its last) as points."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seq = 0
        self._reading = asyncio.Lock()
        self._state = Situation()
        self._agenda = Agenda(self._state)
        self._points: dict[str, deque[Point]] = {}
        self._events: deque[tuple[int, ev.Event]] = deque(maxlen=KEPT_EVENTS)

    @property
    def seq(self) -> int:
        """The last entry read."""
        return self._seq

    async def catch_up(self) -> None:
        """Read what is newer."""
        async with self._reading:
            while entries := await self._journal.read(self._seq, PAGE):
                for entry in entries:
                    self._take(entry)

    def _take(self, entry: Entry) -> None:
        event = from_record(entry)
        self._state = evolve(self._state, event)
        self._agenda.note([event], self._state)
        self._events.append((entry.seq, event))
        self._note(event)
        self._seq = entry.seq

    def next_due(self) -> datetime | None:
        """The earliest deadline that has not fired."""
        return self._agenda.next_due(self._state)

    def points(self, project: str) -> Sequence[Point]:
        """From the incident's first report on, oldest first."""
        return tuple(self._points.get(project, ()))

    def latest(self, limit: int) -> Sequence[tuple[int, ev.Event]]:
        """The latest events with their seq, newest first."""
        return list(self._events)[: -limit - 1 : -1]

    def last_incident(self, project: str) -> Incident | None:
        """The project's open incident, else the last that was closed."""
        return self._state.incidents.get(project) or self._state.closed.get(project)

    def _note(self, event: ev.Event) -> None:
        match event:
            case ev.IncidentOpened():
                self._points[event.project] = deque(maxlen=KEPT_POINTS)
                projects: tuple[str, ...] = (event.project,)
            case ev.AboutIncident():
                projects = (event.project,)
            case ev.AboutPerson():
                projects = tuple(self._state.incidents)
            case _:
                projects = ()
        for project in projects:
            self._add(project, event.at)

    def _add(self, project: str, at: datetime) -> None:
        incident, points = self.last_incident(project), self._points.get(project)
        if incident is None or points is None:
            return
        point = Point(at, incident.seats, len(incident.moving), incident.on_duty, incident.declared)
        if points and points[-1].at >= at:  # of one instant only the outcome is drawn
            point = Point(points.pop().at, point.out, point.moving, point.on_duty, point.declared)
        if not points or _figures(points[-1]) != _figures(point):
            points.append(point)


def _figures(point: Point) -> tuple[int, int, int, int | None]:
    return point.out, point.moving, point.on_duty, point.declared
