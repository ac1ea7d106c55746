"""The readiness check in words: what a project's Account Manager is told, and its line in the log."""

from __future__ import annotations

from bot.cards import Card, Line, Text
from bot.cover import Rulebook
from bot.events import LevelRecommended, ReadinessLacking
from bot.ports import Notice
from bot.wording.basics import Reader, View, level_name, project_name
from bot.wording.catalogue import Tongue
from bot.wording.levels import explanation


def readiness(notice: Notice, view: View, reader: Reader) -> Card:
    """If the project lost all its agents now, which level it would be, and why."""
    t, rules = reader.tongue, view.rules
    data = {key: notice.data[key] for key in ("level", "seats", "native", "non_native", "english", "unfilled", "plan")}
    found = ReadinessLacking(notice.at, notice.project or "", **data)
    lead = _line(t, found, rules)
    why = (explanation(_supposed(found), rules, reader.locale),)
    text = t.say("A daily check: nothing has happened. More backups, or more people enrolled for cover, would help.")
    return Card(notice.kind, lead, lead, "attention", (Text(why), Text(text)))


def readiness_line(event: ReadinessLacking, rules: Rulebook, t: Tongue) -> Line:
    """For the log."""
    return (*_line(t, event, rules), " ", explanation(_supposed(event), rules, t.language))


def _line(t: Tongue, found: ReadinessLacking, rules: Rulebook) -> Line:
    project, level = project_name(rules, found.project), level_name(t, rules, found.level)
    return t.say("{project}: if all its agents were out now, it would be {level}.", project=project, level=level)


def _supposed(found: ReadinessLacking) -> LevelRecommended:
    return LevelRecommended(
        found.at,
        found.project,
        "",
        found.level,
        found.seats,
        found.native,
        found.non_native,
        found.english,
        found.unfilled,
        found.plan,
    )
