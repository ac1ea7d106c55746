"""Why a level: the numbers it was computed from, the rule, the plan's version. PLAN §2."""

from __future__ import annotations

from bot.allocation import Pool
from bot.cover import Rulebook
from bot.events import LevelRecommended
from bot.wording.catalogue import Tongue, mark, tongue

_RULES = {
    Pool.NATIVE: mark("native backups can fill every seat"),
    Pool.NON_NATIVE: mark("native backups cannot fill every seat of all projects"),
    Pool.ENGLISH: mark("native and non-native cover cannot fill every seat of all projects"),
    None: mark("no cover of any kind can fill every seat of all projects"),
}


def explanation(assessed: LevelRecommended, rules: Rulebook, locale: str) -> str:
    """`Level 2: 4 seats; 1 native backup left, …; rule: …; plan 4.0`. Source: PLAN §2 "How the level is computed"."""
    t = tongue(locale)
    if assessed.level is None:
        return t.text("No level: nobody is out; plan {plan}", plan=assessed.plan)
    level = rules.plan.levels.get(assessed.level)
    return t.text(
        "Level {level}: {seats}; {pools}; rule: {rule}; plan {plan}",
        level=assessed.level,
        seats=t.amount("{n} seat", "{n} seats", assessed.seats),
        pools=_pools(t, assessed),
        rule=t.text(_RULES[level.pool if level else None]),
        plan=assessed.plan,
    )


def _pools(t: Tongue, assessed: LevelRecommended) -> str:
    parts = [
        t.text("{n} native left", n=assessed.native),
        t.text("{n} non-native from other locations", n=assessed.non_native),
        t.text("{n} English-only", n=assessed.english),
    ]
    if assessed.unfilled:
        parts.append(t.amount("{n} seat nobody can fill", "{n} seats nobody can fill", assessed.unfilled))
    return ", ".join(parts)
