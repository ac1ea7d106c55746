"""PLAN §2 once more, the slow way: who is out, who is in which pool, and the level, with loops over sets.

Written from the plan's text alone, to be held against `bot`. Shares no code with it but the company's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.company import Company

NATIVE, NON_NATIVE, ENGLISH = 1, 2, 3
TO_MOVE = timedelta(minutes=30)
TO_ANSWER = timedelta(minutes=5)
NOTHING = (0, 0, 0)
Shares = dict[str, tuple[int, int, int]]  # project → seats from the native, non-native and English pool


@dataclass(frozen=True)
class Tally:
    """What the plan says about one project now. `pools` and `allocation`: native, non-native, English (, unfilled)."""

    moving: int
    out: int
    pools: tuple[int, int, int]
    allocation: tuple[int, int, int, int]
    recommended: int | None


class Reports:
    """Who reported when, and their latest answer: all there is to know about workplaces."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[datetime, bool | None]] = {}

    def report(self, person: str, now: datetime, can_move: bool | None) -> None:  # noqa: FBT001 - None is an answer too
        """A second report adds only an answer."""
        since, answer = self._open.get(person, (now, None))
        self._open[person] = (since, answer if can_move is None else can_move)

    def answer(self, person: str, can_move: bool) -> None:  # noqa: FBT001 - as above
        """Can they move within 30 minutes of the report?"""
        since, _ = self._open[person]
        self._open[person] = (since, can_move)

    def clear(self, person: str) -> None:
        """Moved or restored."""
        del self._open[person]

    def unusable(self) -> set[str]:
        """Out or moving."""
        return set(self._open)

    def out(self, now: datetime) -> set[str]:
        """Cannot move, did not move in time, or never said within 5 minutes; whoever they are."""
        found = set()
        for person, (since, answer) in self._open.items():
            time = {True: TO_MOVE, False: timedelta(0), None: TO_ANSWER}[answer]
            if now >= since + time:
                found.add(person)
        return found


def pool_of(company: Company, project: str, person: str, out_places: Iterable[str | None]) -> int | None:
    """The best pool the person qualifies for, were they free."""
    who, wanted = company.people[person], company.projects[project]
    if not who.active or person in wanted.agents:
        return None
    if person in wanted.backups and who.languages.get(wanted.language) == "native":
        return NATIVE
    elsewhere = who.location is not None and who.location not in out_places
    if wanted.language in who.languages and who.emergency_cover and elsewhere:
        return NON_NATIVE
    return ENGLISH if "en" in who.languages and who.emergency_cover else None


def best_shares(seats: Mapping[str, int], members: Mapping[str, Mapping[str, int]], order: Sequence[str]) -> Shares:
    """Every way to seat everybody, one person after the other; then the best by the plan's order of criteria."""
    ways = {tuple(NOTHING for _ in order)}
    for person in sorted({one for found in members.values() for one in found}):
        more = set()
        for way in ways:
            for place, project in enumerate(order):
                if person in members[project] and sum(way[place]) < seats[project]:
                    taken = list(way[place])
                    taken[members[project][person] - 1] += 1
                    more.add((*way[:place], (taken[0], taken[1], taken[2]), *way[place + 1 :]))
        ways |= more

    def cost(way: tuple[tuple[int, int, int], ...]) -> tuple[int, ...]:
        unfilled = [seats[project] - sum(share) for project, share in zip(order, way, strict=True)]
        english, non_native = sum(share[2] for share in way), sum(share[1] for share in way)
        by_priority = [count for share in way for count in (share[2], share[1])]
        return (sum(unfilled), english, non_native, *unfilled, *by_priority)

    return dict(zip(order, min(ways, key=cost), strict=True))


def tallies(
    company: Company,
    reports: Reports,
    now: datetime,
    covered: Mapping[str, Mapping[str, int]],
    spent: Mapping[str, Iterable[str]],
) -> dict[str, Tally]:
    """Every project. `covered`: project → person → pool approved from; `spent`: said no, silent or lapsed there."""
    out, unusable = reports.out(now), reports.unusable()
    busy = unusable | {person for people in covered.values() for person in people}
    members: dict[str, dict[str, int]] = {}
    out_of = {name: out & set(company.active_agents(name)) for name in company.projects}
    for name in company.projects:
        places = {company.people[person].location for person in out_of[name]}
        free = set(company.people) - busy - set(spent.get(name, ()))
        members[name] = {one: pool for one in free if (pool := pool_of(company, name, one, places))}
    order = sorted(company.projects, key=lambda name: (company.projects[name].priority, name))
    seats = {name: max(0, len(out_of[name]) - len(covered.get(name, ()))) for name in order}
    shares = best_shares(seats, members, order)
    return {
        name: Tally(
            moving=len((unusable - out) & set(company.active_agents(name))),
            out=len(out_of[name]),
            pools=_count(members[name].values()),
            allocation=_allocation(shares[name], covered.get(name, {}).values(), len(out_of[name])),
            recommended=_level(shares[name], covered.get(name, {}).values(), len(out_of[name])),
        )
        for name in order
    }


def _count(pools: Iterable[int]) -> tuple[int, int, int]:
    found = list(pools)
    return found.count(NATIVE), found.count(NON_NATIVE), found.count(ENGLISH)


def _allocation(share: tuple[int, int, int], covered: Iterable[int], seats: int) -> tuple[int, int, int, int]:
    native, non_native, english = (a + b for a, b in zip(share, _count(covered), strict=True))
    return native, non_native, english, max(0, seats - native - non_native - english)


def _level(share: tuple[int, int, int], covered: Iterable[int], seats: int) -> int | None:
    """The worst pool that is needed: of more cover than seats, the best is what is needed."""
    if not seats:
        return None
    needed = sorted(covered)[:seats]
    needed += [pool for pool, count in zip((NATIVE, NON_NATIVE, ENGLISH), share, strict=True) for _ in range(count)]
    return max(needed) if len(needed) == seats else ENGLISH + 1
