"""The state: all that is open now, as a fold of the journal. No rules, no plan, no clock.

Everything is frozen; the maps are persistent (an update shares all that it does not change), so that a tentative
state costs little and can be thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import singledispatch
from typing import Literal

from immutables import Map

from bot import events as ev


@dataclass(frozen=True, slots=True)
class Workplace:
    """A person's disrupted workplace. `since`: when they began to count as out."""

    person: str
    receipt: int
    reported_at: datetime
    projects: tuple[str, ...]
    cause: str | None
    answer_due: datetime | None
    move_due: datetime
    can_move: bool | None = None
    out: bool = False


class CoverStatus(StrEnum):
    """Where a person stands as cover for one incident."""

    ASKED = "asked"
    OFFERED = "offered"
    APPROVED = "approved"
    ON_DUTY = "on_duty"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    LAPSED = "lapsed"


OPEN = frozenset({CoverStatus.ASKED, CoverStatus.OFFERED})
COVERED = frozenset({CoverStatus.APPROVED, CoverStatus.ON_DUTY})


@dataclass(frozen=True, slots=True)
class Cover:
    """`due`: for asked, when silence counts; for offered, when the ladder starts; for approved, when duty was to begin."""

    status: CoverStatus
    pool: int
    since: datetime
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class LadderState:
    """How far a ladder has come. `due` None: exhausted. An acknowledged or ended ladder is not kept."""

    step: int
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Rto:
    """One run of the RTO clock."""

    start: datetime
    due: datetime
    state: Literal["running", "met", "breached"]
    warnings: tuple[tuple[int, datetime], ...]  # still to come



@dataclass(frozen=True, slots=True)
class Incident:
    """One project's disruption, from first report to stand-down."""

    number: str
    project: str
    opened_at: datetime
    plan: str
    out: Map[str, datetime] = field(default_factory=Map)
    moving: Map[str, datetime] = field(default_factory=Map)
    covers: Map[str, Cover] = field(default_factory=Map)
    recommended: int | None = None
    declared: int | None = None
    declared_by: str | None = None
    note: str | None = None
    assessed: ev.LevelRecommended | None = None
    lower_proposed: int | None = None
    stand_down_proposed: bool = False
    surplus_proposed: frozenset[str] = frozenset()
    rto: Rto | None = None
    reopened_at: datetime | None = None  # first seat that lost or never had somebody on duty, since the clock last stopped
    decided_by: str | None = None
    decided_at: datetime | None = None
    ladders: Map[str, LadderState] = field(default_factory=Map)
    contacted: frozenset[str] = frozenset()
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    crisis_level: int = 0
    ivr_by: str | None = None
    factors_level: int | None = None
    factors: Map[str, bool | None] = field(default_factory=Map)
    scopes: frozenset[str] = frozenset()
    worst_out: int = 0
    worst_level: int = 0

    @property
    def seats(self) -> int:
        """Seats to be covered: the agents who are out."""
        return len(self.out)

    def having(self, *statuses: CoverStatus) -> tuple[str, ...]:
        """The people with one of these cover statuses."""
        return tuple(person for person, cover in self.covers.items() if cover.status in statuses)

    @property
    def covered(self) -> tuple[str, ...]:
        """Approved for the project, on duty or not."""
        return self.having(*COVERED)

    @property
    def open_seats(self) -> int:
        """Seats nobody is approved for."""
        return max(0, self.seats - len(self.covered))

    @property
    def on_duty(self) -> int:
        """How many are on duty."""
        return len(self.having(CoverStatus.ON_DUTY))


@dataclass(frozen=True, slots=True)
class Situation:
    """What is open: disrupted workplaces by person, incidents by project."""

    workplaces: Map[str, Workplace] = field(default_factory=Map)
    incidents: Map[str, Incident] = field(default_factory=Map)
    engaged: Map[str, str] = field(default_factory=Map)  # approved or on duty: person → project
    pending: Map[str, frozenset[str]] = field(default_factory=Map)  # open question or offer: person → projects
    out_agents: int = 0
    receipts: int = 0
    numbers: Map[int, int] = field(default_factory=Map)  # year → incidents so far

    def incident(self, project: str) -> Incident | None:
        """The project's open incident."""
        return self.incidents.get(project)


def fold(events: Iterable[ev.Event], start: Situation | None = None) -> Situation:
    """The state after these events."""
    state = start or Situation()
    for event in events:
        state = evolve(state, event)
    return state


