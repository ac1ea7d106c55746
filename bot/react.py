"""Who is told what. Events in, notices and card refreshes out; run once when the events are written, never on replay.

Three live cards: `workplace:<receipt>` of the person who reported, `cover:<incident>` of each person asked, and
`incident:<number>` of everybody who steers it. A new message about something that has a live card posts that card
again, so that a phone shows the newest state at the bottom; all that a batch has to say about one card is one message.
An incident's channel has the incident's card too, and below it the timeline: one message a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod

from bot import events as ev
from bot.company import Role, holders
from bot.cover import Rulebook
from bot.live_cards import ROOM, SYNC_CARD, cover_card, incident_card, room_of, watchers, workplace_card
from bot.ports import Json, Notice, Refresh, Urgency
from bot.react_roles import react_to_roles
from bot.situation import CoverStatus, Incident, Situation
from bot.timeline import TOLD, as_data

__all__ = [
    "COVER_KINDS",
    "INCIDENT_KINDS",
    "KINDS",
    "OTHER_KINDS",
    "ROLE_KINDS",
    "ROOM",
    "ROOM_KINDS",
    "TIMELINE",
    "WORKPLACE_KINDS",
    "Reaction",
    "cover_card",
    "incident_card",
    "react",
    "room_of",
    "unacknowledged",
    "watchers",
    "workplace_card",
]

# What an incident's card is posted for, most pressing first: the first one gives the message its first line.
INCIDENT_KINDS = (
    "rto_breached",
    "crisis_contact",
    "acknowledge",
    "handed_over",
    "level_raised",
    "offers_waiting",
    "cover_lapsed",
    "cover_lost",
    "rto_warning",
    "factor_failed",
    "factors_asked",
    "stand_down_proposed",
    "surplus_proposed",
    "lower_level_proposed",
    "level_declared",
    "incident_opened",
    "stood_down",
)
COVER_KINDS = (
    "cover_approved",
    "cover_request",
    "cover_missed",
    "cover_declined",
    "cover_withdrawn",
    "cover_released",
)
WORKPLACE_KINDS = ("report_received",)
ROOM_KINDS = ("room_opened",)  # to the incident's channel, whose status card it is
TIMELINE = "timeline"  # to that channel, below the card
ROLE_KINDS = ("role_conflict", "role_row_refused", "role_given", "role_lost", "matrix_changed")
OTHER_KINDS = ("scope_reached", "undelivered", "readiness", "sync_stopped")
KINDS = INCIDENT_KINDS + COVER_KINDS + WORKPLACE_KINDS + ROOM_KINDS + (TIMELINE,) + ROLE_KINDS + OTHER_KINDS
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Reaction:
    """What goes into the outbox with the events."""

    notices: tuple[Notice, ...]
    refreshes: tuple[Refresh, ...]


def react(events: Sequence[ev.Event], state: Situation, rules: Rulebook, first_seq: int) -> Reaction:
    """Notices for `events`, which got the journal places from `first_seq` on and led to `state`."""
    reaction = Reacting(state, rules)
    for seq, event in enumerate(events, start=first_seq):
        reaction.seq = seq
        reaction.on(event)
        reaction.note(event)
    return reaction.result()


@dataclass
class Reacting:
    """A reaction in progress."""

    state: Situation
    rules: Rulebook
    seq: int = 0
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)  # projects whose card shows something old
    refreshes: dict[Refresh, None] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[ev.AboutIncident]] = field(default_factory=dict)  # project and number → timeline

    def note(self, event: ev.Event) -> None:
        """An event that the incident's channel hears of."""
        if isinstance(event, TOLD):
            self.lines.setdefault((event.project, event.incident), []).append(event)

    def result(self) -> Reaction:
        """All of it, each person's message about one card once."""
        for (project, number), events in self.lines.items():
            incident = self.state.numbered(project, number)
            if incident and incident.room and (room_of(number), incident_card(number)) not in self.notices:
                self.tell([room_of(number)], TIMELINE, Urgency.NOTICE, events[-1], None, as_data(events))
        for project in self.touched:
            incident = self.state.incidents.get(project) or self.state.closed.get(project)
            if incident:
                card = incident_card(incident.number)
                readers = watchers(incident, self.rules) + ((room_of(incident.number),) if incident.room else ())
                for person in readers:
                    self.refreshes[Refresh(person, card)] = None
        posted = {(notice.to, notice.card) for notice in self.notices.values()}
        left = tuple(one for one in self.refreshes if (one.to, one.card) not in posted)
        return Reaction(tuple(self.notices.values()), left)

    def tell(  # noqa: PLR0917 - what one message is made of
        self,
        people: Iterable[str],
        kind: str,
        urgency: Urgency,
        event: ev.Event,
        card: str | None,
        data: Json,
        about: Incident | None = None,
    ) -> None:
        """One message a person and card: the most pressing kind leads, the others come along in `also`."""
        project = event.project if isinstance(event, ev.AboutIncident | ev.ReadinessLacking) else None
        number = event.incident if isinstance(event, ev.AboutIncident) else None
        if about:
            project, number = about.project, about.number
        for to in dict.fromkeys(people):
            slot = (to, card or f"{kind}:{self.seq}")
            notice = Notice(f"{self.seq}:{kind}:{to}", to, kind, urgency, event.at, project, number, card, data)
            if known := self.notices.get(slot):
                first, second = sorted((known, notice), key=lambda one: _RANK[one.kind])
                also = [*known.data.get("also", ()), second.kind]
                urgent = min(first.urgency, second.urgency)
                notice = replace(first, urgency=urgent, data={**second.data, **first.data, "also": also})
            self.notices[slot] = notice

    def steer(self, event: ev.AboutIncident, to: Iterable[str], kind: str, **data: object) -> None:
        """Post the incident's card to these people."""
        urgency = Urgency.NOTICE if kind in ("stood_down", "lower_level_proposed") else Urgency.DECISION
        self.tell(to, kind, urgency, event, incident_card(event.incident), data)

    def cover(self, event: ev.AboutIncident, to: Iterable[str], kind: str, **data: object) -> None:
        """Post the cover's card to these people."""
        self.tell(to, kind, Urgency.COVER, event, cover_card(event.incident), data)

    def holders(self, event: ev.AboutIncident, *roles: Role) -> list[str]:
        return [person for role in roles for person in holders(self.rules.company, role, event.project)]

    @singledispatchmethod
    def on(self, event: ev.Event) -> None:
        """Any event of an incident changes its card."""
        if isinstance(event, ev.AboutIncident):
            self.touched[event.project] = None

    @on.register
    def _(self, event: ev.WorkplaceReported) -> None:
        self.touched.update(dict.fromkeys(event.projects))
        data = {"receipt": event.receipt, "by": event.by}
        card = workplace_card(event.receipt)
        self.tell([event.person], "report_received", Urgency.NOTICE, event, card, data)

    def _workplace_changed(self, event: ev.AboutPerson) -> None:
        if workplace := self.state.workplaces.get(event.person):
            self.touched.update(dict.fromkeys(workplace.projects))
            self.refreshes[Refresh(event.person, workplace_card(workplace.receipt))] = None

    @on.register
    def _(self, event: ev.ReportAmended | ev.MoveAnswered | ev.PersonMoving | ev.PersonOut) -> None:
        self._workplace_changed(event)

    @on.register
    def _(self, event: ev.WorkplaceCleared) -> None:
        self.touched.update(dict.fromkeys(self.rules.company.agent_of(event.person)))
        self.refreshes[Refresh(event.person, workplace_card(event.receipt))] = None

    @on.register
    def _(self, event: ev.IncidentOpened) -> None:
        self.touched[event.project] = None
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "incident_opened")

    @on.register
    def _(self, event: ev.LevelDeclared) -> None:
        self.touched[event.project] = None
        level = self.rules.plan.levels.get(event.level)
        kind = "level_declared" if event.by else "level_raised"
        people = [one for one in self.holders(event, *(level.tell if level else ())) if one != event.by]
        self.steer(event, people, kind, level=event.level, by=event.by)

    @on.register
    def _(self, event: ev.CrisisLeadContacted) -> None:
        self.touched[event.project] = None
        self.steer(event, event.people, "crisis_contact", level=event.level)

    @on.register
    def _(self, event: ev.RoomOpened) -> None:
        self.touched[event.project] = None
        self.steer(event, [room_of(event.incident)], "room_opened")

    @on.register
    def _(self, event: ev.ScopeReached) -> None:
        data = {"scope": event.scope, "projects": list(event.projects), "out": event.out, "agents": event.agents}
        project = event.projects[0]
        people = [one for role in self.rules.plan.scope.tell for one in holders(self.rules.company, role, project)]
        card = f"scope:{event.scope}"
        if event.fresh:
            self.tell(people, "scope_reached", Urgency.DECISION, event, card, data)
        else:
            self.refreshes.update(dict.fromkeys(Refresh(person, card) for person in people))

    @on.register
    def _(self, event: ev.LowerLevelProposed | ev.StandDownProposed | ev.SurplusProposed | ev.FactorsAsked) -> None:
        self.touched[event.project] = None
        kinds = {
            ev.LowerLevelProposed: "lower_level_proposed",
            ev.StandDownProposed: "stand_down_proposed",
            ev.SurplusProposed: "surplus_proposed",
            ev.FactorsAsked: "factors_asked",
        }
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), kinds[type(event)])

    @on.register
    def _(self, event: ev.FactorAnswered) -> None:
        self.touched[event.project] = None
        if not event.holds:
            people = self.holders(event, Role.CMT_LEAD)
            self.steer(event, people, "factor_failed", factor=event.factor, by=event.by)

    @on.register
    def _(self, event: ev.StoodDown) -> None:
        self.touched[event.project] = None
        if incident := self.state.numbered(event.project, event.incident):
            people = [one for one in watchers(incident, self.rules) if one != event.by]
            self.steer(event, people, "stood_down", by=event.by)
        self.cover(event, event.released, "cover_released")

    @on.register
    def _(self, event: ev.CoverAsked) -> None:
        self.touched[event.project] = None
        self.cover(event, event.people, "cover_request", pool=event.pool)

    @on.register
    def _(self, event: ev.CoverOffered) -> None:
        self.touched[event.project] = None
        self._cover_changed(event, [event.person])
        incident = self.state.incidents.get(event.project)
        offers = incident.having(CoverStatus.OFFERED) if incident else ()
        if incident and all(incident.covers[one].since == event.at for one in offers):  # the first to be decided on
            self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "offers_waiting")

    @on.register
    def _(self, event: ev.CoverRefused) -> None:
        self.touched[event.project] = None
        self._cover_changed(event, [event.person])
        if event.gave_back:
            self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "cover_lost", person=event.person)

    @on.register
    def _(self, event: ev.CoverTimedOut | ev.CoverOnDuty) -> None:
        self.touched[event.project] = None
        self._cover_changed(event, event.people if isinstance(event, ev.CoverTimedOut) else [event.person])

    def _cover_changed(self, event: ev.AboutIncident, people: Iterable[str]) -> None:
        for person in people:
            self.refreshes[Refresh(person, cover_card(event.incident))] = None

    @on.register
    def _(self, event: ev.CoverWithdrawn) -> None:
        self.touched[event.project] = None
        if event.why in ("filled", "no_longer_able"):
            self.cover(event, event.people, "cover_withdrawn")
        else:
            self._cover_changed(event, event.people)

    @on.register
    def _(self, event: ev.CoverApproved) -> None:
        self.touched[event.project] = None
        self.cover(event, event.people, "cover_approved", by=event.by)

    @on.register
    def _(self, event: ev.CoverDeclined) -> None:
        self.touched[event.project] = None
        self.cover(event, event.people, "cover_declined", by=event.by)

    @on.register
    def _(self, event: ev.CoverLapsed) -> None:
        self.touched[event.project] = None
        self.cover(event, event.people, "cover_missed")
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "cover_lapsed", people=list(event.people))

    @on.register
    def _(self, event: ev.CoverLost) -> None:
        self.touched[event.project] = None
        self._cover_changed(event, [event.person])
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "cover_lost", person=event.person)

    @on.register
    def _(self, event: ev.CoverReleased) -> None:
        self.touched[event.project] = None
        self.cover(event, event.people, "cover_released")

    @on.register
    def _(self, event: ev.RtoWarned) -> None:
        self.touched[event.project] = None
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER), "rto_warning", percent=event.percent)

    @on.register
    def _(self, event: ev.RtoBreached) -> None:
        self.touched[event.project] = None
        self.steer(event, self.holders(event, Role.ACCOUNT_MANAGER, Role.CMT_LEAD), "rto_breached")

    @on.register
    def _(self, event: ev.LadderContacted) -> None:
        self.touched[event.project] = None
        data = {"ladder": event.ladder, "role": event.role, "round": event.round}
        self.steer(event, [event.person], "acknowledge", **data)

    @on.register
    def _(self, event: ev.AboutRole | ev.RoleRowRefused | ev.RoleRowMended) -> None:
        react_to_roles(self, event)

    @on.register
    def _(self, event: ev.NoticeUndelivered) -> None:
        if event.kind == "undelivered":  # the alarm itself did not arrive: the log and the metrics have it
            return
        people = holders(self.rules.company, Role.IT_MANAGER, "")
        data = {"person": event.person, "kind": event.kind, "project": event.project, "incident": event.incident}
        self.tell(people, "undelivered", Urgency.DECISION, event, None, data)

    @on.register
    def _(self, event: ev.SyncStopped) -> None:
        people = holders(self.rules.company, Role.IT_MANAGER, "")
        self.tell(people, "sync_stopped", Urgency.DECISION, event, SYNC_CARD, {"trouble": event.trouble})

    @on.register
    def _(self, event: ev.SyncWentOn) -> None:  # noqa: ARG002 - that it happened is all there is
        for person in holders(self.rules.company, Role.IT_MANAGER, ""):
            self.refreshes[Refresh(person, SYNC_CARD)] = None

    @on.register
    def _(self, event: ev.ReadinessLacking) -> None:
        people = holders(self.rules.company, Role.ACCOUNT_MANAGER, event.project)
        figures = ("level", "seats", "native", "non_native", "english", "unfilled", "plan")
        data = {figure: getattr(event, figure) for figure in figures}
        self.tell(people, "readiness", Urgency.NOTICE, event, None, data)


def unacknowledged(events: Iterable[ev.Event]) -> Iterator[ev.LadderExhausted]:
    """The alarms among these events: nobody acknowledged in all rounds."""
    return (event for event in events if isinstance(event, ev.LadderExhausted))
