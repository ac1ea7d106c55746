"""The company as frozen data: people, projects, systems and who holds which role, checked as a whole."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from bot.faults import Faults
from bot.hours import Hours, bad_country, bad_zone
from bot.matrix import Matrix, Role, matrix_of, matrix_with
from bot.people_csv import read_people
from bot.tables import Check, Table, bad_id, bad_language, read_toml

__all__ = [
    "Chat",
    "Company",
    "Fluency",
    "Person",
    "Project",
    "Role",
    "Roles",
    "RunBy",
    "System",
    "company_from_tables",
    "holders",
    "parse_company",
]


class Fluency(StrEnum):
    """How well a person speaks a language."""

    NATIVE = "native"
    FLUENT = "fluent"


class Chat(StrEnum):
    """Where a person is written to who can be reached in both."""

    SLACK = "slack"
    TEAMS = "teams"


class RunBy(StrEnum):
    """Whose system it is (PLAN §5)."""

    COMPANY = "company"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the bot talks to. Inactive: no agent, no cover, holds no role."""

    id: str
    name: str
    email: str | None = None
    location: str | None = None
    languages: Mapping[str, Fluency] = field(default_factory=lambda: MappingProxyType({}))
    emergency_cover: bool = False
    locale: str | None = None
    timezone: str | None = None
    chat: Chat | None = None
    active: bool = True

    def speaks(self, language: str) -> bool:
        """Natively or fluently."""
        return language in self.languages

    def native_in(self, language: str) -> bool:
        """Whether it is a mother tongue of theirs."""
        return self.languages.get(language) is Fluency.NATIVE


@dataclass(frozen=True, slots=True)
class Project:
    """One client's customer service. People are ids; backups and deputies in the order in which they are asked."""

    id: str
    name: str
    language: str
    country: str
    timezone: str
    hours: Hours
    priority: int
    agents: tuple[str, ...]
    backups: tuple[str, ...]
    supervisors: tuple[str, ...]
    account_manager: str
    deputies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A critical system, who runs it, and the projects that need it."""

    id: str
    name: str
    run_by: RunBy
    owner: str
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """The company-wide part of the roles matrix: person ids, the holder first, then the deputies in order."""

    cmt_lead: tuple[str, ...]
    it_manager: tuple[str, ...]
    ert_lead: tuple[str, ...] = ()
    ert: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """A checked company: every id in it exists. `digest` is the SHA-256 of its content, however it was written."""

    people: Mapping[str, Person]
    projects: Mapping[str, Project]
    systems: Mapping[str, System]
    roles: Roles
    digest: str
    matrix: InitVar[Matrix | None] = None
    _matrix: Matrix = field(init=False, repr=False, compare=False)

    def __post_init__(self, matrix: Matrix | None) -> None:
        object.__setattr__(self, "_matrix", matrix or matrix_of(self))

    def active_agents(self, project: str) -> tuple[str, ...]:
        """The project's agents who are active, in the file's order."""
        return self._matrix.active_agents[project]

    def agent_of(self, person: str) -> tuple[str, ...]:
        """The projects that an active person is an agent of, in the file's order."""
        return self._matrix.agent_of.get(person, ())

    def backup_of(self, person: str) -> tuple[str, ...]:
        """The projects that an active person is lined up as backup for, in the file's order."""
        return self._matrix.backup_of.get(person, ())

    @property
    def all_agents(self) -> frozenset[str]:
        """Every active agent of any project, each person once."""
        return self._matrix.all_agents

    def zone_of(self, person: str) -> str:
        """The IANA zone to show times in: the person's, else that of the first project they serve, else UTC."""
        return self.people[person].timezone or self._matrix.zones.get(person, "UTC")

    def roles_in(self, person: str, project: str) -> frozenset[Role]:
        """What an active person is in the project and in the whole company."""
        return self.company_roles(person) | self._matrix.project_roles[project].get(person, frozenset())

    def company_roles(self, person: str) -> frozenset[Role]:
        """What an active person is in the whole company."""
        return self._matrix.company_roles.get(person, frozenset())

    def with_roles(self, roles: Roles, projects: Mapping[str, Project]) -> Company:
        """The same company with these roles, and with these projects, in which nothing but roles is new.

        Cheap: whatever does not depend on roles is shared.
        """
        changed = replace(
            self, roles=roles, projects=MappingProxyType({**self.projects, **projects}), matrix=self._matrix
        )
        return replace(changed, matrix=matrix_with(self._matrix, changed, projects))


