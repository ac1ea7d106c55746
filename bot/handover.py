"""What of the open incidents when a role changes hands: nobody waits for an answer from somebody who is gone."""

from __future__ import annotations

from collections.abc import Iterator

from bot import events as ev
from bot.company import holders
from bot.cover import Rulebook
from bot.ladder import contact, rungs
from bot.situation import Incident, Situation
from bot.turn import Turn


def affected(event: ev.RoleChanged, state: Situation) -> Iterator[Incident]:
    """The open incidents that the row has to do with."""
    for project, incident in sorted(state.incidents.items()):
        if event.project in (None, project):
            yield incident


def hand_over(turn: Turn, event: ev.RoleChanged, before: Rulebook) -> None:
    """The incidents go on with those who hold the role now; `before`: the rules until the change."""
    for incident in affected(event, turn.state):
        if incident.project in turn.rules.company.projects:
            _contact_crisis_lead(turn, incident)
            _go_on(turn, turn.incident(incident.project), event, before)


def _contact_crisis_lead(turn: Turn, incident: Incident) -> None:
    """At levels 3 and 4 whoever is new in a crisis role is contacted, as those before were."""
    level = turn.rules.plan.levels.get(incident.crisis_level)
    roles = level.contact if level else ()
    people = dict.fromkeys(one for role in roles for one in holders(turn.rules.company, role, incident.project))
    if new := tuple(person for person in people if person not in incident.contacted):
        turn.add(ev.CrisisLeadContacted(turn.now, incident.project, incident.number, incident.crisis_level, new))


def _go_on(turn: Turn, incident: Incident, event: ev.RoleChanged, before: Rulebook) -> None:
    """Whoever stands now where somebody who is gone was waited for is contacted at once, with the whole time.

    The ladder begins again when nobody had answered in all rounds and somebody is new in it, and when the only one to
    acknowledge is gone: such an incident is nobody's.
    """
    project = incident.project
    order, old = rungs(turn.rules, project), [person for _, person in rungs(before, project)]
    people = {person for _, person in order}
    for kind, ladder in sorted(incident.ladders.items()):
        named: ev.LadderKind = "offers" if kind == "offers" else "report"
        if ladder.due is None and not people <= set(old):
            contact(turn, project, named, 0)
        elif ladder.due and ladder.person not in people:
            place = old.index(ladder.person) if ladder.person in old else 0
            contact(turn, project, named, (ladder.round - 1) * len(order) + min(place, len(order)))
    by = incident.acknowledged_by
    left = by in event.instead_of and by not in event.people and not turn.rules.company.roles_in(by, project)
    if left and (incident.seats or incident.moving) and "report" not in incident.ladders:
        contact(turn, project, "report", 0)
