"""The journal as rows: an event in words, an incident's record, a plan's version. Pure.

A cell has nothing in it that a spreadsheet would carry out. Of people there are names where an event is about them, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adapters.sharepoint.records import Record
from adapters.sharepoint.schema import KEY, TITLE
from adapters.sharepoint.texts import line, lines, moment
from adapters.sharepoint.words import Words, zone_of
from bot import events as ev
from bot.cover import Rulebook
from bot.ports import Entry
from bot.wording import log_line, plain
from bot.wording.basics import cause_name, pool_name, project_name
from bot.wording.catalogue import mark

Fields = dict[str, Any]
NOTHING = "–"
_RTO: Mapping[str, str] = {
    "running": mark("running"),
    "met": mark("yes"),
    "breached": mark("no"),
}


def log_row(entry: Entry, event: ev.Event | None, incidents: Iterable[str], rules: Rulebook, words: Words) -> Fields:
    """One entry of the journal; `event` None: a newer version wrote it, and its type has to do."""
    project = getattr(event, "project", None)
    reader = words.reader(zone_of(rules.company, project))
    told = entry.type
    if event is not None:
        told = plain(log_line(event, rules, words.language), rules.company, reader)
    return {
        TITLE: line(", ".join(incidents) or NOTHING),
        KEY: str(entry.seq),
        "Seq": entry.seq,
        "At": moment(entry.at),
        "Project": line(project_name(rules, project)) if project else None,
        "What": lines(told),
        "Hash": entry.hash,
    }


def bare_log_row(entry: Entry) -> Fields:
    """The same without words, for an entry whose words SharePoint refuses."""
    return {
        TITLE: NOTHING,
        KEY: str(entry.seq),
        "Seq": entry.seq,
        "At": moment(entry.at),
        "What": entry.type,
        "Hash": entry.hash,
    }


def incident_row(record: Record, rules: Rulebook, words: Words, *, exercise: bool) -> Fields:
    """One incident as it is now."""
    t, now, rto = words.t, record.now, record.now.rto
    return {
        TITLE: record.number,
        KEY: record.number,
        "Project": line(project_name(rules, record.project)),
        "State": t.text("closed") if record.closed else t.text("open"),
        "Level": now.worst_level or None,
        "Opened": moment(record.opened),
        "Cause": line(causes_of(record, words)),
        "Worst": now.worst_out,
        "RtoDue": moment(rto.due) if rto else None,
        "Restored": moment(record.restored) if record.restored else None,
        "RtoMet": line(rto_word(record, words)),
        "Cover": line(cover_of(record, words)),
        "Plan": line(record.plan),
        "Kind": t.text("exercise") if exercise else t.text("real"),
        "Closed": moment(record.closed) if record.closed else None,
    }


def plan_row(version: str, digest: str, since: datetime) -> Fields:
    """A version of the plan, from when it was first gone by."""
    return {TITLE: line(version), KEY: digest[:64].lower(), "Digest": digest[:64], "Since": moment(since)}


def causes_of(record: Record, words: Words) -> str:
    """`Power cut (3), Fire or smoke (1)`."""
    return ", ".join(f"{cause_name(words.rules, cause)} ({count})" for cause, count in record.counted_causes())


def rto_word(record: Record, words: Words) -> str:
    """Whether the recovery time was kept: once missed, it stays missed."""
    if record.breached:
        return words.t.text("no")
    rto = record.now.rto
    return words.t.text(_RTO[rto.state]) if rto else NOTHING


def cover_of(record: Record, words: Words) -> str:
    """`native speaker: 3; in English: 1`: how many people were on duty."""
    found = [f"{pool_name(words.rules, pool)}: {count}" for pool, count in record.pools().items()]
    return "; ".join(found) or NOTHING
