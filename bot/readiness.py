"""Readiness: which level would it be if a project lost all its agents now? PLAN §2, for the daily check."""

from __future__ import annotations

from bot import events as ev
from bot.allocation import Pool
from bot.commands import CheckReadiness, ReportWorkplace
from bot.cover import Eligibility
from bot.severity import assess_levels
from bot.turn import Turn
from bot.workplaces import report


def check_readiness(turn: Turn, command: CheckReadiness) -> None:
    """Suppose that all agents of the project report and cannot move; nothing of it stays. Raises `Rejected`.

    What is open now counts as well: people who are out already, and cover that is taken.
    """
    project = turn.project(command.project).id
    supposed = Turn(turn.state, turn.now, turn.rules)
    for agent in turn.rules.company.active_agents(project):
        report(supposed, ReportWorkplace(agent, agent, can_move=False), None)
    if project not in supposed.state.incidents:
        return  # it has no agents
    eligible = Eligibility(supposed.state, supposed.rules)
    found = assess_levels(supposed.state, supposed.rules, eligible)[project]
    if found.level is None or found.level <= min(turn.rules.plan.levels):
        return
    sizes = eligible.sizes(project)
    turn.add(
        ev.ReadinessLacking(
            turn.now,
            project,
            found.level,
            found.seats,
            sizes[Pool.NATIVE],
            sizes[Pool.NON_NATIVE],
            sizes[Pool.ENGLISH],
            found.share.unfilled,
            turn.rules.plan.version,
        )
    )
