"""Who covers which seat, across all projects at once: the best allocation there is, exactly.

The source is the plan's section 2, "How the level is computed" and "Allocation". Five criteria, one after the
other: most seats filled; fewest English; fewest non-native; fewest unfilled for the first project, then the second,
...; better pools in the same order of projects.

A *place* is a project in one pool. People who can take the same places are one *kind*.

1. A min-cost flow with small weights (kind -> place -> project -> end) finds an answer that is best, or very nearly.
2. Exact weights, one large integer each, look for a chain of moves that improves it; when there is none it is best.

Why exact weights prove it: a flow is best if no simple cycle of what could still change improves it. A simple cycle
meets every project at most once, so it changes a project's pools by one step, and the bases below let no sum of later
criteria outweigh an earlier one. The solver's own answer need not be trusted, only improved where it falls short.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow


class Pool(IntEnum):
    """How good a cover is; smaller is better, and the number is the level it stands for."""

    NATIVE = 1
    NON_NATIVE = 2
    ENGLISH = 3


@dataclass(frozen=True, slots=True)
class Share:
    """What one project gets of the allocation, in seats; the four add up to its open seats."""

    native: int
    non_native: int
    english: int
    unfilled: int


def allocate(seats: Sequence[int], people: Mapping[int, int]) -> list[Share]:
    """What each project gets in the best allocation by the five criteria. No order of the people changes it.

    `seats[p]` are the open seats of project p, the first project in priority first. `people[reach]` can take the same
    places: `reach` has the bit `(pool - 1) * len(seats) + p` for project p in that pool.
    Raises ValueError for a negative number of seats or people, or a reach beyond the projects.
    """
    if any(open_ < 0 for open_ in seats) or any(size < 0 for size in people.values()):
        raise ValueError("seats and people are counts: give 0 or more")
    if any(reach < 0 or reach.bit_length() > len(seats) * len(Pool) for reach in people):
        raise ValueError("a reach has bits beyond the last project: give one bit for each pool and project")
    wanted = sum(1 << place for place in range(len(seats) * len(Pool)) if seats[place % len(seats)])
    kinds: Counter[int] = Counter()
    for reach, size in people.items():
        kinds[reach & wanted] += size
    del kinds[0]
    placement = Placement(seats, kinds)
    placement.solve()
    while placement.improve():
        pass
    return placement.shares()


class Placement:
    """How many of each kind of people sit in which place; `solve` finds it nearly, `improve` exactly.

    Nodes: the places, `outside` (people in no seat), and the projects.
    """

    def __init__(self, seats: Sequence[int], kinds: Mapping[int, int]) -> None:
        n = len(seats)
        self.seats, self.count = seats, n
        self.reaches = sorted(reach for reach, size in kinds.items() if reach and size)
        self.idle = [kinds[reach] for reach in self.reaches]
        self.sitting: list[Counter[int]] = [Counter() for _ in self.reaches]  # per kind: place -> people
        self.outside = 3 * n
        rank = 3**n  # the pools of one project outweigh those of all that follow: a cycle moves each by -2..2
        non_native = rank * (n + 1)
        english = non_native * (n + 2)
        filled = english * (n + 2)  # worth more than any change of pools
        self.weight = [
            cost + pool * 3 ** (n - 1 - p) + p * rank - filled
            for pool, cost in enumerate((0, non_native, english))
            for p in range(n)
        ]

    def shares(self) -> list[Share]:
        """Seats by pool, for each project."""
        taken = self._taken()
        found: list[Share] = []
        for p, open_ in enumerate(self.seats):
            native, non_native, english = (taken[place] for place in range(p, self.outside, self.count))
            found.append(Share(native, non_native, english, open_ - native - non_native - english))
        return found

    def _taken(self) -> Counter[int]:
        taken: Counter[int] = Counter()
        for sitting in self.sitting:
            taken.update(sitting)
        return taken

    def solve(self) -> None:
        """Take the solver's answer with weights that fit its 64 bits: right but for ties of the last criterion."""
        for kind, place, people in _solved(self.seats, self.reaches, self.idle):
            self.sitting[kind][place] += people
            self.idle[kind] -= people

    def improve(self) -> bool:
        """Move people along a cycle that makes it better; False when there is none."""
        cycle = self._cycle()
        for a, b in cycle:
            if a <= self.outside and b <= self.outside:
                self._move(a, b)
        return bool(cycle)

    def _move(self, a: int, b: int) -> None:
        """Somebody who can goes from place (or outside) `a` to `b`."""
        for kind, reach in enumerate(self.reaches):
            sitting = self.sitting[kind]
            if (self.idle[kind] if a == self.outside else sitting[a]) and (b == self.outside or reach >> b & 1):
                break
        else:
            raise AssertionError("the search for a cycle moved somebody who cannot go there")
        if a == self.outside:
            self.idle[kind] -= 1
        else:
            sitting[a] -= 1
        if b == self.outside:
            self.idle[kind] += 1
        else:
            sitting[b] += 1

    def _moves(self) -> list[int]:
        """For each place, and outside: where somebody who is there could go, as bits."""
        moves = [0] * (self.outside + 1)
        for kind, reach in enumerate(self.reaches):
            if self.idle[kind]:
                moves[self.outside] |= reach
            for place, people in self.sitting[kind].items():
                if people:
                    moves[place] |= reach | 1 << self.outside
        return moves

    def _cycle(self) -> list[tuple[int, int]]:
        """The steps of a cycle whose weights add up to less than nothing, or none (Bellman-Ford)."""
        moves, taken = self._moves(), self._taken()
        places = [range(p, self.outside, self.count) for p in range(self.count)]
        full = [sum(taken[a] for a in places[p]) == self.seats[p] for p in range(self.count)]
        cost = [0] * (self.outside + 1 + self.count)
        came: dict[int, int] = {}

        def lower(node: int, by: int, value: int) -> None:
            if value < cost[node]:
                cost[node], came[node] = value, by

        while True:
            before = list(cost)
            _spread(cost, came, moves)
            for p, node in enumerate(range(self.outside + 1, len(cost))):
                for a in places[p]:
                    lower(node, a, cost[a] + self.weight[a])
                if any(taken[a] for a in places[p]):
                    lower(node, self.outside, cost[self.outside])
                if not full[p]:
                    lower(self.outside, node, cost[node])
                for a in places[p]:
                    if taken[a]:
                        lower(a, node, cost[node] - self.weight[a])
            if cost == before:
                return []
            if found := _loop(came):
                return found