@singledispatch
def evolve(state: Situation, event: ev.Event) -> Situation:  # noqa: ARG001 - the default: events that change no state
    """The state after one more event."""
    return state


def walk_covers(state: Situation) -> Iterator[tuple[Incident, str, Cover]]:
    """Every cover of every open incident."""
    for incident in state.incidents.values():
        for person, cover in incident.covers.items():
            yield incident, person, cover


# --- workplaces -------------------------------------------------------------------------------------------


def _workplace(state: Situation, workplace: Workplace) -> Situation:
    return replace(state, workplaces=state.workplaces.set(workplace.person, workplace))


def _incidents_of(state: Situation, workplace: Workplace) -> Iterator[Incident]:
    return (incident for name in workplace.projects if (incident := state.incidents.get(name)))


@evolve.register
def _(state: Situation, event: ev.WorkplaceReported) -> Situation:
    workplace = Workplace(
        event.person, event.receipt, event.at, event.projects, event.cause, event.answer_due, event.move_due
    )
    state = replace(state, receipts=event.receipt)
    return _place(_workplace(state, workplace), workplace, out=False, at=event.at)


@evolve.register
def _(state: Situation, event: ev.ReportAmended) -> Situation:
    return _workplace(state, replace(state.workplaces[event.person], cause=event.cause))


@evolve.register
def _(state: Situation, event: ev.MoveAnswered) -> Situation:
    workplace = state.workplaces[event.person]
    return _workplace(state, replace(workplace, can_move=event.can_move, answer_due=None))


@evolve.register
def _(state: Situation, event: ev.PersonMoving) -> Situation:
    workplace = state.workplaces[event.person]
    if workplace.out and workplace.projects:
        state = replace(state, out_agents=state.out_agents - 1)
    return _place(state, workplace, out=False, at=event.at)


@evolve.register
def _(state: Situation, event: ev.PersonOut) -> Situation:
    workplace = state.workplaces[event.person]
    if workplace.projects:
        state = replace(state, out_agents=state.out_agents + 1)
    return _place(state, replace(workplace, answer_due=None), out=True, at=event.at)


@evolve.register
def _(state: Situation, event: ev.WorkplaceCleared) -> Situation:
    workplace = state.workplaces[event.person]
    if workplace.out and workplace.projects:
        state = replace(state, out_agents=state.out_agents - 1)
    for incident in _incidents_of(state, workplace):
        state = _incident(state, _without(incident, event.person))
    return replace(state, workplaces=state.workplaces.delete(event.person))


def _without(incident: Incident, person: str) -> Incident:
    if person in incident.out:
        return replace(incident, out=incident.out.delete(person))
    if person in incident.moving:
        return replace(incident, moving=incident.moving.delete(person))
    return incident


def _reopened(incident: Incident, at: datetime) -> Incident:
    return incident if incident.reopened_at else replace(incident, reopened_at=at)


def _place(state: Situation, workplace: Workplace, *, out: bool, at: datetime) -> Situation:
    person = workplace.person
    state = _workplace(state, replace(workplace, out=out))
    for found in _incidents_of(state, workplace):
        incident = _without(found, person)
        if out:
            incident = replace(
                incident, out=incident.out.set(person, at), stand_down_proposed=False, surplus_proposed=frozenset()
            )
            incident = _reopened(replace(incident, worst_out=max(incident.worst_out, incident.seats)), at)
        else:
            incident = replace(incident, moving=incident.moving.set(person, at), stand_down_proposed=False)
        state = _incident(state, incident)
    return state


# --- the incident -----------------------------------------------------------------------------------------


def _incident(state: Situation, incident: Incident) -> Situation:
    return replace(state, incidents=state.incidents.set(incident.project, incident))


@evolve.register
def _(state: Situation, event: ev.IncidentOpened) -> Situation:
    year, count = event.incident.split("-")
    state = replace(state, numbers=state.numbers.set(int(year), int(count)))
    return _incident(state, Incident(event.incident, event.project, event.at, event.plan))


@evolve.register
def _(state: Situation, event: ev.LevelRecommended) -> Situation:
    incident = replace(state.incidents[event.project], recommended=event.level, assessed=event)
    if event.level is None or event.level >= (incident.declared or 0):
        incident = replace(incident, lower_proposed=None)
    return _incident(state, incident)


