"""What follows from what happened: levels, questions to cover, clocks, ladders, proposals.

Run after every command and every deadline; an assessment of an unchanged state adds nothing.
"""

from __future__ import annotations

from bot import events as ev
from bot.company import holders
from bot.cover import Eligibility, Mask, next_asked
from bot.ladder import assess_ladders
from bot.rto import assess_rto, is_restored
from bot.severity import Assessment, assess_levels, basis_of, scopes_reached
from bot.situation import OPEN, Incident
from bot.turn import Turn


def assess(turn: Turn) -> None:
    """All consequences, project by project in the order of their priority."""
    for project, incident in sorted(turn.state.incidents.items()):
        if not incident.open_seats:
            _withdraw_open(turn, project)
    eligible = Eligibility(turn.state, turn.rules)
    found = assess_levels(turn.state, turn.rules, eligible)
    projects = turn.rules.company.projects
    for _, incident in sorted(turn.state.incidents.items()):
        _withdraw_unable(turn, incident, eligible)
    waiting = turn.rules.roster.mask(turn.state.pending)
    for project in sorted(found, key=lambda name: (projects[name].priority, name)):
        _assess_level(turn, project, found[project], eligible)
        _contact_crisis_lead(turn, project)
        _open_room(turn, project)
        assess_rto(turn, project)
        assess_ladders(turn, project)
        _ask(turn, project, found[project], eligible, waiting)
        _ask_factors(turn, project)
        _propose(turn, project)
    _assess_scope(turn)


def _withdraw_open(turn: Turn, project: str) -> None:
    incident = turn.incident(project)
    if people := tuple(sorted(incident.having(*OPEN))):
        turn.add(ev.CoverWithdrawn(turn.now, project, incident.number, people, "filled"))


def _withdraw_unable(turn: Turn, incident: Incident, eligible: Eligibility) -> None:
    """An offer nobody could approve any more, since the place is hit too, keeps nobody waiting."""
    if incident.project not in turn.rules.company.projects:
        return
    people = incident.having(*OPEN)
    if eligible.able(people, incident.project) < len(people):
        unable = tuple(sorted(one for one in people if eligible.pool_of(one, incident.project) is None))
        turn.add(ev.CoverWithdrawn(turn.now, incident.project, incident.number, unable, "no_longer_able"))


def _assess_level(turn: Turn, project: str, found: Assessment, eligible: Eligibility) -> None:
    """The declared level rises by itself with a rise of the recommended one, and never falls by itself."""
    incident = turn.incident(project)
    before, level = incident.recommended or 0, found.level
    turn.basis[project] = basis_of(project, incident.number, found, eligible, turn.now)
    if level != incident.recommended:
        turn.add(turn.basis[project])
    if level and level > before and level > (incident.declared or 0):
        turn.add(ev.LevelDeclared(turn.now, project, incident.number, level, None))
    elif level and level < (before or level + 1) and level < (incident.declared or 0):
        turn.add(ev.LowerLevelProposed(turn.now, project, incident.number, level))


def _contact_crisis_lead(turn: Turn, project: str) -> None:
    incident = turn.incident(project)
    level = turn.rules.plan.levels.get(incident.declared or 0)
    if level is None or not level.contact or level.number <= incident.crisis_level:
        return
    people = dict.fromkeys(one for role in level.contact for one in holders(turn.rules.company, role, project))
    turn.add(ev.CrisisLeadContacted(turn.now, project, incident.number, level.number, tuple(people)))


def _open_room(turn: Turn, project: str) -> None:
    incident, plan = turn.incident(project), turn.rules.plan
    level = plan.levels.get(incident.declared or 0)
    if level and level.room and incident.room is None:
        name = plan.room_name.format(number=incident.number, project=project)
        turn.add(ev.RoomOpened(turn.now, project, incident.number, name))


def _ask(turn: Turn, project: str, found: Assessment, eligible: Eligibility, waiting: Mask) -> None:
    incident = turn.incident(project)
    if not incident.open_seats:
        return
    due = turn.now + turn.rules.plan.timings.cover_answer
    by_pool: dict[int, list[str]] = {}
    for pool, person in next_asked(incident, found.open_share, eligible, waiting, turn.rules):
        by_pool.setdefault(pool, []).append(person)
    for number, people in sorted(by_pool.items()):
        turn.add(ev.CoverAsked(turn.now, project, incident.number, number, tuple(people), due))


def _ask_factors(turn: Turn, project: str) -> None:
    """Once the response stands, is it working? Asked again only at a higher level."""
    incident = turn.incident(project)
    level = turn.rules.plan.levels.get(incident.declared or 0)
    if level is None or not incident.seats or level.number <= (incident.factors_level or 0):
        return
    if is_restored(turn, incident) and level.factors:
        factors = tuple(factor.id for factor in level.factors)
        turn.add(ev.FactorsAsked(turn.now, project, incident.number, level.number, factors))


def _propose(turn: Turn, project: str) -> None:
    incident = turn.incident(project)
    if not incident.seats and not incident.moving:
        if not incident.stand_down_proposed:
            turn.add(ev.StandDownProposed(turn.now, project, incident.number))
        return
    people = surplus(incident)
    if people and frozenset(people) != incident.surplus_proposed:
        turn.add(ev.SurplusProposed(turn.now, project, incident.number, people))


def surplus(incident: Incident) -> tuple[str, ...]:
    """Cover beyond the seats, worst pool first, those not yet on duty before those who are."""
    excess = len(incident.covered) - incident.seats
    ranked = sorted(
        incident.covered,
        key=lambda one: (-incident.covers[one].pool, incident.covers[one].status == "on_duty", one),
    )
    return tuple(ranked[: max(0, excess)])


def _assess_scope(turn: Turn) -> None:
    """Every incident is told of once; one that joins a scope that stands already changes the notice that is there."""
    reached = scopes_reached(turn.state, turn.rules)
    for scope in sorted(turn.state.scopes - reached.keys()):
        turn.add(ev.ScopeLeft(turn.now, scope))
    for scope, projects in reached.items():
        involved = [turn.incident(project) for project in projects]
        standing = scope in turn.state.scopes
        if not standing or any(scope not in incident.scopes for incident in involved):
            fresh = not standing and any(scope not in incident.scopes for incident in involved)
            numbers = tuple(incident.number for incident in involved)
            agents = len(turn.rules.company.all_agents)
            turn.add(ev.ScopeReached(turn.now, scope, projects, numbers, turn.state.out_agents, agents, fresh))
