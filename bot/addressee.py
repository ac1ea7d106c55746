"""Which incident somebody means who names none: the one where what they say makes sense, if there is just one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from bot.company import Role
from bot.cover import Rulebook, pool_regardless
from bot.situation import COVERED, CoverStatus, Incident, Situation
from bot.turn import Rejected

Action = Literal[
    "cover_yes",
    "cover_no",
    "on_duty",
    "approve",
    "decline",
    "release",
    "declare",
    "acknowledge",
    "ivr_on",
    "stand_down",
]
Fits = Callable[[Incident], bool]
PERMISSIONS = {
    "approve": "approve",
    "decline": "approve",
    "release": "release",
    "declare": "declare",
    "ivr_on": "ivr",
    "stand_down": "stand_down",
}


def project_meant(state: Situation, rules: Rulebook, action: Action, by: str) -> str:
    """The project; raises `Rejected` when it could be several, or none."""
    open_now = [incident for _, incident in sorted(state.incidents.items())]
    for fits in [*_tiers(state, rules, action, by), _any]:
        projects = [incident.project for incident in open_now if fits(incident)]
        if len(projects) == 1:
            return projects[0]
        if projects:
            raise Rejected("which_project", projects=projects)
    raise Rejected("nothing_open")


def _tiers(state: Situation, rules: Rulebook, action: Action, by: str) -> list[Fits]:
    """Tests for an incident, from the likeliest meaning on."""
    if action == "cover_yes":
        return [
            _stands(by, CoverStatus.ASKED),
            _stands(by, CoverStatus.OFFERED),
            _stands(by, CoverStatus.TIMED_OUT, CoverStatus.DECLINED, CoverStatus.LAPSED),
            lambda incident: (
                bool(incident.open_seats) and pool_regardless(state, rules, by, incident.project) is not None
            ),
        ]
    if action == "cover_no":
        return [_stands(by, CoverStatus.ASKED), _stands(by, CoverStatus.OFFERED), _stands(by, *COVERED)]
    if action == "on_duty":
        return [
            _stands(by, CoverStatus.APPROVED),
            _stands(by, CoverStatus.LAPSED),
            _stands(by, CoverStatus.ON_DUTY),
        ]
    if action == "acknowledge":
        return [
            lambda incident: by in incident.contacted and bool(incident.ladders),
            lambda incident: by in incident.contacted or _has(rules, by, incident, {Role.ACCOUNT_MANAGER}),
        ]
    return _decider_tiers(rules, action, by)


def _decider_tiers(rules: Rulebook, action: Action, by: str) -> list[Fits]:
    """For those who decide: where they may, and there is something to decide; else where they may."""
    permitted = rules.plan.permissions[PERMISSIONS[action]]

    def may(incident: Incident) -> bool:
        level = rules.plan.levels.get(incident.declared or 0)
        extra = level.approve if level and action in ("approve", "decline") else frozenset()
        return _has(rules, by, incident, permitted | extra)

    def ready(incident: Incident) -> bool:
        match action:
            case "approve" | "decline":
                return bool(incident.having(CoverStatus.OFFERED))
            case "release":
                return bool(incident.covered)
            case "stand_down":
                return not incident.seats and not incident.moving
            case "ivr_on":
                level = rules.plan.levels.get(incident.declared or 0)
                return bool(level and level.ivr and not incident.ivr_by)
            case _:
                return True

    return [lambda incident: may(incident) and ready(incident), may]


def _any(_: Incident) -> bool:
    return True


def _stands(person: str, *statuses: CoverStatus) -> Fits:
    def fits(incident: Incident) -> bool:
        cover = incident.covers.get(person)
        return cover is not None and cover.status in statuses

    return fits


def _has(rules: Rulebook, by: str, incident: Incident, roles: set[Role] | frozenset[Role]) -> bool:
    return bool(rules.company.roles_in(by, incident.project) & roles)
