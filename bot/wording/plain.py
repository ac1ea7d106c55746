"""A line as plain text: for logs, exports and screen readers."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time

from bot.cards import Instant, Line, Mention, Words
from bot.company import Company
from bot.wording.basics import Reader
from bot.wording.catalogue import Tongue


def plain(line: Line, company: Company, reader: Reader, now: datetime | None = None) -> str:
    """The line with names and the reader's local times.

    A time is without its date when that is the reader's today; without `now` every time has its date.
    """
    return "".join(_text(span, company, reader, now) for span in line)


def _text(span: str | Instant | Mention | Words, company: Company, reader: Reader, now: datetime | None) -> str:
    match span:
        case str():
            return span
        case Words(text):
            return text
        case Mention(person):
            known = company.people.get(person)
            return known.name if known else person
        case Instant():
            return local_time(span, reader, now)


def local_time(instant: Instant, reader: Reader, now: datetime | None) -> str:
    """`10:30`; `Mon 2 Mar, 10:30` on another day; a countdown says how long that is from `now`."""
    t, zone = reader.tongue, ZoneInfo(reader.zone)
    at = instant.at.astimezone(zone)
    time = format_time(at, "short", tzinfo=zone, locale=t.formats)
    if now is None or at.date() != now.astimezone(zone).date():
        this_year = now is not None and at.year == now.astimezone(zone).year
        day = format_skeleton("MMMEd" if this_year else "yMMMEd", at, tzinfo=zone, locale=t.formats)
        time = t.text("{day}, {time}", day=day, time=time)
    if instant.style == "countdown" and now is not None and instant.at > now:
        time = t.text("{time} (in {left})", time=time, left=_left(t, instant.at, now))
    return time


def _left(t: Tongue, at: datetime, now: datetime) -> str:
    """Whole minutes, rounded down so that nobody believes they have more time than there is."""
    span = at - now
    seconds = int(span.total_seconds())
    whole = seconds - seconds % 60 if seconds >= 60 else seconds  # noqa: PLR2004 - seconds of a minute
    return t.duration(type(span)(seconds=whole))
