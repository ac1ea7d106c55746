"""What may stand in a list: one line or several, harmless in a spreadsheet, instants as text. Pure.

Formulas: OWASP, "CSV injection": lists are exported to Excel with one press. Lengths: SharePoint counts UTF-16 units.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from adapters.chat.text import clean, shorten, size
from bot.records import instant

LINE = 255  # of a text column in one line
LINES = 20_000  # of one in several lines, far below SharePoint's own 63,999
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_BREAKS = re.compile(r"\r\n?|[\u0085\u2028\u2029]")


def harmless(text: str) -> str:
    """The text with a `'` in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def line(text: str) -> str:
    """In one line, at most 255 long."""
    return shorten(harmless(clean(text).strip()), LINE)


def lines(text: str) -> str:
    """In as many lines as it has, without anything that hides or turns text."""
    kept = "\n".join(clean(one).rstrip() for one in _BREAKS.sub("\n", text).split("\n"))
    return shorten(harmless(kept.strip()), LINES)


def whole(text: str) -> bool:
    """Whether a line holds all of it."""
    return size(harmless(clean(text).strip())) <= LINE


def moment(at: datetime) -> str:
    """An instant as SharePoint keeps it: in UTC, without fractions of a second."""
    return instant(at - timedelta(microseconds=at.microsecond))


def typed(cell: object) -> str:
    """What a person reads in a cell: without the `'` that was put in front of it."""
    text = str(cell) if isinstance(cell, str | int | float) else ""
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text
