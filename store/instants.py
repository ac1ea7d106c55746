"""Instants and words on their way in and out: aware UTC only, one text form, nothing an engine would refuse."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises `ValueError` for a naive datetime: nobody knows when that is."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        message = f"naive datetime {at.isoformat()}: give an aware one (UTC)"
        raise ValueError(message)
    return at.astimezone(UTC)


@lru_cache(1024)  # what is written together has the same few instants
def to_text(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds and `Z`: fixed width, so that text order is time order."""
    return utc(at).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def instant(stored: str | datetime) -> datetime:
    """What an engine gave back, aware and in UTC: PostgreSQL gives datetimes, SQLite our text."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else utc(stored)


def maybe_instant(stored: str | datetime | None) -> datetime | None:
    """`instant`, or nothing."""
    return None if stored is None else instant(stored)


def storable(words: str) -> str:
    """People's words without what PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates), each replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", words)
