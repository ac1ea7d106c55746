"""The allocation is exactly the best by all five criteria, whatever order the input comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import allocation
from bot.allocation import Allocation, Demand, Group, Pool, Share, allocate

NAMES = ("ash", "beech", "cedar", "dogwood")
Score = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]


def _reach(group: Group) -> dict[str, Pool]:
    """The best pool of each project the group names, in whichever way."""
    best: dict[str, Pool] = {}
    entries = [*group.pools, *((project, pool) for projects, pool in group.wide for project in projects)]
    for project, pool in entries:
        best[project] = min(pool, best.get(project, pool))
    return best


def _score(demands: Sequence[Demand], got: Counter[tuple[str, Pool]]) -> Score:
    """The five criteria as a tuple: the smaller, the better."""
    order = [d.project for d in sorted(demands, key=lambda d: (d.priority, d.project))]
    seats = {d.project: d.open_seats for d in demands}
    english, non_native = ({p: got[p, pool] for p in order} for pool in (Pool.ENGLISH, Pool.NON_NATIVE))
    unfilled = tuple(seats[p] - sum(got[p, pool] for pool in Pool) for p in order)
    detail = tuple(count for p in order for count in (english[p], non_native[p]))
    return sum(unfilled), sum(english.values()), sum(non_native.values()), unfilled, detail


def _best(demands: Sequence[Demand], groups: Sequence[Group]) -> Score:
    """The best score of all ways to place the people, by trying every one."""
    people = [_reach(group) for group in groups for _ in range(group.size)]
    states: set[tuple[tuple[tuple[str, Pool], int], ...]] = {()}
    seats = {d.project: d.open_seats for d in demands}
    for reach in people:
        after = set(states)
        for state in states:
            for project, pool in reach.items():
                got = Counter(dict(state))
                if sum(got[project, p] for p in Pool) < seats.get(project, 0):
                    got[project, pool] += 1
                    after.add(tuple(sorted((key, count) for key, count in got.items() if count)))
        states = after
    return min(_score(demands, Counter(dict(state))) for state in states)


def _got(result: Allocation, groups: Sequence[Group]) -> Counter[tuple[str, Pool]]:
    got: Counter[tuple[str, Pool]] = Counter()
    for (index, project), count in result.taken.items():
        got[project, _reach(groups[index])[project]] += count
    return got


pools = st.sampled_from(Pool)
demands_of = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=4).map(
    lambda rows: [Demand(NAMES[i], priority, seats) for i, (priority, seats) in enumerate(rows)]
)
named = st.dictionaries(st.sampled_from((*NAMES, "closed")), pools, max_size=5).map(lambda d: tuple(sorted(d.items())))
wide = st.lists(st.tuples(st.frozensets(st.sampled_from(NAMES), min_size=1), pools), max_size=2).map(tuple)
groups_of = st.lists(
    st.builds(Group, named, st.integers(0, 2), wide), max_size=4, unique_by=lambda g: (g.pools, frozenset(g.wide))
)


@settings(max_examples=400, deadline=None)
@given(demands_of, groups_of)
def test_no_other_placement_is_better(demands: list[Demand], groups: list[Group]) -> None:
    """Of all ways to place the people none is better by any of the five criteria, and nobody is used twice."""
    result = allocate(demands, groups)
    assert _score(demands, _got(result, groups)) == _best(demands, groups)
    for index, group in enumerate(groups):
        assert sum(count for (i, _), count in result.taken.items() if i == index) <= group.size
    for demand in demands:
        share = result.shares[demand.project]
        got = [_got(result, groups)[demand.project, pool] for pool in Pool]
        assert [share.native, share.non_native, share.english] == got
        assert sum(got) + share.unfilled == demand.open_seats


@settings(max_examples=100, deadline=None)
@given(demands_of, groups_of, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(demands: list[Demand], groups: list[Group], rng: object) -> None:
    """The same people and projects in another order get the same places."""
    order = list(range(len(groups)))
    rng.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    turned = allocate(demands[::-1], [groups[i] for i in order])
    assert {(order[i], p): n for (i, p), n in turned.taken.items()} == dict(allocate(demands, groups).taken)


@settings(max_examples=200, deadline=None)
@given(demands_of, groups_of)
def test_the_search_for_improvements_alone_finds_the_best(demands: list[Demand], groups: list[Group]) -> None:
    """Even from an empty flow, without the solver, the exact weights lead to the best allocation."""
    flow = allocation._Flow(_network(demands, groups))  # the proof must not lean on the solver
    while flow.improve():
        pass
    solved = allocation._Flow(flow.net)
    solved.solve()
    while solved.improve():
        pass
    cost = {(a, b): cost for a, b, _, cost in flow.exact}
    ends = flow.net.end
    totals = [
        sum(count * (cost.get(arc, 0) - (f.filled if arc[1] == ends else 0)) for arc, count in f.on.items())
        for f in (flow, solved)
    ]
    assert totals[0] == totals[1]


def _network(demands: Sequence[Demand], groups: Sequence[Group]) -> allocation._Network:
    open_ = sorted((d for d in demands if d.open_seats), key=lambda d: (d.priority, d.project))
    kinds = allocation._kinds(open_, groups)
    sizes = [sum(groups[i].size for i in members) for members in kinds.values()]
    return allocation._Network([d.open_seats for d in open_], sizes, [*kinds])


def test_a_full_house_comes_before_good_pools() -> None:
    """A native goes to where nobody else can, though an English speaker must then stand in at home."""
    demands = [Demand("ash", 1, 1), Demand("beech", 2, 1)]
    groups = [
        Group((("ash", Pool.NATIVE), ("beech", Pool.ENGLISH)), 1),
        Group((("ash", Pool.ENGLISH),), 1),
    ]
    assert dict(allocate(demands, groups).taken) == {(0, "beech"): 1, (1, "ash"): 1}


def test_the_first_project_is_filled_first() -> None:
    """With one person for two projects, the smaller priority number gets them; then the smaller id."""
    group = Group((("ash", Pool.NATIVE), ("beech", Pool.NATIVE)), 1)
    assert allocate([Demand("ash", 2, 1), Demand("beech", 1, 1)], [group]).taken == {(0, "beech"): 1}
    assert allocate([Demand("beech", 1, 1), Demand("ash", 1, 1)], [group]).taken == {(0, "ash"): 1}


def test_nobody_to_ask_leaves_every_seat_open() -> None:
    """Without people all seats are unfilled, and without demands nothing is given."""
    assert allocate([Demand("ash", 1, 2)], []).shares == {"ash": Share(0, 0, 0, 2)}
    assert allocate([], [Group((("ash", Pool.NATIVE),), 1)]) == Allocation({}, {})


def test_nonsense_is_refused() -> None:
    """A project named twice and negative counts are errors, not surprises."""
    with pytest.raises(ValueError, match="twice"):
        allocate([Demand("ash", 1, 1), Demand("ash", 2, 1)], [])
    with pytest.raises(ValueError, match="0 or more"):
        allocate([Demand("ash", 1, -1)], [])
