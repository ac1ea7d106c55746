"""Who covers which seat, across all projects at once: the best allocation there is, exactly.

The source is the plan's section 2, "How the level is computed" and "Allocation". Five criteria, one after the
other: most seats filled; fewest English; fewest non-native; fewest unfilled for the first project, then the second,
...; better pools in the same order of projects.

1. People become a network: group -> (set of projects) -> place (project, pool) -> project -> end.
2. A min-cost flow with small weights finds a flow that is best, or very nearly.
3. Exact weights, one large integer each, look for a cycle that improves it; when there is none it is proved best.

Why exact weights prove it: a flow is best if no simple cycle of what could still change improves it. A simple cycle
meets every project at most once, so it changes a project's pools by one step, and the bases below let no sum of later
criteria outweigh an earlier one. The solver's own answer need not be trusted, only improved where it falls short.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from ortools.graph.python.min_cost_flow import SimpleMinCostFlow


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
    """`size` exchangeable people: the projects they can cover, each in the best pool in which it is named.

    `pools` names project by project. `wide` names whole sets, which many groups should share: 200 projects then cost a
    group one entry instead of 200.
    """

    pools: tuple[tuple[str, Pool], ...]
    size: int
    wide: tuple[tuple[frozenset[str], Pool], ...] = ()


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
    """The best allocation by the five criteria, the same for any order of the input.

    Raises ValueError for a project named twice, or a negative number of seats or people.
    """
    ordered = sorted(demands, key=lambda d: (d.priority, d.project))
    if len({d.project for d in ordered}) != len(ordered):
        raise ValueError("a project is named twice in the demands: give each project once")
    if any(d.open_seats < 0 for d in ordered) or any(g.size < 0 for g in groups):
        raise ValueError("seats and group sizes are counts: give 0 or more")
    open_ = [d for d in ordered if d.open_seats]
    kinds = _kinds(open_, groups)
    sizes = [sum(groups[i].size for i in members) for members in kinds.values()]
    flow = _Flow(_Network([d.open_seats for d in open_], sizes, [*kinds]))
    flow.solve()
    while flow.improve():
        pass
    return Allocation(_people(flow, list(kinds.values()), open_, groups), _shares(ordered, open_, flow))


_FEW = 2  # so many projects are named one by one, more go through a shared set
Part = tuple[Pool, int]  # a pool, and projects as a bit mask
Reach = tuple[Part, ...]  # sorted: what a kind of people can do


def _kinds(open_: Sequence[Demand], groups: Sequence[Group]) -> dict[Reach, list[int]]:
    """The groups by what they can do for the open projects, in an order that is not the input's."""
    bits = {d.project: 1 << p for p, d in enumerate(open_)}
    masks: dict[frozenset[str], int] = {}
    kinds: defaultdict[Reach, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        found = [0, 0, 0, 0]
        for project, pool in group.pools:
            found[pool] |= bits.get(project, 0)
        if found[3].bit_count() > _FEW:  # naming the better ones again changes nothing, and more groups share the set
            found[3] |= found[2] | found[1]
        if found[2].bit_count() > _FEW:
            found[2] |= found[1]
        reach = {(pool, found[pool]) for pool in Pool if found[pool]}
        for projects, pool in group.wide:
            if projects not in masks:
                masks[projects] = sum(bits.get(p, 0) for p in projects)
            if masks[projects]:
                reach.add((pool, masks[projects]))
        if reach and group.size:
            kinds[tuple(sorted(reach))].append(index)
    for members in kinds.values():
        if len(members) > 1:
            members.sort(key=lambda i: _signature(groups[i]))
    return dict(sorted(kinds.items()))


def _signature(group: Group) -> tuple[object, ...]:
    return tuple(sorted(group.pools)), tuple(sorted((pool, tuple(sorted(names))) for names, pool in group.wide))


class _Network:
    """Nodes in this order, so that arcs lead upwards: sets, places (three for a project), projects, end, start.

    The kinds of people come before all of them, and stand for themselves.
    """

    def __init__(self, seats: Sequence[int], sizes: Sequence[int], reaches: Sequence[Reach]) -> None:
        self.seats, self.sizes, self.count = seats, sizes, len(seats)
        spans = self._spans({part for reach in reaches for part in reach if part[1].bit_count() > _FEW})
        number = {part: i for i, part in enumerate(sorted(spans, key=lambda part: (-part[1].bit_count(), part)))}
        self.places = len(number)
        self.projects = self.places + 3 * self.count
        self.end = self.projects + self.count
        self.start = self.end + 1
        self.members = [self._nodes(spans[part], number) for part in number]
        self.targets = [self._nodes(reach, number) for reach in reaches]

    def _spans(self, wide: Iterable[Part]) -> dict[Part, list[Part]]:
        """Each set in blocks of neighbouring projects, so that sets that differ little share what they name."""
        spans: dict[Part, list[Part]] = {}
        pending = list(wide)
        while pending:
            pool, mask = pending.pop()
            if (pool, mask) in spans:
                continue
            pieces = list(_blocks(mask, 0, self.count))
            if pieces == [mask]:
                middle = ((mask & -mask).bit_length() - 1 + mask.bit_length()) // 2
                pieces = [mask >> middle << middle, mask & ((1 << middle) - 1)]
            spans[pool, mask] = [(pool, piece) for piece in pieces]
            pending += [(pool, piece) for piece in pieces if piece.bit_count() > _FEW]
        return spans

    def _nodes(self, parts: Iterable[Part], number: Mapping[Part, int]) -> list[int]:
        """The set that stands for each part, or the places of a part that has none."""
        nodes: list[int] = []
        for part in parts:
            if part in number:
                nodes.append(number[part])
            else:
                nodes += [self.places + 3 * p + part[0] - 1 for p in _bits(part[1])]
        return nodes

    def arcs(
        self, step: Sequence[int], non_native: int, english: int, rank: int
    ) -> Iterator[tuple[int, int, int, int]]:
        """(from, to, capacity, cost) of every arc from a place on."""
        for p, seats in enumerate(self.seats):
            for pool, cost in enumerate((0, non_native, english)):
                yield self.places + 3 * p + pool, self.projects + p, seats, cost + pool * step[p]
            yield self.projects + p, self.end, seats, p * rank


def _blocks(mask: int, low: int, high: int) -> Iterator[int]:
    """The mask as the fewest halves of halves of the range low..high."""
    here = (1 << high) - (1 << low)
    if mask & here == here:
        yield here
    elif mask & here:
        middle = (low + high) // 2
        yield from _blocks(mask, low, middle)
        yield from _blocks(mask, middle, high)


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class _Flow:
    """What goes along each arc; `solve` finds it nearly, `improve` exactly."""

    def __init__(self, network: _Network) -> None:
        self.net = network
        self.on: Counter[tuple[int, int]] = Counter()  # arcs between sets, places, projects and the end
        self.sent: list[dict[int, int]] = [{} for _ in network.sizes]  # per kind: target -> people
        n = network.count
        step = [3 ** (n - 1 - p) for p in range(n)]  # a cycle moves a project's pool by -2..2
        rank = 3**n
        non_native = rank * (n + 1)
        english = non_native * (n + 2)
        self.exact = list(network.arcs(step, non_native, english, rank))
        self.filled = english * (n + 2)  # worth more than any change of pools

    def solve(self) -> None:
        """Take the solver's answer with weights that fit its 64 bits: right but for ties of the last criterion."""
        net, n, solver = self.net, self.net.count, SimpleMinCostFlow()
        step = [n - p for p in range(n)]
        rank = n * (n + 1) + 1  # above twice the sum of the steps
        non_native = rank * (n + 1)
        arcs = list(net.arcs(step, non_native, non_native * (n + 2), rank))
        arcs += [(s, t, sum(net.seats), 0) for s, places in enumerate(net.members) for t in places]
        arcs += [(net.start + k, t, net.sizes[k], 0) for k, targets in enumerate(net.targets) for t in targets]
        for arc in arcs:
            solver.add_arc_with_capacity_and_unit_cost(*arc)
        for kind, size in enumerate(net.sizes):
            solver.set_node_supply(net.start + kind, size)
        solver.set_node_supply(net.end, -sum(net.seats))
        status = solver.solve_max_flow_with_min_cost()
        if status != solver.OPTIMAL:
            return  # nothing is lost: `improve` starts from an empty flow, only slower
        for number, (tail, head, _, _) in enumerate(arcs):
            if count := solver.flow(number):
                if tail >= net.start:
                    self.sent[tail - net.start][head] = count
                else:
                    self.on[tail, head] = count

    def improve(self) -> bool:
        """Change the flow along a cycle that makes it better; False when there is none."""
        edges, via = self._edges()
        cycle = _cycle(edges)
        for a, b in cycle:
            self._push(a, b, via)
        return bool(cycle)

    def _edges(self) -> tuple[dict[int, dict[int, int]], dict[tuple[int, int], int]]:
        """What one more unit costs from node to node, and which kind of people moves where people move."""
        net = self.net
        edges: dict[int, dict[int, int]] = defaultdict(dict)
        via: dict[tuple[int, int], int] = {}
        for kind, targets in enumerate(net.targets):
            sent = self.sent[kind]
            sources = list(sent)
            if sum(sent.values()) < net.sizes[kind]:
                sources.append(net.start)
            for a in sources:
                for b in targets:
                    if a != b and (a, b) not in via:
                        via[a, b], edges[a][b] = kind, 0
                if a != net.start and (a, net.start) not in via:
                    via[a, net.start], edges[a][net.start] = kind, 0
        for s, places in enumerate(net.members):
            for t in places:
                edges[s][t] = 0
        for a, b, capacity, cost in self.exact:
            if self.on[a, b] < capacity:
                edges[a][b] = cost
        for a, b, _, cost in self.exact:
            if self.on[a, b]:
                edges[b][a] = -cost
        for (a, b), count in self.on.items():
            if count and a < net.places:
                edges[b][a] = 0
        edges[net.end][net.start] = -self.filled
        return edges, via

    def _push(self, a: int, b: int, via: Mapping[tuple[int, int], int]) -> None:
        if (a, b) in via:
            sent = self.sent[via[a, b]]
            if b != self.net.start:
                sent[b] = sent.get(b, 0) + 1
            if a != self.net.start:
                sent[a] -= 1
                if not sent[a]:
                    del sent[a]
        elif (a, b) != (self.net.end, self.net.start):
            self.on[min(a, b), max(a, b)] += 1 if a < b else -1


def _cycle(edges: Mapping[int, Mapping[int, int]]) -> list[tuple[int, int]]:
    """The arcs of a cycle whose costs add up to less than nothing, or none (Bellman-Ford with a queue)."""
    cost = dict.fromkeys(edges, 0)
    came: dict[int, int] = {}
    queue, waiting, since = deque(edges), set(edges), 0
    while queue:
        a = queue.popleft()
        waiting.discard(a)
        here = cost[a]
        for b, more in edges.get(a, {}).items():
            if here + more < cost.get(b, 0):
                cost[b], came[b] = here + more, a
                since += 1
                if b not in waiting:
                    waiting.add(b)
                    queue.append(b)
        if since >= len(edges):
            since = 0
            if found := _loop(came):
                return found
    return []


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


def _people(
    flow: _Flow, kinds: Sequence[Sequence[int]], open_: Sequence[Demand], groups: Sequence[Group]
) -> dict[tuple[int, str], int]:
    """Who goes where: what a set passes on is dealt out in order, and so are the groups of a kind."""
    net, left = flow.net, flow.on.copy()
    taken: Counter[tuple[int, str]] = Counter()
    for kind, members in enumerate(kinds):
        people = (i for i in members for _ in range(groups[i].size))
        for target, count in sorted(flow.sent[kind].items()):
            for _ in range(count):
                node = target
                while node < net.places:
                    onward = next(t for t in net.members[node] if left[node, t])
                    left[node, onward] -= 1
                    node = onward
                taken[next(people), open_[(node - net.places) // 3].project] += 1
    return dict(taken)


def _shares(ordered: Sequence[Demand], open_: Sequence[Demand], flow: _Flow) -> dict[str, Share]:
    number = {d.project: p for p, d in enumerate(open_)}
    shares = {}
    for d in ordered:
        p = number.get(d.project)
        got = (
            [0, 0, 0] if p is None else [flow.on[flow.net.places + 3 * p + k, flow.net.projects + p] for k in range(3)]
        )
        shares[d.project] = Share(got[0], got[1], got[2], d.open_seats - sum(got))
    return shares
