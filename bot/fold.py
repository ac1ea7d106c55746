"""The fold: what each event makes of the state. No rules here; the event has the decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import singledispatch
from typing import TypeVar

from bot import events as ev
from bot.situation import (
    COVERED,
    OPEN,
    Cover,
    CoverStatus,
    Incident,
    LadderState,
    RoleConflict,
    RoleHeld,
    Rto,
    Situation,
    Workplace,
    altered,
)

V = TypeVar("V")
NOWHERE: frozenset[str] = frozenset()


def fold(events: Iterable[ev.Event], start: Situation | None = None) -> Situation:
    """The state after these events."""
    state = start or Situation()
    for event in events:
        state = evolve(state, event)
    return state


def evolve(state: Situation, event: ev.Event) -> Situation:
    """The state after one more event."""
    return _HANDLERS[type(event)](event, state)


@singledispatch
def _on(event: ev.Event, state: Situation) -> Situation:  # noqa: ARG001 - the default: events that change no state
    return state


def _without_key(mapping: Mapping[str, V], key: str) -> dict[str, V]:
    return {name: value for name, value in mapping.items() if name != key}


# --- workplaces -------------------------------------------------------------------------------------------


def _workplace(state: Situation, workplace: Workplace) -> Situation:
    return altered(state, workplaces=state.workplaces.insert(workplace.person, workplace))


def _incidents_of(state: Situation, workplace: Workplace) -> Iterator[Incident]:
    return (incident for name in workplace.projects if (incident := state.incidents.get(name)))


@_on.register
def _(event: ev.WorkplaceReported, state: Situation) -> Situation:
    workplace = Workplace(
        event.person, event.receipt, event.at, event.projects, event.cause, event.answer_due, event.move_due
    )
    return _place(altered(state, receipts=event.receipt), workplace, event.at)


@_on.register
def _(event: ev.ReportAmended, state: Situation) -> Situation:
    return _workplace(state, altered(state.workplaces[event.person], cause=event.cause))


@_on.register
def _(event: ev.MoveAnswered, state: Situation) -> Situation:
    workplace = state.workplaces[event.person]
    return _workplace(state, altered(workplace, can_move=event.can_move, answer_due=None))


@_on.register
def _(event: ev.PersonMoving, state: Situation) -> Situation:
    return _place(state, altered(state.workplaces[event.person], out=False), event.at)


@_on.register
def _(event: ev.PersonOut, state: Situation) -> Situation:
    return _place(state, altered(state.workplaces[event.person], answer_due=None, out=True), event.at)


@_on.register
def _(event: ev.WorkplaceCleared, state: Situation) -> Situation:
    workplace = state.workplaces[event.person]
    if workplace.out and workplace.projects:
        state = altered(state, out_agents=state.out_agents - 1)
    for incident in _incidents_of(state, workplace):
        state = _incident(state, _without(incident, event.person))
    return altered(
        state, workplaces=state.workplaces.remove(event.person), cleared=state.cleared.insert(event.person, event)
    )


def _without(incident: Incident, person: str) -> Incident:
    if person in incident.out:
        return altered(incident, out=incident.out.remove(person))
    if person in incident.moving:
        return altered(incident, moving=incident.moving.remove(person))
    return incident


def _place(state: Situation, workplace: Workplace, at: datetime) -> Situation:
    """The person counts as out or moving in each of their projects' incidents."""
    person, out = workplace.person, workplace.out
    known = state.workplaces.get(person)
    was_out = known is not None and known.out
    incidents = dict(state.incidents)
    for incident in _incidents_of(state, workplace):
        left = _without(incident, person)
        incidents[incident.project] = _with_out(left, person, at) if out else _with_moving(left, person, at)
    return altered(
        state,
        workplaces=state.workplaces.insert(person, workplace),
        incidents=incidents,
        out_agents=state.out_agents + (out - was_out if workplace.projects else 0),
    )


def _with_out(incident: Incident, person: str, at: datetime) -> Incident:
    out = incident.out.insert(person, at)
    return altered(
        incident,
        out=out,
        worst_out=max(incident.worst_out, len(out)),
        reopened_at=incident.reopened_at or at,
        stand_down_proposed=False,
        surplus_proposed=frozenset(),
    )


