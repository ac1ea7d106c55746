"""The escalation ladder: who is contacted next when nobody acknowledges. PLAN §2 "Ladder", §3."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot import events as ev
from bot.company import Role, holders
from bot.cover import Rulebook
from bot.hours import is_open
from bot.situation import CoverStatus, Incident, LadderState
from bot.turn import Rejected, Turn


def wait(rules: Rulebook, project: str, at: datetime) -> timedelta:
    """How long somebody contacted at `at` has: less in opening hours than outside them."""
    timings = rules.plan.timings
    opened = is_open(rules.company.projects[project], at)
    return timings.acknowledge_open if opened else timings.acknowledge_closed


def rungs(rules: Rulebook, project: str) -> list[tuple[Role, str]]:
    """Role and person, in the order in which they are contacted; nobody twice in a round."""
    order: dict[str, Role] = {}
    for role in rules.plan.ladder.rungs:
        for person in holders(rules.company, role, project):
            order.setdefault(person, role)
    return [(role, person) for person, role in order.items()]


def was_contacted(rules: Rulebook, incident: Incident, person: str) -> bool:
    """The Account Manager was told with the first report; the others count from when they are contacted.

    Whoever has lost every role there since then is on it no more.
    """
    known = incident.project in rules.company.projects
    roles = rules.company.roles_in(person, incident.project) if known else frozenset()
    return bool(roles) and (person in incident.contacted or Role.ACCOUNT_MANAGER in roles)


def next_step(ladder: LadderState, order: list[tuple[Role, str]]) -> int:
    """The step after the person contacted last, wherever they stand now that roles may have changed."""
    people = [person for _, person in order]
    if ladder.person in people:
        return (ladder.round - 1) * len(order) + people.index(ladder.person) + 1
    return ladder.step + 1


def assess_ladders(turn: Turn, project: str) -> None:
    """Begin the report ladder with the first seat; end what has nothing left to acknowledge."""
    incident = turn.incident(project)
    if "report" not in incident.ladders and incident.seats and incident.acknowledged_by is None:
        contact(turn, project, "report", 0)
    if "report" in incident.ladders and not incident.seats and not incident.moving:
        turn.add(ev.LadderEnded(turn.now, project, incident.number, "report"))
    if "offers" in incident.ladders and not incident.having(CoverStatus.OFFERED):
        turn.add(ev.LadderEnded(turn.now, project, incident.number, "offers"))


def contact(turn: Turn, project: str, ladder: ev.LadderKind, step: int) -> None:
    """Contact the person of that step, or give up after the last round."""
    incident, order = turn.incident(project), rungs(turn.rules, project)
    if step >= len(order) * turn.rules.plan.ladder.rounds:
        turn.add(ev.LadderExhausted(turn.now, project, incident.number, ladder))
        return
    role, person = order[step % len(order)]
    due = turn.now + wait(turn.rules, project, turn.now)
    turn.add(
        ev.LadderContacted(turn.now, project, incident.number, ladder, step, step // len(order) + 1, role, person, due)
    )


def undecided_since(incident: Incident) -> datetime | None:
    """When the ladder for offers begins: nobody has decided on, or acknowledged, one of them in time."""
    if "offers" in incident.ladders:
        return None
    acknowledged = incident.acknowledged_at
    return min(
        (
            cover.due
            for cover in incident.covers.values()
            if cover.status is CoverStatus.OFFERED and cover.due and not (acknowledged and cover.since <= acknowledged)
        ),
        default=None,
    )


def acknowledge(turn: Turn, by: str, project: str) -> None:
    """Somebody who was contacted is on it. Raises `Rejected` for anybody else."""
    incident = turn.incident(project)
    if not was_contacted(turn.rules, incident, by):
        raise Rejected("not_contacted", project=project)
    turn.add(ev.Acknowledged(turn.now, project, incident.number, by))


def acted(turn: Turn, by: str, project: str) -> None:
    """Any action on the incident by somebody who was contacted acknowledges."""
    incident = turn.incident(project)
    wanted = incident.ladders or (incident.acknowledged_by is None and (incident.seats or incident.moving))
    if wanted and was_contacted(turn.rules, incident, by):
        turn.add(ev.Acknowledged(turn.now, project, incident.number, by))