def holders(company: Company, role: Role, project: str) -> tuple[str, ...]:
    """The active people in that role for that project, in the order in which they are contacted."""
    matrix = company._matrix  # noqa: SLF001 - the same module
    everywhere = matrix.company_holders.get(role)
    return matrix.holders[project].get(role, ()) if everywhere is None else everywhere


# --- Reading the file: docs/reference/company-file.md -----------------------------------------------------------------

_PERSON = ("id", "name", "email", "location", "languages", "emergency_cover", "locale", "timezone", "chat", "active")
_LISTS = ("agents", "backups", "supervisors", "deputies")
_PROJECT = ("id", "name", "language", "country", "timezone", "hours", "priority", "account_manager", *_LISTS)
_SYSTEM = ("id", "name", "run_by", "owner", "projects")
_ROLES = ("cmt_lead", "it_manager", "ert_lead", "ert")
_MIDDLE_PRIORITY = 100  # of a project that names none: after all those that do, mostly

_LOCALE = re.compile(r"[a-z]{2}([-_][A-Z]{2})?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

_Entry = TypeVar("_Entry", Project, System)


def parse_company(text: str, people_csv: Sequence[tuple[str, str]] = ()) -> Company:
    """The company in a TOML text, with more people from CSV texts given as (file name, text).

    Raises `InvalidFile` with every fault.
    """
    return _read(read_toml(text), people_csv)


def company_from_tables(tables: Mapping[str, object]) -> Company:
    """The company in tables that were read already, as in a scenario. Raises `InvalidFile` with every fault."""
    return _read(tables, ())


def _read(tables: Mapping[str, object], people_csv: Sequence[tuple[str, str]]) -> Company:
    faults = Faults()
    top = Table.of(tables, "", faults, ("people", "projects", "systems", "roles"))
    people = _people(top, people_csv, faults)
    projects = _projects(top, people, faults)
    systems = _systems(top, people, projects, faults)
    roles = _roles(top, people)
    faults.check()
    content = (list(people.values()), list(projects.values()), list(systems.values()), roles)
    canonical = json.dumps(content, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return Company(MappingProxyType(people), MappingProxyType(projects), MappingProxyType(systems), roles, digest)


def _plain(value: object) -> object:
    """What JSON does not know: our own values field by field, and read-only mappings."""
    if isinstance(value, Hours):
        return value.days
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (Person, Project, System, Roles)):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _people(top: Table, people_csv: Sequence[tuple[str, str]], faults: Faults) -> dict[str, Person]:
    people: dict[str, Person] = {}
    emails: dict[str, str] = {}
    shared: dict[tuple[tuple[str, Fluency], ...], Mapping[str, Fluency]] = {}

    def add(table: Table) -> None:
        person = _person(table, shared)
        if person.id in people:
            table.fault("id", f'"{person.id}" is the id of somebody above; every person needs one of their own')
        elif person.id:
            people[person.id] = person
        first = emails.setdefault(person.email.casefold(), person.id) if person.email else person.id
        if first != person.id:
            table.fault("email", f'"{person.email}" is {first}\'s address; an account can belong to one person only')

    for table in _tables(top, "people", _PERSON, people):
        add(table)
    for name, text in people_csv:
        for path, row in read_people(name, text, faults):
            add(Table(row, path, faults))
    return people


def _person(table: Table, shared: dict[tuple[tuple[str, Fluency], ...], Mapping[str, Fluency]]) -> Person:
    spoken: dict[str, Fluency] = {}
    if "languages" in table.raw:
        languages = Table.of(table.raw["languages"], table.at("languages"), table.faults, None)
        for language in languages.raw:
            if wrong := bad_language(str(language)):
                languages.fault(str(language), wrong)
            spoken[sys.intern(str(language))] = languages.choice(language, Fluency, Fluency.FLUENT)
    person_id = table.text("id", bad_id)
    return Person(
        id=person_id,
        name=table.optional_text("name") or person_id,
        email=table.optional_text("email", _bad_email),
        location=table.optional_text("location"),
        languages=shared.setdefault(tuple(spoken.items()), MappingProxyType(spoken)),
        emergency_cover=table.flag("emergency_cover", default=False),
        locale=table.optional_text("locale", _bad_locale),
        timezone=table.optional_text("timezone", bad_zone),
        chat=table.choice("chat", Chat, Chat.SLACK) if "chat" in table.raw else None,
        active=table.flag("active", default=True),
    )


def _projects(top: Table, people: Mapping[str, Person], faults: Faults) -> dict[str, Project]:
    projects: dict[str, Project] = {}
    known = _reference("person", people, faults)

    def active(person: str) -> str | None:
        inactive = person in people and not people[person].active
        return f"{person} is inactive; name somebody who can answer" if inactive else known(person)

    for table in _tables(top, "projects", _PROJECT, projects):
        project_id = table.text("id", bad_id)
        project = Project(
            id=project_id,
            name=table.optional_text("name") or project_id,
            language=table.text("language", bad_language),
            country=table.text("country", bad_country),
            timezone=table.text("timezone", bad_zone),
            hours=_hours(table),
            priority=table.whole("priority", _MIDDLE_PRIORITY),
            account_manager=table.text("account_manager", active),
            agents=table.texts("agents", known),
            backups=table.texts("backups", known),
            supervisors=table.texts("supervisors", known),
            deputies=table.texts("deputies", known),
        )
        _add(projects, table, project)
    if not top.raw.get("projects"):
        faults.add("projects", "there is none; begin one with [[projects]]")
    return projects


def _hours(table: Table) -> Hours:
    text = table.text("hours")
    try:
        return Hours.parse(text) if text else Hours.NEVER
    except ValueError as error:
        table.fault("hours", str(error))
        return Hours.NEVER


def _systems(
    top: Table, people: Mapping[str, Person], projects: Mapping[str, Project], faults: Faults
) -> dict[str, System]:
    systems: dict[str, System] = {}
    for table in _tables(top, "systems", _SYSTEM, systems):
        system_id = table.text("id", bad_id)
        system = System(
            id=system_id,
            name=table.optional_text("name") or system_id,
            run_by=table.choice("run_by", RunBy, RunBy.COMPANY),
            owner=table.text("owner", _reference("person", people, faults)),
            projects=table.texts("projects", _reference("project", projects, faults)),
        )
        _add(systems, table, system)
    return systems


def _roles(top: Table, people: Mapping[str, Person]) -> Roles:
    table = top.table("roles", _ROLES)
    known = _reference("person", people, table.faults)
    roles = Roles(*(table.texts(key, known) for key in _ROLES))
    for key, named in (("cmt_lead", roles.cmt_lead), ("it_manager", roles.it_manager)):
        if not table.raw.get(key):
            table.fault(key, f'nobody is named; write {key} = ["…"], the holder first, then the deputies')
        elif named and not any(people[person].active for person in named):
            table.fault(key, "everybody named is inactive; name somebody who can answer")
    return roles


def _tables(top: Table, key: str, keys: Sequence[str], seen: Container[str]) -> Iterator[Table]:
    """The entries of a list; their path has the id if it is a good one and the first of its kind, else the place."""
    for index, raw in enumerate(top.entries(key)):
        named = raw.get("id") if isinstance(raw, Mapping) else None
        usable = isinstance(named, str) and not bad_id(named) and named not in seen
        yield Table.of(raw, f"{key}.{named}" if usable else top.at(key, index), top.faults, keys)


def _add(entries: dict[str, _Entry], table: Table, entry: _Entry) -> None:
    if entry.id in entries:
        table.fault("id", f'"{entry.id}" stands above already; every id must be different')
    elif entry.id:
        entries[entry.id] = entry


def _reference(kind: str, known: Collection[str], faults: Faults) -> Check:
    def check(named: str) -> str | None:
        return None if named in known else f'there is no {kind} "{named}".{faults.similar(named, known)}'

    return check


def _bad_locale(text: str) -> str | None:
    return None if _LOCALE.fullmatch(text) else f'"{text}" is not a locale; write like "hu" or "en-GB"'


def _bad_email(text: str) -> str | None:
    return None if _EMAIL.fullmatch(text) else f'"{text}" is not an e-mail address; write like "anna@example.com"'