def _with_moving(incident: Incident, person: str, at: datetime) -> Incident:
    return altered(incident, moving=incident.moving.insert(person, at), stand_down_proposed=False)


# --- the incident -----------------------------------------------------------------------------------------


def _incident(state: Situation, incident: Incident) -> Situation:
    return altered(state, incidents={**state.incidents, incident.project: incident})


@_on.register
def _(event: ev.IncidentOpened, state: Situation) -> Situation:
    year, count = event.incident.split("-")
    state = altered(state, numbers={**state.numbers, int(year): int(count)})
    return _incident(state, Incident(event.incident, event.project, event.at, event.plan))


@_on.register
def _(event: ev.LevelRecommended, state: Situation) -> Situation:
    incident = altered(state.incidents[event.project], recommended=event.level, assessed=event)
    if event.level is None or event.level >= (incident.declared or 0):
        incident = altered(incident, lower_proposed=None)
    return _incident(state, incident)


@_on.register
def _(event: ev.LevelDeclared, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    return _incident(
        state,
        altered(
            incident,
            declared=event.level,
            declared_by=event.by,
            note=event.note,
            lower_proposed=None,
            worst_level=max(incident.worst_level, event.level),
        ),
    )


@_on.register
def _(event: ev.LowerLevelProposed, state: Situation) -> Situation:
    return _incident(state, altered(state.incidents[event.project], lower_proposed=event.level))


@_on.register
def _(event: ev.StandDownProposed, state: Situation) -> Situation:
    """Quiet: whoever has acknowledged is asked anew when somebody goes out again."""
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, stand_down_proposed=True, acknowledged_by=None, acknowledged_at=None))


