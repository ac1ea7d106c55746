"""`backline log`."""

from __future__ import annotations

import asyncio
import json
import re
from zoneinfo import ZoneInfo

from adapters.app import log_entries, verify_log
from adapters.commands.terminal import language_of, say, warn
from adapters.files import read_company, read_plan
from adapters.problem import Problem
from adapters.settings import Settings, load_settings
from bot import events as ev
from bot.cover import Rulebook
from bot.hours import bad_zone
from bot.ports import Entry
from bot.records import UnknownEvent, from_record, instant
from bot.wording import Reader, log_line, plain

_WORKPLACE = frozenset(kind.__name__ for kind in ev.EVENTS if issubclass(kind, ev.AboutPerson))
_KNOWN = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def show(incident: str | None, *, as_json: bool, language: str | None, zone: str) -> None:
    """Print the log. Raises `Problem`, `StoreError`."""
    if wrong := bad_zone(zone):
        raise Problem(wrong)
    settings = load_settings()
    words = None if as_json else _Words(settings, Reader("", language_of(language), zone))
    found = asyncio.run(_print(settings, incident, words))
    if incident and not found:
        raise Problem(f"there is no incident {incident} in the log; numbers are like 2026-0042")
    if not found:
        warn("The log is empty: nothing has happened yet.")


async def _print(settings: Settings, incident: str | None, words: _Words | None) -> bool:
    found, about = False, About(incident) if incident else None
    async for entry in log_entries(settings):
        if about and not about.has(entry):
            continue
        found = True
        say(words.line(entry) if words else _as_json(entry))
    return found


class About:
    """Which entries are about one incident: those that name it, and what its people said of their workplaces."""

    def __init__(self, number: str) -> None:
        self._number = number
        self._project: str | None = None
        self._people: set[str] = set()

    def has(self, entry: Entry) -> bool:
        """Whether this entry is; to be asked of all, in order."""
        data = entry.data
        if entry.type in _WORKPLACE:
            if self._project in data.get("projects", ()):
                self._people.add(data["person"])
            return data["person"] in self._people
        named = data.get("incident") == self._number or self._number in data.get("incidents", ())
        if named and entry.type == ev.IncidentOpened.__name__:
            self._project = data["project"]
        elif named and entry.type == ev.StoodDown.__name__:
            self._project = None
            self._people.clear()
        return named


def _as_json(entry: Entry) -> str:
    line = {"seq": entry.seq, "at": instant(entry.at), "type": entry.type, "data": entry.data, "hash": entry.hash}
    return json.dumps(line, ensure_ascii=False)


class _Words:
    """Entries as a person reads them."""

    def __init__(self, settings: Settings, reader: Reader) -> None:
        self._rules = Rulebook(read_plan(settings.plan), read_company(settings.company))
        self._reader = reader
        self._zone = ZoneInfo(reader.zone)

    def line(self, entry: Entry) -> str:
        """`12  2026-03-02 09:00:00  #1: Anna: workplace unusable`; an entry of a newer version by its type."""
        try:
            words = log_line(from_record(entry), self._rules, self._reader.locale)
        except UnknownEvent:
            words = (entry.type,)
        at = entry.at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")
        return f"{entry.seq:>6}  {at}  {plain(words, self._rules.company, self._reader)}"


def verify(known: str | None) -> int:
    """Follow the hash chain; 0 when it is whole, 1 when it is not. Raises `Problem`, `StoreError`."""
    noted = _KNOWN.fullmatch(known) if known else None
    if known and not noted:
        raise Problem(f'"{known}" is not an entry; write it as log verify says it, SEQ:HASH')
    whole = asyncio.run(verify_log(load_settings(), (int(noted[1]), noted[2]) if noted else None))
    if whole.broken is not None:
        warn(f"The log is not what was written. First bad entry: {whole.seq}. {whole.broken}")
        return 1
    say(f"The log is whole and untouched: {whole.seq} entries.")
    say(f"To find out later whether its end was cut off, note this elsewhere: {whole.seq}:{whole.hash}")
    return 0
