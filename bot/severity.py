"""Tally, level and scope: plain arithmetic over the state. PLAN §2 "How the level is computed"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.allocation import Pool, Share
from bot.cover import Eligibility, Rulebook, worst_needed
from bot.events import LevelRecommended, Scope
from bot.situation import Incident, Situation

NO_SHARE = Share(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one project's level is computed from. `share`: all seats, the covered included; `open_share`: the rest."""

    seats: int
    covered: int
    level: int | None
    share: Share
    open_share: Share


NOTHING = Assessment(0, 0, None, NO_SHARE, NO_SHARE)


def assess_project(incident: Incident, open_share: Share, rules: Rulebook) -> Assessment:
    """Recommended level: the highest pool the allocation needs; the plan's last level when a seat cannot be filled."""
    covered = sorted(incident.covers[person].pool for person in incident.covered)
    share = _with_covered(open_share, covered)
    needed = _with_covered(open_share, covered[: incident.seats])
    return Assessment(incident.seats, len(covered), level_of(needed, rules), share, open_share)


def level_of(share: Share, rules: Rulebook) -> int | None:
    """The level a share of the allocation stands for; None when there is no seat."""
    levels = rules.plan.levels
    if not (share.native or share.non_native or share.english or share.unfilled):
        return None
    if share.unfilled:
        return max(levels)
    worst = worst_needed(share)
    return next(number for number, level in levels.items() if level.pool == worst)


def _with_covered(share: Share, pools: list[int]) -> Share:
    count = Counter(pools)
    return Share(
        share.native + count[Pool.NATIVE],
        share.non_native + count[Pool.NON_NATIVE],
        share.english + count[Pool.ENGLISH],
        share.unfilled,
    )


def assess_levels(state: Situation, rules: Rulebook, eligible: Eligibility) -> Mapping[str, Assessment]:
    """Every open incident's assessment, from one allocation over all of them."""
    shares = eligible.shares()
    return {
        project: assess_project(incident, shares.get(project, NO_SHARE), rules)
        for project, incident in state.incidents.items()
        if project in rules.company.projects
    }


def basis_of(project: str, incident: str, found: Assessment, eligible: Eligibility, now: datetime) -> LevelRecommended:
    """The numbers that explain a level: seats, what each pool offers, the plan's version."""
    sizes = eligible.sizes(project)
    return LevelRecommended(
        now,
        project,
        incident,
        found.level,
        found.seats,
        sizes[Pool.NATIVE],
        sizes[Pool.NON_NATIVE],
        sizes[Pool.ENGLISH],
        found.share.unfilled,
        eligible.rules.plan.version,
    )


def scopes_reached(state: Situation, rules: Rulebook) -> Mapping[Scope, tuple[str, ...]]:
    """The scopes the disruption has now, with the projects that make them up."""
    scope = rules.plan.scope
    hit = sorted(project for project, incident in state.incidents.items() if incident.seats)
    several = tuple(name for name in hit if state.incidents[name].seats >= scope.several_people)
    found: dict[Scope, tuple[str, ...]] = {}
    if len(several) >= scope.several_projects:
        found["several"] = several
    if len(hit) >= scope.most_projects and state.out_agents > scope.most_share * len(rules.company.all_agents):
        found["most"] = tuple(hit)
    return found
