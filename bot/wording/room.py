"""What a channel says of itself."""

from __future__ import annotations

from bot.situation import Incident
from bot.wording.basics import Reader, View, level_name


def room_topic(incident: Incident, view: View, reader: Reader) -> str:
    """The channel's topic: incident, project, level."""
    t, project = reader.tongue, view.project(incident.project)
    if incident.closed_at or incident.declared is None:
        return t.text("Incident {number}, {project}: over", number=incident.number, project=project)
    level = level_name(t, view.rules, incident.declared)
    return t.text("Incident {number}, {project}: {level}", number=incident.number, project=project, level=level)
