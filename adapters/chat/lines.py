"""A neutral line as plain text, and how long it is: where every platform's own writing of it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from adapters.chat.text import clean
from bot.cards import Instant, Line, Mention, Words
from bot.company import Company
from bot.wording import Reader, plain


@dataclass(frozen=True, slots=True)
class Reading:
    """Who reads, and when. A platform adds whom it knows by an id of its own; others are shown by name."""

    reader: Reader
    company: Company
    now: datetime

    def name(self, person: str) -> str:
        """The person's name; their id if they have left the company file."""
        known = self.company.people.get(person)
        return known.name if known else person

    def more(self, amount: int) -> str:
        """`and 3 more`."""
        return self.reader.tongue.amount("and {n} more", "and {n} more", amount)


def plain_line(line: Line, reading: Reading) -> str:
    """The line as text, times in the reader's zone. No time left is said: the text stays while the time runs."""
    still = tuple(replace(aware(span), style="time") if isinstance(span, Instant) else span for span in line)
    return clean(plain(still, reading.company, reading.reader, reading.now))


def aware(instant: Instant) -> Instant:
    """The same moment. Raises `ValueError` for one without a zone, which would be shown wrong."""
    if instant.at.utcoffset() is None:
        raise ValueError("an instant without a time zone on a card; pass aware UTC datetimes")
    return instant


def is_short(line: Line, reading: Reading, longest: int) -> bool:
    """Whether the line is a value for a narrow column."""
    return sum(_lengths(line, reading)) <= longest


def _lengths(line: Line, reading: Reading) -> Iterator[int]:
    for span in line:
        match span:
            case str():
                yield len(span)
            case Words(text):
                yield len(text)
            case Mention(person):
                yield len(reading.name(person))
            case Instant():
                yield len(plain_line((span,), reading))
            case _:
                assert_never(span)
