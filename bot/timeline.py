"""The timeline in an incident's channel: a line for each event that those who steer it want to look back on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from bot import events as ev
from bot.ports import Draft, Json
from bot.records import from_record, instant, to_record

# Not what comes by the hundred: reports, answers and who is on duty are counted on the status card.
TOLD: tuple[type[ev.AboutIncident], ...] = (
    ev.LevelDeclared,
    ev.CrisisLeadContacted,
    ev.IvrConfirmed,
    ev.FactorAnswered,
    ev.CoverApproved,
    ev.CoverDeclined,
    ev.CoverLapsed,
    ev.CoverLost,
    ev.CoverReleased,
    ev.RtoWarned,
    ev.RtoMet,
    ev.RtoBreached,
    ev.Acknowledged,
    ev.LadderExhausted,
    ev.StoodDown,
)


def as_data(events: Iterable[ev.Event]) -> Json:
    """For a notice: the events as the journal has them."""
    drafts = [to_record(event) for event in events]
    return {"events": [{"at": instant(draft.at), "type": draft.type, "data": draft.data} for draft in drafts]}


def from_data(data: Json) -> Iterator[ev.Event]:
    """The events that `as_data` was given. Raises `UnknownEvent`."""
    for one in data["events"]:
        yield from_record(Draft(datetime.fromisoformat(one["at"]), one["type"], one["data"]))
