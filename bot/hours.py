"""Opening hours of a project, in its own time zone, with its country's public holidays (PLAN §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from bot.company import Project

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "PH")
_HOLIDAY = 7  # the place of "PH", public holidays, after the seven weekdays
_RANGE = re.compile(r"(\d?\d):(\d\d)-(\d?\d):(\d\d)", re.ASCII)
_LOOSE = re.compile(r"\s*([-,:])\s*")
_MIDNIGHT = 24 * 60

Span = tuple[int, int]  # minutes since midnight: from inclusive, to exclusive


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours. `days` has the spans of Monday to Sunday and of public holidays, in minutes of the local day."""

    text: str
    days: tuple[tuple[Span, ...], ...]

    NEVER: ClassVar[Hours]

    @classmethod
    def parse(cls, text: str) -> Hours:
        """`Mo-Fr 08:00-20:00; Sa 09:00-13:00`, `Mo,We 08:00-12:00,13:00-17:00`, `Fr 22:00-06:00`, `24/7`.

        `PH` is a public holiday; closed unless it is named. Raises `ValueError` that says what to write instead.
        """
        days: list[list[Span]] = [[] for _ in _DAYS]
        for part in filter(None, (_LOOSE.sub(r"\1", piece).strip() for piece in text.split(";"))):
            names, spans = ("Mo-Su", "00:00-24:00") if part == "24/7" else _halves(part)
            parsed = [_span(piece) for piece in spans.split(",")]
            for day in _days(names):
                for start, end in parsed:
                    _open(days, day, start, end)
        if not any(days):
            raise ValueError('says no hours; write like "Mo-Fr 08:00-20:00" or "24/7"')
        return cls(text, tuple(tuple(sorted(spans)) for spans in days))

    def at(self, weekday: int, minute: int, *, holiday: bool) -> bool:
        """Whether it is open at that minute of a local day; Monday is 0."""
        return any(start <= minute < end for start, end in self.days[_HOLIDAY if holiday else weekday])


Hours.NEVER = Hours("", ((),) * len(_DAYS))


def is_open(project: Project, at: datetime) -> bool:
    """Whether the project's opening hours include the instant `at` (aware). Raises `ValueError` on a naive one."""
    if at.utcoffset() is None:
        raise ValueError("an instant without a time zone; pass an aware UTC datetime")
    local = at.astimezone(ZoneInfo(project.timezone))
    holiday = local.date() in public_holidays(project.country, local.year)
    return project.hours.at(local.weekday(), local.hour * 60 + local.minute, holiday=holiday)


@lru_cache(maxsize=1024)
def bad_zone(name: str) -> str | None:
    """What is wrong with a zone's name, or None."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return f'"{name}" is not a time zone; write an IANA name, like "Europe/Budapest"'
    return None


@lru_cache(maxsize=1024)
def bad_country(code: str) -> str | None:
    """What is wrong with a country's code, or None. Its public holidays must be known."""
    if code in _countries():
        return None
    return f'"{code}" is not a country whose holidays are known; write the two ISO letters in capitals, like "DE"'


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """Asked on the first country only: gathering them takes a tenth of a second."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=1024)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """The country's nation-wide public holidays in that year, observed days included."""
    return frozenset(holidays.country_holidays(country, years=year))


def _halves(part: str) -> tuple[str, str]:
    days, _, spans = part.partition(" ")
    if not spans:
        raise ValueError(f'"{part}" is not opening hours; write days, a space and times, like "Mo-Fr 08:00-20:00"')
    return days, spans.strip()


def _days(text: str) -> list[int]:
    found: list[int] = []
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        known = first in _DAYS and (not dash or (last in _DAYS and "PH" not in (first, last)))
        if not known:
            raise ValueError(f'"{piece}" is not a day; write Mo, Tu, We, Th, Fr, Sa, Su, PH, or a range like Mo-Fr')
        start = _DAYS.index(first)
        length = (_DAYS.index(last) - start) % _HOLIDAY if dash else 0
        found += [(start + step) % _HOLIDAY if dash else start for step in range(length + 1)]
    return found


def _span(text: str) -> Span:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is not a time range; write like 08:00-20:00')
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or start >= _MIDNIGHT or end > _MIDNIGHT:  # noqa: PLR2004 - of 60
        raise ValueError(f'"{text}" has a time that is not on the clock; from 00:00 to 24:00')
    if start == end:
        raise ValueError(f'"{text}" begins and ends at the same time; for the whole day write 00:00-24:00')
    return start, end


def _open(days: list[list[Span]], day: int, start: int, end: int) -> None:
    """Add a span; what is over midnight belongs to the next day."""
    if start < end:
        days[day].append((start, end))
        return
    if day == _HOLIDAY and end:
        raise ValueError("PH ends at midnight, for any day may follow a holiday; write an end of 24:00")
    days[day].append((start, _MIDNIGHT))
    if end:
        days[(day + 1) % _HOLIDAY].append((0, end))
