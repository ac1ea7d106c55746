"""Who is what in the company, worked out once from the company file: roles, agents, backups, zones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.company import Company, Project, Roles


class Role(StrEnum):
    """What somebody is in the plan's roles matrix (PLAN §6). `…_DEPUTY` is everybody after the holder."""

    ACCOUNT_MANAGER = "account_manager"
    DEPUTY = "deputy"
    SUPERVISOR = "supervisor"
    CMT_LEAD = "cmt_lead"
    CMT_LEAD_DEPUTY = "cmt_lead_deputy"
    IT_MANAGER = "it_manager"
    IT_MANAGER_DEPUTY = "it_manager_deputy"
    ERT_LEAD = "ert_lead"
    ERT_LEAD_DEPUTY = "ert_lead_deputy"
    ERT = "ert"


@dataclass(frozen=True, slots=True)
class Matrix:
    """What is asked all the time, worked out once; the names are those of `Company`'s methods."""

    active_agents: Mapping[str, tuple[str, ...]]
    agent_of: Mapping[str, tuple[str, ...]]
    backup_of: Mapping[str, tuple[str, ...]]
    all_agents: frozenset[str]
    zones: Mapping[str, str]
    company_roles: Mapping[str, frozenset[Role]]
    project_roles: Mapping[str, Mapping[str, frozenset[Role]]]
    holders: Mapping[str, Mapping[Role, tuple[str, ...]]]
    company_holders: Mapping[Role, tuple[str, ...]]


def matrix_of(company: Company) -> Matrix:
    """Work it out; inactive people are no agents and no backups and hold no role."""

    def active(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(person for person in ids if company.people[person].active)

    projects = company.projects.values()
    active_agents = {project.id: active(project.agents) for project in projects}
    company_holders = _company_holders(company.roles, active)
    by_project = {project.id: _project_holders(project, active) for project in projects}
    return Matrix(
        active_agents=active_agents,
        agent_of=_inverted(active_agents),
        backup_of=_inverted({project.id: active(project.backups) for project in projects}),
        all_agents=frozenset(person for agents in active_agents.values() for person in agents),
        zones=_zones(company),
        company_roles=_roles_by_person(company_holders),
        project_roles={project: _roles_by_person(roles) for project, roles in by_project.items()},
        holders=by_project,
        company_holders=company_holders,
    )


def matrix_with(matrix: Matrix, company: Company, projects: Iterable[str]) -> Matrix:
    """The matrix of a company where only roles have changed: in these projects, and of the whole company."""

    def active(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(person for person in ids if company.people[person].active)

    found = {name: _project_holders(company.projects[name], active) for name in projects}
    company_holders = _company_holders(company.roles, active)
    homeless = {
        person: company.projects[name].timezone
        for name, roles in reversed(found.items())
        for people in roles.values()
        for person in people
        if person not in matrix.zones
    }
    return replace(
        matrix,
        zones={**matrix.zones, **homeless} if homeless else matrix.zones,
        company_roles=_roles_by_person(company_holders),
        project_roles={**matrix.project_roles, **{name: _roles_by_person(roles) for name, roles in found.items()}},
        holders={**matrix.holders, **found},
        company_holders=company_holders,
    )


def _project_holders(
    project: Project, active: Callable[[Iterable[str]], tuple[str, ...]]
) -> dict[Role, tuple[str, ...]]:
    return {
        Role.ACCOUNT_MANAGER: active((project.account_manager,)),
        Role.DEPUTY: active(project.deputies),
        Role.SUPERVISOR: active(project.supervisors),
    }


def _company_holders(roles: Roles, active: Callable[[Iterable[str]], tuple[str, ...]]) -> dict[Role, tuple[str, ...]]:
    """The first active person holds the role; the others are deputies, in order."""
    cmt, it, lead = active(roles.cmt_lead), active(roles.it_manager), active(roles.ert_lead)
    return {
        Role.CMT_LEAD: cmt[:1],
        Role.CMT_LEAD_DEPUTY: cmt[1:],
        Role.IT_MANAGER: it[:1],
        Role.IT_MANAGER_DEPUTY: it[1:],
        Role.ERT_LEAD: lead[:1],
        Role.ERT_LEAD_DEPUTY: lead[1:],
        Role.ERT: active(roles.ert),
    }


def _inverted(people_of: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    projects_of: dict[str, tuple[str, ...]] = {}
    for project, people in people_of.items():
        for person in people:
            projects_of[person] = (*projects_of.get(person, ()), project)
    return projects_of


def _roles_by_person(people_in: Mapping[Role, tuple[str, ...]]) -> dict[str, frozenset[Role]]:
    roles_of: dict[str, frozenset[Role]] = {}
    for role, people in people_in.items():
        for person in people:
            roles_of[person] = roles_of.get(person, frozenset()) | {role}
    return roles_of


def _zones(company: Company) -> dict[str, str]:
    """Whoever serves several projects lives where they are an agent, else where they manage, else where they help."""
    zones: dict[str, str] = {}
    projects = company.projects.values()
    served: tuple[Callable[[Project], tuple[str, ...]], ...] = (
        lambda project: project.agents,
        lambda project: (project.account_manager,),
        lambda project: project.deputies,
        lambda project: project.supervisors,
        lambda project: project.backups,
    )
    for people in served:
        for project in projects:
            for person in people(project):
                zones.setdefault(person, project.timezone)
    return zones
