"""What every card is made from and of: the reader, the view, names, roles, levels, limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest

from bot.allocation import Pool
from bot.cards import Line, Mention, Option, Words
from bot.commands import Cause
from bot.company import Role, holders
from bot.cover import Rulebook
from bot.events import LevelRecommended
from bot.ports import SyncState
from bot.presses import LONGEST_WORDS
from bot.situation import Incident, Situation
from bot.wording.catalogue import Tongue, mark, tongue

MOST_NAMES = 17  # about four lines on a phone
MOST_OPTIONS = 100  # more than anybody ticks, and all that a chat's list takes
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. `locale` like `hu`, `hu-HU`, `en-GB`, any other is English; `zone` is an IANA name."""

    person: str
    locale: str
    zone: str

    @property
    def tongue(self) -> Tongue:
        """Their language."""
        return tongue(self.locale)


@dataclass(frozen=True, slots=True)
class View:
    """All that a card is made from. `now` is aware UTC; `notes` has people's words by note id.

    `basis`: the latest numbers behind each project's level; without it those of the level's last change. `sync`: how
    far the records elsewhere are; None: there are none.
    """

    state: Situation
    rules: Rulebook
    now: datetime
    notes: Mapping[str, str] = field(default_factory=dict)
    basis: Mapping[str, LevelRecommended] = field(default_factory=dict)
    sync: SyncState | None = None

    def project(self, project: str | None) -> str:
        """The project's name; its id if it has left the company file."""
        return project_name(self.rules, project)

    def roles(self, person: str, project: str) -> frozenset[Role]:
        """What the person is in the project and the company."""
        company = self.rules.company
        return company.roles_in(person, project) if project in company.projects else frozenset()

    def may(self, person: str, project: str, action: str) -> bool:
        """Whether the plan lets the person do this for the project."""
        return bool(self.roles(person, project) & self.rules.plan.permissions[action])

    def may_approve(self, person: str, incident: Incident) -> bool:
        """Whether they decide on cover, at the level the incident has now."""
        level = self.rules.plan.levels.get(incident.declared or 0)
        extra: frozenset[Role] = level.approve if level else frozenset()
        allowed = self.rules.plan.permissions["approve"] | extra
        return bool(self.roles(person, incident.project) & allowed)


def project_name(rules: Rulebook, project: str | None) -> str:
    """The project's name; its id if it has left the company file."""
    known = rules.company.projects.get(project or "")
    return known.name if known else project or "?"


def person_name(rules: Rulebook, person: str) -> str:
    """The person's name; their id if they have left the company file."""
    known = rules.company.people.get(person)
    return known.name if known else person


def receipt_number(receipt: int) -> str:
    """`R-0017`."""
    return f"R-{receipt:04d}"


def said(text: str) -> Words:
    """People's own words as a node: control characters are blanks, and what is too long is cut."""
    clean = _CONTROLS.sub(" ", text[: 4 * LONGEST_WORDS]).strip()
    return Words(clean if len(clean) <= LONGEST_WORDS else clean[: LONGEST_WORDS - 1] + "…")


def names(t: Tongue, people: Iterable[str], total: int | None = None) -> Line:
    """Names with commas; of many the first ones and how many more of the `total` there are."""
    people = tuple(people)
    return listed(t, [(Mention(person),) for person in people[:MOST_NAMES]], total or len(people))


def listed(t: Tongue, items: Sequence[Line], total: int) -> Line:
    """The items with commas, and how many more of the `total` there are."""
    line: Line = ()
    for item in items:
        line += (", ", *item) if line else item
    left = total - len(items)
    return line + ((" ", *t.count("and {n} more", "and {n} more", left)) if left else ())


def counted(t: Tongue, people: Sequence[str]) -> Line:
    """`3: Anna, Bea, Carl`; `0` when there is nobody."""
    return t.say("{n}: {names}", n=len(people), names=names(t, people)) if people else ("0",)


