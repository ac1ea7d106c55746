"""The allocation is exactly the best by all five criteria, whatever order the input comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.allocation import Placement, Pool, Share, allocate

Score = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]
Person = Mapping[int, Pool]  # the projects they can cover, by number


def _score(shares: Sequence[Share]) -> Score:
    """The five criteria as a tuple: the smaller, the better. No two different results have the same."""
    unfilled = tuple(share.unfilled for share in shares)
    detail = tuple(count for share in shares for count in (share.english, share.non_native))
    english, non_native = sum(detail[::2]), sum(detail[1::2])
    return sum(unfilled), english, non_native, unfilled, detail


def _best(seats: Sequence[int], people: Sequence[Person]) -> Score:
    """The best score of all ways to place the people, by trying every one."""
    states = {((0, 0, 0),) * len(seats)}
    for person in people:
        states |= {
            tuple(
                tuple(count + (pool == k) for k, count in zip(Pool, got, strict=True)) if p == project else got
                for p, got in enumerate(state)
            )
            for state in states
            for project, pool in person.items()
            if project < len(seats) and sum(state[project]) < seats[project]
        }
    return min(_score([Share(*got, open_ - sum(got)) for got, open_ in zip(s, seats, strict=True)]) for s in states)


def _reach(person: Person, projects: int) -> int:
    return sum(1 << (pool - 1) * projects + p for p, pool in person.items() if p < projects)


def _reaches(seats: Sequence[int], people: Sequence[Person]) -> Counter[int]:
    return Counter(_reach(person, len(seats)) for person in people)


seats_of = st.lists(st.integers(0, 3), max_size=4)
people_of = st.lists(st.dictionaries(st.integers(0, 3), st.sampled_from(Pool), max_size=4), max_size=7)


@settings(max_examples=400, deadline=None)
@given(seats_of, people_of)
def test_no_other_placement_is_better(seats: list[int], people: list[Person]) -> None:
    """Of all ways to place the people none is better by any of the five criteria, and nobody is used twice."""
    shares = allocate(seats, _reaches(seats, people))
    assert _score(shares) == _best(seats, people)
    assert [share.native + share.non_native + share.english + share.unfilled for share in shares] == seats


@settings(max_examples=100, deadline=None)
@given(seats_of, people_of, st.randoms(use_true_random=False))
def test_the_order_of_the_people_does_not_matter(seats: list[int], people: list[Person], rng: object) -> None:
    """The same people in another order get the projects the same seats."""
    turned = list(people)
    rng.shuffle(turned)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert allocate(seats, _reaches(seats, turned)) == allocate(seats, _reaches(seats, people))


@settings(max_examples=200, deadline=None)
@given(seats_of, people_of)
def test_the_search_for_improvements_alone_finds_the_best(seats: list[int], people: list[Person]) -> None:
    """Even when nobody is placed yet, without the solver, the exact weights lead to the best allocation."""
    placement = Placement(seats, _reaches(seats, people))
    while placement.improve():
        pass
    assert _score(placement.shares()) == _best(seats, people)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(9, 40))
def test_the_solver_and_the_search_agree_on_many_projects(rng: object, projects: int) -> None:
    """With more projects than can be tried out, the solver improved and the search alone give the same."""
    draw = rng.randrange  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    seats = [draw(4) for _ in range(projects)]
    people = [
        {p: Pool(1 + draw(3)) for p in range(projects) if draw(10) < wide}
        for wide in (draw(1, 10) for _ in range(projects))
    ]
    alone = Placement(seats, _reaches(seats, people))
    while alone.improve():
        pass
    assert alone.shares() == allocate(seats, _reaches(seats, people))


def test_a_better_pool_along_changes_nothing() -> None:
    """Somebody who can cover a project in two pools is used in the better one."""
    both = _reach({0: Pool.NATIVE}, 1) | _reach({0: Pool.ENGLISH}, 1)
    assert allocate([1], {both: 1}) == [Share(1, 0, 0, 0)]


def test_a_full_house_comes_before_good_pools() -> None:
    """A native goes to where nobody else can, though an English speaker must then stand in at home."""
    people: list[Person] = [{0: Pool.NATIVE, 1: Pool.ENGLISH}, {0: Pool.ENGLISH}]
    assert allocate([1, 1], _reaches([1, 1], people)) == [Share(0, 0, 1, 0), Share(0, 0, 1, 0)]


def test_the_first_project_is_filled_first() -> None:
    """One person for two projects goes to the first."""
    assert allocate([1, 1], _reaches([1, 1], [{0: Pool.NATIVE, 1: Pool.NATIVE}])) == [
        Share(1, 0, 0, 0),
        Share(0, 0, 0, 1),
    ]


def test_nobody_to_ask_leaves_every_seat_open() -> None:
    """Without people all seats are unfilled, and without projects nothing is given."""
    assert allocate([2], {}) == [Share(0, 0, 0, 2)]
    assert allocate([], {0: 3}) == []


def test_nonsense_is_refused() -> None:
    """Negative counts and projects that are not there are errors, not surprises."""
    with pytest.raises(ValueError, match="0 or more"):
        allocate([-1], {})
    with pytest.raises(ValueError, match="0 or more"):
        allocate([1], {1: -1})
    with pytest.raises(ValueError, match="beyond"):
        allocate([1], {8: 1})
