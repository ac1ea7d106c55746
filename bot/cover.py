"""Who can cover what: the pools of each project, the allocation over all of them, who is asked next.

Source: PLAN §2 "Pools", "Allocation", "Asking". Eligibility is a column a project over the people of the company:
0 cannot, else the best `Pool` they count in. Columns are numpy arrays, because 20,000 people times 200 projects are
looked at once a second while reports pour in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rpds import HashTrieMap

from bot.allocation import Pool, Share, allocate
from bot.company import Company, Project
from bot.plan import Plan
from bot.roles import overlaid
from bot.situation import NO_ROLES, OPEN, CoverStatus, Incident, RoleHeld, RoleKey, Situation

Column = NDArray[np.int8]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
SPENT = frozenset({CoverStatus.DECLINED, CoverStatus.TIMED_OUT, CoverStatus.LAPSED})
NON_NATIVE = int(Pool.NON_NATIVE)  # numpy takes three times as long to look at an enum as at a column
NOWHERE = -1


@dataclass(frozen=True)
class Rulebook:
    """The plan and the company the rules go by, with what is worth computing once for both."""

    plan: Plan
    company: Company  # with the roles in force
    roles: Mapping[RoleKey, RoleHeld] = field(default_factory=lambda: NO_ROLES)  # changes that `company` has in it
    base: Rulebook | None = field(default=None, repr=False, compare=False)  # as the files have it; None: this one is

    @property
    def filed(self) -> Company:
        """The company as its file has it."""
        return (self.base or self).company

    def in_force(self, roles: Mapping[RoleKey, RoleHeld]) -> Rulebook:
        """The rules with these changes of the roles matrix; itself when it has them already."""
        if roles is self.roles:
            return self
        base = self.base or self
        return Rulebook(self.plan, overlaid(base.company, roles), roles, base)

    @cached_property
    def roster(self) -> Roster:
        """The company as arrays: roles are not in it, so that a change of them costs nothing here."""
        return self.base.roster if self.base else Roster(self.company)


class Roster:
    """The people as rows, by id: what about their eligibility never changes while the company file stays the same."""

    def __init__(self, company: Company) -> None:
        people = [person for _, person in sorted(company.people.items())]
        self.company = company
        self.ids = [person.id for person in people]
        self.row = {person: at for at, person in enumerate(self.ids)}
        places = {place: at for at, place in enumerate(sorted({p.location for p in people if p.location}))}
        self.place = np.array([places.get(p.location or "", NOWHERE) for p in people], dtype=np.intp)
        self.places = len(places)
        self.enrolled = np.array([p.active and p.emergency_cover for p in people], dtype=np.bool_)
        self._people = people
        self._speakers: dict[str, Mask] = {}
        self._columns: dict[str, Column] = {}
        self.english = np.where(self.enrolled & self._speak("en"), Pool.ENGLISH, 0).astype(np.int8)

    def _speak(self, language: str) -> Mask:
        if (speakers := self._speakers.get(language)) is None:
            speakers = np.array([person.speaks(language) for person in self._people], dtype=np.bool_)
            self._speakers[language] = speakers
        return speakers

    def rows(self, people: Iterable[str]) -> Rows:
        """The rows of those who are still in the company file."""
        found = _keys(people) if isinstance(people, HashTrieMap) else people
        return np.array([self.row[person] for person in found if person in self.row], dtype=np.intp)

    def mask(self, *groups: Iterable[str]) -> Mask:
        """Every row: whether the person is in one of the groups."""
        mask = np.zeros(len(self.ids), dtype=np.bool_)
        for people in groups:
            mask[self.rows(people)] = True
        return mask

    def base(self, project: Project) -> Column:
        """Eligibility as if everybody were free and nobody's place were hit."""
        if (column := self._columns.get(project.id)) is None:
            people = self.company.people
            column = self.english.copy()
            column[self._speak(project.language) & self.enrolled & (self.place != NOWHERE)] = Pool.NON_NATIVE
            for backup in project.backups:
                if people[backup].active and people[backup].native_in(project.language):
                    column[self.row[backup]] = Pool.NATIVE
            column[self.rows(project.agents)] = 0
            self._columns[project.id] = column
        return column

    def column(self, project: Project, hit: Iterable[str]) -> Column:
        """Eligibility when the places of the people `hit` are not elsewhere."""
        column = self.base(project)
        here = np.zeros(self.places + 1, dtype=np.bool_)  # the last one is NOWHERE, where no NON_NATIVE is
        here[self.place[self.rows(hit)]] = True
        lost = (column == NON_NATIVE) & here[self.place]
        left: Column = column + lost * (self.english - np.int8(NON_NATIVE))  # ten times as fast as choosing
        return left


def _keys(people: HashTrieMap[str, Any]) -> list[str]:
    """The map's keys in no order, as pickling gets them: iterating takes 35 times as long, copying it at every step."""
    _, (pairs,) = cast(tuple[object, tuple[list[tuple[str, object]]]], people.__reduce__())
    return [person for person, _ in pairs]


