"""Everything Backline says to people, in their language: notice → card, refusal or answer → line, event → log line.

English is the source; other languages are gettext catalogues in `bot/locale` (docs/reference/glossary.md). A card never
has people's words in its own text, only as `Words`; names are `Mention`, moments are `Instant`.
"""

from __future__ import annotations

from bot.cards import Card
from bot.ports import Notice
from bot.react import COVER_KINDS, INCIDENT_KINDS, ROLE_KINDS, ROOM_KINDS, TIMELINE, WORKPLACE_KINDS
from bot.situation import Situation
from bot.wording.answers import answered
from bot.wording.basics import Reader, View
from bot.wording.catalogue import prepare
from bot.wording.chronicle import history
from bot.wording.cover import cover
from bot.wording.home import may_see, menu, status
from bot.wording.incident import incident
from bot.wording.levels import explanation
from bot.wording.log import log_line
from bot.wording.on_behalf import people_options
from bot.wording.other import scope_reached, undelivered
from bot.wording.plain import plain
from bot.wording.readiness import readiness
from bot.wording.refusals import refusal
from bot.wording.role_cards import role_conflict, role_row_refused, role_told
from bot.wording.roles import matrix_changed, roles
from bot.wording.room import room_topic, timeline
from bot.wording.superseded import repeated, superseded
from bot.wording.sync import sync_line, sync_stopped
from bot.wording.workplace import workplace

__all__ = [
    "Reader",
    "View",
    "answered",
    "explanation",
    "history",
    "log_line",
    "may_see",
    "menu",
    "note_ids",
    "people_options",
    "plain",
    "prepare",
    "refusal",
    "repeated",
    "roles",
    "room_topic",
    "status",
    "superseded",
    "sync_line",
    "word",
]


def word(notice: Notice, view: View, reader: Reader, *, refreshed: bool = False) -> Card:
    """The card of a notice. `refreshed`: a live card again, its first line from the state, not the notice's kind.

    Raises `ValueError` for a kind that no rule sends.
    """
    if notice.kind in INCIDENT_KINDS:
        return incident(notice, view, reader, refreshed=refreshed)
    if notice.kind in ROOM_KINDS:
        return incident(notice, view, reader, refreshed=True)
    if notice.kind in COVER_KINDS:
        return cover(notice, view, reader, refreshed=refreshed)
    if notice.kind in WORKPLACE_KINDS:
        return workplace(notice, view, reader)
    if notice.kind == TIMELINE:
        return timeline(notice, view, reader)
    if notice.kind in ROLE_KINDS:
        return _about_roles(notice, view, reader)
    if notice.kind == "scope_reached":
        return scope_reached(notice, view, reader)
    if notice.kind == "undelivered":
        return undelivered(notice, view, reader)
    if notice.kind == "readiness":
        return readiness(notice, view, reader)
    if notice.kind == "sync_stopped":
        return sync_stopped(notice, view, reader)
    raise ValueError(f"no card for a notice of kind {notice.kind!r}; bot.react.KINDS has all kinds")


def _about_roles(notice: Notice, view: View, reader: Reader) -> Card:
    match notice.kind:
        case "role_conflict":
            return role_conflict(notice, view, reader)
        case "role_row_refused":
            return role_row_refused(notice, view, reader)
        case "matrix_changed":
            return matrix_changed(notice, view, reader)
        case _:
            return role_told(notice, view, reader)


def note_ids(notice: Notice, state: Situation) -> tuple[str, ...]:
    """The notes the notice's card shows: fetch them for `View.notes`."""
    if notice.kind == "role_row_refused":
        fault = state.role_faults.get(str(notice.data["row"]))
        return (fault.note,) if fault and fault.note else ()
    if notice.kind not in INCIDENT_KINDS + ROOM_KINDS:
        return ()
    found = state.numbered(notice.project or "", notice.incident or "")
    return (found.note,) if found and found.note else ()
