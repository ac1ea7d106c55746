"""What is said in an incident's channel: its topic, and the timeline below the status card."""

from __future__ import annotations

from bot.cards import Card, Instant, Text
from bot.ports import Notice
from bot.situation import Incident
from bot.timeline import from_data
from bot.wording.basics import Reader, View, level_name
from bot.wording.log import log_line


def room_topic(incident: Incident, view: View, reader: Reader) -> str:
    """The channel's topic: incident, project, level."""
    t, project = reader.tongue, view.project(incident.project)
    if incident.closed_at or incident.declared is None:
        return t.text("Incident {number}, {project}: over", number=incident.number, project=project)
    level = level_name(t, view.rules, incident.declared)
    return t.text("Incident {number}, {project}: {level}", number=incident.number, project=project, level=level)


def timeline(notice: Notice, view: View, reader: Reader) -> Card:
    """What happened, a line each, with its time."""
    events = from_data(notice.data)
    lead, *rest = ((Instant(one.at), " · ", *log_line(one, view.rules, reader.locale)) for one in events)
    return Card(notice.kind, lead, lead, "calm", tuple(Text(line) for line in rest))
