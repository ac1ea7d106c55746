"""Prints how long the allocation takes, and how much memory, for companies like the plan's.

Run: `python tests/bench/bench_allocation.py`. The promise: 5,000 seats, 20,000 people, 200 projects in 1 s.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import time
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # runs from a checkout without installing it

from bot.allocation import Demand, Group, Pool, allocate

LANGUAGES = 12
LOCATIONS = 30
SPEAKERS = (1, 1, 1, 2, 4, 8, 8, 12, 16, 16, 24, 30)  # people are not spread like projects: some languages run short
ENGLISH_SPEAKERS = 0.6
ENROLLED = 0.5
NAMES = [f"p{p:03}" for p in range(200)]
KINDS = ("native", "non_native", "english", "unfilled")
SIZES = (
    (100, 20_000, 5, 1.0),
    (1_000, 20_000, 40, 1.0),
    (5_000, 20_000, 200, 1.0),
    (5_000, 20_000, 200, 0.1),
    (5_000, 8_000, 200, 0.1),
)


def company(
    seats: int, people: int, projects: int, *, backed: float, shared: bool, seed: int = 1
) -> tuple[list[Demand], list[Group]]:
    """Demands and groups: languages, locations, backups for 0-2 projects, some of them agents elsewhere.

    `backed`: the part of the people whose backup projects count, the others are lined up for none.
    `shared`: people name sets of projects (`Group.wide`) rather than every project.
    """
    rng = random.Random(seed)
    language = [rng.randrange(LANGUAGES) for _ in range(projects)]
    sites = [frozenset(rng.sample(range(LOCATIONS), rng.randint(1, 4))) for _ in range(projects)]
    counts = Counter(rng.choices(range(projects), k=seats))
    demands = [Demand(NAMES[p], rng.randint(1, 3), counts[p]) for p in range(projects)]
    spoken: dict[int, list[int]] = {k: [p for p in range(projects) if language[p] == k] for k in range(LANGUAGES)}
    speech = {
        (k, at): frozenset(p for p in spoken[k] if at not in sites[p])
        for k in range(LANGUAGES)
        for at in range(LOCATIONS)
    }
    everything = frozenset(range(projects))
    sizes: Counter[tuple[tuple[tuple[str, Pool], ...], tuple[tuple[frozenset[str], Pool], ...]]] = Counter()
    for _ in range(people):
        native, place = rng.choices(range(LANGUAGES), SPEAKERS)[0], rng.randrange(LOCATIONS)
        fluent = {native, *rng.choices(range(LANGUAGES), SPEAKERS, k=rng.choice((0, 0, 1, 2)))}
        own = rng.randrange(projects) if rng.random() < 0.4 else -1
        lined_up = rng.sample(spoken[native], min(len(spoken[native]), rng.choice((0, 1, 1, 2))))
        if rng.random() > backed:
            lined_up = []
        backups = sorted(p for p in lined_up if p != own)
        enrolled, english = rng.random() < ENROLLED, rng.random() < ENGLISH_SPEAKERS
        sets = [(speech[k, place], Pool.NON_NATIVE) for k in sorted(fluent)] if enrolled else []
        sets += [(everything, Pool.ENGLISH)] if enrolled and english else []
        named = tuple((NAMES[p], Pool.NATIVE) for p in backups)
        wide = tuple((_names(projects_ - {own}), pool) for projects_, pool in sets)
        sizes[(named, wide) if shared else (_flat(named, wide), ())] += 1
    return demands, [Group(named, size, wide) for (named, wide), size in sizes.items() if named or wide]


@cache
def _names(projects: frozenset[int]) -> frozenset[str]:
    return frozenset(NAMES[p] for p in projects)


def _flat(
    named: tuple[tuple[str, Pool], ...], wide: tuple[tuple[frozenset[str], Pool], ...]
) -> tuple[tuple[str, Pool], ...]:
    best = {p: pool for projects, pool in reversed(wide) for p in projects} | dict(named)
    return tuple(sorted(best.items()))


def _peak_mb() -> int:
    """The most memory this process has held so far, examples included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    """Prints one line for each size of incident."""
    print(f"after import: peak_mb={_peak_mb()}")
    for shared, (seats, people, projects, backed) in product((True, False), SIZES):
        demands, groups = company(seats, people, projects, backed=backed, shared=shared)
        times, total = [], [0] * len(KINDS)
        for _ in range(5):
            begun = time.perf_counter()
            shares = allocate(demands, groups).shares.values()
            times.append((time.perf_counter() - begun) * 1000)
            total = [sum(getattr(share, kind) for share in shares) for kind in KINDS]
        peak = _peak_mb()
        print(
            f"shared={shared} seats={seats} people={people} projects={projects} backed={backed} groups={len(groups)} "
            f"entries={sum(len(g.pools) + len(g.wide) for g in groups)} "
            f"first_ms={times[0]:.0f} median_ms={statistics.median(times):.0f} "
            f"native={total[0]} non_native={total[1]} english={total[2]} unfilled={total[3]} peak_mb={peak}"
        )


if __name__ == "__main__":
    main()