@evolve.register
def _(state: Situation, event: ev.LevelDeclared) -> Situation:
    incident = state.incidents[event.project]
    return _incident(
        state,
        replace(
            incident,
            declared=event.level,
            declared_by=event.by,
            note=event.note,
            lower_proposed=None,
            worst_level=max(incident.worst_level, event.level),
        ),
    )


@evolve.register
def _(state: Situation, event: ev.LowerLevelProposed) -> Situation:
    return _incident(state, replace(state.incidents[event.project], lower_proposed=event.level))


@evolve.register
def _(state: Situation, event: ev.StandDownProposed) -> Situation:
    return _incident(state, replace(state.incidents[event.project], stand_down_proposed=True))


@evolve.register
def _(state: Situation, event: ev.CrisisLeadContacted) -> Situation:
    incident = state.incidents[event.project]
    contacted = incident.contacted | set(event.people)
    return _incident(state, replace(incident, crisis_level=event.level, contacted=contacted))


@evolve.register
def _(state: Situation, event: ev.ScopeReached) -> Situation:
    for name in event.projects:
        if incident := state.incidents.get(name):
            state = _incident(state, replace(incident, scopes=incident.scopes | {event.scope}))
    return state


@evolve.register
def _(state: Situation, event: ev.IvrConfirmed) -> Situation:
    return _incident(state, replace(state.incidents[event.project], ivr_by=event.by))


@evolve.register
def _(state: Situation, event: ev.FactorsAsked) -> Situation:
    incident = state.incidents[event.project]
    factors: Map[str, bool | None] = Map(dict.fromkeys(event.factors))
    return _incident(state, replace(incident, factors=factors, factors_level=event.level))


@evolve.register
def _(state: Situation, event: ev.FactorAnswered) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, factors=incident.factors.set(event.factor, event.holds)))


@evolve.register
def _(state: Situation, event: ev.StoodDown) -> Situation:
    engaged = state.engaged
    for person in event.released:
        engaged = engaged.delete(person)
    return replace(state, engaged=engaged, incidents=state.incidents.delete(event.project))


# --- cover ------------------------------------------------------------------------------------------------


def _on_duty(incident: Incident, person: str) -> bool:
    known = incident.covers.get(person)
    return known is not None and known.status is CoverStatus.ON_DUTY


def _covers(
    state: Situation, project: str, people: tuple[str, ...], cover: Cover | None, at: datetime
) -> Situation:
    """Set (None: forget) what these people are to the project's incident, and the indexes by person with it."""
    incident = state.incidents[project]
    left = [person for person in people if _on_duty(incident, person) and not (cover and cover.status in COVERED)]
    if left:
        incident = _reopened(incident, at)
    covers, engaged, pending = incident.covers, state.engaged, state.pending
    for person in people:
        covers = covers.set(person, cover) if cover else covers.delete(person) if person in covers else covers
        elsewhere = pending.get(person, frozenset()) - {project}
        if cover and cover.status in OPEN:
            pending = pending.set(person, elsewhere | {project})
        elif elsewhere:
            pending = pending.set(person, elsewhere)
        elif person in pending:
            pending = pending.delete(person)
        if cover and cover.status in COVERED:
            engaged = engaged.set(person, project)
        elif engaged.get(person) == project:
            engaged = engaged.delete(person)
    state = replace(state, engaged=engaged, pending=pending)
    return _incident(state, replace(incident, covers=covers))


def _moved(state: Situation, event: ev.AboutIncident, people: Iterable[str], status: CoverStatus) -> Situation:
    """The people keep the pool they have."""
    for person in people:
        known = state.incidents[event.project].covers.get(person)
        cover = Cover(status, known.pool if known else 0, event.at)
        state = _covers(state, event.project, (person,), cover, event.at)
    return state


def _decided(state: Situation, event: ev.AboutIncident, by: str) -> Situation:
    return _incident(state, replace(state.incidents[event.project], decided_by=by, decided_at=event.at))


@evolve.register
def _(state: Situation, event: ev.CoverAsked) -> Situation:
    cover = Cover(CoverStatus.ASKED, event.pool, event.at, event.due)
    return _covers(state, event.project, event.people, cover, event.at)


@evolve.register
def _(state: Situation, event: ev.CoverOffered) -> Situation:
    cover = Cover(CoverStatus.OFFERED, event.pool, event.at, event.decide_by)
    return _covers(state, event.project, (event.person,), cover, event.at)