@_on.register
def _(event: ev.CrisisLeadContacted, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    contacted = incident.contacted | set(event.people)
    return _incident(state, altered(incident, crisis_level=event.level, contacted=contacted))


@_on.register
def _(event: ev.RoomOpened, state: Situation) -> Situation:
    return _incident(state, altered(state.incidents[event.project], room=event.name))


@_on.register
def _(event: ev.ScopeReached, state: Situation) -> Situation:
    for name in event.projects:
        if incident := state.incidents.get(name):
            state = _incident(state, altered(incident, scopes=incident.scopes | {event.scope}))
    return altered(state, scopes=state.scopes | {event.scope})


@_on.register
def _(event: ev.ScopeLeft, state: Situation) -> Situation:
    return altered(state, scopes=state.scopes - {event.scope})


@_on.register
def _(event: ev.IvrConfirmed, state: Situation) -> Situation:
    return _incident(state, altered(state.incidents[event.project], ivr_by=event.by))


@_on.register
def _(event: ev.FactorsAsked, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    factors: dict[str, bool | None] = dict.fromkeys(event.factors)
    return _incident(state, altered(incident, factors=factors, factors_level=event.level))


@_on.register
def _(event: ev.FactorAnswered, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, factors={**incident.factors, event.factor: event.holds}))


@_on.register
def _(event: ev.StoodDown, state: Situation) -> Situation:
    engaged = state.engaged
    for person in event.released:
        engaged = engaged.remove(person)
    done = altered(state.incidents[event.project], closed_at=event.at, closed_by=event.by)
    return altered(
        state,
        engaged=engaged,
        incidents=_without_key(state.incidents, event.project),
        closed={**state.closed, event.project: done},
    )


# --- cover ------------------------------------------------------------------------------------------------


def _on_duty(incident: Incident, person: str) -> bool:
    known = incident.covers.get(person)
    return known is not None and known.status is CoverStatus.ON_DUTY


def _covers(state: Situation, project: str, people: Mapping[str, Cover | None], at: datetime) -> Situation:
    """Set (None: forget) what these people are to the project's incident, and the indexes by person with it."""
    incident = state.incidents[project]
    covers, engaged, pending = dict(incident.covers), state.engaged, state.pending
    for person, cover in people.items():
        status = cover.status if cover else None
        if not incident.reopened_at and _on_duty(incident, person) and status not in COVERED:
            incident = altered(incident, reopened_at=at)
        if cover:
            covers[person] = cover
        else:
            covers.pop(person, None)
        before = pending.get(person, NOWHERE)
        after = before | {project} if status in OPEN else before - {project}
        if after != before:
            pending = pending.insert(person, after) if after else pending.remove(person)
        if status in COVERED:
            engaged = engaged.insert(person, project)
        elif engaged.get(person) == project:
            engaged = engaged.remove(person)
    incidents = {**state.incidents, project: altered(incident, covers=covers)}
    return altered(state, engaged=engaged, pending=pending, incidents=incidents)


def _same(state: Situation, event: ev.AboutIncident, people: Iterable[str], cover: Cover | None) -> Situation:
    """All of them are the same to the incident."""
    return _covers(state, event.project, dict.fromkeys(people, cover), event.at)


def _moved(state: Situation, event: ev.AboutIncident, people: Iterable[str], status: CoverStatus) -> Situation:
    """The people keep the pool they have."""
    known = state.incidents[event.project].covers
    pools = {person: known[person].pool if person in known else 0 for person in people}
    covers = {person: Cover(status, pool, event.at) for person, pool in pools.items()}
    return _covers(state, event.project, covers, event.at)


def _decided(state: Situation, event: ev.AboutIncident, by: str) -> Situation:
    return _incident(state, altered(state.incidents[event.project], decided_by=by, decided_at=event.at))


@_on.register
def _(event: ev.CoverAsked, state: Situation) -> Situation:
    cover = Cover(CoverStatus.ASKED, event.pool, event.at, event.due)
    return _same(state, event, event.people, cover)


@_on.register
def _(event: ev.CoverOffered, state: Situation) -> Situation:
    cover = Cover(CoverStatus.OFFERED, event.pool, event.at, event.decide_by)
    return _same(state, event, (event.person,), cover)


@_on.register
def _(event: ev.CoverRefused, state: Situation) -> Situation:
    return _moved(state, event, (event.person,), CoverStatus.DECLINED)


@_on.register
def _(event: ev.CoverTimedOut, state: Situation) -> Situation:
    return _moved(state, event, event.people, CoverStatus.TIMED_OUT)


@_on.register
def _(event: ev.CoverWithdrawn, state: Situation) -> Situation:
    return _same(state, event, event.people, None)


@_on.register
def _(event: ev.CoverApproved, state: Situation) -> Situation:
    cover = Cover(CoverStatus.APPROVED, event.pool, event.at, event.due)
    return _decided(_same(state, event, event.people, cover), event, event.by)


@_on.register
def _(event: ev.CoverDeclined, state: Situation) -> Situation:
    return _decided(_moved(state, event, event.people, CoverStatus.DECLINED), event, event.by)


@_on.register
def _(event: ev.CoverOnDuty, state: Situation) -> Situation:
    cover = Cover(CoverStatus.ON_DUTY, event.pool, event.at)
    return _same(state, event, (event.person,), cover)


@_on.register
def _(event: ev.CoverLapsed, state: Situation) -> Situation:
    return _moved(state, event, event.people, CoverStatus.LAPSED)


@_on.register
def _(event: ev.CoverLost, state: Situation) -> Situation:
    return _same(state, event, (event.person,), None)


@_on.register
def _(event: ev.CoverReleased, state: Situation) -> Situation:
    state = _same(state, event, event.people, None)
    incident = state.incidents[event.project]
    people = set(event.people)
    return _incident(
        state,
        altered(incident, surplus_proposed=incident.surplus_proposed - people, released=incident.released | people),
    )


@_on.register
def _(event: ev.SurplusProposed, state: Situation) -> Situation:
    return _incident(state, altered(state.incidents[event.project], surplus_proposed=frozenset(event.people)))


# --- clocks -----------------------------------------------------------------------------------------------


def _rto(state: Situation, event: ev.AboutIncident, rto: Rto) -> Situation:
    incident = altered(state.incidents[event.project], rto=rto)
    if not isinstance(event, ev.RtoMoved | ev.RtoWarned):  # the clock started or stopped
        incident = altered(incident, reopened_at=None)
    return _incident(state, incident)


def _running(state: Situation, event: ev.AboutIncident) -> Rto:
    rto = state.incidents[event.project].rto
    if rto is None:
        msg = f"{event.incident}: the journal changes an RTO clock that never started"
        raise ValueError(msg)
    return rto


@_on.register
def _(event: ev.RtoStarted, state: Situation) -> Situation:
    return _rto(state, event, Rto(event.at, event.due, "running", event.warnings))


@_on.register
def _(event: ev.RtoMoved, state: Situation) -> Situation:
    return _rto(state, event, altered(_running(state, event), due=event.due, warnings=event.warnings))


@_on.register
def _(event: ev.RtoWarned, state: Situation) -> Situation:
    rto = _running(state, event)
    left = tuple(warning for warning in rto.warnings if warning[0] != event.percent)
    return _rto(state, event, altered(rto, warnings=left))


@_on.register
def _(event: ev.RtoMet, state: Situation) -> Situation:
    return _rto(state, event, altered(_running(state, event), state="met"))


@_on.register
def _(event: ev.RtoBreached, state: Situation) -> Situation:
    return _rto(state, event, altered(_running(state, event), state="breached"))


def _ladder(state: Situation, event: ev.AboutIncident, kind: str, ladder: LadderState) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, ladders={**incident.ladders, kind: ladder}))


