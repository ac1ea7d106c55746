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

from bot.allocation import Pool, allocate

LANGUAGES = 12
LOCATIONS = 30
SPEAKERS = (1, 1, 1, 2, 4, 8, 8, 12, 16, 16, 24, 30)  # people are not spread like projects: some languages run short
ENGLISH_SPEAKERS = 0.6
ENROLLED = 0.5
KINDS = ("native", "non_native", "english", "unfilled")
SIZES = (
    (100, 20_000, 5, 1.0),
    (1_000, 20_000, 40, 1.0),
    (5_000, 20_000, 200, 1.0),
    (5_000, 20_000, 200, 0.1),
    (5_000, 8_000, 200, 0.1),
)


def company(seats: int, people: int, projects: int, backed: float, seed: int = 1) -> tuple[list[int], Counter[int]]:
    """Seats and reaches: languages, locations, backups for 0-2 projects, some of them agents elsewhere.

    `backed`: the part of the people whose backup projects count, the others are lined up for none.
    """
    rng = random.Random(seed)
    language = [rng.randrange(LANGUAGES) for _ in range(projects)]
    sites = [frozenset(rng.sample(range(LOCATIONS), rng.randint(1, 4))) for _ in range(projects)]
    counts = Counter(rng.choices(range(projects), k=seats))
    spoken: dict[int, list[int]] = {k: [p for p in range(projects) if language[p] == k] for k in range(LANGUAGES)}
    reaches: Counter[int] = Counter()
    for _ in range(people):
        native, place = rng.choices(range(LANGUAGES), SPEAKERS)[0], rng.randrange(LOCATIONS)
        fluent = {native, *rng.choices(range(LANGUAGES), SPEAKERS, k=rng.choice((0, 0, 1, 2)))}
        own = rng.randrange(projects) if rng.random() < 0.4 else -1
        lined_up = rng.sample(spoken[native], min(len(spoken[native]), rng.choice((0, 1, 1, 2))))
        best: dict[int, Pool] = {}
        if rng.random() < ENROLLED:
            best = dict.fromkeys(range(projects), Pool.ENGLISH) if rng.random() < ENGLISH_SPEAKERS else {}
            best |= {p: Pool.NON_NATIVE for k in fluent for p in spoken[k] if place not in sites[p]}
        if rng.random() < backed:
            best |= dict.fromkeys(lined_up, Pool.NATIVE)
        best.pop(own, None)
        reaches[sum(1 << (pool - 1) * projects + p for p, pool in best.items())] += 1
    return [counts[p] for p in range(projects)], reaches


def _peak_mb() -> int:
    """The most memory this process has held so far, examples included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    """Prints one line for each size of incident."""
    print(f"after import: peak_mb={_peak_mb()}")
    for seats, people, projects, backed in SIZES:
        open_seats, reaches = company(seats, people, projects, backed)
        times, total = [], [0] * len(KINDS)
        for _ in range(5):
            begun = time.perf_counter()
            shares = allocate(open_seats, reaches)
            times.append((time.perf_counter() - begun) * 1000)
            total = [sum(getattr(share, kind) for share in shares) for kind in KINDS]
        print(
            f"seats={seats} people={people} projects={projects} backed={backed} kinds={len(reaches)} "
            f"first_ms={times[0]:.0f} median_ms={statistics.median(times):.0f} "
            f"native={total[0]} non_native={total[1]} english={total[2]} unfilled={total[3]} peak_mb={_peak_mb()}"
        )
    print("promise 32: 5,000 seats, 20,000 people, 200 projects ≤ 1,000 ms")


if __name__ == "__main__":
    main()