def _spread(cost: list[int], came: dict[int, int], moves: Sequence[int]) -> None:
    """Moving costs nothing: whatever can be reached is reached at the lowest cost, cheapest first."""
    reached = 0
    for begin in sorted(range(len(moves)), key=cost.__getitem__):
        waiting = [begin]
        while waiting:
            a = waiting.pop()
            new = moves[a] & ~reached
            reached |= new
            for b in _bits(new):
                if cost[begin] < cost[b]:
                    cost[b], came[b] = cost[begin], a
                    waiting.append(b)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _loop(came: Mapping[int, int]) -> list[tuple[int, int]]:
    done: set[int] = set()
    for begin in came:
        seen: list[int] = []
        on_way: set[int] = set()
        a = begin
        while a in came and a not in done:
            if a in on_way:
                ring = seen[seen.index(a) :]
                return [(came[b], b) for b in ring]
            on_way.add(a)
            seen.append(a)
            a = came[a]
        done |= on_way
    return []


# --- the solver -------------------------------------------------------------------------------------------

_FEW = 2  # so many projects are named one by one, more go through a shared set
Arcs = NDArray[np.int64]  # rows of from, to, as far as known capacity, cost


def _solved(seats: Sequence[int], reaches: Sequence[int], sizes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(kind, place, people) of a flow that is best, or nearly; nothing if the solver fails.

    200 projects in three pools are 600 places; most kinds reach hundreds of them, in sets that many kinds share. So a
    kind leads to sets, a set to blocks (halves of halves of all projects of a pool), and these to their places.
    Nodes: places, projects, end, blocks, sets, kinds.
    """
    if not reaches:
        return
    n = len(seats)
    width = max(8, 1 << (n - 1).bit_length())
    sets, targets = _targets(n, reaches)
    start = 4 * n + 1 + 3 * width + len(sets)
    from_kinds = [
        (start + kind, target if target < 3 * n else target + n + 1 + 3 * width, sizes[kind])
        for kind, there in enumerate(targets)
        for target in there
    ]
    shared = np.concatenate([_set_arcs(n, width, sets), _block_arcs(n, width)])
    inner = np.concatenate([from_kinds, np.insert(shared, 2, sum(seats), axis=1)])
    arcs = np.concatenate([np.insert(inner, 3, 0, axis=1), _seat_arcs(seats)])
    solver = SimpleMinCostFlow()
    tails, heads, capacities, costs = arcs.T.copy()
    numbers = solver.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32), heads.astype(np.int32), capacities, costs
    )
    solver.set_nodes_supplies(np.arange(start, start + len(sizes), dtype=np.int32), np.array(sizes, dtype=np.int64))
    solver.set_node_supply(4 * n, -sum(seats))
    if solver.solve_max_flow_with_min_cost() == solver.OPTIMAL:
        yield from _dealt(inner, solver.flows(numbers), start, sizes, 3 * n)


def _targets(n: int, reaches: Sequence[int]) -> tuple[list[tuple[int, int]], list[list[int]]]:
    """The sets, each a pool and projects as bits; and for each kind its places, and 3n + the number of its sets."""
    sets: dict[tuple[int, int], int] = {}
    targets: list[list[int]] = []
    for reach in reaches:
        there: list[int] = []
        better = 0
        for pool in range(3):
            mask = reach >> pool * n & (1 << n) - 1
            if mask.bit_count() <= _FEW:
                there += [pool * n + p for p in _bits(mask)]
            else:  # the better pools along: it changes nothing, and more kinds share the set
                there.append(3 * n + sets.setdefault((pool, mask | better), len(sets)))
            better |= mask
        targets.append(there)
    return list(sets), targets


def _seat_arcs(seats: Sequence[int]) -> Arcs:
    """From place to project to end: the criteria, as far as 64 bits go."""
    n = len(seats)
    rank = n * (n + 1) + 1  # above twice the sum of the steps
    non_native = rank * (n + 1)
    arcs = [
        (pool * n + p, 3 * n + p, open_, cost + pool * (n - p))
        for pool, cost in enumerate((0, non_native, non_native * (n + 2)))
        for p, open_ in enumerate(seats)
    ]
    return np.array(arcs + [(3 * n + p, 4 * n, open_, p * rank) for p, open_ in enumerate(seats)]).reshape(-1, 4)


def _block_arcs(n: int, width: int) -> Arcs:
    """From each block to its halves. In each pool block 1 is all projects, the halves of h are 2h and 2h+1."""
    halves = np.arange(2, width + n)
    arcs = [(4 * n + 1 + pool * width + halves // 2, _block(halves, pool, n, width)) for pool in range(3)]
    return np.concatenate([np.stack(pair, axis=1) for pair in arcs])


def _block(heap: NDArray[np.int64], pool: int | NDArray[np.int64], n: int, width: int) -> NDArray[np.int64]:
    """The nodes of these blocks; a block of one project is its place."""
    return np.where(heap < width, 4 * n + 1 + pool * width + heap, pool * n + heap - width)


def _set_arcs(n: int, width: int, sets: Sequence[tuple[int, int]]) -> Arcs:
    """From each set, a pool and projects as bits, to the fewest blocks it is made of."""
    raw = b"".join(mask.to_bytes(width // 8, "little") for _, mask in sets)
    whole = np.unpackbits(np.frombuffer(raw, dtype=np.uint8), bitorder="little").reshape(-1, width).astype(np.bool_)
    pools = np.array([pool for pool, _ in sets], dtype=np.int64)
    found: list[Arcs] = []
    while width_now := whole.shape[1]:
        twice = whole[:, ::2] & whole[:, 1::2] if width_now > 1 else whole[:, :0]
        rows, at = np.nonzero(whole & ~np.repeat(twice, 2, axis=1) if width_now > 1 else whole)
        found.append(np.stack([4 * n + 1 + 3 * width + rows, _block(width_now + at, pools[rows], n, width)], axis=1))
        whole = twice
    return np.concatenate(found)


def _dealt(
    arcs: Arcs, flows: NDArray[np.int64], start: int, sizes: Sequence[int], places: int
) -> Iterator[tuple[int, int, int]]:
    """Which kind's people a place got: what reaches a set or block is dealt out in the order of the arcs."""
    here: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for kind, size in enumerate(sizes):
        here[start + kind] = [(kind, size)]
    (used,) = np.nonzero(flows[: len(arcs)])
    for (tail, head, _), count in zip(arcs[used].tolist(), flows[used].tolist(), strict=True):
        left = count
        while left:
            kind, people = here[tail].pop()
            going = min(left, people)
            here[head].append((kind, going))
            if going < people:
                here[tail].append((kind, people - going))
            left -= going
    for place in range(places):
        for kind, people in here[place]:
            yield kind, place, people
