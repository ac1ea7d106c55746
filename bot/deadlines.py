"""What falls due when, and what happens then. PLAN §2 "Time", §3.

A deadline is not a row of its own: it is part of the state, so it lives and dies with the event that set it, fires by
appending an event, and the journal's optimistic lock lets only one process do so (docs/decisions/030-deadlines.md).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

from bot import events as ev
from bot.ladder import contact, next_step, rungs, undecided_since
from bot.situation import CoverStatus, Incident, Situation, Workplace
from bot.turn import Turn

Key = tuple[str, str]  # ("workplace", person) or ("incident", project)


class Agenda:
    """The deadlines of a state in the order they fall due; told of every event, so that looking costs O(log n)."""

    def __init__(self, state: Situation) -> None:
        self._heap: list[tuple[datetime, Key]] = []
        for person in state.workplaces:
            self._push(state, ("workplace", person))
        for project in state.incidents:
            self._push(state, ("incident", project))

    def note(self, events: Iterable[ev.Event], state: Situation) -> None:
        """These events led to `state`."""
        for key in dict.fromkeys(_keys(events)):
            self._push(state, key)

    def next_due(self, state: Situation) -> datetime | None:
        """The earliest deadline of `state`."""
        while self._heap:
            due, key = self._heap[0]
            if _earliest(state, key) == due:
                return due
            heapq.heappop(self._heap)
        return None

    def _push(self, state: Situation, key: Key) -> None:
        if (due := _earliest(state, key)) is not None:
            heapq.heappush(self._heap, (due, key))

    def take(self, state: Situation, now: datetime) -> list[tuple[datetime, Key]]:
        """What is due by `now`, each key once; firing it must change the state or it is due again."""
        found: dict[Key, datetime] = {}
        while (due := self.next_due(state)) is not None and due <= now:
            _, key = heapq.heappop(self._heap)
            found.setdefault(key, due)
        return sorted((due, key) for key, due in found.items())


def _keys(events: Iterable[ev.Event]) -> Iterator[Key]:
    for event in events:
        if isinstance(event, ev.AboutPerson):
            yield "workplace", event.person
        elif isinstance(event, ev.AboutIncident):
            yield "incident", event.project


def _earliest(state: Situation, key: Key) -> datetime | None:
    kind, name = key
    if kind == "workplace":
        workplace = state.workplaces.get(name)
        return _workplace_due(workplace) if workplace else None
    incident = state.incidents.get(name)
    return min(_incident_dues(incident), default=None) if incident else None


def _workplace_due(workplace: Workplace) -> datetime | None:
    return None if workplace.out else workplace.answer_due or workplace.move_due


def _incident_dues(incident: Incident) -> Iterator[datetime]:
    for cover in incident.covers.values():
        if cover.status in (CoverStatus.ASKED, CoverStatus.APPROVED) and cover.due:
            yield cover.due
    if incident.rto and incident.rto.state == "running":
        yield incident.rto.due
        yield from (at for _, at in incident.rto.warnings)
    yield from (ladder.due for ladder in incident.ladders.values() if ladder.due)
    if undecided := undecided_since(incident):
        yield undecided


def fire(turn: Turn, due: Iterable[tuple[datetime, Key]]) -> None:
    """Apply these deadlines: people first, so that what their seats mean is known before any clock is looked at."""
    keys = list(due)
    for _, (kind, name) in keys:
        if kind == "workplace":
            _fire_workplace(turn, turn.state.workplaces[name])
    for _, (kind, name) in keys:
        if kind == "incident":
            _fire_covers(turn, name)
            _fire_rto(turn, name)
            _fire_ladders(turn, name)


def _fire_workplace(turn: Turn, workplace: Workplace) -> None:
    due = _workplace_due(workplace)
    if due is None or due > turn.now:
        return
    why: Literal["no_answer", "not_moved_in_time"] = "no_answer" if workplace.answer_due else "not_moved_in_time"
    turn.add(ev.PersonOut(due, workplace.person, None, why))


def _fire_covers(turn: Turn, project: str) -> None:
    incident = turn.incident(project)
    late = [(person, cover) for person, cover in sorted(incident.covers.items()) if cover.due and cover.due <= turn.now]
    silent = tuple(person for person, cover in late if cover.status is CoverStatus.ASKED)
    if silent:
        turn.add(ev.CoverTimedOut(turn.now, project, incident.number, silent))
    missing = tuple(person for person, cover in late if cover.status is CoverStatus.APPROVED)
    if missing:
        turn.add(ev.CoverLapsed(turn.now, project, incident.number, missing))


def _fire_rto(turn: Turn, project: str) -> None:
    incident = turn.incident(project)
    rto = incident.rto
    if rto is None or rto.state != "running":
        return
    if rto.due <= turn.now:
        turn.add(ev.RtoBreached(rto.due, project, incident.number))
        return
    for percent, at in rto.warnings:
        if at <= turn.now:
            turn.add(ev.RtoWarned(at, project, incident.number, percent))


def _fire_ladders(turn: Turn, project: str) -> None:
    for kind, ladder in sorted(turn.incident(project).ladders.items()):
        if ladder.due and ladder.due <= turn.now:
            step = next_step(ladder, rungs(turn.rules, project))
            contact(turn, project, "offers" if kind == "offers" else "report", step)
    undecided = undecided_since(turn.incident(project))
    if undecided and undecided <= turn.now:
        contact(turn, project, "offers", 0)
