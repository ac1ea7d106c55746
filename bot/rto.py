"""The clock of the recovery time objective. PLAN §2 "RTO clock"."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import events as ev
from bot.situation import Incident
from bot.turn import Turn

Warnings = tuple[tuple[int, datetime], ...]


def assess_rto(turn: Turn, project: str) -> None:
    """Start a run when a seat opens, move its due time with the level, stop it when restored."""
    incident = turn.incident(project)
    rto, restored = incident.rto, is_restored(turn, incident)
    running = rto is not None and rto.state == "running"
    if not running and not restored and incident.reopened_at and incident.declared:
        due = incident.reopened_at + _objective(turn, incident)
        warnings = _warnings(turn, incident.reopened_at, due, turn.rules.plan.rto_warnings)
        turn.add(ev.RtoStarted(incident.reopened_at, project, incident.number, due, warnings))
    elif running and rto and restored:
        turn.add(ev.RtoMet(turn.now, project, incident.number))
    elif running and rto and (due := rto.start + _objective(turn, incident)) != rto.due:
        warnings = _warnings(turn, rto.start, due, tuple(percent for percent, _ in rto.warnings))
        turn.add(ev.RtoMoved(turn.now, project, incident.number, due, warnings))


def is_restored(turn: Turn, incident: Incident) -> bool:
    """Every seat has someone on duty, nobody is out, or calls go to voicemail at a level where that counts."""
    if incident.on_duty >= incident.seats:
        return True
    level = turn.rules.plan.levels.get(incident.declared or 0)
    return bool(incident.ivr_by and level and level.ivr)


def _objective(turn: Turn, incident: Incident) -> timedelta:
    return turn.rules.plan.levels[incident.declared or 1].rto


def _warnings(turn: Turn, start: datetime, due: datetime, waiting: tuple[int, ...]) -> Warnings:
    """The warnings of a run: those still `waiting`, and those given before that lie ahead again."""
    planned = [(percent, start + (due - start) * percent / 100) for percent in turn.rules.plan.rto_warnings]
    return tuple((percent, at) for percent, at in planned if percent in waiting or at > turn.now)
