"""The latest of the incident log, for somebody who asks in a chat."""

from __future__ import annotations

from collections.abc import Iterable

from bot.cards import Card, Facts, Instant, Line
from bot.events import (
    AboutIncident,
    AboutPerson,
    AboutRole,
    Event,
    NoticeUndelivered,
    ReadinessLacking,
    RoleRowRefused,
)
from bot.wording.basics import Reader, View
from bot.wording.home import may_see
from bot.wording.log import log_line

MOST_LINES = 12


def history(events: Iterable[Event], view: View, reader: Reader) -> Card:
    """The last lines about what this person may see, the newest at the bottom."""
    t = reader.tongue
    seen = [event for event in events if _concerns(event, view, reader.person)][-MOST_LINES:]
    if not seen:
        lead = t.say("Nothing in the log that concerns you.")
        return Card("log", lead, lead)
    lead = t.say("The latest in the log.")
    today = all(event.at.date() == view.now.date() for event in seen)
    rows: list[tuple[str, Line]] = [
        (
            _number(event),
            (Instant(event.at, "time" if today else "datetime"), " · ", *log_line(event, view.rules, reader.locale)),
        )
        for event in seen
    ]
    return Card("log", lead, lead, "calm", (Facts(tuple(rows)),))


def _number(event: Event) -> str:
    return event.incident if isinstance(event, AboutIncident) else "–"


def _concerns(event: Event, view: View, person: str) -> bool:
    if isinstance(event, AboutIncident):
        return may_see(person, event.project, view.rules)
    if isinstance(event, AboutPerson):
        projects = view.rules.company.agent_of(event.person)
        return event.person == person or any(may_see(person, project, view.rules) for project in projects)
    if isinstance(event, AboutRole | RoleRowRefused) and event.project:
        return may_see(person, event.project, view.rules)
    if isinstance(event, NoticeUndelivered | ReadinessLacking):
        return bool(event.project) and may_see(person, event.project or "", view.rules)
    return any(may_see(person, project, view.rules) for project in view.rules.company.projects)
