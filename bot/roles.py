"""The roles matrix in force: the company file's rows, overlaid by the changes since. PLAN §6.

A row is a role of the whole company, or of one project; its people are ids, the holder first, then the deputies in
order (docs/decisions/080-roles-as-events.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.company import Company, Role, holders
from bot.situation import RoleHeld, RoleKey

if TYPE_CHECKING:
    from bot.cover import Rulebook

# Each role of the whole company: what its first person is, and what the others are.
COMPANY_ROWS: Mapping[str, tuple[Role, Role]] = {
    "cmt_lead": (Role.CMT_LEAD, Role.CMT_LEAD_DEPUTY),
    "it_manager": (Role.IT_MANAGER, Role.IT_MANAGER_DEPUTY),
    "ert_lead": (Role.ERT_LEAD, Role.ERT_LEAD_DEPUTY),
    "ert": (Role.ERT, Role.ERT),
}
PROJECT_ROWS: Mapping[str, tuple[Role, Role]] = {
    "account_manager": (Role.ACCOUNT_MANAGER, Role.DEPUTY),
    "supervisor": (Role.SUPERVISOR, Role.SUPERVISOR),
}
ROWS = {**COMPANY_ROWS, **PROJECT_ROWS}
NEEDED = frozenset({"cmt_lead", "it_manager", "account_manager"})  # without these nobody decides, or mends the matrix
MOST_PEOPLE = 50  # in one row: more is a mistake

# What can be wrong with a row. The last three are for whoever reads rows that people wrote.
UNKNOWN_ROLE, UNKNOWN_PROJECT, NO_PROJECT = "unknown_role", "unknown_project", "no_project"
UNKNOWN_PERSON, INACTIVE, TWICE, NOBODY, TOO_MANY = "unknown_person", "inactive", "twice", "nobody", "too_many"
AMBIGUOUS, ROW_TWICE, UNREADABLE = "ambiguous", "row_twice", "unreadable"
FAULTS = frozenset(
    {
        UNKNOWN_ROLE,
        UNKNOWN_PROJECT,
        NO_PROJECT,
        UNKNOWN_PERSON,
        INACTIVE,
        TWICE,
        NOBODY,
        TOO_MANY,
        AMBIGUOUS,
        ROW_TWICE,
        UNREADABLE,
    }
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A row of the matrix: the active people who hold the role, the holder first, then the deputies in order."""

    role: str
    project: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleFault:
    """Why a row cannot be taken: a code of `FAULTS`, and whom it is about."""

    code: str
    people: tuple[str, ...] = ()


def matrix_rows(rules: Rulebook) -> tuple[RoleRow, ...]:
    """The whole matrix in force: the company's roles, then each project's in the company file's order."""
    company = rules.company
    keys: list[RoleKey] = [(role, None) for role in COMPANY_ROWS]
    keys += [(role, project) for project in company.projects for role in PROJECT_ROWS]
    return tuple(RoleRow(role, project, people_in(company, (role, project))) for role, project in keys)


def people_in(company: Company, key: RoleKey) -> tuple[str, ...]:
    """The active people of a row that is there, each once."""
    role, project = key
    first, others = ROWS[role]
    found = (*holders(company, first, project or ""), *holders(company, others, project or ""))
    return tuple(dict.fromkeys(found))


def filed_in(company: Company, key: RoleKey) -> tuple[str, ...]:
    """What the company file itself has in a row that is there, the inactive included."""
    role, project = key
    if project is None:
        people: tuple[str, ...] = getattr(company.roles, role)
        return people
    found = company.projects[project]
    return found.supervisors if role == "supervisor" else (found.account_manager, *found.deputies)


def has_row(company: Company, key: RoleKey) -> bool:
    """Whether the matrix has this row."""
    role, project = key
    return role in COMPANY_ROWS if project is None else role in PROJECT_ROWS and project in company.projects


def checked(role: str, project: str | None, people: tuple[str, ...], company: Company) -> RoleFault | None:
    """What is wrong with these people in that row; None: it can be taken."""
    if role not in ROWS:
        return RoleFault(UNKNOWN_ROLE)
    if project is None and role in PROJECT_ROWS:
        return RoleFault(NO_PROJECT)
    if not has_row(company, (role, project)):
        return RoleFault(UNKNOWN_PROJECT)
    if unknown := tuple(person for person in people if person not in company.people):
        return RoleFault(UNKNOWN_PERSON, unknown)
    if inactive := tuple(person for person in people if not company.people[person].active):
        return RoleFault(INACTIVE, inactive)
    if twice := tuple(dict.fromkeys(person for person in people if people.count(person) > 1)):
        return RoleFault(TWICE, twice)
    if not people and role in NEEDED:
        return RoleFault(NOBODY)
    return RoleFault(TOO_MANY) if len(people) > MOST_PEOPLE else None


def still_there(company: Company, people: Iterable[str]) -> tuple[str, ...]:
    """Those who are in the company file and active."""
    return tuple(person for person in people if person in company.people and company.people[person].active)


def overlaid(filed: Company, changes: Mapping[RoleKey, RoleHeld]) -> Company:
    """The company of the file with the changed rows. Who has left it holds nothing; a needed row is never empty."""
    roles, projects = filed.roles, dict(filed.projects)
    changed: set[str] = set()
    for (role, project), held in changes.items():
        people = still_there(filed, held.people)
        if not has_row(filed, (role, project)) or (not people and (held.people or role in NEEDED)):
            continue
        if project is None:
            roles = replace(roles, **{role: people})
            continue
        changed.add(project)
        if role == "supervisor":
            projects[project] = replace(projects[project], supervisors=people)
        else:
            projects[project] = replace(projects[project], account_manager=people[0], deputies=people[1:])
    return filed.with_roles(roles, {project: projects[project] for project in filed.projects if project in changed})


def parts(role: str, people: tuple[str, ...]) -> Mapping[str, Role]:
    """What each of the people is, by their place in the row."""
    first, others = ROWS[role]
    return {person: others if place else first for place, person in enumerate(people)}


def basis(people: tuple[str, ...]) -> str:
    """A short mark of a row's value, to tell later whether it is still the same."""
    return hashlib.sha256(" ".join(people).encode()).hexdigest()[:12]