@evolve.register
def _(state: Situation, event: ev.CoverRefused) -> Situation:
    return _moved(state, event, (event.person,), CoverStatus.DECLINED)


@evolve.register
def _(state: Situation, event: ev.CoverTimedOut) -> Situation:
    return _moved(state, event, event.people, CoverStatus.TIMED_OUT)


@evolve.register
def _(state: Situation, event: ev.CoverWithdrawn) -> Situation:
    return _covers(state, event.project, event.people, None, event.at)


@evolve.register
def _(state: Situation, event: ev.CoverApproved) -> Situation:
    cover = Cover(CoverStatus.APPROVED, event.pool, event.at, event.due)
    return _decided(_covers(state, event.project, event.people, cover, event.at), event, event.by)


@evolve.register
def _(state: Situation, event: ev.CoverDeclined) -> Situation:
    return _decided(_moved(state, event, event.people, CoverStatus.DECLINED), event, event.by)


@evolve.register
def _(state: Situation, event: ev.CoverOnDuty) -> Situation:
    cover = Cover(CoverStatus.ON_DUTY, event.pool, event.at)
    return _covers(state, event.project, (event.person,), cover, event.at)


@evolve.register
def _(state: Situation, event: ev.CoverLapsed) -> Situation:
    return _moved(state, event, event.people, CoverStatus.LAPSED)


@evolve.register
def _(state: Situation, event: ev.CoverLost) -> Situation:
    return _covers(state, event.project, (event.person,), None, event.at)


@evolve.register
def _(state: Situation, event: ev.CoverReleased) -> Situation:
    state = _covers(state, event.project, event.people, None, event.at)
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, surplus_proposed=incident.surplus_proposed - set(event.people)))


@evolve.register
def _(state: Situation, event: ev.SurplusProposed) -> Situation:
    return _incident(state, replace(state.incidents[event.project], surplus_proposed=frozenset(event.people)))


# --- clocks -----------------------------------------------------------------------------------------------


def _rto(state: Situation, event: ev.AboutIncident, rto: Rto) -> Situation:
    incident = replace(state.incidents[event.project], rto=rto)
    if not isinstance(event, ev.RtoMoved | ev.RtoWarned):  # the clock started or stopped
        incident = replace(incident, reopened_at=None)
    return _incident(state, incident)


def _running(state: Situation, event: ev.AboutIncident) -> Rto:
    rto = state.incidents[event.project].rto
    if rto is None:
        msg = f"{event.incident}: the journal changes an RTO clock that never started"
        raise ValueError(msg)
    return rto


@evolve.register
def _(state: Situation, event: ev.RtoStarted) -> Situation:
    return _rto(state, event, Rto(event.at, event.due, "running", event.warnings))


@evolve.register
def _(state: Situation, event: ev.RtoMoved) -> Situation:
    return _rto(state, event, replace(_running(state, event), due=event.due, warnings=event.warnings))


@evolve.register
def _(state: Situation, event: ev.RtoWarned) -> Situation:
    rto = _running(state, event)
    left = tuple(warning for warning in rto.warnings if warning[0] != event.percent)
    return _rto(state, event, replace(rto, warnings=left))


@evolve.register
def _(state: Situation, event: ev.RtoMet) -> Situation:
    return _rto(state, event, replace(_running(state, event), state="met"))


@evolve.register
def _(state: Situation, event: ev.RtoBreached) -> Situation:
    return _rto(state, event, replace(_running(state, event), state="breached"))


def _ladder(state: Situation, event: ev.AboutIncident, kind: str, ladder: LadderState) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, ladders=incident.ladders.set(kind, ladder)))


@evolve.register
def _(state: Situation, event: ev.LadderContacted) -> Situation:
    state = _ladder(state, event, event.ladder, LadderState(event.step, event.due))
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, contacted=incident.contacted | {event.person}))


@evolve.register
def _(state: Situation, event: ev.LadderExhausted) -> Situation:
    ladder = state.incidents[event.project].ladders[event.ladder]
    return _ladder(state, event, event.ladder, replace(ladder, due=None))


@evolve.register
def _(state: Situation, event: ev.LadderEnded) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, ladders=incident.ladders.delete(event.ladder)))


@evolve.register
def _(state: Situation, event: ev.Acknowledged) -> Situation:
    incident = state.incidents[event.project]
    return _incident(state, replace(incident, ladders=Map(), acknowledged_by=event.by, acknowledged_at=event.at))
