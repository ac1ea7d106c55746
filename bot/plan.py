"""The continuity plan as frozen data: every number, threshold and "who is told" of it, parsed and checked from a file.

What the keys mean is in docs/reference/plan-file.md; what the plan says, in docs/explanation/plan.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType

from bot.allocation import Pool
from bot.faults import Faults
from bot.matrix import Role
from bot.tables import Table, bad_id, bad_language, read_toml

LANGUAGES = ("en", "hu")  # every text of the plan is there in these; others may be added
ACTIONS = ("report_for", "approve", "release", "declare", "stand_down", "ivr", "factor")
ROLES_BY = (Role.CMT_LEAD, Role.IT_MANAGER)  # who changes the roles matrix where an older plan does not say
LAST_LEVEL = max(Pool) + 1  # no pool is left


@dataclass(frozen=True, slots=True)
class Timings:
    """How long people have (PLAN §3)."""

    move: timedelta
    move_answer: timedelta
    cover_answer: timedelta
    on_duty: timedelta
    acknowledge_open: timedelta
    acknowledge_closed: timedelta


@dataclass(frozen=True, slots=True)
class Factor:
    """A critical success factor: what must be true for a level's response to count as working."""

    id: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Level:
    """A severity level (PLAN §2).

    `tell` gets a message when the declared level rises to this one; `contact` as well, and is asked to acknowledge.
    `approve` may approve cover at this level beside those whom the permissions name. With `ivr`, routing calls to
    voicemail counts as restored. With `room`, those who steer the incident get a channel of their own for it.
    """

    number: int
    pool: Pool | None
    rto: timedelta
    condition: Mapping[str, str]
    response: Mapping[str, str]
    factors: tuple[Factor, ...]
    tell: tuple[Role, ...]
    contact: tuple[Role, ...]
    approve: frozenset[Role]
    ivr: bool
    room: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """When `tell` gets a notice for information, whatever the level.

    Several agents: `several_people` or more out in each of `several_projects` or more. Most agents: more than
    `most_share` of all, in `most_projects` or more.
    """

    several_people: int
    several_projects: int
    most_share: Fraction
    most_projects: int
    tell: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Who is contacted one after another until somebody acknowledges, and how many times round."""

    rungs: tuple[Role, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the plan's version history and change log (PLAN §7)."""

    version: str
    date: date
    author: str
    approver: str
    part: str
    description: str


@dataclass(frozen=True, slots=True)
class Review:
    """A line of the plan's review log."""

    date: date
    reviewer: str


