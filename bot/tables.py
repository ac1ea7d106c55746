"""Reading tables (TOML, or the same from elsewhere) value by value: what does not fit becomes a fault, never a crash.

A value that does not fit is replaced by an empty one of its type, so that reading goes on and finds the other faults.
Whoever reads must call `Faults.check` before using what was read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.faults import Fault, Faults, InvalidFile

_Kind = TypeVar("_Kind", bound=StrEnum)
Check = Callable[[str], str | None]  # a text → what is wrong with it, or None

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_LANGUAGE = re.compile(r"[a-z]{2}")
_DURATION = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?")


def read_utf8(data: bytes, path: str = "") -> str:
    """The text of a file's bytes, with or without a byte order mark. Raises `InvalidFile` if they are not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f'is not UTF-8: see line {line}; save it again with that encoding (in Excel: "CSV UTF-8")'
        raise InvalidFile((Fault(path, wrong),)) from error


def read_toml(text: str) -> dict[str, object]:
    """The tables of a TOML document. Raises `InvalidFile` with the line and column of the first mistake."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (RecursionError, ValueError) as error:  # a syntax error is a ValueError, as is a date such as 2026-02-30
        raise InvalidFile((Fault("", f"this is not valid TOML: {error}"),)) from error


def parse_duration(text: str) -> timedelta | None:
    """`90s`, `30m`, `8h`, `1h30m`, `365d`, or None when it is none of these."""
    found = _DURATION.fullmatch(text)
    if not text or found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def bad_id(text: str) -> str | None:
    """An id is lower-case and fit for a URL, a log line and a command."""
    if _ID.fullmatch(text):
        return None
    return f'"{text}" is not an id; write lower-case letters, digits, ".", "_" and "-", first a letter or a digit'


def bad_language(text: str) -> str | None:
    """A language is named as ISO 639-1 does."""
    if _LANGUAGE.fullmatch(text):
        return None
    return f'"{text}" is not an ISO 639-1 language; write two lower-case letters, like "de"'


def kind_of(value: object) -> str:
    """The type of a value in the words of somebody who writes such files."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true/false"),
        (int, "a number"),
        (float, "a number"),
        (str, "a text"),
        (Mapping, "a table"),
        ((list, tuple), "a list"),
        ((date, datetime, time), "a date or time"),
    )
    return next((name for types, name in names if isinstance(value, types)), "nothing")


