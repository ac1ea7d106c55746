"""Ready-made exercises: for any company, the shortest list of reports that leads to each severity level.

Worked out on a simulation of the rules rather than written down, so that they also fit a company file of one's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.allocation import Pool
from bot.commands import Cause, ReportWorkplace
from bot.cover import Eligibility, Rulebook
from bot.simulation import Simulation
from bot.situation import OPEN


@dataclass(frozen=True, slots=True)
class Exercise:
    """These people report one after another; the project then has this level. `cover` is asked first, if anybody."""

    level: int
    project: str
    reports: tuple[str, ...]
    agent: str
    cover: str | None


def exercises(rules: Rulebook, start: datetime) -> tuple[Exercise, ...]:
    """One exercise for each level that the company can reach, in order."""
    projects = sorted(rules.company.projects.values(), key=lambda project: (project.priority, project.id))
    project = next((one.id for one in projects if rules.company.active_agents(one.id)), None)
    if project is None:
        return ()
    simulation, reported, found = Simulation(rules, start), list[str](), list[Exercise]()
    for person in _order(rules, simulation, project, [one.id for one in projects]):
        simulation.do(report(person))
        reported.append(person)
        level = simulation.state.incidents[project].recommended or 0
        if level > (found[-1].level if found else 0):
            cover = _asked_first(simulation, project)
            found.append(Exercise(level, project, tuple(reported), reported[0], cover))
        if level == max(rules.plan.levels):
            break
    return tuple(found)


def report(person: str) -> ReportWorkplace:
    """What each of them says."""
    return ReportWorkplace(person, person, Cause.POWER, can_move=False)


def _order(rules: Rulebook, simulation: Simulation, project: str, projects: Iterable[str]) -> Iterator[str]:
    """The project's agents, who would cover it in its language, the other projects' agents; then whoever is left."""
    company = rules.company
    yield from company.active_agents(project)
    for worst in (Pool.NATIVE, Pool.NON_NATIVE):
        while members := _free(simulation, project, worst):
            yield members[0]
    for other in projects:
        yield from (one for one in company.active_agents(other) if one not in simulation.state.workplaces)
    while members := _free(simulation, project, Pool.ENGLISH):
        yield members[0]


def _free(simulation: Simulation, project: str, worst: Pool) -> list[str]:
    eligible = Eligibility(simulation.state, simulation.rules)
    return [person for _, person in eligible.members(project, worst)]


def _asked_first(simulation: Simulation, project: str) -> str | None:
    incident = simulation.state.incidents[project]
    asked = sorted(incident.having(*OPEN), key=lambda one: (incident.covers[one].pool, one))
    return asked[0] if asked else None
