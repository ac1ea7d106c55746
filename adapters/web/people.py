"""The people of the company as the page groups them: who they are, where, for which project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.company import Company, Role, holders


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody is: a role's name for the template, and the project's name where it is one project's."""

    role: str
    project: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """People of one project, or of the whole company (`project` None), each with what they are there."""

    project: str | None
    people: tuple[tuple[str, str], ...]


_COMPANY = (
    (Role.CMT_LEAD, "cmt_lead"),
    (Role.CMT_LEAD_DEPUTY, "cmt_lead_deputy"),
    (Role.IT_MANAGER, "it_manager"),
    (Role.IT_MANAGER_DEPUTY, "it_manager_deputy"),
    (Role.ERT_LEAD, "ert_lead"),
    (Role.ERT_LEAD_DEPUTY, "ert_lead_deputy"),
    (Role.ERT, "ert"),
)
_LISTS = {"agent": "agents", "backup": "backups", "supervisor": "supervisors", "deputy": "deputies"}


def part_of(company: Company, person: str) -> Part:
    """The one thing to say about somebody: their highest role, else what they do for the first project they serve."""
    for project in company.projects.values():
        roles = company.roles_in(person, project.id)
        for role, name in ((Role.ACCOUNT_MANAGER, "account_manager"), *_COMPANY):
            if role in roles:
                return Part(name, project.name if role is Role.ACCOUNT_MANAGER else None)
    for name, listed in _LISTS.items():
        for project in company.projects.values():
            if person in getattr(project, listed):
                return Part(name, project.name)
    known = company.people[person]
    return Part("emergency_cover" if known.active and known.emergency_cover else "other", None)


def groups(company: Company) -> Sequence[Group]:
    """Project by project, from manager to backups; then the roles of the whole company; then the others."""
    found, seen = list[Group](), set[str]()
    for project in sorted(company.projects.values(), key=lambda one: (one.priority, one.id)):
        people = [
            (project.account_manager, "account_manager"),
            *((one, "deputy") for one in project.deputies),
            *((one, "supervisor") for one in project.supervisors),
            *((one, "agent") for one in project.agents),
            *((one, "backup") for one in project.backups),
        ]
        found.append(Group(project.name, tuple(people)))
        seen.update(person for person, _ in people)
    leading = dict[str, str]()
    for role, name in _COMPANY:
        for person in holders(company, role, next(iter(company.projects), "")):
            leading.setdefault(person, name)
    found.append(Group(None, tuple(leading.items())))
    left = [person for person in company.people if person not in seen | leading.keys()]
    found.append(Group("", tuple((person, part_of(company, person).role) for person in left)))
    return [group for group in found if group.people]
