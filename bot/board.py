"""Every project at a glance: the same numbers for the practice desk's board, `simulate --json` and the cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.allocation import Pool, Share
from bot.cover import Eligibility, Rulebook
from bot.events import LevelRecommended
from bot.records import instant
from bot.severity import NOTHING, Assessment, assess_levels, basis_of
from bot.situation import Incident, Situation
from bot.wording import explanation


@dataclass(frozen=True, slots=True)
class Clock:
    """The RTO clock: `due` aware UTC; state running, met, breached, or none where there never was a seat."""

    due: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Tally:
    """One project. `pools`: who could still take a seat. `covered`: approved, on duty or not. Levels 1-4 or None."""

    project: str
    agents: int
    moving: int
    out: int
    seats: int
    covered: int
    on_duty: int
    recommended: int | None
    declared: int | None
    pools: Mapping[Pool, int]
    allocation: Share
    basis: LevelRecommended
    rto: Clock

    def as_json(self, rules: Rulebook) -> dict[str, Any]:
        """The object of INTERFACE "Scenario file", with the explanation in English."""
        return {
            "agents": self.agents,
            "moving": self.moving,
            "out": self.out,
            "seats": self.seats,
            "covered": self.covered,
            "on_duty": self.on_duty,
            "recommended": self.recommended,
            "declared": self.declared,
            "pools": {pool.name.lower(): size for pool, size in self.pools.items()},
            "allocation": asdict(self.allocation),
            "explanation": explanation(self.basis, rules, "en"),
            "rto": {"due": instant(self.rto.due) if self.rto.due else None, "state": self.rto.state},
        }


def tallies(state: Situation, rules: Rulebook, now: datetime) -> Mapping[str, Tally]:
    """All projects of the company, in the file's order."""
    eligible = Eligibility(state, rules)
    found = assess_levels(state, rules, eligible)
    return {
        project: _tally(project, state.incident(project), found.get(project, NOTHING), eligible, now)
        for project in rules.company.projects
    }


def _tally(project: str, incident: Incident | None, found: Assessment, eligible: Eligibility, now: datetime) -> Tally:
    rto = incident.rto if incident else None
    return Tally(
        project=project,
        agents=len(eligible.rules.company.active_agents(project)),
        moving=len(incident.moving) if incident else 0,
        out=found.seats,
        seats=found.seats,
        covered=found.covered,
        on_duty=incident.on_duty if incident else 0,
        recommended=found.level,
        declared=incident.declared if incident else None,
        pools=eligible.sizes(project),
        allocation=found.share,
        basis=basis_of(project, incident.number if incident else "", found, eligible, now),
        rto=Clock(rto.due, rto.state) if rto else Clock(None, "none"),
    )