class Eligibility:
    """Who can still take a seat of which project, now. One row a person, one column a project asked for."""

    def __init__(self, state: Situation, rules: Rulebook) -> None:
        self._state = state
        self.rules = rules
        self._free = (~rules.roster.mask(state.workplaces, state.engaged)).astype(np.int8)
        self._columns: dict[str, Column] = {}

    def column(self, project: str) -> Column:
        """The project's pool members: declined, silent, lapsed, out, moving and approved people are not."""
        if (column := self._columns.get(project)) is None:
            roster, incident = self.rules.roster, self._state.incident(project)
            column = roster.column(self.rules.company.projects[project], incident.out if incident else ())
            column *= self._free
            if incident:
                column[roster.rows(incident.having(*SPENT))] = 0
            self._columns[project] = column
        return column

    def pool_of(self, person: str, project: str) -> Pool | None:
        """The pool in which the person could take a seat of the project."""
        row = self.rules.roster.row.get(person)
        value = int(self.column(project)[row]) if row is not None else 0
        return Pool(value) if value else None

    def sizes(self, project: str) -> Mapping[Pool, int]:
        """How many could still take a seat, by pool; asked and offered included, approved not."""
        column = self.column(project)
        return {pool: int(np.count_nonzero(column == int(pool))) for pool in Pool}

    def members(self, project: str, worst: Pool) -> list[tuple[Pool, str]]:
        """The people of the pools up to `worst`, best pool first, by ranking within."""
        return self._named(project, self._ranked(project, self.column(project), worst))

    def ask(self, incident: Incident, worst: Pool, most: int, waiting: Mask) -> list[tuple[Pool, str]]:
        """The first members nobody waits for and this incident has not known, released ones last; now `waiting`."""
        roster = self.rules.roster
        column = self.column(incident.project) * ~waiting
        column[roster.rows(incident.covers)] = 0
        rows = self._ranked(incident.project, column, worst)
        again = np.isin(rows, roster.rows(incident.released))
        rows = np.concatenate([rows[~again], rows[again]])[:most]
        waiting[rows] = True
        return self._named(incident.project, rows)

    def _named(self, project: str, rows: Rows) -> list[tuple[Pool, str]]:
        pools, ids = self.column(project)[rows], self.rules.roster.ids
        return [(Pool(pool), ids[row]) for pool, row in zip(pools.tolist(), rows.tolist(), strict=True)]

    def _ranked(self, project: str, column: Column, worst: Pool) -> Rows:
        """The order of `ranking`: rows are by id already."""
        roster, backups = self.rules.roster, self.rules.company.projects[project].backups
        (rows,) = np.nonzero((column > 0) & (column <= int(worst)))
        if not rows.size:
            return rows
        place = np.full(len(column), len(backups), dtype=np.int32)
        place[roster.rows(backups)] = np.arange(len(backups))
        return rows[np.lexsort((place[rows], column[rows]))]

    def able(self, people: Iterable[str], project: str) -> int:
        """How many of the people could take a seat of the project."""
        return int(np.count_nonzero(self.column(project)[self.rules.roster.rows(people)]))

    def ranking(self, project: str) -> _Ranking:
        """A sort key for (pool, person): pool, then backups in the company file's order, then the others by id."""
        return _Ranking({person: at for at, person in enumerate(self.rules.company.projects[project].backups)})

    def shares(self) -> Mapping[str, Share]:
        """What each project with open seats gets of the best way to fill all of them at once."""
        projects = self.rules.company.projects
        seats = {name: one.open_seats for name, one in self._state.incidents.items() if name in projects}
        order = sorted((name for name in seats if seats[name]), key=lambda name: (projects[name].priority, name))
        if not order:
            return {}
        columns = np.stack([self.column(name) for name in order])
        columns = columns[:, columns.any(axis=0)]
        bits = np.packbits(np.concatenate([columns == int(pool) for pool in Pool]), axis=0, bitorder="little")
        people = Counter(row.tobytes() for row in np.ascontiguousarray(bits.T))
        reaches = {int.from_bytes(row, "little"): size for row, size in people.items()}
        return dict(zip(order, allocate([seats[name] for name in order], reaches), strict=True))


class _Ranking:
    def __init__(self, backups: Mapping[str, int]) -> None:
        self._backups = backups

    def __call__(self, member: tuple[int, str]) -> tuple[int, int, str]:
        pool, person = member
        place = self._backups.get(person, len(self._backups))
        return pool, place, person


def pool_regardless(state: Situation, rules: Rulebook, person: str, project: str) -> Pool | None:
    """The pool the person would be in if they had not said no, been silent or lapsed for this incident."""
    incident, row = state.incident(project), rules.roster.row.get(person)
    if row is None or person in state.workplaces or person in state.engaged:
        return None
    column = rules.roster.column(rules.company.projects[project], incident.out if incident else ())
    return Pool(int(column[row])) if column[row] else None


def next_asked(
    incident: Incident, share: Share, eligible: Eligibility, waiting: Mask, rules: Rulebook
) -> list[tuple[Pool, str]]:
    """Whom to ask now: so many that open questions and offers are `ask_ratio` times the open seats.

    The allocation says how bad a pool is needed: a worse one is asked only when the better cannot fill the seats.
    `waiting`: those asked by any incident, to whom these people are added.
    """
    wanted = int(-(-incident.open_seats * rules.plan.ask_ratio // 1))
    lacking = wanted - eligible.able(incident.having(*OPEN), incident.project)
    return eligible.ask(incident, worst_needed(share), lacking, waiting) if lacking > 0 else []


def worst_needed(share: Share) -> Pool:
    """The worst pool an allocation reaches into; all pools when a seat stays unfilled."""
    if share.english or share.unfilled:
        return Pool.ENGLISH
    return Pool.NON_NATIVE if share.non_native else Pool.NATIVE