def counted_by_time(t: Tongue, people: Mapping[str, datetime]) -> Line:
    """The same for people with the time since when, the longest first; only those shown are put in order."""
    first = nsmallest(MOST_NAMES, people.items(), key=lambda item: (item[1], item[0]))
    if not first:
        return ("0",)
    shown = names(t, (person for person, _ in first), len(people))
    return t.say("{n}: {names}", n=len(people), names=shown)


def options(rules: Rulebook, people: Iterable[str]) -> tuple[Option, ...]:
    """People to choose from, by name; at most `MOST_OPTIONS`."""
    return tuple(Option(person, person_name(rules, person)) for person in tuple(people)[:MOST_OPTIONS])


def managers(view: View, projects: Iterable[str]) -> tuple[str, ...]:
    """The Account Managers of these projects, each once."""
    company = view.rules.company
    found = [
        person
        for project in projects
        if project in company.projects
        for person in holders(company, Role.ACCOUNT_MANAGER, project)
    ]
    return tuple(dict.fromkeys(found))


_CAUSES = {
    Cause.FIRE: mark("Fire or smoke"),
    Cause.POWER: mark("Power cut"),
    Cause.INTERNET: mark("Internet outage"),
    Cause.OTHER: mark("Something else"),
}


def cause_name(t: Tongue, cause: str | None) -> str:
    """Why the workplace is unusable."""
    return t.text(_CAUSES[Cause(cause)]) if cause else t.text("Not given")


def causes(t: Tongue) -> tuple[Option, ...]:
    """All causes, to choose from."""
    return tuple(Option(cause.value, t.text(name)) for cause, name in _CAUSES.items())


_ROLES = {
    Role.ACCOUNT_MANAGER: mark("the Account Manager"),
    Role.DEPUTY: mark("a deputy of the Account Manager"),
    Role.SUPERVISOR: mark("a supervisor of the project"),
    Role.CMT_LEAD: mark("the CMT lead"),
    Role.CMT_LEAD_DEPUTY: mark("a deputy of the CMT lead"),
    Role.IT_MANAGER: mark("the IT manager"),
    Role.IT_MANAGER_DEPUTY: mark("a deputy of the IT manager"),
    Role.ERT_LEAD: mark("the ERT lead"),
    Role.ERT_LEAD_DEPUTY: mark("a deputy of the ERT lead"),
    Role.ERT: mark("a member of the ERT"),
}


def role_name(t: Tongue, role: str) -> str:
    """What a role of the matrix is called."""
    return t.text(_ROLES[Role(role)])


def either_role(t: Tongue, roles: Iterable[str]) -> str:
    """`the Account Manager, a deputy or the CMT lead`, in the order of the matrix."""
    wanted = set(roles)
    return t.either(role_name(t, role) for role in Role if role in wanted)


_LEVELS = {
    Pool.NATIVE: mark("native backups"),
    Pool.NON_NATIVE: mark("non-native cover"),
    Pool.ENGLISH: mark("English-only cover"),
    None: mark("no cover left"),
}


def level_name(t: Tongue, rules: Rulebook, number: int) -> str:
    """`level 2 (non-native cover)`, inside a sentence."""
    if level := rules.plan.levels.get(number):
        return t.text("level {level} ({name})", level=number, name=t.text(_LEVELS[level.pool]))
    return t.text("level {level}", level=number)


def level_value(t: Tongue, rules: Rulebook, number: int) -> str:
    """`2 (non-native cover)`, beside a label."""
    level = rules.plan.levels.get(number)
    return t.text("{level} ({name})", level=number, name=t.text(_LEVELS[level.pool])) if level else str(number)


_POOLS = {
    Pool.NATIVE: mark("native speaker"),
    Pool.NON_NATIVE: mark("non-native speaker from another location"),
    Pool.ENGLISH: mark("in English"),
}


def pool_name(t: Tongue, pool: int) -> str:
    """In which pool somebody covers."""
    return t.text(_POOLS[Pool(pool)])


def tally(t: Tongue, incident: Incident) -> Line:
    """`4 out, 1 moving`."""
    return t.say("{out} out, {moving} moving", out=incident.seats, moving=len(incident.moving))
