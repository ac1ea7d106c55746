"""What an incident's report says: plain values, all worded, for whoever lays them out. Pure.

One page: what happened, when, who decided, recovery time and success factors, tally and level over time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, format_timedelta

from adapters.chat.text import clean, shorten
from adapters.sharepoint.records import Record
from adapters.sharepoint.rows import NOTHING, causes_of, cover_of, rto_word
from adapters.sharepoint.words import Words, zone_of
from bot import events as ev
from bot.cover import Rulebook
from bot.plan import Factor
from bot.wording import log_line, plain
from bot.wording.basics import level_value, person_name, project_name

MOST_LINES = 12  # of the timeline on the page
MOST_NAMES = 6
LONGEST_LINE = 130
_DROPPED_FIRST: tuple[type[ev.Event], ...] = (
    ev.FactorAnswered,  # have a part of the page of their own
    ev.CoverAsked,
    ev.CoverReleased,
    ev.StandDownProposed,
    ev.CoverOnDuty,
    ev.Acknowledged,
    ev.RtoStarted,
    ev.CrisisLeadContacted,
    ev.CoverLapsed,
    ev.CoverLost,
    ev.ScopeReached,
    ev.CoverApproved,
)
_DECIDING = (ev.LevelDeclared, ev.CoverApproved, ev.CoverReleased, ev.IvrConfirmed, ev.StoodDown)
Story = dict[str, Any]


def file_name(record: Record) -> str:
    """Under which name the report is kept: ids only, which SharePoint takes."""
    return f"{record.number} {record.project}.docx"


def folder_name(words: Words) -> str:
    """The folder of the document library that the reports are in."""
    return words.t.text("Incident reports")


def story(record: Record, rules: Rulebook, words: Words, *, exercise: bool) -> Story:
    """Everything on the page, in the order in which it is read."""
    t, zone = words.t, ZoneInfo(zone_of(rules.company, record.project))
    closed = record.closed or record.points[-1].at
    title = t.text("Incident {number}: {project}", number=record.number, project=project_name(rules, record.project))
    return {
        "language": words.language,
        "at": closed.replace(microsecond=0).isoformat(),
        "title": clean(title),
        "subtitle": _subtitle(record, words, zone, closed, exercise=exercise),
        "facts": [[clean(label), clean(value)] for label, value in _facts(record, rules, words, zone, closed)],
        "wide": [[clean(label), shorten(clean(value), LONGEST_LINE)] for label, value in _wide(record, rules, words)],
        "chart": _chart(record, words, zone, closed),
        "timeline": _timeline(record, rules, words, zone),
        "factors": _factors(record, rules, words),
        "labels": {
            "timeline": t.text("What happened"),
            "factors": t.text("Success factors"),
            "footer": t.text("By Backline from its log; the whole log is in the list “Incident log”."),
        },
    }


def _subtitle(record: Record, words: Words, zone: ZoneInfo, closed: datetime, *, exercise: bool) -> str:
    t, day = words.t, words.rules.formats
    begin, end = record.opened.astimezone(zone), closed.astimezone(zone)
    dates = format_date(begin, "long", locale=day)
    if begin.date() != end.date():
        dates = t.text("{first} to {last}", first=dates, last=format_date(end, "long", locale=day))
    kind = t.text("Exercise") if exercise else t.text("Real incident")
    return t.text("{kind}, {dates}, times in {zone}", kind=kind, dates=dates, zone=str(zone))


def _facts(
    record: Record, rules: Rulebook, words: Words, zone: ZoneInfo, closed: datetime
) -> Iterator[tuple[str, str]]:
    t, now = words.t, record.now
    clock = _Times(record, words, zone, closed)
    yield t.text("Level reached"), level_value(words.rules, rules, now.worst_level) if now.worst_level else NOTHING
    yield t.text("Agents out at worst"), str(now.worst_out)
    yield t.text("Opened"), clock.at(record.opened)
    yield t.text("Closed"), clock.at(closed)
    yield t.text("Lasted"), words.rules.duration(closed - record.opened)
    yield t.text("Plan version"), record.plan
    yield t.text("Recovery due"), clock.at(now.rto.due) if now.rto else NOTHING
    yield t.text("Restored"), _restored(record, words, clock)
    yield t.text("Recovery time kept"), rto_word(record, words)


def _wide(record: Record, rules: Rulebook, words: Words) -> Iterator[tuple[str, str]]:
    """What takes more room."""
    t = words.t
    yield t.text("Cause"), causes_of(record, words) or NOTHING
    yield t.text("Cover by pool"), cover_of(record, words)
    yield t.text("Decided by"), _names(tuple(_deciders(record)), rules, words)


class _Times:
    """Times of day; with the date when the incident went on over midnight."""

    def __init__(self, record: Record, words: Words, zone: ZoneInfo, closed: datetime) -> None:
        self._formats, self._zone = words.rules.formats, zone
        self._dated = record.opened.astimezone(zone).date() != closed.astimezone(zone).date()

    def at(self, instant: datetime) -> str:
        """`10:30`, or `2 Mar 10:30`."""
        there = instant.astimezone(self._zone)
        time = format_time(there, "short", locale=self._formats)
        return f"{format_date(there, 'd MMM', locale=self._formats)} {time}" if self._dated else time


def _restored(record: Record, words: Words, clock: _Times) -> str:
    """When, and how long after the clock began."""
    if record.restored is None or record.now.rto is None:
        return NOTHING
    taken = format_timedelta(
        record.restored - record.now.rto.start, granularity="second", threshold=2, locale=words.rules.formats
    )
    return words.t.text("{time} (after {taken})", time=clock.at(record.restored), taken=taken)


def _deciders(record: Record) -> Iterator[str]:
    for step in record.steps:
        if isinstance(step, _DECIDING) and step.by:
            yield step.by


def _names(people: Sequence[str], rules: Rulebook, words: Words) -> str:
    each = tuple(dict.fromkeys(people))
    shown = ", ".join(person_name(rules, person) for person in each[:MOST_NAMES])
    left = len(each) - MOST_NAMES
    return words.t.text("{names} and {n} more", names=shown, n=left) if left > 0 else shown or NOTHING


def _timeline(record: Record, rules: Rulebook, words: Words, zone: ZoneInfo) -> list[list[str]]:
    """The lines that tell most, in order; how many were left out."""
    steps, left = list(record.steps), record.left_out
    for kind in _DROPPED_FIRST:
        while len(steps) > MOST_LINES and any(isinstance(step, kind) for step in steps):
            steps.remove(next(step for step in reversed(steps) if isinstance(step, kind)))
            left += 1
    if len(steps) > MOST_LINES:  # levels that went up and down: the first and the last of them
        left += len(steps) - MOST_LINES
        steps = steps[: MOST_LINES // 2] + steps[-(MOST_LINES - MOST_LINES // 2) :]
    clock = _Times(record, words, zone, record.closed or record.points[-1].at)
    told = [[clock.at(step.at), _told(step, rules, words, zone)] for step in steps]
    if left:
        told.append(["", words.t.amount("and {n} more line in the log", "and {n} more lines in the log", left)])
    return told


def _told(step: ev.Event, rules: Rulebook, words: Words, zone: ZoneInfo) -> str:
    """The log's own line, without the project that the whole page is about."""
    said = log_line(step, rules, words.language)
    if isinstance(step, ev.AboutIncident):
        said = said[2:]
    text = clean(plain(said, rules.company, words.reader(str(zone)), now=step.at))
    return shorten(text[:1].upper() + text[1:], LONGEST_LINE)


def _factors(record: Record, rules: Rulebook, words: Words) -> list[list[str]]:
    t = words.t
    known: Mapping[str, Factor] = {one.id: one for level in rules.plan.levels.values() for one in level.factors}
    said = {True: t.text("holds"), False: t.text("does not hold"), None: t.text("not answered")}
    found = []
    for factor, holds in record.now.factors.items():
        text = words.rules.of(known[factor].text) if factor in known else factor
        found.append([clean(text), said[holds]])
    return found


def _chart(record: Record, words: Words, zone: ZoneInfo, closed: datetime) -> Story:
    """Numbers from each instant on, in local time without its zone; what the axes are called."""
    t = words.t

    def local(at: datetime) -> str:
        return at.astimezone(zone).replace(tzinfo=None).isoformat()

    return {
        "points": [[local(point.at), point.out, point.on_duty, point.level or 0] for point in record.points],
        "end": local(closed),
        "due": local(record.now.rto.due) if record.now.rto else None,
        "labels": {
            "out": t.text("agents out"),
            "on_duty": t.text("cover on duty"),
            "level": t.text("level"),
            "due": t.text("recovery due"),
        },
    }