@dataclass(slots=True)
class Table:
    """One table and its path; keys outside `keys` are faults at once, since they are mostly typing mistakes.

    An `absent` table is a fault itself already, so that what it lacks is none.
    """

    raw: Mapping[str, object]
    path: str
    faults: Faults
    absent: bool = False

    @classmethod
    def of(cls, raw: object, path: str, faults: Faults, keys: Collection[str] | None) -> Table:
        """`raw` as a table; an empty one, and a fault, when it is something else. `keys` None: any key."""
        if not isinstance(raw, Mapping):
            wanted = f"a table with {_listed(keys)}" if keys else "a table"
            faults.add(path, f"must be {wanted}, not {kind_of(raw)}")
            return cls({}, path, faults, absent=True)
        table = cls(raw, path, faults)
        for key in raw:
            if keys is not None and key not in keys:
                similar = faults.similar(str(key), keys)
                faults.add(table.at(str(key)), f"unknown key.{similar or f' Known here: {_listed(keys)}.'}")
        return table

    def at(self, key: str, index: int | None = None) -> str:
        """The path of a key of this table, or of a place in its list."""
        path = f"{self.path}.{key}" if self.path else key
        return path if index is None else f"{path}[{index}]"

    def fault(self, key: str, message: str) -> None:
        """`key`'s value is wrong."""
        if not self.absent:
            self.faults.add(self.at(key), message)

    def missing(self, key: str) -> bool:
        """Whether the key is left out; a fault, too."""
        if key in self.raw:
            return False
        self.fault(key, "is missing")
        return True

    def text(self, key: str, check: Check | None = None) -> str:
        """A text that must be there; "" when it is faulty."""
        return "" if self.missing(key) else self.optional_text(key, check) or ""

    def optional_text(self, key: str, check: Check | None = None) -> str | None:
        """A text, stripped; None when left out or faulty."""
        value = self.raw.get(key)
        if value is None and key not in self.raw:
            return None
        if not isinstance(value, str):
            self.fault(key, f'must be a text in quotes, like {key} = "…", not {kind_of(value)}')
            return None
        stripped = value.strip()
        wrong = (check(stripped) if check else None) if stripped else "is empty; write something, or leave the line out"
        if wrong:
            self.fault(key, wrong)
            return None
        return stripped

    def whole(self, key: str, default: int | None = None, *, least: int = 1) -> int:
        """A whole number ≥ `least`; without a default it must be there. `least` when it is faulty."""
        if key not in self.raw and default is not None:
            return default
        if self.missing(key):
            return least
        value = self.raw[key]
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(key, f"must be a whole number, not {kind_of(value) if not isinstance(value, float) else value}")
        elif value < least:
            self.fault(key, f"is {value}; must be {least} or more")
        else:
            return value
        return least

    def flag(self, key: str, *, default: bool) -> bool:
        """`true` or `false`."""
        value = self.raw.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, f"must be true or false, without quotes, not {kind_of(value)}")
        return default

    def choice(self, key: str, kinds: type[_Kind], default: _Kind) -> _Kind:
        """One of the values of an enumeration, that must be there; `default` when it is faulty."""
        text = self.text(key)
        known = {str(kind): kind for kind in kinds}
        if text and text not in known:
            wanted = " or ".join(f'"{kind}"' for kind in known)
            self.fault(key, f'"{text}" is not known here; write {wanted}.{self.faults.similar(text, known)}')
        return known.get(text, default)

    def duration(self, key: str) -> timedelta:
        """A duration above zero that must be there; 0 when it is faulty."""
        text = self.text(key, _bad_duration)
        return (parse_duration(text) or timedelta()) if text else timedelta()

    def texts(self, key: str, check: Check | None = None) -> tuple[str, ...]:
        """A list of different texts, in order; empty when left out; without the faulty ones."""
        value = self.raw.get(key, ())
        if not isinstance(value, (list, tuple)):
            self.fault(key, f'must be a list, like {key} = ["…", "…"], not {kind_of(value)}')
            return ()
        kept: dict[str, None] = {}  # keeps the order, and a long list quick
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.faults.add(self.at(key, index), f"must be a text in quotes, not {kind_of(item)}")
            elif item in kept:
                self.faults.add(self.at(key, index), f'"{item}" stands here twice; keep one')
            elif wrong := check(item) if check else None:
                self.faults.add(self.at(key, index), wrong)
            else:
                kept[item] = None
        return tuple(kept)

    def table(self, key: str, keys: Collection[str] | None) -> Table:
        """A table inside this one that must be there."""
        if self.missing(key):
            return Table({}, self.at(key), self.faults, absent=True)
        return Table.of(self.raw[key], self.at(key), self.faults, keys)

    def entries(self, key: str) -> tuple[object, ...]:
        """The entries of a list of tables (`[[key]]`); empty when left out."""
        value = self.raw.get(key, ())
        if isinstance(value, (list, tuple)):
            return tuple(value)
        self.fault(key, f"must be a list of tables, each begun with [[{key}]], not {kind_of(value)}")
        return ()


def _bad_duration(text: str) -> str | None:
    found = parse_duration(text)
    if found is None:
        return f'"{text}" is not a duration; write like 90s, 30m, 8h or 1h30m'
    return None if found else f'"{text}" is no time at all; must be more than 0'


def _listed(words: Collection[str]) -> str:
    return ", ".join(words)