@dataclass(frozen=True, slots=True)
class Document:
    """The plan as a controlled document (PLAN §7)."""

    prepared_by: str
    approved_by: str
    test_every: timedelta
    review_every: timedelta
    changes: tuple[Change, ...]
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan. `digest` is the SHA-256 of its content, however it was written."""

    version: str
    title: Mapping[str, str]
    document: Document
    timings: Timings
    ask_ratio: Fraction
    rto_warnings: tuple[int, ...]
    levels: Mapping[int, Level]
    scope: Scope
    ladder: Ladder
    permissions: Mapping[str, frozenset[Role]]
    room_name: str  # with {number} and {project}
    digest: str


def parse_plan(text: str) -> Plan:
    """The plan in a TOML text. Raises `InvalidFile` with every fault."""
    return plan_from_tables(read_toml(text))


def plan_from_tables(tables: Mapping[str, object]) -> Plan:
    """The plan in tables that were read already, as in a scenario. Raises `InvalidFile` with every fault."""
    faults = Faults()
    top = Table.of(tables, "", faults, _TOP)
    version = top.text("version", _bad_version)
    cover = top.table("cover", ("ask_ratio",))
    rto = top.table("rto", ("warnings",))
    plan = Plan(
        version=version,
        title=_texts(top, "title"),
        document=_document(top, version),
        timings=_timings(top),
        ask_ratio=_number(cover, "ask_ratio", least=1),
        rto_warnings=_percents(rto, "warnings"),
        levels=_levels(top),
        scope=_scope(top),
        ladder=_ladder(top),
        permissions=_permissions(top),
        room_name=_room_name(top),
        digest="",
    )
    faults.check()
    canonical = json.dumps(_plain(plan), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    values = {each.name: getattr(plan, each.name) for each in fields(Plan)}
    return Plan(**values | {"digest": hashlib.sha256(canonical.encode()).hexdigest()})


_TOP = ("version", "title", "document", "timings", "cover", "rto", "levels", "scope", "ladder", "permissions", "room")
_LEVEL = ("number", "pool", "rto", "condition", "response", "factors", "tell", "contact", "approve", "ivr", "room")
_DOCUMENT = ("prepared_by", "approved_by", "test_every", "review_every", "changes", "reviews")
_CHANGE = ("version", "date", "author", "approver", "part", "description")
_SCOPE = ("several_people", "several_projects", "most_share", "most_projects", "tell")
_TIMINGS = tuple(each.name for each in fields(Timings))
_POOLS = {pool.name.lower(): pool for pool in Pool}
_VERSION = re.compile(r"\d+\.\d+")
_ROOM = re.compile(r"(?:[a-z0-9_-]|\{number\}|\{project\})+")
ROOM_NAME = "incident-{number}-{project}"
_PERCENT = range(1, 100)


def _timings(top: Table) -> Timings:
    table = top.table("timings", _TIMINGS)
    return Timings(**{key: table.duration(key) for key in _TIMINGS})


def _levels(top: Table) -> Mapping[int, Level]:
    entries = () if top.missing("levels") else top.entries("levels")
    levels = [_level(Table.of(raw, top.at("levels", place), top.faults, _LEVEL)) for place, raw in enumerate(entries)]
    expected = list(range(1, LAST_LEVEL + 1))
    numbers = [level.number for level in levels]
    if "levels" in top.raw and numbers != expected:
        top.fault("levels", f"are numbered {numbers}; must be {expected} in this order, the last without a pool")
    return MappingProxyType({level.number: level for level in levels})


def _level(table: Table) -> Level:
    number = table.whole("number")
    return Level(
        number=number,
        pool=_pool(table, number),
        rto=table.duration("rto"),
        condition=_texts(table, "condition"),
        response=_texts(table, "response"),
        factors=_factors(table),
        tell=_roles(table, "tell"),
        contact=_roles(table, "contact"),
        approve=frozenset(_roles(table, "approve")),
        ivr=table.flag("ivr", default=False),
        room=table.flag("room", default=False),
    )


def _room_name(top: Table) -> str:
    """Chat platforms take lower-case letters, digits and hyphens; what varies is filled in."""
    if "room" not in top.raw:
        return ROOM_NAME
    table = top.table("room", ("name",))
    name = table.text("name")
    if "{number}" not in name or not _ROOM.fullmatch(name):
        table.fault(
            "name", f'"{name}" must have {{number}} in it, and else lower-case letters, digits, -, _, {{project}}'
        )
    return name


def _pool(table: Table, number: int) -> Pool | None:
    """The pools are in the levels' order; the last level is the one without a pool."""
    expected = {pool.value: name for name, pool in _POOLS.items()}.get(number)
    named = table.optional_text("pool")
    if number <= LAST_LEVEL and named != expected and ("pool" not in table.raw or named is not None):
        right = f'is missing; write pool = "{expected}"' if named is None else f'must be "{expected}" at level {number}'
        table.fault("pool", right if expected else f"level {number} has no pool; leave the line out")
    return _POOLS.get(expected or "")


def _factors(table: Table) -> tuple[Factor, ...]:
    factors: dict[str, Factor] = {}
    for place, raw in enumerate(table.entries("factors")):
        entry = Table.of(raw, table.at("factors", place), table.faults, ("id", "text"))
        factor = Factor(entry.text("id", bad_id), _texts(entry, "text"))
        if factor.id in factors:
            entry.fault("id", f'"{factor.id}" stands above already; every id of a level must be different')
        factors[factor.id] = factor
    if not factors:
        table.fault("factors", "there is none; write at least one, with id and text")
    return tuple(factors.values())


def _scope(top: Table) -> Scope:
    table = top.table("scope", _SCOPE)
    share = _number(table, "most_share", least=0)
    if share >= 1:
        table.fault("most_share", f"is {float(share):g}; must be below 1, for more than all can never be out")
    return Scope(
        several_people=table.whole("several_people"),
        several_projects=table.whole("several_projects"),
        most_share=share,
        most_projects=table.whole("most_projects"),
        tell=_roles(table, "tell", some=True),
    )


