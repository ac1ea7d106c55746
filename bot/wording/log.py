"""The incident log and timeline: a line for every event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from bot import events as ev
from bot.cards import Instant, Line, Mention
from bot.cover import Rulebook
from bot.wording.basics import cause_name, level_name, names, pool_name, project_name, receipt_number, role_name
from bot.wording.catalogue import Tongue, mark, tongue
from bot.wording.levels import explanation
from bot.wording.matrix import matrix_line
from bot.wording.readiness import readiness_line
from bot.wording.sync import sync_event


def log_line(event: ev.Event, rules: Rulebook, locale: str) -> Line:
    """What happened, in one line without its time; project first where it is about one."""
    line = _Log(tongue(locale), rules).line(event)
    return (project_name(rules, event.project), ": ", *line) if isinstance(event, ev.AboutIncident) else line


_FIXED: Mapping[type[ev.Event], str] = {
    ev.StandDownProposed: mark("nobody out or moving: stand-down proposed"),
    ev.RtoMet: mark("recovered in time"),
    ev.RtoBreached: mark("recovery time missed"),
    ev.LadderExhausted: mark("nobody acknowledged in all rounds: alarm"),
    ev.LadderEnded: mark("nothing left to acknowledge"),
}
_OUT = {
    "cannot_move": mark("{person}: counts as out: cannot move"),
    "no_answer": mark("{person}: counts as out: no answer in time"),
    "not_moved_in_time": mark("{person}: counts as out: not moved in time"),
}
_ASKED = {
    "report": mark("asked to acknowledge by {due}: {person}, {role}, round {round}"),
    "offers": mark("asked to decide on the offers by {due}: {person}, {role}, round {round}"),
}
_WITHDRAWN = {
    "filled": mark("no longer asked, all seats are filled: {people}"),
    "no_longer_able": mark("no longer asked, their place is hit too: {people}"),
    "own_workplace": mark("no longer asked, their own workplace is unusable: {people}"),
    "elsewhere": mark("no longer asked, covers elsewhere: {people}"),
}


@dataclass(frozen=True, slots=True)
class _Log:
    t: Tongue
    rules: Rulebook

    @singledispatchmethod
    def line(self, event: ev.Event) -> Line:
        """The line for an event."""
        if text := _FIXED.get(type(event)):
            return self.t.say(text)
        raise NotImplementedError(f"no log line for {type(event).__name__}; add one here")

    def _by(self, event: ev.AboutPerson, line: Line) -> Line:
        """Who said so, when it was somebody else."""
        if event.by and event.by != event.person:
            return (*line, " ", *self.t.say("(recorded by {by})", by=Mention(event.by)))
        return line

    @line.register
    def _(self, event: ev.WorkplaceReported) -> Line:
        number, person = receipt_number(event.receipt), Mention(event.person)
        if event.cause:
            cause = cause_name(self.t, event.cause)
            return self._by(
                event,
                self.t.say(
                    "{receipt}: {person}: workplace unusable: {cause}", receipt=number, person=person, cause=cause
                ),
            )
        return self._by(event, self.t.say("{receipt}: {person}: workplace unusable", receipt=number, person=person))

    @line.register
    def _(self, event: ev.ReportAmended) -> Line:
        line = self.t.say(
            "{person}: cause given: {cause}", person=Mention(event.person), cause=cause_name(self.t, event.cause)
        )
        return self._by(event, line)

    @line.register
    def _(self, event: ev.MoveAnswered) -> Line:
        person = Mention(event.person)
        line = (
            self.t.say("{person}: can move", person=person)
            if event.can_move
            else self.t.say("{person}: cannot move", person=person)
        )
        return self._by(event, line)

    @line.register
    def _(self, event: ev.PersonMoving) -> Line:
        return self._by(event, self.t.say("{person}: counts as moving", person=Mention(event.person)))

    @line.register
    def _(self, event: ev.PersonOut) -> Line:
        return self._by(event, self.t.say(_OUT[event.why], person=Mention(event.person)))

    @line.register
    def _(self, event: ev.WorkplaceCleared) -> Line:
        number, person = receipt_number(event.receipt), Mention(event.person)
        if event.how == "moved":
            line = self.t.say("{receipt}: {person}: works again, from another place", receipt=number, person=person)
        else:
            line = self.t.say("{receipt}: {person}: workplace usable again", receipt=number, person=person)
        return self._by(event, line)

    @line.register
    def _(self, event: ev.IncidentOpened) -> Line:
        return self.t.say("incident {number} opened, plan {plan}", number=event.incident, plan=event.plan)

    @line.register
    def _(self, event: ev.LevelRecommended) -> Line:
        return self.t.say("recommended: {why}", why=explanation(event, self.rules, self.t.language))

    @line.register
    def _(self, event: ev.LevelDeclared) -> Line:
        level = level_name(self.t, self.rules, event.level)
        if event.by:
            return self.t.say("{level}, declared by {by}", level=level, by=Mention(event.by))
        return self.t.say("{level}, by the rules", level=level)

    @line.register
    def _(self, event: ev.LowerLevelProposed) -> Line:
        return self.t.say("proposed: {level}", level=level_name(self.t, self.rules, event.level))

    @line.register
    def _(self, event: ev.CrisisLeadContacted) -> Line:
        level = level_name(self.t, self.rules, event.level)
        return self.t.say("{level}: contacted: {people}", level=level, people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.ScopeReached) -> Line:
        where = ", ".join(project_name(self.rules, one) for one in event.projects)
        if event.scope == "most":
            return self.t.say(
                "Most agents out: {out} of {agents}, in {projects}", out=event.out, agents=event.agents, projects=where
            )
        return self.t.say(
            "Several agents out in several projects: {out} of {agents}, in {projects}",
            out=event.out,
            agents=event.agents,
            projects=where,
        )

    @line.register
    def _(self, event: ev.RoomOpened) -> Line:
        return self.t.say("channel for those who steer: {name}", name=event.name)

    @line.register
    def _(self, event: ev.ScopeLeft) -> Line:
        if event.scope == "most":
            return self.t.say("No longer most agents out")
        return self.t.say("No longer several agents out in several projects")

    @line.register
    def _(self, event: ev.IvrConfirmed) -> Line:
        return self.t.say("IVR routing is on, confirmed by {by}", by=Mention(event.by))

    def _factor(self, factor: str) -> str:
        for level in self.rules.plan.levels.values():
            for one in level.factors:
                if one.id == factor:
                    return self.t.of(one.text)
        return factor

    @line.register
    def _(self, event: ev.FactorsAsked) -> Line:
        return self.t.say(
            "asked whether the response to {level} works", level=level_name(self.t, self.rules, event.level)
        )

    @line.register
    def _(self, event: ev.FactorAnswered) -> Line:
        by, factor = Mention(event.by), self._factor(event.factor)
        if event.holds:
            return self.t.say("holds, says {by}: “{factor}”", by=by, factor=factor)
        return self.t.say("does not hold, says {by}: “{factor}”", by=by, factor=factor)

    @line.register
    def _(self, event: ev.StoodDown) -> Line:
        line = self.t.say("incident {number} closed by {by}", number=event.incident, by=Mention(event.by))
        if event.released:
            line += ("; ", *self.t.say("released: {people}", people=names(self.t, event.released)))
        return line

    @line.register
    def _(self, event: ev.CoverAsked) -> Line:
        pool, due = pool_name(self.t, event.pool), Instant(event.due)
        return self.t.say(
            "asked to cover ({pool}), answer by {due}: {people}", pool=pool, due=due, people=names(self.t, event.people)
        )

    @line.register
    def _(self, event: ev.CoverOffered) -> Line:
        return self.t.say(
            "{person}: offers cover ({pool})", person=Mention(event.person), pool=pool_name(self.t, event.pool)
        )

    @line.register
    def _(self, event: ev.CoverRefused) -> Line:
        person = Mention(event.person)
        if event.gave_back:
            return self.t.say("{person}: gives the seat back", person=person)
        return self.t.say("{person}: does not cover", person=person)

    @line.register
    def _(self, event: ev.CoverTimedOut) -> Line:
        return self.t.say("asked, and no answer in time: {people}", people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.CoverWithdrawn) -> Line:
        return self.t.say(_WITHDRAWN[event.why], people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.CoverApproved) -> Line:
        return self.t.say(
            "cover approved by {by} ({pool}), on duty by {due}: {people}",
            by=Mention(event.by),
            pool=pool_name(self.t, event.pool),
            due=Instant(event.due),
            people=names(self.t, event.people),
        )

    @line.register
    def _(self, event: ev.CoverDeclined) -> Line:
        return self.t.say("offers declined by {by}: {people}", by=Mention(event.by), people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.CoverOnDuty) -> Line:
        return self.t.say("{person}: on duty", person=Mention(event.person))

    @line.register
    def _(self, event: ev.CoverLapsed) -> Line:
        return self.t.say("approved, but not on duty in time: {people}", people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.CoverLost) -> Line:
        return self.t.say("{person}: cover lost, own workplace unusable", person=Mention(event.person))

    @line.register
    def _(self, event: ev.CoverReleased) -> Line:
        return self.t.say("released by {by}: {people}", by=Mention(event.by), people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.SurplusProposed) -> Line:
        return self.t.say("more cover than seats, release proposed: {people}", people=names(self.t, event.people))

    @line.register
    def _(self, event: ev.RtoStarted) -> Line:
        return self.t.say("recovery time runs until {due}", due=Instant(event.due))

    @line.register
    def _(self, event: ev.RtoMoved) -> Line:
        return self.t.say("recovery time now ends at {due}", due=Instant(event.due))

    @line.register
    def _(self, event: ev.RtoWarned) -> Line:
        return self.t.say("{percent} % of the recovery time is gone", percent=event.percent)

    @line.register
    def _(self, event: ev.LadderContacted) -> Line:
        text = _ASKED[event.ladder]
        person, role, due = Mention(event.person), role_name(self.t, event.role), Instant(event.due)
        return self.t.say(text, due=due, person=person, role=role, round=event.round)

    @line.register
    def _(self, event: ev.Acknowledged) -> Line:
        return self.t.say("acknowledged by {by}", by=Mention(event.by))

    @line.register
    def _(
        self, event: ev.RoleChanged | ev.RolesConflicted | ev.RoleKept | ev.RoleRowRefused | ev.RoleRowMended
    ) -> Line:
        return matrix_line(event, self.rules, self.t)

    @line.register
    def _(self, event: ev.ReadinessLacking) -> Line:
        return readiness_line(event, self.rules, self.t)

    @line.register
    def _(self, event: ev.NoticeUndelivered) -> Line:
        line = self.t.say("{person}: could not be reached", person=Mention(event.person))
        return (*line, f" ({project_name(self.rules, event.project)})") if event.project else line

    @line.register
    def _(self, event: ev.SyncStopped | ev.SyncWentOn) -> Line:
        return sync_event(event, self.t)