@_on.register
def _(event: ev.LadderContacted, state: Situation) -> Situation:
    ladder = LadderState(event.step, event.due, event.person, event.round)
    state = _ladder(state, event, event.ladder, ladder)
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, contacted=incident.contacted | {event.person}))


@_on.register
def _(event: ev.LadderExhausted, state: Situation) -> Situation:
    ladder = state.incidents[event.project].ladders.get(event.ladder)
    return _ladder(state, event, event.ladder, LadderState(ladder.step if ladder else 0, None))


@_on.register
def _(event: ev.LadderEnded, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, ladders=_without_key(incident.ladders, event.ladder)))


@_on.register
def _(event: ev.Acknowledged, state: Situation) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, altered(incident, ladders={}, acknowledged_by=event.by, acknowledged_at=event.at))


# --- the roles matrix -------------------------------------------------------------------------------------


def _settled(state: Situation, event: ev.RoleChanged | ev.RoleKept) -> Situation:
    """Whatever is decided about the row ends its conflict."""
    key = (event.role, event.project)
    conflict = state.role_conflicts.get(key)
    if conflict is None or conflict.settled:
        return state
    over = replace(conflict, settled=(event.by, event.at))
    return altered(state, role_conflicts={**state.role_conflicts, key: over})


@_on.register
def _(event: ev.RoleChanged, state: Situation) -> Situation:
    held = RoleHeld(event.people, event.filed, event.at, event.by, event.source)
    return _settled(altered(state, roles={**state.roles, (event.role, event.project): held}), event)


@_on.register
def _(event: ev.RolesConflicted, state: Situation) -> Situation:
    conflict = RoleConflict(event.ours, event.theirs, event.by, event.at)
    return altered(state, role_conflicts={**state.role_conflicts, (event.role, event.project): conflict})


@_on.register
def _(event: ev.RoleKept, state: Situation) -> Situation:
    return _settled(state, event)


@_on.register
def _(event: ev.RoleRowRefused, state: Situation) -> Situation:
    return altered(state, role_faults={**state.role_faults, event.row: event})


@_on.register
def _(event: ev.RoleRowMended, state: Situation) -> Situation:
    return altered(state, role_faults=_without_key(state.role_faults, event.row))


# --- the records elsewhere --------------------------------------------------------------------------------


@_on.register
def _(event: ev.SyncStopped, state: Situation) -> Situation:
    return altered(state, sync_trouble=event.trouble)


@_on.register
def _(event: ev.SyncWentOn, state: Situation) -> Situation:  # noqa: ARG001 - that it happened is all there is
    return altered(state, sync_trouble=None)


_HANDLERS = {kind: _on.dispatch(kind) for kind in ev.EVENTS}  # found once, because looking costs as much as folding
