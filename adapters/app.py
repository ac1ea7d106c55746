"""The composition root: the only file that knows every folder, the store and the real clock."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.files import read_company, read_plan
from adapters.problem import Problem
from adapters.settings import Settings, is_loopback, shown_database
from bot.cover import Rulebook
from bot.ports import Account, Entry
from store import Store, open_store, upgrade
from store.chain import Broken, Head, verify_journal
from store.urls import sqlite_path

# Who has this account is nobody: it marks a database as one for practice, whose people are played by anybody.
_LATEST = 1000  # entries at the end: a deadline that fired late counts from when it was due
_MARK = Account("practice-desk", "web", "practice", "practice-desk")


# --- the store, for commands ------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(settings: Settings, *, read_only: bool) -> AsyncIterator[Store]:
    """The installation's store, closed at the end. Raises `StoreError`."""
    store = await open_store(settings.database, read_only=read_only)
    try:
        yield store
    finally:
        await store.close()


async def upgrade_database(settings: Settings) -> None:
    """Bring the database to this version's schema. Raises `StoreError`."""
    await upgrade(settings.database)


async def log_entries(settings: Settings) -> AsyncIterator[Entry]:
    """The whole journal, oldest first; also beside a running service. Raises `StoreError`."""
    async with opened(settings, read_only=True) as store:
        seq = 0
        while page := await store.journal.read(seq):
            for entry in page:
                yield entry
            seq = page[-1].seq


@dataclass(frozen=True, slots=True)
class Verified:
    """The journal's last `seq` and `hash` when it is whole; else the first bad `seq`, and in `broken` what is wrong."""

    seq: int
    hash: str = ""
    broken: str | None = None


async def verify_log(settings: Settings, known: tuple[int, str] | None = None) -> Verified:
    """Follow the journal's hash chain; through the entry `known` (seq, hash), if given. Raises `StoreError`."""
    async with opened(settings, read_only=True) as store:
        try:
            head = await verify_journal(store.journal, Head(*known) if known else None)
        except Broken as error:
            return Verified(error.seq, broken=str(error))
        return Verified(head.seq, head.hash)


async def look_at_database(settings: Settings) -> str:
    """How the database is, in words; changes nothing. Raises `StoreError`, `Problem`."""
    shown = shown_database(settings.database)
    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        if not os.access(path.parent, os.W_OK):
            raise Problem(f"{path.parent} is not there, or not writable; make it, or set BACKLINE_DATABASE_URL")
        return f"{shown} is not there yet; backline run makes it"
    if path is not None and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise Problem(f"{path} and its directory must be writable for this user")
    async with opened(settings, read_only=path is not None) as store:
        if path is None:
            await store.ping()
        if settings.practice:
            await _demand_practice(store, shown)
        else:
            await _demand_real(store, shown)
        begun = bool(await store.journal.read(0, 1))
    return f"{shown} {'has a log' if begun else 'is empty'}"


@dataclass(frozen=True, slots=True)
class Reached:
    """How many people the company file has, and how many of them have an account on a platform."""

    people: int
    linked: int


async def look_at_accounts(settings: Settings, platform: str) -> Reached:
    """Whom a chat platform has brought so far; changes nothing. Raises `Problem`, `StoreError`."""
    people = read_company(settings.company).people
    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        return Reached(len(people), 0)
    async with opened(settings, read_only=path is not None) as store:
        found = await store.directory.everybody(platform)
    return Reached(len(people), len({one.person for one in found if one.person in people}))


async def _demand_practice(store: Store, shown: str) -> None:
    """Refuse to practise on the log of a real company: anybody may play anybody at the desk."""
    if await store.journal.read(0, 1) and await store.directory.who(_MARK.platform, _MARK.tenant, _MARK.user) is None:
        raise Problem(
            f"{shown} holds a log that is not from practice, so the practice desk keeps its hands off. "
            "Set the chat credentials to serve it, or another BACKLINE_DATABASE_URL to practise"
        )


async def _demand_real(store: Store, shown: str) -> None:
    """Refuse to go on from practice: nobody is to be called by what was played."""
    if await store.directory.who(_MARK.platform, _MARK.tenant, _MARK.user) is not None:
        raise Problem(f"{shown} is from practice. Set BACKLINE_DATABASE_URL to another file, like sqlite:///live.db")


# --- the service ------------------------------------------------------------------------------------------------------


def rules_of(settings: Settings) -> Rulebook:
    """The plan and the company in force. Raises `Problem` with every fault of both."""
    faults: list[str] = []
    plan = company = None
    try:
        plan = read_plan(settings.plan)
    except Problem as error:
        faults.append(str(error))
    try:
        company = read_company(settings.company)
    except Problem as error:
        faults.append(str(error))
    if plan is None or company is None:
        raise Problem("\n".join(faults))
    return Rulebook(plan, company)


async def serve(settings: Settings) -> None:
    """Run the service until SIGTERM or SIGINT. Raises `Problem`, `StoreError`."""
    _demand_servable(settings)
    rules = rules_of(settings)
    # aiohttp, the solver and the scheduler take their time to load; whoever gets a fault above need not wait for them.
    from adapters.service import Service  # noqa: PLC0415 - see the line above

    stopping = _on_signals()
    async with opened(settings, read_only=False) as store:
        if settings.practice:
            await _demand_practice(store, shown_database(settings.database))
            await store.directory.link(_MARK)
        else:
            await _demand_real(store, shown_database(settings.database))
        service = Service(settings, rules, store, await _latest(store) or datetime.min.replace(tzinfo=UTC))
        await service.start()
        await stopping.wait()
        await service.drain()


def _demand_servable(settings: Settings) -> None:
    if not settings.practice and settings.company is None:
        raise Problem(
            "BACKLINE_COMPANY: set it to your company file; the sample company is for practice. "
            "Leave out SLACK_BOT_TOKEN and MICROSOFT_APP_ID to run the practice desk"
        )
    if settings.practice and not is_loopback(settings.host):
        raise Problem(
            f"BACKLINE_HOST: {settings.host} can be reached from elsewhere, and the practice desk has no sign-in; "
            "leave it out, or write 127.0.0.1"
        )


async def latest_entry(settings: Settings) -> datetime | None:
    """The instant of the last entry in the log; None without one. Raises `StoreError`."""
    path = sqlite_path(settings.database)
    if path is not None and not path.exists():
        return None
    async with opened(settings, read_only=path is not None) as store:
        return await _latest(store)


@dataclass(frozen=True, slots=True)
class Kept:
    """How far SharePoint is: entries that it has, that there are, since when the first one waits; what is wrong."""

    has: int
    entries: int
    since: datetime | None
    trouble: str | None
    place: Mapping[str, Any]


async def kept_in_sharepoint(settings: Settings) -> Kept:
    """How far the running service, or the one that ran last, has come. Raises `StoreError`."""
    from adapters.sharepoint.place import READER, reached  # noqa: PLC0415 - not every command has to do with it

    path = sqlite_path(settings.database)
    async with opened(settings, read_only=path is not None) as store:
        place = await store.positions.place(READER)
        last = await store.journal.last()
        has = reached(place)
        waiting = await store.journal.read(has, 1)
        trouble = place.get("trouble")
        return Kept(has, last.seq if last else 0, waiting[0].at if waiting else None, trouble, place)


async def _latest(store: Store) -> datetime | None:
    """Practice time may be ahead of the real one, and must not go back when the desk is opened again."""
    last = await store.journal.last()
    if last is None:
        return None
    return max(entry.at for entry in await store.journal.read(max(0, last.seq - _LATEST)))


def _on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second one ends the process as usual."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return stopping