def _ladder(top: Table) -> Ladder:
    table = top.table("ladder", ("rungs", "rounds"))
    return Ladder(rungs=_roles(table, "rungs", some=True), rounds=table.whole("rounds"))


def _permissions(top: Table) -> Mapping[str, frozenset[Role]]:
    table = top.table("permissions", (*ACTIONS, "roles"))
    found = {action: frozenset(_roles(table, action, some=True)) for action in ACTIONS}
    roles = _roles(table, "roles", some=True) if "roles" in table.raw else ROLES_BY
    return MappingProxyType({**found, "roles": frozenset(roles)})


def _document(top: Table, version: str) -> Document:
    table = top.table("document", _DOCUMENT)
    changes = []
    for place, raw in enumerate(table.entries("changes")):
        entry = Table.of(raw, table.at("changes", place), table.faults, _CHANGE)
        words = {key: entry.text(key) for key in _CHANGE if key not in ("version", "date")}
        changes.append(Change(version=entry.text("version", _bad_version), date=_date(entry, "date"), **words))
    if version and changes and changes[-1].version != version:
        table.fault("changes", f"end with version {changes[-1].version}, the plan is {version}; add what has changed")
    reviews = []
    for place, raw in enumerate(table.entries("reviews")):
        entry = Table.of(raw, table.at("reviews", place), table.faults, ("date", "reviewer"))
        reviews.append(Review(date=_date(entry, "date"), reviewer=entry.text("reviewer")))
    return Document(
        prepared_by=table.text("prepared_by"),
        approved_by=table.text("approved_by"),
        test_every=table.duration("test_every"),
        review_every=table.duration("review_every"),
        changes=tuple(changes),
        reviews=tuple(reviews),
    )


def _texts(table: Table, key: str) -> Mapping[str, str]:
    """A text in every language of ours, and in others if somebody wrote them."""
    texts = table.table(key, None)
    for language in texts.raw:
        if wrong := bad_language(str(language)):
            texts.fault(str(language), wrong)
    return MappingProxyType({language: texts.text(language) for language in dict.fromkeys((*LANGUAGES, *texts.raw))})


def _roles(table: Table, key: str, *, some: bool = False) -> tuple[Role, ...]:
    """A list of roles; with `some`, at least one."""
    known = {role.value: role for role in Role}

    def check(text: str) -> str | None:
        if text in known:
            return None
        similar = table.faults.similar(text, known) or f" There are {', '.join(known)}."
        return f'there is no role "{text}".{similar}'

    roles = tuple(known[text] for text in table.texts(key, check))
    if some and not table.raw.get(key):
        table.fault(key, f'nobody is named; write {key} = ["…"] with roles')
    return roles


def _number(table: Table, key: str, *, least: int) -> Fraction:
    """A number ≥ `least`, exactly as it was written."""
    value = least if table.missing(key) else table.raw[key]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value < float("inf"):
        return Fraction(str(value))
    table.fault(key, f"must be a number, {least} or more")
    return Fraction(least)


def _percents(table: Table, key: str) -> tuple[int, ...]:
    """Percentages from 1 to 99, ascending; may be none."""
    value = table.raw.get(key, ())
    if not isinstance(value, (list, tuple)):
        table.fault(key, f"must be a list of percentages, like {key} = [50, 80]")
        return ()
    percents: list[int] = []
    for place, item in enumerate(value):
        if isinstance(item, bool) or not isinstance(item, int) or item not in _PERCENT:
            table.faults.add(table.at(key, place), "must be a whole percentage from 1 to 99")
        elif percents and item <= percents[-1]:
            table.faults.add(table.at(key, place), f"{item} comes after {percents[-1]}; write them from small to great")
        else:
            percents.append(item)
    return tuple(percents)


def _date(table: Table, key: str) -> date:
    value = None if table.missing(key) else table.raw[key]
    if type(value) is date:
        return value
    if key in table.raw:
        table.fault(key, "must be a date, without quotes, like 2026-01-31")
    return date.min


def _bad_version(text: str) -> str | None:
    return None if _VERSION.fullmatch(text) else f'"{text}" is not a version; write like "4.0"'


def _plain(value: object) -> object:
    """The content as JSON has it: the same for the same plan."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value if value is None or isinstance(value, (str, int)) else str(value)
