"""Who covers which seat, across all projects at once: the best allocation there is, exactly.

The source is the plan's section 2, "How the level is computed" and "Allocation".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class Pool(IntEnum):
    """How good a cover is; smaller is better, and the number is the level it stands for."""

    NATIVE = 1
    NON_NATIVE = 2
    ENGLISH = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """A project's seats that nobody covers yet. A smaller `priority` goes first, then the project's id."""

    project: str
    priority: int
    open_seats: int


@dataclass(frozen=True, slots=True)
class Group:
    """`size` exchangeable people; `pools` names each project they can cover with the one best pool they count in."""

    pools: tuple[tuple[str, Pool], ...]
    size: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one project gets of the allocation, in seats; the four add up to its open seats."""

    native: int
    non_native: int
    english: int
    unfilled: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """`taken[group index, project]` people (never 0), and what each project gets."""

    taken: Mapping[tuple[int, str], int]
    shares: Mapping[str, Share]


def allocate(demands: Sequence[Demand], groups: Sequence[Group]) -> Allocation:
    """The best allocation: most seats filled, fewest English, fewest non-native, then the first projects first.

    Raises ValueError for a project named twice, or a negative number of seats or people.
    """
    ordered = sorted(demands, key=lambda d: (d.priority, d.project))
    if len({d.project for d in ordered}) != len(ordered):
        raise ValueError("a project is named twice in the demands: give each project once")
    if any(d.open_seats < 0 for d in ordered) or any(g.size < 0 for g in groups):
        raise ValueError("seats and group sizes are counts: give 0 or more")
    taken = _flow(ordered, groups)
    return Allocation(taken, {d.project: _share(d, groups, taken) for d in ordered})


def _share(demand: Demand, groups: Sequence[Group], taken: Mapping[tuple[int, str], int]) -> Share:
    got = dict.fromkeys(Pool, 0)
    for (index, project), count in taken.items():
        if project == demand.project:
            got[dict(groups[index].pools)[project]] += count
    unfilled = demand.open_seats - sum(got.values())
    return Share(got[Pool.NATIVE], got[Pool.NON_NATIVE], got[Pool.ENGLISH], unfilled)


def _flow(ordered: Sequence[Demand], groups: Sequence[Group]) -> dict[tuple[int, str], int]:
    """Cheapest paths one after the other, with every criterion a digit of one large number."""
    n = len(ordered)
    base = sum(d.open_seats for d in ordered) + 1
    rank = {d.project: i for i, d in enumerate(ordered)}
    left = [d.open_seats for d in ordered]
    order = sorted((tuple(sorted(g.pools)), i) for i, g in enumerate(groups) if g.size)
    free = {i: groups[i].size for _, i in order}
    cost: dict[int, dict[int, int]] = {}
    for pools, i in order:
        cost[i] = {}
        for project, pool in pools:
            if (p := rank.get(project)) is not None:
                digit = 2 * n - 1 - 2 * p
                detail = {Pool.NATIVE: 0, Pool.NON_NATIVE: base ** (digit - 1), Pool.ENGLISH: base**digit}[pool]
                top = {Pool.NATIVE: 0, Pool.NON_NATIVE: base ** (3 * n), Pool.ENGLISH: base ** (3 * n + 1)}[pool]
                cost[i][p] = detail + top
    gain = [base ** (3 * n + 2) + base ** (3 * n - 1 - p) for p in range(n)]
    flow: dict[tuple[int, int], int] = {}
    while True:
        path = _cheapest(cost, free, left, gain, flow)
        if path is None:
            return {(g, ordered[p].project): f for (g, p), f in flow.items() if f}
        held = [flow[g, p] for g, p, way in path if way < 0]
        amount = min([free[path[0][0]], left[path[-1][1]], *held])
        free[path[0][0]] -= amount
        left[path[-1][1]] -= amount
        for g, p, way in path:
            flow[g, p] = flow.get((g, p), 0) + way * amount


def _cheapest(
    cost: Mapping[int, Mapping[int, int]],
    free: Mapping[int, int],
    left: Sequence[int],
    gain: Sequence[int],
    flow: Mapping[tuple[int, int], int],
) -> list[tuple[int, int, int]] | None:
    """The path from a free person to an open seat that costs least, if it is worth having."""
    at_group: dict[int, int] = {g: 0 for g, f in free.items() if f}
    at_project: dict[int, int] = {}
    into_project: dict[int, int] = {}
    into_group: dict[int, int] = {}
    changed = True
    while changed:
        changed = False
        for g, d in list(at_group.items()):
            for p, c in cost[g].items():
                if p not in at_project or d + c < at_project[p]:
                    at_project[p], into_project[p], changed = d + c, g, True
        for (g, p), f in flow.items():
            if f and p in at_project and (g not in at_group or at_project[p] - cost[g][p] < at_group[g]):
                at_group[g], into_group[g], changed = at_project[p] - cost[g][p], p, True
    ends = [(d - gain[p], p) for p, d in at_project.items() if left[p] and d < gain[p]]
    if not ends:
        return None
    p = min(ends)[1]
    path: list[tuple[int, int, int]] = []
    while True:
        g = into_project[p]
        path.append((g, p, 1))
        if g not in into_group:
            return path[::-1]
        p = into_group[g]
        path.append((g, p, -1))
